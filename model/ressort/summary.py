"""What many seeds say together: medians, their intervals, and paired differences.

The interval of a median is that of the sign test: the k-th smallest and k-th largest of n values
hold the true median with a probability that depends on n and k alone, whatever the distribution
(Conover 1999, Practical Nonparametric Statistics, 3.2). It needs no random numbers and takes
censored values as they are: "more than 136 days" has its place in the order. Under six seeds no
interval reaches 95 %; then the range of the seeds is given, with the probability that it does have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ressort.labels import label
from ressort.metrics import AUTONOMY_DAYS, METRICS, RECOVERY_DAYS
from ressort.metrics_groups import GROUP_METRICS
from ressort.simulation import ARMS, COST, SETUP, Comparison
from ressort.words import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Verdict = Literal["lower", "higher", "equal", "unclear", "few"]

LEVEL: Final = 0.95
UNITS: Final = {
    **{m.name: m.unit for m in (*METRICS, *GROUP_METRICS)},
    COST: "EUR/inhabitant/year",
    SETUP: "EUR/inhabitant",
}


@dataclass(frozen=True)
class Estimate:
    """A median over seeds and its interval.

    `confidence` is the probability that the interval holds the true median, 0 to 1. `median`, `low`
    and `high` are infinite beyond the horizon; `median` is NaN where censoring hides it. `censored`
    counts seeds in which the horizon ended first, `undefined` those in which the metric means
    nothing (rapidity without a fall), which are left out of `seeds`.
    """

    median: float
    low: float
    high: float
    confidence: float
    seeds: int
    censored: int = 0
    undefined: int = 0

    @property
    def verdict(self) -> Verdict:
        """What the interval of a difference supports: "few" where it is under 95 %."""
        if self.low == self.high == 0.0:
            return "equal"
        if self.confidence < LEVEL:
            return "few"
        if self.high < 0:
            return "lower"
        return "higher" if self.low > 0 else "unclear"

    def as_json(self) -> dict[str, float | int | None]:
        """Return a mapping for strict JSON: what is infinite or unknown is None."""
        values = {"median": self.median, "low": self.low, "high": self.high}
        return {
            **{k: v if math.isfinite(v) else None for k, v in values.items()},
            "confidence": self.confidence,
            "seeds": self.seeds,
            "censored": self.censored,
            "undefined": self.undefined,
        }


def order_interval(count: int, level: float = LEVEL) -> tuple[int, float]:
    """Return (k, confidence): the k-th smallest and largest of `count` values bound the median.

    The largest k whose interval still reaches the level; k = 1, with less confidence, if none does.

    >>> order_interval(10)
    (2, 0.978515625)
    >>> order_interval(3)
    (1, 0.75)
    """
    confidences = []
    below = 0.0  # chance that fewer than k of the values lie under the median
    for k in range(1, max(1, (count + 1) // 2) + 1):
        below += math.comb(count, k - 1) / 2**count
        confidences.append(max(0.0, 1.0 - 2.0 * below))
    reaching = [k for k, c in enumerate(confidences, 1) if c >= level]
    k = reaching[-1] if reaching else 1
    return k, confidences[k - 1]


def estimate(least: Floats, most: Floats | None = None, *, censored: int = 0) -> Estimate:
    """Return the median and interval of values known to lie between `least` and `most`, shape (n,).

    Without `most` the values are known exactly. NaN marks seeds in which the value is undefined.
    """
    most = least if most is None else most
    known = ~(np.isnan(least) | np.isnan(most))
    lows, highs = np.sort(least[known]), np.sort(most[known])
    n = len(lows)
    undefined = int((~known).sum())
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0.0, 0, censored, undefined)
    k, confidence = order_interval(n)
    between = float(np.median(lows)), float(np.median(highs))
    median = between[0] if between[0] == between[1] else math.nan
    return Estimate(
        median, float(lows[k - 1]), float(highs[n - k]), confidence, n, censored, undefined
    )


def difference(first: Floats, second: Floats, limit: float = math.inf) -> Estimate:
    """Return the estimate of first less second, seed by seed, each of shape (n,).

    An infinite value stands for one above `limit`, a negative one for one below `-limit`: its
    differences are bounds, and a seed in which both are infinite says nothing of the sign.
    """
    at_least = [np.where(np.isposinf(v), limit, v) for v in (first, second)]
    at_most = [np.where(np.isneginf(v), -limit, v) for v in (first, second)]
    with np.errstate(invalid="ignore"):
        least, most = at_least[0] - at_most[1], at_most[0] - at_least[1]
    both = np.isinf(first) & np.isinf(second)
    least[both], most[both] = -math.inf, math.inf
    censored = int((np.isinf(first) | np.isinf(second)).sum())
    return estimate(least, most, censored=censored)


@dataclass(frozen=True)
class Summary:
    """A comparison in numbers that are ready to print, draw or store.

    `arms["with" | "without"][metric]` and `difference[metric]` (with less without, paired by seed)
    are estimates; metrics are those of `metrics.METRICS`, the running cost and what measures hold
    at the start. `limits`: days up to which a metric in days could be seen at all. `territory`: its
    name by language. `start`, `end`: first day on which a shock may come, first day after the last
    one; equal without shocks of fixed days. `at_random`: others may come. `seeds_without_scic`:
    seeds whose draw made nobody a member, so that there is no SCIC in the arm with one either.
    `resource_neutral`: whether nothing came from outside for the arm with cooperation in any seed.
    """

    name: str
    title: Mapping[str, str]
    territory: Mapping[str, str]
    population: float
    communes: int
    households: int
    producers: int
    jobs: str
    seeds: tuple[int, ...]
    seeds_without_scic: int
    resource_neutral: bool
    days: int
    start: int
    end: int
    at_random: bool
    people_per_agent: float
    limits: Mapping[str, float]
    arms: Mapping[str, Mapping[str, Estimate]]
    difference: Mapping[str, Estimate]

    def as_json(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Return the summary as one object for strict JSON, with the files written."""
        return {
            "scenario": self.name,
            "territory": {
                "name": self.territory["en"],
                "population": round(self.population),
                "households": self.households,
                "producers": self.producers,
                "jobs": self.jobs,
            },
            "seeds": list(self.seeds),
            "seeds_without_scic": self.seeds_without_scic,
            "resource_neutral": self.resource_neutral,
            "days": self.days,
            "people_per_agent": self.people_per_agent,
            "interval": {
                "of": "median over seeds, by order statistics (sign test)",
                "confidence": order_interval(len(self.seeds))[1],
            },
            "limits": dict(self.limits),
            "units": UNITS,
            "arms": {
                arm: {name: e.as_json() for name, e in metrics.items()}
                for arm, metrics in self.arms.items()
            },
            "difference": {name: e.as_json() for name, e in self.difference.items()},
            "files": dict(files),
        }


