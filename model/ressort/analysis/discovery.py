"""Where in the space of factors a condition holds: one box, in words, if there is one at all.

A decision tree (CART, Breiman et al. 1984) splits the points; its best leaf is the box. Best: most
runs beyond what the share of all runs would give it (weighted relative accuracy). The depth of the
tree, and whether the box is more than noise, are judged on points that the tree had not seen:
replicates and draws of a point are always left out together.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.tables import Column, check_arms, check_metric, encoded, pairs
from ressort.errors import InputError, shown

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DIFFERENCE: Final = "difference"  # in a condition: that of the metric asked for
COMPARED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
CONDITION: Final = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")
DEPTHS: Final = (1, 2, 3, 4)  # more conditions than four are no box that can be told
FOLDS: Final = 10
LEAST_LEAF: Final = 0.05  # of the points: smaller boxes are not looked for
LEAST_POINTS: Final = 40
CERTAIN: Final = 3.0  # standard errors above nothing: of 150 made noises two passed


@dataclass(frozen=True)
class Condition:
    """A condition on a metric, or on the difference of the two arms (`name` "difference")."""

    name: str
    sign: str
    limit: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.limit:g}"

    def holds(self, values: Floats) -> Bools:
        """Return where it holds; infinite values have their place."""
        return np.asarray(COMPARED[self.sign](values, self.limit))


@dataclass(frozen=True)
class Limit:
    """One side of a box: `sign` is "<=" or ">", or "is" or "is not" of a factor in words."""

    key: str
    sign: str
    value: float | str


@dataclass(frozen=True)
class Box:
    """Where a condition holds more than elsewhere.

    `density`: share of runs in the box in which it holds; `coverage`: of all in which it holds,
    share in the box; `elsewhere`: share outside; `held_out`: density in points that the tree had
    not seen; `runs`, `points`: in the box.
    """

    limits: tuple[Limit, ...]
    density: float
    coverage: float
    elsewhere: float
    held_out: float
    runs: int
    points: int


@dataclass(frozen=True)
class Discovery:
    """What was looked for, and the box; None if nothing stood the check on held-out points.

    `share`: of all runs; `unknown`: runs left out, since censoring or a metric without meaning
    leaves the condition open; `lift`: held-out share beyond that of all runs, over its standard
    error.
    """

    condition: Condition
    share: float
    box: Box | None
    lift: float
    runs: int
    points: int
    draws: int
    unknown: int

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return dict(bootstrap.plain(asdict(self)))


def parse(text: str) -> Condition:
    """Return a condition from its words; InputError if it is none.

    >>> str(parse("m4_unmet_person_days>1000")), str(parse("difference < 0"))
    ('m4_unmet_person_days > 1000', 'difference < 0')
    """
    found = CONDITION.fullmatch(text)
    try:
        return Condition(found[1], found[2], float(found[3]))  # type: ignore[index]
    except (TypeError, ValueError):
        raise InputError(
            f'condition: {shown(text)} is none; write "difference < 0" or "METRIC > NUMBER"'
        ) from None


def labels(
    results: pd.DataFrame, condition: Condition, metric: str, arms: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    """Return scenario_id, draw and `holds` by run, and how many runs leave it open.

    A difference with one censored side has the sign that is certain, and no size: against a limit
    other than 0 it is open, and so is one with both sides censored.
    """
    if condition.name == DIFFERENCE:
        if len(arms) != 2:
            raise InputError("condition: a difference takes two arms; give --arms FIRST,SECOND")
        table = pairs(results, metric, (arms[0], arms[1]))
        first, second = table["first"].to_numpy(float), table["second"].to_numpy(float)
        with np.errstate(invalid="ignore"):
            values = first - second
        if condition.limit != 0.0:
            values[np.isinf(values)] = np.nan
    else:
        check_metric(results, condition.name)
        check_arms(results, arms)
        table = results[results["arm"] == arms[0]].sort_values(["scenario_id", "draw", "replicate"])
        values = table[condition.name].to_numpy(float)
    known = ~np.isnan(values)
    found = table.loc[known, ["scenario_id", "draw"]].assign(holds=condition.holds(values[known]))
    return found.reset_index(drop=True), int((~known).sum())


def discover(
    labelled: pd.DataFrame, unknown: int, table: pd.DataFrame, condition: Condition
) -> Discovery:
    """Return the box; `labelled`, `unknown` as of `labels`, `table` as of `tables.inputs`.

    InputError with fewer points than a box could be told from.
    """
    # One row a point: hits and runs are its weights, so that time does not grow with seeds.
    by_point = labelled.groupby("scenario_id")["holds"].agg(["sum", "size"])
    if len(by_point) < LEAST_POINTS:
        raise InputError(
            f"discovery: {len(by_point)} points are too few to find a box; take {LEAST_POINTS} or "
            "more"
        )
    numbers, columns = encoded(table.loc[by_point.index])
    hits, runs = by_point["sum"].to_numpy(float), by_point["size"].to_numpy(float)
    depth, lift, held_out = _judged(numbers, hits, runs)
    box = None
    if lift > CERTAIN:
        inside, sides = _best_box(numbers, hits, runs, depth)
        limits = tuple(_limit(columns[k], s, c, numbers[:, k]) for (k, s), c in sides.items())
        box = _box(limits, inside, hits, runs, held_out)
    share = float(hits.sum() / runs.sum())
    draws = labelled["draw"].nunique()
    return Discovery(condition, share, box, lift, len(labelled), len(by_point), draws, unknown)


def _box(
    limits: tuple[Limit, ...], inside: Bools, hits: Floats, runs: Floats, held_out: float
) -> Box:
    outside = runs[~inside].sum()
    return Box(
        limits,
        density=float(hits[inside].sum() / runs[inside].sum()),
        coverage=float(hits[inside].sum() / hits.sum()),
        elsewhere=float(hits[~inside].sum() / outside) if outside else math.nan,
        held_out=held_out,
        runs=int(runs[inside].sum()),
        points=int(inside.sum()),
    )


def _judged(numbers: Floats, hits: Floats, runs: Floats) -> tuple[int, float, float]:
    """Return the depth to take, whether there is anything, and the density, on points left out.

    The depth whose boxes gain most, of equal ones the least. Whether there is anything is asked of
    the least depth that is within a standard error of that (Breiman et al. 1984; of differences,
    point by point): the best of several depths would find something in noise too often.
    """
    if not 0 < hits.sum() < runs.sum():
        return DEPTHS[0], 0.0, math.nan
    order = np.random.default_rng(bootstrap.SEED).permutation(len(hits))
    judged = [_left_out(numbers, hits, runs, depth, order) for depth in DEPTHS]
    k = int(np.argmax([beyond.sum() for _, beyond in judged]))
    inside, best = judged[k]
    simple = next(own for _, own in judged if (best - own).sum() <= _error(best - own))
    error = _error(simple)
    density = float(hits[inside].sum() / runs[inside].sum()) if inside.any() else math.nan
    return DEPTHS[k], float(simple.sum()) / error if error > 0 else 0.0, density


def _error(parts: Floats) -> float:
    """Return the standard error of a sum over points."""
    return math.sqrt(float(parts.var()) * len(parts))


def _left_out(
    numbers: Floats, hits: Floats, runs: Floats, depth: int, order: NDArray[np.int64]
) -> tuple[Bools, Floats]:
    """Return which points lie in boxes found without them, and their hits beyond the usual."""
    inside, beyond = np.zeros(len(hits), dtype=bool), np.zeros(len(hits))
    for out in np.array_split(order, FOLDS):
        kept = np.setdiff1d(order, out)
        _, sides = _best_box(numbers[kept], hits[kept], runs[kept], depth)
        inside[out] = _within(numbers[out], sides) if sides else False
        share = hits[kept].sum() / runs[kept].sum()
        beyond[out] = inside[out] * (hits[out] - share * runs[out])
    return inside, beyond


Sides = dict[tuple[int, str], float]  # of a box: by column and sign, the threshold


def _best_box(numbers: Floats, hits: Floats, runs: Floats, depth: int) -> tuple[Bools, Sides]:
    """Return which points lie in the best leaf of a tree, and its sides; none without a split."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_depth=depth,
        min_samples_leaf=max(2, 2 * math.ceil(LEAST_LEAF * len(hits))),
        random_state=bootstrap.SEED,
    )
    both = np.concatenate([np.ones(len(hits), dtype=int), np.zeros(len(hits), dtype=int)])
    tree.fit(np.vstack([numbers, numbers]), both, sample_weight=np.concatenate([hits, runs - hits]))
    leaf = tree.apply(numbers)
    beyond = np.bincount(leaf, hits - runs * hits.sum() / runs.sum())
    best = int(beyond.argmax())
    return leaf == best, _sides(tree.tree_, best)


