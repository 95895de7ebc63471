"""Simulate a scenario: one seed, or many seeds with and without cooperation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Integral
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort import indicators
from ressort.calm import Economy
from ressort.errors import InputError, RessortError
from ressort.metrics import measure
from ressort.metrics_groups import Members, measure_groups
from ressort.place import Place, place
from ressort.recorder import Recorder, Series, members_of
from ressort.recorder import fork as fork
from ressort.scenario import Scenario, load
from ressort.scenario_federation import refuse_federation
from ressort.workers import run_each
from ressort.world import World, build_world, draw_economy

if TYPE_CHECKING:
    from ressort.mesa_model import TerritoryModel

Floats = NDArray[np.float64]
ARMS: Final = ("with", "without")
COST: Final = "cost_eur_per_head_year"  # running cost of the SCIC in calm times
SETUP: Final = "setup_eur_per_head"  # what measures hold as the run begins


@dataclass(frozen=True)
class Run:
    """One seed of one arm: the shocked run and its paired run without the shock.

    `daily` and `reference`: one row a day, columns of `indicators.INDICATORS`. `metrics`: by name,
    see `metrics.METRICS` and `metrics_groups.GROUP_METRICS`; `members`: whom the latter call so,
    the same people and firms in both arms. `communes`: needs met by day and commune. `model`: the
    world at the end, as a Mesa model; the runs of a comparison do not keep theirs. `founded`:
    whether there ever was a SCIC; where the draw makes nobody a member there is none, with
    cooperation or without.
    """

    scenario: Scenario
    seed: int
    cooperation: bool
    codes: tuple[str, ...]
    population: float
    households: int
    producers: int
    founded: bool
    series: Series
    reference_series: Series
    metrics: Mapping[str, float]
    world: World | None
    members: Members

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Daily indicators of the shocked run."""
        return self.series.frame()

    @cached_property
    def reference(self) -> pd.DataFrame:
        """Daily indicators of the paired run without the shock."""
        return self.reference_series.frame()

    @cached_property
    def communes(self) -> pd.DataFrame:
        """Needs met by day (rows) and commune (columns, by code)."""
        table = pd.DataFrame(self.series.communes, columns=list(self.codes))
        return table.set_index(self.series.first_day + np.arange(len(table)))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """What the measures let be seen by day in the shocked run; columns `measure.name`."""
        return self.series.measures_frame()

    @property
    def model(self) -> TerritoryModel:
        """The world at the end of the shocked run, as a Mesa model that can go on."""
        from ressort.mesa_model import TerritoryModel

        if self.world is None:
            raise RessortError(
                "the runs of a comparison do not keep their worlds: use "
                f"ressort.simulate(scenario, seed={self.seed}, cooperation={self.cooperation})"
            )
        return TerritoryModel.of_world(self.world)

    @property
    def resource_neutral(self) -> bool:
        """Whether the arm has no more goods, euros and credit than one without cooperation."""
        brought = self.cooperation and self.scenario.brings_from_outside()
        return not (brought or (self.founded and self.scenario.cooperation.founding == "added"))

    @property
    def yearly_cost(self) -> float:
        """What the SCIC and measures cost in the run without the shock, EUR a year and head.

        Of the SCIC its fee on the first day, of measures the mean of all days.
        """
        series = self.reference_series.indicators
        cost = series[0, indicators.NAMES.index("scic_cost")]
        cost += series[:, indicators.NAMES.index("measures_cost")].mean()
        return float(365 * cost / self.population)

    @property
    def setup_per_head(self) -> float:
        """What measures hold as the run begins, bought before day 0 or gathered since, EUR a head.

        Cash and stocks on the evening of day 0 in the run without the shock, less what backs units
        of a local currency, which is their holders'. Plants and other works are not in it.
        """
        series = self.reference_series
        held = series.indicators[-series.first_day, indicators.NAMES.index("measures_held")]
        return float(held / self.population)


