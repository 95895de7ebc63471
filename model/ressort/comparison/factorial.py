"""Factorial designs over mechanisms on and off, and what each does alone and with another.

Up to four mechanisms take all combinations. More take a fraction of resolution IV or V, whose
generators are those of the standard tables (Box, Hunter and Hunter 1978; recalled): main effects
are then clear of interactions of two, which for six and seven mechanisms are mixed with each other.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.errors import InputError
from ressort.paired import Spread, spread

Ints = NDArray[np.int64]

MOST: Final = 7
GENERATORS: Final[dict[int, tuple[tuple[int, ...], ...]]] = {  # columns that make each further one
    5: ((0, 1, 2, 3),),
    6: ((0, 1, 2), (1, 2, 3)),
    7: ((0, 1, 2), (1, 2, 3), (0, 2, 3)),
}


def design(count: int) -> Ints:
    """Return the design of so many mechanisms: one row an arm, -1 off and 1 on; off alone first.

    InputError for more than seven.

    >>> design(2).tolist()
    [[-1, -1], [1, -1], [-1, 1], [1, 1]]
    >>> len(design(6))
    16
    """
    if not 1 <= count <= MOST:
        raise InputError(f"--mechanisms: 1 to {MOST} at once are possible, got {count}")
    basic = min(count, 4)
    rows = np.array([levels[::-1] for levels in product((-1, 1), repeat=basic)], dtype=np.int64)
    for of in GENERATORS.get(count, ()):
        # With the sign that keeps the arm with everything off: it is the reference.
        sign = -1 if len(of) % 2 == 0 else 1
        rows = np.column_stack([rows, sign * rows[:, list(of)].prod(axis=1)])
    return rows


def mixed(rows: Ints) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """Return which interactions of two a design cannot tell apart, each with its others."""
    pairs = list(combinations(range(rows.shape[1]), 2))
    columns = {pair: rows[:, pair[0]] * rows[:, pair[1]] for pair in pairs}
    return {
        pair: [
            other
            for other in pairs
            if other != pair and abs(int(columns[pair] @ columns[other])) == len(rows)
        ]
        for pair in pairs
    }


def effects(values: pd.DataFrame, rows: Ints, names: tuple[str, ...]) -> dict[str, Spread]:
    """Return the effect of each mechanism, and the interaction of each two, over draws.

    `values`: one row a draw, one column an arm in the order of `rows`, less is better. Effect: mean
    with it less mean without it, as a share of the mean with everything off over draws.
    Interaction: the same of the product of both, half of what they do together beyond the sum of
    each.
    """
    table = values.to_numpy(float)
    usual = float(np.nanmean(table[:, 0]))
    found = {}
    for k in range(rows.shape[1]):
        found[names[k]] = _spread(table, rows[:, k], usual)
    for first, second in combinations(range(rows.shape[1]), 2):
        found[f"{names[first]} x {names[second]}"] = _spread(
            table, rows[:, first] * rows[:, second], usual
        )
    return found


def _spread(table: NDArray[np.float64], signs: Ints, usual: float) -> Spread:
    contrast = table[:, signs > 0].mean(axis=1) - table[:, signs < 0].mean(axis=1)
    relative = contrast / usual if usual > 0.0 else np.full(len(table), np.nan)
    return spread(relative, more_is_better=False)
