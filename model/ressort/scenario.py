"""Scenarios: short TOML files, checked as a whole before anything runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

import numpy as np
from pydantic import Field, ValidationError, model_validator

from ressort.branches import BRANCHES
from ressort.errors import InputError
from ressort.goods import BASKETS, ProductionFunction, Rationing
from ressort.measures import COOPERATION, COUNCIL, Measure
from ressort.measures.currency import Currency, CurrencySection
from ressort.measures.sections import Section, group_of
from ressort.parameters import Behaviour, records
from ressort.scenario_files import find_scenario, read_scenario
from ressort.scic import Cooperation
from ressort.shocks import KINDS, PHYSICAL, SHAPES, Shock
from ressort.streams import stream
from ressort.synthetic import PROFILES, synthetic
from ressort.territories import Territory, territory
from ressort.world import Rules

MOST_DAYS = 9131  # 25 years
DAYS_A_YEAR = 365.25
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"  # also of a folder of results
WAYS = ("name", "codes", "around", "synthetic")
MECHANISMS = ("pool", "register", "fund")


class TerritorySection(Section):
    """Which communes: exactly one of `name`, `codes`, `around` (with `radius_km`), `synthetic`.

    `synthetic` is a profile, such as "slice", that goes with a `size` in inhabitants.
    """

    name: str | None = None
    kind: Literal["commune", "epci", "departement", "bassin_de_vie"] | None = None
    codes: tuple[str, ...] | None = None
    around: str | None = None
    radius_km: float | None = None
    synthetic: Literal[tuple(PROFILES)] | None = None  # type: ignore[valid-type]
    size: int | None = None
    label: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [k for k in WAYS if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(WAYS)}")
        if (self.around is None) != (self.radius_km is None):
            raise ValueError("around and radius_km go together")
        if (self.synthetic is None) != (self.size is None):
            raise ValueError("synthetic and size go together")
        return self


class ShockSection(Section):
    """One shock; days count from the start of the run."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    start_day: Annotated[int, Field(ge=0, le=MOST_DAYS)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    depth: Annotated[float, Field(gt=0, le=1)] = 1.0
    shape: Literal[SHAPES] = "sudden"  # type: ignore[valid-type]
    ramp_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    goods: tuple[Literal[BRANCHES], ...] = PHYSICAL  # type: ignore[valid-type]
    branches: tuple[Literal[BRANCHES], ...] = ()  # type: ignore[valid-type]
    communes: tuple[str, ...] = ()
    pulse_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    pause_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0

    @model_validator(mode="after")
    def _pulses(self) -> Self:
        if (self.shape == "pulses") != (self.pulse_days > 0):
            raise ValueError('shape = "pulses" and pulse_days (at least 1) go together')
        return self

    @model_validator(mode="after")
    def _ramp(self) -> Self:
        if (self.shape == "ramp") != (self.ramp_days > 0):
            raise ValueError('shape = "ramp" and ramp_days (at least 1) go together')
        if self.ramp_days > self.days:
            raise ValueError("ramp_days is longer than days")
        if not self.goods:
            raise ValueError("goods is empty: leave it out to mean all physical goods")
        return self


class Spread(Section):
    """A number drawn for each random shock, between `low` and `high`."""

    low: float
    high: float
    distribution: Literal["uniform", "log_uniform"] = "uniform"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is above high")
        if self.distribution == "log_uniform" and self.low <= 0:
            raise ValueError("a log_uniform spread begins above 0")
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Return one draw."""
        if self.distribution == "uniform":
            return float(rng.uniform(self.low, self.high))
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


class RandomShockSection(Section):
    """Shocks of one kind that come at random, as a Poisson process; the same in both arms."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    per_year: Annotated[float, Field(ge=0, le=100)]
    days: Spread
    depth: Spread
    first_day: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    goods: tuple[Literal[BRANCHES], ...] = PHYSICAL  # type: ignore[valid-type]
    branches: tuple[Literal[BRANCHES], ...] = ()  # type: ignore[valid-type]
    communes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not 0 < self.depth.low <= self.depth.high <= 1:
            raise ValueError("depth.low and depth.high lie between 0 and 1")
        if not 1 <= self.days.low <= self.days.high <= MOST_DAYS:
            raise ValueError(f"days.low and days.high lie between 1 and {MOST_DAYS}")
        return self

    def draw(self, run_days: int, rng: np.random.Generator) -> list[Shock]:
        """Return the shocks of one run."""
        window = max(0, run_days - self.first_day)
        return [
            Shock(
                kind=self.kind,
                start_day=int(rng.integers(self.first_day, run_days)),
                days=round(self.days.draw(rng)),
                depth=self.depth.draw(rng),
                goods=self.goods,
                branches=self.branches,
                communes=self.communes,
            )
            for _ in range(rng.poisson(self.per_year * window / DAYS_A_YEAR))
        ]