@dataclass(frozen=True)
class Stage:
    """A scenario with its place: what is the same for all seeds and arms."""

    scenario: Scenario
    place: Place

    @classmethod
    def of(cls, scenario: Scenario, data: Path | None = None) -> Stage:
        """Return the stage of a scenario; `data`: folder of the official tables, if anywhere else.

        Without it RESSORT_DATA may name one.
        """
        found, behaviour = scenario.resolve_territory(data), scenario.rules().behaviour
        frame = place(found, behaviour, data, scenario.run.jobs)
        return cls(scenario, frame)

    def economy(self, seed: int) -> Economy:
        """Draw the people and establishments of a seed."""
        run = self.scenario.run
        return draw_economy(self.place, self.scenario.rules().behaviour, run.people_per_agent, seed)

    def world(self, seed: int, cooperation: bool, economy: Economy | None = None) -> World:
        """Return a world on the morning of day 0, with its shocks to come."""
        return build_world(
            self.place,
            self.scenario.rules(),
            seed,
            self.scenario.run.people_per_agent,
            self.scenario.shock_list(seed),
            self.scenario.mechanisms() if cooperation else None,
            economy,
            self.scenario.measures() if cooperation else (),
        )


@dataclass(frozen=True)
class Before:
    """What runs of one arm and seed share that differ in their shocks alone.

    `morning`: the first day of a shock, before anything has struck; `calm`: all days without one.
    `members`: who counts as such.
    """

    morning: Recorder
    calm: Recorder
    members: Members


def live_before(
    stage: Stage,
    seed: int,
    cooperation: bool,
    *,
    audit: bool = False,
    economy: Economy | None = None,
    members: Members | None = None,
    watch: Callable[[], None] | None = None,
) -> Before:
    """Live the days up to the shock, and those without one; arguments as of `run_arm`."""
    scenario = stage.scenario
    calm_days = scenario.calm_days()
    days, start = calm_days + scenario.run.days, calm_days + scenario.shock_day()
    morning = Recorder(stage.world(seed, cooperation, economy), days, audit, start, watch)
    morning.live_until(start)
    if members is None:
        world = morning.world if cooperation else stage.world(seed, True, economy)
        members = members_of(world)
    calm = morning.fork()
    calm.live_until(days)
    return Before(morning, calm, members)


def run_arm(
    stage: Stage,
    seed: int,
    cooperation: bool,
    *,
    audit: bool = False,
    economy: Economy | None = None,
    members: Members | None = None,
    watch: Callable[[], None] | None = None,
) -> Run:
    """Run one seed of one arm, with its paired run without the shock.

    The two runs are one until the day of the first shock. `members`: who counts as such, those of
    the arm with cooperation by default. `watch` is called each morning, and may raise to end the
    run there. Raises LedgerError if `audit` finds an imbalance.
    """
    before = live_before(
        stage,
        seed,
        cooperation,
        audit=audit,
        economy=economy,
        members=members,
        watch=watch,
    )
    return run_shock(stage, seed, cooperation, before, watch=watch)


def run_shock(
    stage: Stage,
    seed: int,
    cooperation: bool,
    before: Before,
    *,
    watch: Callable[[], None] | None = None,
) -> Run:
    """Run the shocks of a scenario from what was lived before them.

    `before` may be that of another scenario, if it differs in shocks alone and they begin on the
    same day; it stays as it is.
    """
    scenario = stage.scenario
    calm_days = scenario.calm_days()
    days, start = calm_days + scenario.run.days, calm_days + scenario.shock_day()
    shocked = before.morning.fork(scenario.shock_list(seed))
    shocked.watch = watch
    shocked.live_until(days)
    calm = before.calm
    metrics = measure(shocked.trace(start), calm.trace(start))
    return Run(
        scenario=scenario,
        seed=seed,
        cooperation=cooperation,
        codes=stage.place.territory.codes,
        population=float(stage.place.population.sum()),
        households=len(shocked.world.state.homes),
        producers=shocked.world.n_drawn,
        founded=bool(shocked.world.state.scic[0].staff > 0),
        series=shocked.series(calm_days),
        reference_series=calm.series(calm_days),
        metrics=metrics | measure_groups(shocked.tally(), calm.tally(), before.members),
        world=shocked.world,
        members=before.members,
    )