def _sides(tree: Any, leaf: int) -> Sides:
    """Return the sides of a leaf, the narrowest of each column and sign."""
    parents = {int(c): n for n in range(tree.node_count)
               for c in (tree.children_left[n], tree.children_right[n]) if c >= 0}  # fmt: skip
    sides: Sides = {}
    while leaf in parents:
        node = parents[leaf]
        sign = "<=" if tree.children_left[node] == leaf else ">"
        # Nearer the leaf is narrower.
        sides.setdefault((int(tree.feature[node]), sign), float(tree.threshold[node]))
        leaf = node
    return dict(sorted(sides.items()))


def _within(numbers: Floats, sides: Sides) -> Bools:
    inside = np.ones(len(numbers), dtype=bool)
    for (column, sign), threshold in sides.items():
        inside &= COMPARED[sign](numbers[:, column], threshold)
    return inside


def _limit(column: Column, sign: str, threshold: float, values: Floats) -> Limit:
    if column.value is not None:
        return Limit(column.key, "is" if sign == ">" else "is not", column.value)
    below, above = values[values <= threshold].max(), values[values > threshold].min()
    return Limit(column.key, sign, shortest(float(below), float(above)))


def shortest(below: float, above: float) -> float:
    """Return the number of fewest digits from `below` on and under `above`, near their middle.

    >>> shortest(0.69312, 0.70411), shortest(5.0, 6.0), shortest(1203.0, 1298.0)
    (0.7, 5.0, 1250.0)
    """
    middle = (below + above) / 2
    for digits in range(1, 17):
        for number in (middle, below, above):
            rounded = float(f"{number:.{digits}g}")
            if below <= rounded < above:
                return rounded
    return below
