"""A world: one territory, one seed, one set of rules, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ressort.calm import Economy, Solution, solve
from ressort.coordination import Coordination
from ressort.goods import ProductionFunction, Rationing, goods_table, items_table
from ressort.initial_state import build_state
from ressort.measures import Measure
from ressort.network import draw_links, slot_rows
from ressort.parameters import Behaviour, branch_traits
from ressort.place import Place
from ressort.population import draw_employment, draw_establishments, draw_homes
from ressort.scic import Cooperation, Voices, draw_membership, found_scic
from ressort.settings import settings_record
from ressort.shocks import Shock
from ressort.state import DAY, FLOWS, Index, Rows, State, slot_buyers
from ressort.streams import stream

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Rules:
    """The structural choices of a run, with the scalar parameters."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    production: ProductionFunction = ProductionFunction.HALF
    rationing: Rationing = Rationing.PROPORTIONAL
    basket: str = "essential"
    start_day_of_year: int = 0
    prices: str = "fixed"  # or "scarcity"


def _normal_day() -> np.record:
    """Return normal conditions, as they are before day 0."""
    day: np.record = DAY.rows(1)[0]
    for name in ("outside", "border", "exports", "demand", "beyond"):
        day[name][:] = 1.0
    day.commuting = day.payments = day.credit = 1.0
    return day


@dataclass
class World:
    """State and everything that the phases of a day read; see `day.PHASES`."""

    seed: int
    rules: Rules
    place: Place
    economy: Economy
    solution: Solution
    state: State
    index: Index
    goods: Rows
    items: Rows
    settings: np.record
    shocks: tuple[Shock, ...]
    cooperation: Cooperation | None
    commuter_share: Floats  # of each producer's jobs
    machine_luck: np.random.Generator
    coordination: Coordination
    measures: tuple[Measure, ...] = ()
    tick: int = 0
    disturbed: bool = True  # conditions are not known to be normal
    day: np.record = field(default_factory=_normal_day)
    flows: np.record = field(default_factory=lambda: FLOWS.rows(1)[0])
    profits: float = 0.0
    failing_inputs: int = 0  # purchases of producers with a failing source today
    failing_purchases: int = 0  # purchases of households for a need that failed today
    closed: int = 0  # establishments closed today
    opened: int = 0  # establishments opened today
    links_made: int = 0  # new supply links of today
    voices: Voices = field(default_factory=Voices)
    _buyers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    linked_by_scic: Counts | None = None  # of which the SCIC made, by purchase

    @property
    def n_drawn(self) -> int:
        """Establishments drawn at the start; rows from here on were added by measures."""
        return len(self.economy.firms.jobs)

    @property
    def buyers(self) -> NDArray[np.int64]:
        """The producer of each purchase, shape (S,); found once, since rows stay all run."""
        if len(self._buyers) != len(self.state.slots):
            self._buyers = slot_buyers(self.state.firms)
        return self._buyers

    @property
    def resource_neutral(self) -> bool:
        """Whether nothing came from outside for the SCIC or measures; if not, outputs say so."""
        brought = any(measure.brings_from_outside for measure in self.measures)
        return not (brought or self.state.scic[0].added > 0.0)

    def __setstate__(self, content: dict[str, Any]) -> None:
        """Restore a pickled world, its records as rows of tables again.

        A pickled record comes back with memory of its own, and NumPy writes to a copy of it.
        """
        for name, value in content.items():
            if isinstance(value, np.record):
                value = np.array([value]).view(np.recarray)[0]
            setattr(self, name, value)


def draw_economy(place: Place, behaviour: Behaviour, people_per_agent: float, seed: int) -> Economy:
    """Draw people, establishments, jobs and relationships for one seed."""
    traits = branch_traits()
    firms = draw_establishments(place, traits, behaviour, seed)
    homes = draw_homes(place, behaviour, people_per_agent, seed)
    work = draw_employment(place, firms, homes, behaviour, seed)
    slots = slot_rows(firms, traits)
    links = draw_links(place, firms, homes, slots, traits, seed)
    return Economy(place, firms, homes, work, slots, links)


def build_world(
    place: Place,
    rules: Rules,
    seed: int,
    people_per_agent: float = 1.0,
    shocks: tuple[Shock, ...] = (),
    cooperation: Cooperation | None = None,
    economy: Economy | None = None,
    measures: tuple[Measure, ...] = (),
) -> World:
    """Return a world on the morning of day 0, in its solved calm state.

    `economy` may pass what `draw_economy` drew for the same place, resolution and seed. `measures`
    must be new ones: they hold what they do in this world.
    """
    traits, behaviour = branch_traits(), rules.behaviour
    economy = economy or draw_economy(place, behaviour, people_per_agent, seed)
    goods = goods_table(traits, behaviour)
    items = items_table(traits, behaviour, rules.basket, rules.rationing)
    solution = solve(economy, traits, behaviour, items, seed)
    membership = draw_membership(economy, solution, cooperation, behaviour, seed)
    state, index = build_state(
        economy,
        solution,
        traits,
        behaviour,
        goods,
        items,
        rules.rationing,
        membership,
        rules.start_day_of_year,
        seed,
    )
    if cooperation is not None:
        found_scic(state, goods, behaviour, cooperation, membership, seed)
    work, firms = economy.work, economy.firms
    outsiders = np.bincount(
        work.producer,
        weights=np.where(work.household < 0, work.slots, 0.0),
        minlength=len(firms.jobs),
    )
    world = World(
        seed=seed,
        rules=rules,
        place=place,
        economy=economy,
        solution=solution,
        state=state,
        index=index,
        goods=goods,
        items=items,
        settings=settings_record(behaviour, rules.production, rules.rationing, rules.prices),
        shocks=shocks,
        cooperation=cooperation,
        commuter_share=outsiders / firms.jobs,
        machine_luck=stream(seed, "machines"),
        coordination=Coordination.of(behaviour),
        measures=measures,
    )
    for measure in measures:
        measure.prepare(world)
    return world