def simulate(
    scenario: Scenario | str | Path,
    seed: int = 1,
    *,
    cooperation: bool = True,
    audit: bool = False,
    data: Path | None = None,
) -> Run:
    """Run one seed of a scenario (or of its name or file), with or without cooperation."""
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, data)
    refuse_federation(scenario)
    return run_arm(Stage.of(scenario, data), whole_seed(seed), cooperation, audit=audit)


@dataclass(frozen=True)
class Comparison:
    """All seeds of both arms: `runs[arm][k]` is the run of `seeds[k]`."""

    scenario: Scenario
    place: Place
    seeds: tuple[int, ...]
    runs: Mapping[str, tuple[Run, ...]]

    def table(self) -> pd.DataFrame:
        """Return metrics, one row a seed and arm; infinite where censored."""
        rows = [
            {
                "seed": run.seed,
                "arm": arm,
                **run.metrics,
                COST: run.yearly_cost,
                SETUP: run.setup_per_head,
            }
            for arm in ARMS
            for run in self.runs[arm]
        ]
        return pd.DataFrame(rows)


def compare(
    scenario: Scenario | str | Path,
    seeds: Iterable[int] | int | None = None,
    *,
    audit: bool = False,
    workers: int = 1,
    data: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run a scenario with and without cooperation on the same seeds.

    `seeds`: a number of seeds from the scenario's first on, or the seeds themselves; the scenario's
    own by default. `workers`: processes; the result does not depend on it. `progress(done, total)`
    is called after each seed.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, data)
    refuse_federation(scenario)
    chosen = chosen_seeds(scenario, seeds)
    stage = Stage.of(scenario, data)
    pairs = run_each(partial(run_pair, stage), chosen, audit, workers, progress)
    runs = {arm: tuple(pair[k] for pair in pairs) for k, arm in enumerate(ARMS)}
    return Comparison(scenario, stage.place, chosen, MappingProxyType(runs))


def chosen_seeds(scenario: Scenario, seeds: Iterable[int] | int | None) -> tuple[int, ...]:
    """Return the seeds asked for, those of the scenario if None; InputError for what is none."""
    first = scenario.seeds.first
    if seeds is None:
        seeds = scenario.seeds.count
    if isinstance(seeds, Integral):
        if seeds < 1 or isinstance(seeds, bool):
            raise InputError(f"seeds: at least 1 seed is needed, got {seeds!r}")
        return tuple(range(first, first + int(seeds)))
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        raise InputError(f"seeds: a number of seeds, or a list of them, is expected, got {seeds!r}")
    chosen = tuple(whole_seed(seed) for seed in seeds)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError("seeds: give at least one seed, and each seed once")
    return chosen


def whole_seed(seed: object) -> int:
    """Return a seed as an int; InputError unless it is a whole number from 0 on.

    Without a seed of its own a run could not be repeated, nor paired with the other arm.
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise InputError(f"seed: a whole number of at least 0 is expected, got {seed!r}")
    return int(seed)


def run_pair(stage: Stage, seed: int, audit: bool = False) -> tuple[Run, Run]:
    """Run one seed with and without cooperation, on the same people and establishments."""
    economy = stage.economy(seed)
    one = run_arm(stage, seed, True, audit=audit, economy=economy)
    other = run_arm(stage, seed, False, audit=audit, economy=economy, members=one.members)
    return dataclasses.replace(one, world=None), dataclasses.replace(other, world=None)
