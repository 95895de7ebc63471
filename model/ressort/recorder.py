"""Living the days of a world, and keeping what was seen: by day, and added up by group."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort import indicators
from ressort.cascades import QUIET
from ressort.day import live_one_day
from ressort.flows import Trader
from ressort.ledger import Ledger
from ressort.metrics import Trace
from ressort.metrics_groups import Members, Tally
from ressort.parameters import branch_traits
from ressort.scic import Cooperation, draw_membership
from ressort.shocks import Shock
from ressort.state import State
from ressort.witness import Witness
from ressort.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """The days of one run: indicators (days, NAMES), needs met by commune (days, C).

    `first_day` is negative after calm years. `measures`: what measures let be seen, a mapping a
    day.
    """

    indicators: Floats
    communes: Floats
    first_day: int = 0
    measures: tuple[Mapping[str, float], ...] = ()

    def frame(self) -> pd.DataFrame:
        """Return the daily indicators as a table, one row a day."""
        table = pd.DataFrame(self.indicators, columns=list(indicators.NAMES))
        table.insert(0, "day", self.first_day + np.arange(len(table)))
        return table

    def measures_frame(self) -> pd.DataFrame:
        """Return what measures let be seen as a table, one row a day; columns measure.name."""
        table = pd.DataFrame(list(self.measures))
        table.insert(0, "day", self.first_day + np.arange(len(table)))
        return table


def fork(world: World, *, shocks: bool) -> World:
    """Return an independent copy of a world at this moment, with or without its shocks."""
    state = State(
        **{
            f.name: getattr(world.state, f.name).copy()
            if world.measures or f.name not in ("source_calm", "provider_calm", "outlet_calm")
            else getattr(world.state, f.name)  # nothing else changes these
            for f in dataclasses.fields(State)
        }
    )
    return dataclasses.replace(
        world,
        state=state,
        day=copy.deepcopy(world.day),
        flows=copy.deepcopy(world.flows),
        machine_luck=copy.deepcopy(world.machine_luck),
        measures=copy.deepcopy(world.measures),
        shocks=world.shocks if shocks else (),
    )


class Counter:
    """Adds up, evening by evening, what the groups of a comparison are judged by."""

    def __init__(self, world: World) -> None:
        self.unmet_before = np.asarray(world.state.homes.unmet.sum(axis=1))
        self.made = np.zeros(len(world.state.firms))
        self.exports = 0.0
        self.closed = 0

    def see(self, world: World) -> None:
        """Count the day that ends."""
        firms = world.state.firms
        self.made += firms.production
        self.exports += float(firms.exported.sum())
        self.closed += world.closed

    def tally(self, world: World) -> Tally:
        """Return the sums so far."""
        homes, n = world.state.homes, world.n_drawn
        output = self.made * branch_traits().value_added_share[world.state.firms.branch]
        return Tally(
            unmet=np.asarray(homes.unmet.sum(axis=1)) - self.unmet_before,
            people=np.array(homes.people),
            output=output[:n],
            output_added=float(output[n:].sum()),
            exports=self.exports,
            closed=self.closed,
        )


def members_of(world: World) -> Members:
    """Return who the members of an arm are: those of its SCIC, else of its measures, else by lot.

    A measure has members among establishments alone. Whom neither names is drawn as a SCIC draws
    its members, so that an arm without one can be told by the same people.
    """
    drawn = draw_membership(
        world.economy,
        world.solution,
        world.cooperation or Cooperation(),
        world.rules.behaviour,
        world.seed,
    )
    firms = drawn.producers
    of_measures = [m for m in map(_own_members, world.measures) if m is not None]
    if world.cooperation is None and of_measures:
        firms = np.any([m[: world.n_drawn] for m in of_measures], axis=0)
    return Members(firms=firms, homes=drawn.households)


def _own_members(measure: object) -> NDArray[np.bool_] | None:
    found = getattr(measure, "members", None)
    is_mask = isinstance(found, np.ndarray) and found.dtype == np.bool_ and found.size > 0
    return np.array(found) if is_mask else None


class Recorder:
    """Lives days and keeps what was seen; sums by group from day `start` on.

    `watch` is called each morning, and may raise to end the run there.
    """

    def __init__(
        self,
        world: World,
        days: int,
        audit: bool,
        start: int = 0,
        watch: Callable[[], None] | None = None,
    ) -> None:
        self.world = world
        self.watch = watch
        self.start = start
        self.counter: Counter | None = None
        self.witness: Witness | None = None
        self.trader: Trader | None = None
        self.days = days
        self.indicators = np.empty((days, len(indicators.NAMES)))
        self.communes = np.empty((days, len(world.place.population)))
        self.measures: list[Mapping[str, float]] = []
        self.ledger = Ledger.open(world) if audit else None

    def live_until(self, day: int) -> None:
        """Live all days before `day`."""
        while self.world.tick < day:
            if self.watch is not None:
                self.watch()
            tick = self.world.tick
            if tick == self.start:
                self.counter = Counter(self.world)
                self.witness = Witness(self.world)
                self.trader = Trader(self.world, self.days)
            live_one_day(self.world)
            if self.trader is not None:
                self.trader.see(self.world)
            if self.witness is not None:
                self.witness.see(self.world)
            self.indicators[tick], self.communes[tick] = indicators.observe(
                self.world, self.witness.cascades.today if self.witness is not None else QUIET
            )
            if self.counter is not None:
                self.counter.see(self.world)
            if self.world.measures:
                self.measures.append(indicators.observe_measures(self.world))
            if self.ledger is not None:
                self.ledger.audit(self.world)

    def fork(self, shocks: tuple[Shock, ...] = ()) -> Recorder:
        """Return a recorder of the same world with these shocks; before day `start` is lived."""
        other = copy.copy(self)
        other.world = dataclasses.replace(fork(self.world, shocks=False), shocks=shocks)
        other.indicators, other.communes = self.indicators.copy(), self.communes.copy()
        other.measures = self.measures.copy()
        other.ledger = copy.copy(self.ledger)
        other.counter = copy.deepcopy(self.counter)
        other.witness = copy.deepcopy(self.witness)
        other.trader = copy.deepcopy(self.trader)
        return other

    def series(self, calm_days: int) -> Series:
        """Return the days seen."""
        return Series(self.indicators, self.communes, -calm_days, tuple(self.measures))

    def trace(self, start: int) -> Trace:
        """Return what the metrics need, from a day on."""
        homes = self.world.state.homes
        names = indicators.NAMES
        return Trace(
            essential=self.indicators[start:, names.index("essential")],
            output=self.indicators[start:, names.index("output")],
            unmet=np.asarray(homes.unmet),
            people=np.asarray(homes.people),
            witnessed=self.witness.witnessed(self.world) if self.witness is not None else None,
            traded=self.trader.traded(self.world) if self.trader is not None else None,
        )

    def tally(self) -> Tally:
        """Return the sums by group."""
        assert self.counter is not None
        return self.counter.tally(self.world)
