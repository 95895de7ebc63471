"""Ressort as a Mesa model: the only file that imports mesa.

The truth is in the tables of the world; Mesa agents are views on their rows. `agent.cash` reads and
writes the cell of that agent in the table of its own model. Works on Mesa 3.3 to 3.5.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import mesa
import numpy as np
import pandas as pd

from ressort import indicators
from ressort.branches import BRANCHES
from ressort.cascades import Cascades
from ressort.day import live_one_day
from ressort.errors import InputError, RessortError
from ressort.measures.ptce import Ptce as PtceMeasure
from ressort.scenario import Scenario, check, load
from ressort.scenario_shocks import MOST_DAYS
from ressort.scic import colleges
from ressort.simulation import Stage
from ressort.state import FIRM, FORMATS, HOME, NO_SHOP, SCIC, Rows
from ressort.tables import Table
from ressort.world import World

# Names of arguments, by the keys of a scenario to which they go.
ARGUMENTS: Final = {
    "territory.name": "place_name",
    "run.people_per_agent": "people_per_agent",
    "shocks.0.kind": "shock",
    "shocks.0.start_day": "shock_start",
    "shocks.0.days": "shock_days",
    "shocks.0.depth": "shock_depth",
}
SMALL_PLACE = "63258"  # Olliergues (Puy-de-Dôme), 736 inhabitants


class _Cell:
    """Descriptor of one column: reads and writes the cell of an agent's row."""

    def __init__(self, name: str, doc: str) -> None:
        self.name = name
        self.__doc__ = doc

    def __get__(self, agent: _Row | None, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return agent.model.columns[agent.table][self.name][agent.row]

    def __set__(self, agent: _Row, value: Any) -> None:
        agent.model.columns[agent.table][self.name][agent.row] = value


class _Row(mesa.Agent):
    """An agent that is a row of a table."""

    table: ClassVar[str]
    model: TerritoryModel

    def __init__(self, model: TerritoryModel, row: int) -> None:
        super().__init__(model)
        self.row = row


def _with_cells(declared: Table) -> Any:
    """Give an agent class one attribute a column of its table."""

    def dress(agent_class: type[_Row]) -> type[_Row]:
        agent_class.table = declared.name
        for column in declared.columns:
            doc = f"{column.meaning} ({column.unit})"
            setattr(agent_class, column.name, _Cell(column.name, doc))
        return agent_class

    return dress


@_with_cells(HOME)
class Household(_Row):
    """A household; the columns of `state.HOME` are its attributes."""


@_with_cells(FIRM)
class Producer(_Row):
    """An establishment; the columns of `state.FIRM` are its attributes."""

    @property
    def branch_name(self) -> str:
        """Name of its branch."""
        return BRANCHES[self.branch]

    @property
    def shop(self) -> str | None:
        """Kind of shop, None if it is none."""
        kind = int(self.format)
        return None if kind == NO_SHOP else FORMATS[kind]


@_with_cells(SCIC)
class Scic(_Row):
    """The SCIC; the columns of `state.SCIC` are its attributes. There is one, `active` or not."""

    @property
    def pool_by_good(self) -> dict[str, float]:
        """What the pool holds, EUR by good."""
        return dict(zip(BRANCHES, map(float, self.pool), strict=True))

    @property
    def colleges(self) -> dict[str, int]:
        """How many there are in each college."""
        return colleges(self.model.world)


class Ptce(mesa.Agent):
    """A PTCE: a view on the measure `[cooperation.ptce]` of its model; there is none without it."""

    model: TerritoryModel

    @property
    def _platform(self) -> PtceMeasure:
        return next(m for m in self.model.world.measures if isinstance(m, PtceMeasure))

    @property
    def alive(self) -> bool:
        """Whether it has been founded and has not failed."""
        return self._platform.alive

    @property
    def stage(self) -> int:
        """The stage that it has reached, 1 to 3; 0 before the first and after its end."""
        return self._platform.stage

    @property
    def members(self) -> int:
        """Its members in business."""
        firms = self.model.world.state.firms
        return int((self._platform.members & firms.alive).sum())

    @property
    def cash(self) -> float:
        """Its account, EUR."""
        return self._platform.cash

    @property
    def lent(self) -> float:
        """Jobs that its members lend each other today."""
        return self._platform.lent


class TerritoryModel(mesa.Model):
    """A territory as a Mesa model: `step()` is one day.

    Without arguments: a village of 736 people whose outside supply is cut from day 30 to day 60.
    `place_name`: a commune, EPCI or departement, by name or code. `people_per_agent`: how many
    people one simulated person stands for. `shock`: a kind of `shocks.KINDS`, or None.
    `cooperation`: whether there is a SCIC. `rng`, or by its older name `seed`: an integer, or None
    for another one each time, so that the iterations of a batch differ; `run_seed` tells which it
    was. `parameters`: overrides of behaviour.toml by name. All are checked as in a scenario file,
    which raises InputError.
    """

    world: World

    def __init__(
        self,
        place_name: str = SMALL_PLACE,
        *,
        people_per_agent: float = 1.0,
        shock: str | None = "import_cut",
        shock_start: int = 30,
        shock_days: int = 30,
        shock_depth: float = 1.0,
        cooperation: bool = True,
        rng: int | None = None,
        seed: int | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        hit = {"kind": shock, "start_day": shock_start, "days": shock_days, "depth": shock_depth}
        content = {
            "territory": {"name": place_name},
            "run": {"people_per_agent": people_per_agent, "days": MOST_DAYS},
            "shocks": [] if shock is None else [hit],
            "parameters": parameters or {},
        }
        stage = Stage.of(_checked(content))
        self._enter(stage.world(_seed(rng, seed), cooperation))

    @classmethod
    def of_world(cls, world: World) -> Self:
        """Return a model that goes on from a world."""
        model = cls.__new__(cls)
        model._enter(world)
        return model

    @classmethod
    def of_scenario(
        cls,
        scenario: Scenario | str,
        *,
        rng: int = 1,
        cooperation: bool = True,
        data: Path | None = None,
    ) -> Self:
        """Return the model of a scenario, or of its name or file, on the morning of day 0.

        `data`: folder of the official tables; RESSORT_DATA if None.
        """
        if isinstance(scenario, str):
            scenario = load(scenario, data)
        return cls.of_world(Stage.of(scenario, data).world(_seed(rng), cooperation))

    def _enter(self, world: World) -> None:
        mesa.Model.__init__(self, rng=world.seed)
        self.world = world
        self._link_columns()
        state = world.state
        of_classes = ((Producer, state.firms), (Household, state.homes), (Scic, state.scic))
        for agent_class, rows in of_classes:
            for row in range(len(rows)):
                agent_class(self, row)
        if any(isinstance(measure, PtceMeasure) for measure in world.measures):
            Ptce(self)
        _forget(self)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                name: partial(_indicator_today, place=k) for k, name in enumerate(indicators.NAMES)
            }
        )
        self.cascades = Cascades(world)
        self.today, self.communes_today = indicators.observe(world)
        self._failure: BaseException | None = None
        # Mesa puts its own wrapper in the place of step(); ours goes around it.
        self._mesa_step = self.step
        self.step = self._step_or_complain  # type: ignore[method-assign]

    def _link_columns(self) -> None:
        state = self.world.state
        self.columns = {
            HOME.name: _columns(state.homes, HOME),
            FIRM.name: _columns(state.firms, FIRM),
            SCIC.name: _columns(state.scic, SCIC),
        }

    def __setstate__(self, content: dict[str, Any]) -> None:
        """Restore a pickled or copied model; its columns must look at its own tables."""
        self.__dict__.update(content)
        self._link_columns()

    @property
    def run_seed(self) -> int:
        """The seed of this run: the same one gives the same days."""
        return self.world.seed

    @property
    def tick(self) -> int:
        """Days lived."""
        return self.world.tick

    def step(self) -> None:
        """Live one day and collect its indicators."""
        try:
            live_one_day(self.world)
            self.cascades.see(self.world)
            self.today, self.communes_today = indicators.observe(self.world, self.cascades.today)
        except BaseException as error:
            self._failure = error
            raise
        self.datacollector.collect(self)

    def _step_or_complain(self) -> None:
        """Refuse to go on after a failed day, which Mesa 3.5 would skip without a word."""
        if self._failure is not None:
            raise RessortError(
                f"day {self.world.tick} failed ({self._failure!r}); this model cannot go on"
            ) from self._failure
        self._mesa_step()

    def frame(self, agent_class: type[_Row]) -> pd.DataFrame:
        """Return the table behind a class of agents, one row an agent, scalar columns."""
        columns = self.columns[agent_class.table]
        return pd.DataFrame({n: np.array(c) for n, c in columns.items() if c.ndim == 1})