def estimates(
    table: pd.DataFrame, limits: Mapping[str, float]
) -> tuple[dict[str, dict[str, Estimate]], dict[str, Estimate]]:
    """Return the estimates of both arms and of their differences from `Comparison.table()`."""
    arms = {arm: table[table["arm"] == arm].sort_values("seed") for arm in ARMS}
    values = {
        arm: {name: rows[name].to_numpy(float) for name in UNITS} for arm, rows in arms.items()
    }
    by_arm = {
        arm: {n: estimate(v, censored=int(np.isinf(v).sum())) for n, v in columns.items()}
        for arm, columns in values.items()
    }
    between = {
        name: difference(values["with"][name], values["without"][name], limits.get(name, math.inf))
        for name in UNITS
    }
    return by_arm, between


def summarise(comparison: Comparison) -> Summary:
    """Return what the seeds of a comparison say together."""
    scenario = comparison.scenario
    runs = comparison.runs["without"]
    start = scenario.shock_day()
    watched = scenario.run.days - start
    limits = {
        **dict.fromkeys(("m6_days_to_recover", "m6_days_to_recover_output"), RECOVERY_DAYS),
        "m8_autonomy_days": AUTONOMY_DAYS,
    }
    limits = {name: max(0, watched - days) for name, days in limits.items()}
    # Who has not acted acts later than all days watched; who waits may have waited a day.
    limits |= {"m2_warning_days": max(0, watched), "decision_days": 0}
    arms, between = estimates(comparison.table(), limits)
    place = comparison.place
    return Summary(
        name=scenario.name,
        title={"en": scenario.title or scenario.name, "fr": scenario.title_fr or scenario.title},
        territory={x: label(scenario.territory, place.territory.name, x) for x in LANGUAGES},
        population=runs[0].population,
        communes=len(place.territory),
        households=round(float(np.median([run.households for run in runs]))),
        producers=round(float(np.median([run.producers for run in runs]))),
        jobs=place.level,
        seeds=comparison.seeds,
        seeds_without_scic=sum(
            scenario.cooperation.scic and not run.founded for run in comparison.runs["with"]
        ),
        resource_neutral=all(run.resource_neutral for run in comparison.runs["with"]),
        days=scenario.run.days,
        start=start,
        end=max((s.start_day + s.days for s in scenario.shocks), default=start),
        at_random=bool(scenario.random_shocks),
        people_per_agent=scenario.run.people_per_agent,
        limits=limits,
        arms=arms,
        difference=between,
    )
