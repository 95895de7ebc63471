"""Paired differences between two arms, by point and in all, as far as censoring lets them be known.

A pair in which the horizon ended first on one side has a sign, but no size; with both sides
censored it has neither. Means of what is left would flatter the arm that recovers rarely, so none
is given; medians, shares and the restricted means of `survival` hold all the same.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.bootstrap import Interval
from ressort.analysis.tables import BETTER_IF_MORE, pairs
from ressort.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MARGIN: Final = 0.02  # of the larger side: less counts as no difference (rule of the comparison)
BY_POINT: Final = 1000  # resamples for each point


@dataclass(frozen=True)
class Margin:
    """From which size on a difference counts.

    It must exceed both `relative` times the larger of the two sides in size, and `absolute`.
    """

    relative: float = MARGIN
    absolute: float = 0.0


@dataclass(frozen=True)
class Difference:
    """First arm less second, over pairs of runs: of one point, or of all if `scenario_id` is None.

    `mean`, `median`: in the unit of the metric. `better`, `worse`, `equal`, `unknown`: shares of
    pairs. `one_censored`: pairs with a sign and no size; `both_censored`: with neither.
    `undefined`: pairs left out since the metric means nothing in one of the arms.
    """

    scenario_id: int | None
    pairs: int
    draws: int
    mean: Interval
    median: Interval
    better: Interval
    worse: Interval
    equal: Interval
    unknown: Interval
    one_censored: int
    both_censored: int
    undefined: int

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return {k: bootstrap.plain(getattr(self, k)) for k in self.__dataclass_fields__}


def differences(
    results: pd.DataFrame,
    metric: str,
    arms: tuple[str, str],
    margin: Margin = Margin(),
    level: float = bootstrap.LEVEL,
) -> tuple[Difference, list[Difference]]:
    """Return the difference in all, each point the same weight, and those by point."""
    table = pairs(results, metric, arms)
    if table.empty:
        raise InputError(f"arms: no run has both {arms[0]} and {arms[1]}; choose others")
    more_is_better = metric in BETTER_IF_MORE
    in_all = _difference(table, None, margin, more_is_better, level)
    by_point = [
        _difference(rows, int(str(point)), margin, more_is_better, level, BY_POINT)
        for point, rows in table.groupby("scenario_id")
    ]
    return in_all, by_point


def _difference(
    table: pd.DataFrame,
    point: int | None,
    margin: Margin,
    more_is_better: bool,
    level: float,
    times: int = bootstrap.RESAMPLES,
) -> Difference:
    known = table.dropna(subset=["first", "second"])
    first, second = known["first"].to_numpy(float), known["second"].to_numpy(float)
    draws = known["draw"].to_numpy(np.int64)
    weights = even(known["scenario_id"])
    one, both = (np.isinf(first) != np.isinf(second)), np.isinf(first) & np.isinf(second)
    size, shares = _size_and_shares(first, second, margin, more_is_better)
    nothing = len(known) == 0
    none = Interval(math.nan)
    better, worse, equal, unknown = (
        none if nothing else bootstrap.share(s, draws, weights, level) for s in shares
    )
    exact = not nothing and not one.any() and not both.any()
    return Difference(
        point,
        len(known),
        len(np.unique(draws)),
        bootstrap.mean(size, draws, weights, level, times) if exact else none,
        none if nothing else _median(size, both, draws, weights, level, times),
        better,
        worse,
        equal,
        unknown,
        int(one.sum()),
        int(both.sum()),
        len(table) - len(known),
    )


def even(points: pd.Series) -> Floats:
    """Return weights that give each point the same, however many runs it has."""
    return (1.0 / points.groupby(points).transform("size")).to_numpy(float)


def _size_and_shares(
    first: Floats, second: Floats, margin: Margin, more_is_better: bool
) -> tuple[Floats, tuple[Floats, ...]]:
    """Return differences (infinite where only the sign is known, NaN where it is not), and shares.

    Shares are of pairs that are better, worse, equal and unknown.
    """
    both = np.isinf(first) & np.isinf(second)
    with np.errstate(invalid="ignore"):
        size = np.where(both, np.nan, first - second)
        largest = np.fmax(np.abs(first), np.abs(second))
        least = np.where(np.isinf(size), 0.0, np.fmax(margin.relative * largest, margin.absolute))
        more, less = size > least, size < -least
    better, worse = (more, less) if more_is_better else (less, more)
    rest = ~(better | worse | both)
    return size, tuple(s.astype(float) for s in (better, worse, rest, both))


def _median(
    size: Floats, both: NDArray[np.bool_], draws: Ints, weights: Floats, level: float, times: int
) -> Interval:
    least, most = np.where(both, -np.inf, size), np.where(both, np.inf, size)
    return bootstrap.median(least, most, draws, weights, level, times)


def frame(found: list[Difference]) -> pd.DataFrame:
    """Return one row a point, with a column for each number."""
    rows = []
    for one in found:
        row: dict[str, Any] = {}
        for key, value in asdict(one).items():
            parts = value.items() if isinstance(value, dict) else ()
            row |= {key if end == "value" else f"{key}_{end}": v for end, v in parts}
            row |= {} if isinstance(value, dict) else {key: value}
        rows.append(row)
    return pd.DataFrame(rows)