class RunSection(Section):
    """Length, resolution and structural choices."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 240
    people_per_agent: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    start_day_of_year: Annotated[int, Field(ge=1, le=365)] = 1
    production: Literal[tuple(f.name.lower() for f in ProductionFunction)] = "half"  # type: ignore[valid-type]
    rationing: Literal[tuple(r.name.lower() for r in Rationing)] = "proportional"  # type: ignore[valid-type]
    basket: Literal[BASKETS] = "essential"  # type: ignore[valid-type]


class SeedsSection(Section):
    """Which seeds: `count` of them from `first` on."""

    first: Annotated[int, Field(ge=0, le=2**31)] = 1
    count: Annotated[int, Field(ge=1, le=100_000)] = 10


class CalmSection(Section):
    """What comes before the first day of the run: `years` in which measures may grow."""

    years: Annotated[int, Field(ge=0, le=25)] = 0


if TYPE_CHECKING:
    # Made from the records of the measures, which a type checker cannot read.
    class _CooperationMeasures(Section): ...

    class _CouncilMeasures(Section): ...
else:
    _CooperationMeasures = group_of("CooperationMeasures", COOPERATION)
    _CouncilMeasures = group_of("CouncilMeasures", COUNCIL)


class CooperationSection(_CooperationMeasures):
    """What the `with` arm has: a SCIC, unless `scic = false`, and measures of cooperation."""

    scic: bool = True
    mechanisms: tuple[Literal[MECHANISMS], ...] = MECHANISMS  # type: ignore[valid-type]


class CouncilSection(_CouncilMeasures):
    """What the council of the `with` arm does."""


class Scenario(Section):
    """A frozen, closed record of everything that a run is made of but its seed."""

    name: Annotated[str, Field(pattern=NAME)] = "scenario"
    title: str = ""
    title_fr: str = ""
    description: str = ""
    description_fr: str = ""
    rows: tuple[Annotated[str, Field(pattern=r"^S\d\d$")], ...] = ()
    territory: TerritorySection
    run: RunSection = RunSection()
    calm: CalmSection = CalmSection()
    seeds: SeedsSection = SeedsSection()
    shocks: tuple[ShockSection, ...] = ()
    random_shocks: tuple[RandomShockSection, ...] = ()
    cooperation: CooperationSection = CooperationSection()
    council: CouncilSection = CouncilSection()
    currency: CurrencySection | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)

    def resolve_territory(self) -> Territory:
        """Return the communes; raises InputError with near names if there is no such place."""
        place = self.territory
        if place.codes is not None:
            found = territory(codes=list(place.codes))
        elif place.synthetic is not None and place.size is not None:
            found = synthetic(place.size, place.synthetic)
        elif place.around is not None:
            found = territory(around=place.around, radius_km=place.radius_km)
        else:
            found = territory(place.name, kind=place.kind)
        label = place.label or found.name
        return replace(found, name=label)

    def rules(self) -> Rules:
        """Return the structural choices and parameters of a run."""
        return Rules(
            behaviour=Behaviour(self.parameters),
            production=ProductionFunction[self.run.production.upper()],
            rationing=Rationing[self.run.rationing.upper()],
            basket=self.run.basket,
            start_day_of_year=self.run.start_day_of_year - 1,
        )

    def shock_list(self, seed: int) -> tuple[Shock, ...]:
        """Return the shocks of a seed as the engine takes them, those at random included."""
        drawn = [
            shock
            for k, section in enumerate(self.random_shocks)
            for shock in section.draw(self.run.days, stream(seed, "shocks", k))
        ]
        fixed = [Shock(**shock.model_dump()) for shock in self.shocks]
        later = self.calm_days()
        return tuple(replace(s, start_day=s.start_day + later) for s in (*fixed, *drawn))

    def calm_days(self) -> int:
        """Return the days lived before day 0."""
        return 365 * self.calm.years

    def measures(self) -> tuple[Measure, ...]:
        """Return new measures for a world of the `with` arm, in the order of the day."""
        groups = ((self.cooperation, COOPERATION), (self.council, COUNCIL))
        measures = tuple(
            kind(getattr(section, kind.name).model_dump())
            for section, kinds in groups
            for kind in kinds
            if getattr(section, kind.name) is not None
        )
        # Last, so that it sees what the others did with money.
        currency = () if self.currency is None else (Currency(self.currency.model_dump()),)
        return (*measures, *currency)

    def mechanisms(self) -> Cooperation | None:
        """Return what the SCIC of the `with` arm does, None if it has none."""
        if not self.cooperation.scic:
            return None
        return Cooperation(**{m: m in self.cooperation.mechanisms for m in MECHANISMS})

    def shock_day(self) -> int:
        """Return the first day on which a shock may come, the same for all seeds; 0 without one."""
        days = [s.start_day for s in self.shocks] + [s.first_day for s in self.random_shocks]
        return min(days, default=0)


def load(name_or_path: str | Path) -> Scenario:
    """Return a checked scenario, by name or path of a TOML file.

    Raises InputError that names the file and, for each fault, the key and the remedy.
    """
    path = find_scenario(name_or_path)
    return check(read_scenario(path), str(path))


def check(content: dict[str, Any], where: str = "scenario") -> Scenario:
    """Return the scenario that a mapping describes; all faults are raised at once."""
    try:
        scenario = Scenario.model_validate(_with_tuples(content))
    except ValidationError as error:
        faults = [_fault(e) for e in error.errors(include_url=False)]
        raise InputError(f"{where}: " + "; ".join(faults)) from None
    faults = list(_faults_of_content(scenario))
    if faults:
        raise InputError(f"{where}: " + "; ".join(faults))
    return scenario


def _faults_of_content(scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong with values that are each well formed."""
    try:
        scenario.rules()  # checks the parameters
    except InputError as error:
        yield str(error)
    codes: tuple[str, ...] = ()
    try:
        codes = scenario.resolve_territory().codes
    except InputError as error:
        yield str(error)
    days = scenario.run.days
    for k, shock in enumerate(scenario.shocks):
        if shock.start_day >= days:
            yield (
                f"shocks.{k}.start_day: {shock.start_day} is not before the end of the run "
                f"(run.days = {days})"
            )
    for key in ("shocks", "random_shocks"):
        for k, section in enumerate(getattr(scenario, key)):
            strange = sorted(set(section.communes) - set(codes)) if codes else []
            if strange:
                yield f"{key}.{k}.communes: {strange[0]} is not a commune of the territory"


