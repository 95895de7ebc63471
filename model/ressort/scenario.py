"""Scenarios: short TOML files, checked as a whole before anything runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ressort.errors import InputError, listed, shown
from ressort.faults import faults_of, faults_of_measures, join_faults
from ressort.faults_cooperation import faults_of_prices, faults_of_scic
from ressort.faults_currency import faults_of_currency
from ressort.goods import BASKETS, ProductionFunction, Rationing
from ressort.measures import COOPERATION, COUNCIL, PARTNERS, Measure
from ressort.measures.budget import share_purse
from ressort.measures.currency import Currency, CurrencySection
from ressort.measures.sections import Section, contract_of, group_of, made_from
from ressort.official import VARIABLE
from ressort.parameters import Behaviour
from ressort.place import JOBS
from ressort.profiles import PROFILES, synthetic
from ressort.scenario_federation import FederationSection, faults_of_federation
from ressort.scenario_files import find_scenario, read_scenario
from ressort.scenario_shocks import MOST_DAYS, Once, RandomShockSection, ShockSection
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.streams import stream
from ressort.territories import Territory, territory
from ressort.world import Rules

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"  # also of a folder of results
WAYS = ("name", "codes", "around", "synthetic")
MECHANISMS = ("pool", "register", "fund")  # unless told otherwise
ALL_MECHANISMS = (*MECHANISMS, "priority")


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
    label_fr: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [k for k in WAYS if getattr(self, k) is not None]
        if len(given) != 1:
            told = ", ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(WAYS)}; given: {told}")
        for way, partner in (("around", "radius_km"), ("synthetic", "size")):
            if given == [way] and getattr(self, partner) is None:
                raise ValueError(f"{way} needs {partner} beside it; add {partner}")
        for way, partner in (("around", "radius_km"), ("synthetic", "size"), ("name", "kind")):
            if given != [way] and getattr(self, partner) is not None:
                raise ValueError(f"{partner} goes with {way}: leave it out beside {given[0]}")
        return self


class RunSection(Section):
    """Length, resolution and structural choices."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 240
    people_per_agent: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    start_day_of_year: Annotated[int, Field(ge=1, le=365)] = 1
    production: Literal[tuple(f.name.lower() for f in ProductionFunction)] = "half"  # type: ignore[valid-type]
    rationing: Literal[tuple(r.name.lower() for r in Rationing)] = "proportional"  # type: ignore[valid-type]
    basket: Literal[BASKETS] = "essential"  # type: ignore[valid-type]
    prices: Literal["fixed", "scarcity"] = "fixed"
    jobs: Literal[JOBS] = "any"  # type: ignore[valid-type]


class SeedsSection(Section):
    """Which seeds: `count` of them from `first` on."""

    first: Annotated[int, Field(ge=0, le=2**31)] = 1
    count: Annotated[int, Field(ge=1, le=100_000)] = 10


class CalmSection(Section):
    """What comes before the first day of the run: `years` in which measures may grow."""

    years: Annotated[int, Field(ge=0, le=25)] = 0


if TYPE_CHECKING:
    # Made from the records of the measures, which a type checker cannot read.
    class _CooperationMeasures(Section):
        membership: Any = None
        governance: Any = None
        price_smoothing: Any = None

    class _CouncilMeasures(Section): ...

    PartnerSection = Any
else:
    _CooperationMeasures = group_of("CooperationMeasures", COOPERATION)
    _CouncilMeasures = group_of("CouncilMeasures", COUNCIL)
    PartnerSection = contract_of(PARTNERS)


class CooperationSection(_CooperationMeasures):
    """What the `with` arm has: a SCIC, unless `scic = false`, and measures of cooperation."""

    scic: bool = True
    mechanisms: Annotated[tuple[Literal[ALL_MECHANISMS], ...], Once] = MECHANISMS  # type: ignore[valid-type]
    members: Literal["random", "healthier"] = "random"
    founding: Literal["neutral", "added"] = "neutral"
    on_failure: Literal["hand_back", "lost"] = "hand_back"
    placebo: bool = False
    fund_eur: Annotated[float, Field(gt=0)] | None = None


