"""Intervals by resampling draws: all runs of a draw come and go together.

Replicates share the people and establishments of their draw, and points share its seed; runs are
therefore no independent observations, and draws are what is resampled (clusters; Davison and
Hinkley 1997, Bootstrap Methods and their Application, 3.8). Percentiles are widened for few draws
(expanded percentiles: Hesterberg 2015, What Teachers Should Know About the Bootstrap, recalled).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL: Final = 0.9
RESAMPLES: Final = 2000
SEED: Final = 1  # the same tables give the same intervals
LEAST_DRAWS: Final = 5  # fewer say next to nothing of how draws differ
AT_ONCE: Final = 20_000_000  # numbers in memory at a time


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval; NaN where it is not known, infinite beyond the horizon."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def width(self) -> float:
        """How wide the interval is."""
        return self.high - self.low if math.isfinite(self.low + self.high) else math.nan

    def as_json(self) -> dict[str, float | None]:
        """Return a mapping for strict JSON: what is infinite or unknown is None."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {k: float(v) if math.isfinite(v) else None for k, v in numbers.items()}


def plain(value: Any) -> Any:
    """Return a nested value for strict JSON: intervals as mappings, what is not finite as None."""
    if hasattr(value, "as_json"):
        return value.as_json()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@lru_cache(maxsize=2)
def resampled(draws: int, times: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Return how often each draw is taken in each resample, shape (times, draws)."""
    rng = np.random.default_rng(seed)
    taken = rng.multinomial(draws, np.full(draws, 1.0 / draws), size=times).astype(float)
    taken.flags.writeable = False  # shared by all who ask
    return taken


def tail(draws: int, level: float = LEVEL) -> float:
    """Return the share of resamples to leave out on each side, less for few draws.

    Phi(-sqrt(n / (n - 1)) t), with t the quantile of Student's distribution: resampling n draws
    gives a spread that is too narrow by that root, with the tails of a normal one.

    >>> round(tail(1000), 3), round(tail(5), 3)
    (0.05, 0.009)
    """
    t = stats.t.ppf(0.5 + level / 2, draws - 1)
    return float(stats.norm.cdf(-math.sqrt(draws / (draws - 1)) * t))


def ends(samples: Floats, draws: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval that resampled estimates give, shape (times,); NaN under five draws."""
    known = samples[~np.isnan(samples)]
    if draws < LEAST_DRAWS or known.size == 0:
        return math.nan, math.nan
    out = tail(draws, level)
    low, high = np.quantile(known, (out, 1.0 - out), method="inverted_cdf")
    return float(low), float(high)


def around(
    value: float, samples: Floats, draws: int, level: float = LEVEL, least: float = -math.inf
) -> Interval:
    """Return an estimate with the interval that the spread of resampled estimates gives.

    For estimates that resampling shifts, since they are sums of squares or of sizes; not under
    `least`.
    """
    known = samples[~np.isnan(samples)]
    if draws < LEAST_DRAWS or known.size < 2:
        return Interval(value)
    t = float(stats.t.ppf(0.5 + level / 2, draws - 1))
    half = t * math.sqrt(draws / (draws - 1)) * float(known.std(ddof=1))
    return Interval(value, max(least, value - half), value + half)


def mean(
    values: Floats, draws: Ints, weights: Floats, level: float = LEVEL, times: int = RESAMPLES
) -> Interval:
    """Return the weighted mean and its interval; `draws`: number of the draw of each value."""
    _, cluster = np.unique(draws, return_inverse=True)
    sums = np.bincount(cluster, weights * values)
    sizes = np.bincount(cluster, weights)
    estimate = float(sums.sum() / sizes.sum())
    if len(sums) < LEAST_DRAWS:
        return Interval(estimate)
    taken = resampled(len(sums), times)
    return Interval(estimate, *ends((taken @ sums) / (taken @ sizes), len(sums), level))


def share(hits: Floats, draws: Ints, weights: Floats, level: float = LEVEL) -> Interval:
    """Return the weighted share of hits (0 or 1), see `shares`."""
    return shares(hits[:, None], draws, weights, level)[0]


def shares(
    hits: NDArray[Any], draws: Ints, weights: Floats, level: float = LEVEL
) -> list[Interval]:
    """Return the weighted share of hits (0 or 1) by column, shape (runs, columns).

    Where all runs agree, resampling would be sure of it; then the bound is the exact one of as many
    draws that agree (Clopper and Pearson 1934).
    """
    _, cluster = np.unique(draws, return_inverse=True)
    sizes = np.bincount(cluster, weights)
    sums = np.column_stack([np.bincount(cluster, weights * column) for column in hits.T])
    # A share of all runs is exactly 1, whatever their weights add up to.
    found = np.where(hits.all(axis=0), 1.0, sums.sum(axis=0) / sizes.sum())
    count = len(sizes)
    if count < LEAST_DRAWS:
        return [Interval(float(value)) for value in found]
    taken = resampled(count)
    samples = (taken @ sums) / (taken @ sizes)[:, None]
    bound = float((0.5 - level / 2) ** (1.0 / count))
    agreed = {0.0: Interval(0.0, 0.0, 1.0 - bound), 1.0: Interval(1.0, bound, 1.0)}
    return [
        agreed.get(float(value)) or Interval(float(value), *ends(column, count, level))
        for value, column in zip(found, samples.T, strict=True)
    ]


def median(
    least: Floats,
    most: Floats,
    draws: Ints,
    weights: Floats,
    level: float = LEVEL,
    times: int = RESAMPLES,
) -> Interval:
    """Return the weighted median of values that lie between `least` and `most`.

    NaN where the bounds have different medians, so that it is not known; the ends hold in any case.
    """
    numbers, cluster = np.unique(draws, return_inverse=True)
    count, once = len(numbers), np.ones((1, len(numbers)))
    at_least = sum(float(m[0]) for m in _medians(least, cluster, weights, once)) / 2
    at_most = sum(float(m[0]) for m in _medians(most, cluster, weights, once)) / 2
    value = at_least if at_least == at_most else math.nan
    if count < LEAST_DRAWS:
        return Interval(value)
    taken = resampled(count, times)
    low = ends(_medians(least, cluster, weights, taken)[0], count, level)[0]
    high = ends(_medians(most, cluster, weights, taken)[1], count, level)[1]
    return Interval(value, low, high)


def _medians(
    values: Floats, cluster: Ints, weights: Floats, taken: Floats
) -> tuple[Floats, Floats]:
    """Return the lower and upper weighted median in each resample, both of shape (times,)."""
    order = np.argsort(values, kind="stable")
    values, cluster, weights = values[order], cluster[order], weights[order]
    size = max(1, AT_ONCE // len(values))
    lower, upper = [], []
    for first in range(0, len(taken), size):
        total = np.cumsum(taken[first : first + size, cluster] * weights, axis=1)
        half = total[:, -1:] / 2
        lower.append(values[(total < half * (1 - 1e-12)).sum(axis=1)])
        upper.append(values[(total <= half * (1 + 1e-12)).sum(axis=1)])
    return np.concatenate(lower), np.concatenate(upper)
