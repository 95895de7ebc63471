"""Arms lived on the same people, establishments, luck and shocks, and compared pair by pair.

An arm is a scenario with its cooperation, or without. The days before the shock are lived once an
arm; each kind of shock then has a copy of that morning. No run without the shock is needed: what is
compared is how much of the same need goes unmet in two arms.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.calm import Economy
from ressort.day import live_one_day
from ressort.metrics_groups import GROUPS, Members, Tally, output_by_group, unmet_by_group
from ressort.parameters import branch_traits
from ressort.recorder import Counter, fork, members_of
from ressort.shocks import Shock
from ressort.simulation import Stage
from ressort.streams import stream
from ressort.summary import order_interval
from ressort.world import World

Floats = NDArray[np.float64]

LEVEL: Final = 0.9  # of the intervals of signs
MARGIN: Final = 0.02  # a change of less than that share counts as none; declared before any run
LEAST_UNMET: Final = 1e-4  # days a person: under it no need can be said to move


@dataclass(frozen=True)
class Trial:
    """One kind of shock: what comes, when, for how long it is watched.

    `shocks`: with start days counted from day 0. `days`: watched from `start_day` on.
    `communes_share`: share of the communes that is struck, drawn for each seed; all if None.
    """

    shocks: tuple[Shock, ...]
    start_day: int
    days: int
    communes_share: float | None = None

    def for_seed(self, codes: Sequence[str], seed: int, later: int) -> tuple[Shock, ...]:
        """Return the shocks of a seed, `later` days later; the same in all arms."""
        share = self.communes_share
        struck = () if share is None else communes_struck(codes, share, seed)
        return tuple(
            dataclasses.replace(s, start_day=s.start_day + later, communes=struck or s.communes)
            for s in self.shocks
        )


def communes_struck(codes: Sequence[str], share: float, seed: int) -> tuple[str, ...]:
    """Return the codes of the communes that a seed draws to be struck: that share, one at least."""
    count = max(1, round(share * len(codes)))
    order = stream(seed, "communes_struck").permutation(len(codes))
    return tuple(codes[k] for k in sorted(order[:count]))


@dataclass(frozen=True)
class Outcome:
    """What one arm came to in one trial; `normal`: its value added in calm times, EUR by firm."""

    tally: Tally
    normal: Floats
    added: float  # EUR that came from outside at its founding


@dataclass(frozen=True)
class Morning:
    """What an arm starts with on day 0: goods and cash in EUR, capacity in EUR a day, jobs."""

    goods: float
    cash: float
    capacity: float
    jobs: float


def morning(world: World) -> Morning:
    """Return what a world holds, wherever it lies: with firms, households, SCIC and measures."""
    state = world.state
    firms, scic = state.firms, state.scic[0]
    goods = firms.stock.sum() + firms.crop.sum() + state.slots.stock.sum() + scic.pool.sum()
    goods += state.homes.pantry.sum() + state.transit.sum() + state.haul.sum()
    cash = firms.cash.sum() + state.homes.cash.sum() + scic.cash + scic.fund
    return Morning(
        goods=float(goods + sum(m.stock.sum() for m in world.measures)),
        cash=float(cash + sum(m.euros(world) for m in world.measures)),
        capacity=float(firms.capacity[firms.alive].sum()),
        jobs=float(firms.jobs[firms.alive].sum()),
    )


def live_arm(
    stage: Stage, seed: int, economy: Economy, cooperation: bool, trials: Mapping[str, Trial]
) -> tuple[Members, dict[str, Outcome]]:
    """Live one arm through each trial; return its members and what came of it, by trial.

    The scenario has no shocks of its own; all trials start on the same day.
    """
    calm = stage.scenario.calm_days()
    world = stage.world(seed, cooperation, economy)
    (start,) = {trial.start_day for trial in trials.values()}
    while world.tick < calm + start:
        live_one_day(world)
    members = members_of(world)
    codes = stage.place.territory.codes
    outcomes = {}
    for name, trial in trials.items():
        struck = dataclasses.replace(
            fork(world, shocks=False), shocks=trial.for_seed(codes, seed, calm)
        )
        outcomes[name] = _watch(struck, trial.days)
    return members, outcomes


def live_own(
    stage: Stage,
    seed: int,
    economy: Economy,
    cooperation: bool,
    who: Callable[[World], Members] = members_of,
) -> tuple[Members, Outcome]:
    """Live one arm of a scenario through its own shocks; return its members and what came of it.

    `who`: says who counts as a member on the morning of the first shock.
    """
    scenario = stage.scenario
    world = stage.world(seed, cooperation, economy)
    while world.tick < scenario.calm_days() + scenario.shock_day():
        live_one_day(world)
    members = who(world)
    return members, _watch(world, scenario.run.days - scenario.shock_day())


def _watch(world: World, days: int) -> Outcome:
    counter = Counter(world)
    for _ in range(days):
        live_one_day(world)
        counter.see(world)
    firms = world.state.firms[: world.n_drawn]
    normal = days * firms.output_calm * branch_traits().value_added_share[firms.branch]
    return Outcome(counter.tally(world), np.asarray(normal), float(world.state.scic[0].added))


def cell(one: Outcome, other: Outcome, members: Members) -> dict[str, float]:
    """Return what a pair of arms came to, by group: `needs_*`, `output_*`, closures, exports.

    `needs_GROUP`: change of unmet need as a share of that in the other arm, NaN where nothing
    lacked there. `output_GROUP`: change of value added as a share of normal value added. `closed`:
    more closures. `exports`: more sales outside, EUR. `unmet_without`: days a person in the other
    arm.
    """
    found: dict[str, float] = {}
    unmet = unmet_by_group(one.tally, members), unmet_by_group(other.tally, members)
    output = output_by_group(one.tally, members), output_by_group(other.tally, members)
    normal = output_by_group(dataclasses.replace(other.tally, output=other.normal), members)
    for group in GROUPS:
        found[f"needs_{group}"] = change(unmet[0][group], unmet[1][group])
        more = output[0][group] - output[1][group]
        found[f"output_{group}"] = more / normal[group] if normal[group] > 0.0 else float("nan")
    found["closed"] = float(one.tally.closed - other.tally.closed)
    found["exports"] = one.tally.exports - other.tally.exports
    found["unmet_without"] = unmet[1]["total"]
    return found


def change(one: float, other: float) -> float:
    """Return the change of unmet need from `other` to `one`, as a share of `other`.

    Where next to nothing lacked in the other arm: NaN if that is so in both, infinite if not.

    >>> change(0.5, 1.0), change(0.0, 0.0), change(1.0, 0.0)
    (-0.5, nan, inf)
    """
    if other >= LEAST_UNMET:
        return one / other - 1.0
    return float("inf") if one >= LEAST_UNMET else float("nan")


@dataclass(frozen=True)
class Spread:
    """Paired changes over seeds: median, interval, and in which share of seeds it is what.

    `better`, `worse`, `equal`: shares of the seeds with a change beyond the margin for the good,
    for the bad, or neither. `defined`: seeds in which the change has a value. `sign`: what the
    interval supports: "+" helps or "-" hurts (all of it on one side of 0, the median beyond the
    margin), "0" (all of it within the margin), "?" undetermined.
    """

    median: float
    low: float
    high: float
    confidence: float
    better: float
    worse: float
    equal: float
    defined: int

    sign: str = "?"


def spread(values: Floats, *, more_is_better: bool, margin: float = MARGIN) -> Spread:
    """Return what paired changes over seeds say; NaN where a change is undefined.

    The interval of the median is that of the sign test (`summary.order_interval`), at 90 %.
    """
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if n == 0:
        nan = float("nan")
        return Spread(nan, nan, nan, 0.0, nan, nan, nan, 0)
    k, confidence = order_interval(n, LEVEL)
    low, high = float(known[k - 1]), float(known[n - k])
    good = known if more_is_better else -known
    least, most = (low, high) if more_is_better else (-high, -low)
    return Spread(
        median=float(np.median(known)),
        low=low,
        high=high,
        confidence=confidence,
        better=float((good > margin).mean()),
        worse=float((good < -margin).mean()),
        equal=float((np.abs(good) <= margin).mean()),
        defined=n,
        sign=sign_of(least, float(np.median(good)), most, margin) if confidence >= LEVEL else "?",
    )


def sign_of(least: float, median: float, most: float, margin: float) -> str:
    """Return the sign that an interval of improvements and its median support."""
    if -margin <= least and most <= margin:
        return "0"
    if least > 0.0 and median > margin:
        return "+"
    return "-" if most < 0.0 and median < -margin else "?"