def _indicator_today(model: TerritoryModel, place: int) -> float:
    return float(model.today[place])


def _checked(content: dict[str, Any]) -> Scenario:
    """Return the scenario of a model's arguments; faults name the argument."""
    try:
        return check(_plain(content), "TerritoryModel")
    except InputError as error:
        message = str(error)
        for key, argument in ARGUMENTS.items():
            message = message.replace(key, argument)
        raise InputError(message) from None


def _plain(value: Any) -> Any:
    """Turn numbers of NumPy, as a batch may give them, into those of Python."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def _seed(rng: int | None, seed: int | None = None) -> int:
    """Return the seed that is given by one of its two names; without one, any."""
    if rng is not None and seed is not None:
        raise RessortError("rng and seed are two names of one seed: give one of them")
    name, value = ("rng", rng) if seed is None else ("seed", seed)
    if value is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise RessortError(
            f"{name}: a seed is expected, a whole number of at least 0, not {value!r}"
        )
    return int(value)


def _columns(rows: Rows, table: Table) -> dict[str, np.ndarray[Any, Any]]:
    """Return each column as a plain array on the same memory: reading one cell is then fast."""
    plain = rows.view(np.ndarray)
    return {column.name: plain[column.name] for column in table.columns}


def _forget(model: mesa.Model) -> None:
    """Let a finished model be freed: Mesa 3.3 keeps each model in a registry of its agents' ids."""
    registry = getattr(mesa.Agent, "_ids", None)
    if registry is not None:
        registry.pop(model, None)