class CouncilSection(_CouncilMeasures):
    """What the council of the `with` arm does; `budget`: EUR a year that it may levy for that."""

    budget: Annotated[float | None, Field(ge=0)] = None


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
    partners: tuple[PartnerSection, ...] = ()
    currency: CurrencySection | None = None
    federation: FederationSection | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)

    def resolve_territory(self, data: Path | None = None) -> Territory:
        """Return the communes; raises InputError with near names if there is no such place.

        `data`: folder of the official tables, which know the bassins de vie; RESSORT_DATA if None.
        """
        found = _resolved(self.territory, data, os.environ.get(VARIABLE))
        around = None if found.surroundings is None else found.surroundings.copy()
        return replace(found, communes=found.communes.copy(), surroundings=around)

    def rules(self) -> Rules:
        """Return the structural choices and parameters of a run."""
        return Rules(
            behaviour=Behaviour(self.parameters),
            production=ProductionFunction[self.run.production.upper()],
            rationing=Rationing[self.run.rationing.upper()],
            basket=self.run.basket,
            prices=self.run.prices,
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
        cooperation = made_from(self.cooperation, COOPERATION)
        council = share_purse(made_from(self.council, COUNCIL), self.council.budget)
        contracts = {kind.name: kind for kind in PARTNERS}
        of_partners = (contracts[p.contract](p.model_dump()) for p in self.partners)
        # Last, so that it sees what the others did with money.
        currency = () if self.currency is None else (Currency(self.currency.model_dump()),)
        return (*cooperation, *council, *of_partners, *currency)

    def brings_from_outside(self) -> bool:
        """Return whether a measure gives the `with` arm what the other has not."""
        return any(measure.brings_from_outside for measure in self.measures())

    def mechanisms(self) -> Cooperation | None:
        """Return what the SCIC of the `with` arm does, None if it has none."""
        if not self.cooperation.scic:
            return None
        chosen, changing = self.cooperation, self.cooperation.membership
        return Cooperation(
            **{m: m in chosen.mechanisms for m in ALL_MECHANISMS},
            members=chosen.members,
            founding=chosen.founding,
            on_failure=chosen.on_failure,
            placebo=chosen.placebo,
            fund_eur=chosen.fund_eur,
            governed=chosen.governance is not None,
            free_rider_share=0.0 if changing is None else changing.free_rider_share,
        )

    def shock_day(self) -> int:
        """Return the first day on which a shock may come, the same for all seeds; 0 without one."""
        days = [s.start_day for s in self.shocks] + [s.first_day for s in self.random_shocks]
        return min(days, default=0)


@lru_cache(64)  # a batch checks thousands of scenarios of one place
def _resolved(place: TerritorySection, data: Path | None, _named: str | None) -> Territory:
    """Return the communes of a section, its tables not to be changed; `_named`: by RESSORT_DATA."""
    if place.codes is not None:
        found = territory(codes=list(place.codes))
    elif place.synthetic is not None and place.size is not None:
        found = synthetic(place.size, place.synthetic)
    elif place.around is not None:
        found = territory(around=place.around, radius_km=place.radius_km)
    else:
        found = territory(place.name, kind=place.kind, data=data)
    return replace(found, name=place.label or found.name)


def load(name_or_path: str | Path, data: Path | None = None) -> Scenario:
    """Return a checked scenario, by name or path of a TOML file.

    `data`: folder of the official tables, for a bassin de vie; RESSORT_DATA if None.
    Raises InputError that names the file and, for each fault, the key and the remedy.
    """
    path = find_scenario(name_or_path)
    return check(read_scenario(path), str(path), data)


def check(content: dict[str, Any], where: str = "scenario", data: Path | None = None) -> Scenario:
    """Return the scenario that a mapping describes; all faults are raised at once."""
    try:
        scenario = Scenario.model_validate(_with_tuples(content))
    except ValidationError as error:
        raise InputError(join_faults(where, faults_of(error, Scenario))) from None
    except RecursionError:
        raise InputError(f"{where}: lists within lists, too deep to read; flatten them") from None
    faults = list(_faults_of_content(scenario, data))
    if faults:
        raise InputError(join_faults(where, faults))
    return scenario


def _faults_of_content(scenario: Scenario, data: Path | None) -> Iterator[str]:
    """Yield what is wrong with values that are each well formed."""
    try:
        scenario.rules()  # checks the parameters
    except InputError as error:
        yield str(error)
    try:
        scenario.measures()  # checks the names in their settings
    except InputError as error:
        yield str(error)
    codes: tuple[str, ...] = ()
    try:
        found = scenario.resolve_territory(data)
        codes = found.codes
        yield from faults_of_currency(scenario, found.population)
    except InputError as error:
        yield _with_key(scenario.territory, str(error))
    yield from faults_of_measures(scenario)
    yield from faults_of_scic(scenario.cooperation)
    yield from faults_of_prices(scenario)
    yield from faults_of_federation(scenario, codes, data)
    days = scenario.run.days
    for key, first in (("shocks", "start_day"), ("random_shocks", "first_day")):
        for k, section in enumerate(getattr(scenario, key)):
            begins = getattr(section, first)
            if begins >= days:
                yield (
                    f"{key}.{k}.{first}: {begins} is not before the end of the run "
                    f"(run.days = {days}); begin earlier or run longer"
                )
            strange = sorted(set(section.communes) - set(codes)) if codes else []
            if strange:
                yield (
                    f"{key}.{k}.communes: {shown(strange[0])} is not the code of a commune of the "
                    f"territory; its codes are {listed(codes)}"
                )


def _with_key(place: TerritorySection, fault: str) -> str:
    """Return a fault of a territory under the key that it is about."""
    if fault.partition(":")[0] in TerritorySection.model_fields:
        return f"territory.{fault}"
    way = next(way for way in WAYS if getattr(place, way) is not None)
    return f"territory.{way}: {fault}"


def _with_tuples(value: Any) -> Any:
    """Turn TOML arrays into tuples, which strict checking asks for."""
    if isinstance(value, list):
        return tuple(_with_tuples(v) for v in value)
    if isinstance(value, dict):
        keep = {"parameters": value["parameters"]} if "parameters" in value else {}
        return {k: _with_tuples(v) for k, v in value.items()} | keep
    return value