def _with_tuples(value: Any) -> Any:
    """Turn TOML arrays into tuples, which strict checking asks for."""
    if isinstance(value, list):
        return tuple(_with_tuples(v) for v in value)
    if isinstance(value, dict):
        keep = {"parameters": value["parameters"]} if "parameters" in value else {}
        return {k: _with_tuples(v) for k, v in value.items()} | keep
    return value


def _fault(error: Any) -> str:
    """Return one fault in words: the key, what is wrong, and a near key for an unknown one."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), list(_keys(error["loc"])), n=1)
        return f"{key}: unknown key" + (f", did you mean '{near[0]}'?" if near else "")
    message = error["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if error["type"] in ("missing", "value_error"):
        return f"{key}: {message}" if key else message
    return f"{key}: {message}, not {error['input']!r}"


def _keys(location: tuple[Any, ...]) -> Iterator[str]:
    """Yield the known keys of the section in which an unknown key was found."""
    model: Any = Scenario
    for key in location[:-1]:
        if isinstance(key, str) and key in model.model_fields:
            model = next(_sections_in(model.model_fields[key].annotation), model)
    yield from model.model_fields
    if model is Scenario:
        yield from records()


def _sections_in(annotation: Any) -> Iterator[Any]:
    """Yield the sections that a type names, such as one that is optional or an item of a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from _sections_in(part)
