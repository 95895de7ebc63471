"""Times that the horizon may cut off: how many runs are still waiting, and the mean until then.

Infinite times are censored at the horizon: recovery (or failure) came later, or never. The curve is
Kaplan and Meier's; the restricted mean is that of min(time, horizon), the area under the curve
(Royston and Parmar 2013). Each run has the same weight. Intervals resample draws, since runs of one
draw are not independent.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ressort.analysis import bootstrap
from ressort.analysis.bootstrap import Interval
from ressort.analysis.tables import pairs
from ressort.errors import InputError, listed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIMES: Final = ("m6_days_to_recover", "m6_days_to_recover_output", "m8_autonomy_days")
MOST_STEPS: Final = 400  # days at which a curve is told, where times are no whole days


@dataclass(frozen=True)
class Curve:
    """Of one arm: share of runs that wait longer than each of `days`, with its interval.

    `restricted_mean`: days, up to the horizon. `censored`: share of runs that waited to the end.
    """

    arm: str
    days: Floats
    waiting: Floats
    low: Floats
    high: Floats
    restricted_mean: Interval
    censored: Interval


@dataclass(frozen=True)
class Survival:
    """Curves of two arms, and the paired difference of their restricted means, in days.

    `logrank`: probability of curves as far apart if the arms were alike and all runs independent.
    Arms here are paired and draws shared, so that it is no test of this batch: with pairs that vary
    together it is too cautious, with several points or replicates it may be too sure.
    """

    metric: str
    horizon: float
    runs: int
    draws: int
    undefined: int
    curves: tuple[Curve, Curve]
    difference: Interval
    logrank: float

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        content = asdict(self)
        for curve in content["curves"]:
            curve |= {k: curve[k].tolist() for k in ("days", "waiting", "low", "high")}
        return dict(bootstrap.plain(content))


def survival(
    results: pd.DataFrame,
    metric: str,
    arms: tuple[str, str],
    horizon: float,
    level: float = bootstrap.LEVEL,
) -> Survival:
    """Return how long the runs of two arms wait; `horizon`: days up to which all were watched."""
    if metric not in TIMES:
        raise InputError(f"survival: {metric} is no time; choose from {listed(TIMES)}")
    if not (math.isfinite(horizon) and horizon > 0):
        raise InputError(f"horizon: {horizon:g} days; give the days that all runs were watched")
    table = pairs(results, metric, arms)
    known = table.dropna(subset=["first", "second"])
    if known.empty:
        raise InputError(f"{metric}: no run has it in both arms; choose another metric or arms")
    draws, weights = known["draw"].to_numpy(np.int64), np.ones(len(known))
    first, second = known["first"].to_numpy(float), known["second"].to_numpy(float)
    cut = [np.minimum(times, horizon) for times in (first, second)]
    waits = [_censored(times, horizon) for times in (first, second)]
    curves = tuple(
        curve_of(arm, times, horizon, draws, weights, level)
        for arm, times in zip(arms, (first, second), strict=True)
    )
    return Survival(
        metric, float(horizon), len(known), len(np.unique(draws)), len(table) - len(known),
        (curves[0], curves[1]),
        bootstrap.mean(cut[0] - cut[1], draws, weights, level),
        _logrank(*waits),
    )  # fmt: skip


def _censored(times: Floats, horizon: float) -> stats.CensoredData:
    return stats.CensoredData.right_censored(np.minimum(times, horizon), times > horizon)


def _logrank(first: stats.CensoredData, second: stats.CensoredData) -> float:
    """Return the probability of the log-rank test, 1 where neither arm has anything but waiting."""
    if first.num_censored() == len(first) and second.num_censored() == len(second):
        return 1.0
    found = float(stats.logrank(first, second).pvalue)
    return found if found == found else 1.0


def curve_of(
    arm: str,
    times: Floats,
    horizon: float,
    draws: Ints,
    weights: Floats,
    level: float = bootstrap.LEVEL,
) -> Curve:
    """Return the curve of one arm; times beyond the horizon are censored there."""
    ended = np.unique(np.concatenate([[0.0], times[times <= horizon], [horizon]]))
    ended = ended[np.linspace(0, len(ended) - 1, min(len(ended), MOST_STEPS)).round().astype(int)]
    curve = stats.ecdf(_censored(times, horizon)).sf
    late = (times > horizon).astype(float)
    low, high = _band(times, ended, draws, weights, level)
    return Curve(
        arm,
        ended,
        np.asarray(curve.evaluate(ended), float),
        low,
        high,
        bootstrap.mean(np.minimum(times, horizon), draws, weights, level),
        bootstrap.share(late, draws, weights, level),
    )


def _band(
    times: Floats, days: Floats, draws: Ints, weights: Floats, level: float
) -> tuple[Floats, Floats]:
    """Return the interval of the curve at each day; NaN under five draws."""
    found = bootstrap.shares(times[:, None] > days, draws, weights, level)
    return np.array([one.low for one in found]), np.array([one.high for one in found])
