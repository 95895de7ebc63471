"""The local multiplier: what a euro spent here comes to, from who pays whom.

Sectors: households, producers here, council, and all else, which is outside. LM3 (Sacks 2002, The
Money Trail, New Economics Foundation; recalled) counts three rounds: the first spending, what is
re-spent of it here, and what those who get that re-spend here. The full multiplier counts all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SECTORS: Final = ("households", "producers", "council", "outside")
HOUSEHOLDS, PRODUCERS, COUNCIL, OUTSIDE = range(len(SECTORS))
NEVER_LEAVES: Final = 1e-12  # of what sectors take in: what leaves is less than rounding


def respent(flows: Floats) -> Floats:
    """Return the share of what a sector takes in that it pays to each sector here, shape (3, 3).

    `flows[i, j]`, EUR, shape (4, 4): paid by sector i to sector j in one period. Column: who pays.
    A sector that paid less than it took in has kept the rest: that counts as not re-spent. One that
    paid more did so out of what it held: its payments are then shared as they are. No column
    therefore exceeds 1.

    >>> flows = np.zeros((4, 4))
    >>> flows[PRODUCERS] = [30.0, 20.0, 0.0, 50.0]
    >>> respent(flows)[:, PRODUCERS]
    array([0.3, 0.2, 0. ])
    """
    turnover = np.maximum(flows.sum(axis=0), flows.sum(axis=1))[:OUTSIDE]
    here = flows[:OUTSIDE, :OUTSIDE].T
    return np.divide(here, turnover, out=np.zeros_like(here), where=turnover > 0.0)


def lm3(flows: Floats, first: int = PRODUCERS) -> float:
    """Return LM3: three rounds of spending over the first, which sector `first` takes in.

    1 if nothing is re-spent here, 3 if all is.
    """
    share = respent(flows)
    second = share[:, first]
    third = share @ second
    return float(1.0 + second.sum() + third.sum())


def full(flows: Floats, first: int = PRODUCERS) -> float:
    """Return the sum of all rounds, of which LM3 has three: 1 · (I − A)⁻¹ · e, A as `respent`.

    Infinite if nothing leaves the sectors that the money comes to.
    """
    share = respent(flows)
    reached = _reached(share, first)
    inner = share[np.ix_(reached, reached)]
    if np.abs(np.linalg.eigvals(inner)).max() >= 1.0 - NEVER_LEAVES:
        return float("inf")
    start = (reached == first).astype(float)
    return float(np.linalg.solve(np.eye(len(reached)) - inner, start).sum())


def _reached(share: Floats, first: int) -> NDArray[np.int64]:
    """Return the sectors here that money first taken in by one of them comes to."""
    reached = np.arange(OUTSIDE) == first
    for _ in range(OUTSIDE):
        reached |= (share[:, reached] > 0.0).any(axis=1)
    return np.flatnonzero(reached)
