"""Scenarios: short TOML files, checked as a whole before anything runs."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ressort.branches import BRANCHES
from ressort.errors import InputError
from ressort.goods import BASKETS, ProductionFunction, Rationing
from ressort.parameters import Behaviour, records
from ressort.paths import scenario_dir
from ressort.scic import Cooperation
from ressort.shocks import KINDS, PHYSICAL, SHAPES, Shock
from ressort.territories import Territory, territory
from ressort.world import Rules

MOST_DAYS = 9131  # 25 years
MECHANISMS = ("pool", "register", "fund")


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TerritorySection(_Section):
    """Which communes: exactly one of `name`, `codes`, `around` (with `radius_km`)."""

    name: str | None = None
    kind: Literal["commune", "epci", "departement", "bassin_de_vie"] | None = None
    codes: tuple[str, ...] | None = None
    around: str | None = None
    radius_km: float | None = None
    label: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [k for k in ("name", "codes", "around") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of name, codes, around")
        if (self.around is None) != (self.radius_km is None):
            raise ValueError("around and radius_km go together")
        return self


class ShockSection(_Section):
    """One shock; days count from the start of the run."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    start_day: Annotated[int, Field(ge=0, le=MOST_DAYS)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    depth: Annotated[float, Field(gt=0, le=1)] = 1.0
    shape: Literal[SHAPES] = "sudden"  # type: ignore[valid-type]
    ramp_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 0
    goods: tuple[Literal[BRANCHES], ...] = PHYSICAL  # type: ignore[valid-type]
    branches: tuple[Literal[BRANCHES], ...] = ()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _ramp(self) -> Self:
        if (self.shape == "ramp") != (self.ramp_days > 0):
            raise ValueError('shape = "ramp" and ramp_days (at least 1) go together')
        if self.ramp_days > self.days:
            raise ValueError("ramp_days is longer than days")
        if not self.goods:
            raise ValueError("goods is empty: leave it out to mean all physical goods")
        return self


class RunSection(_Section):
    """Length, resolution and structural choices."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 240
    people_per_agent: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    start_day_of_year: Annotated[int, Field(ge=1, le=365)] = 1
    production: Literal[tuple(f.name.lower() for f in ProductionFunction)] = "half"  # type: ignore[valid-type]
    rationing: Literal[tuple(r.name.lower() for r in Rationing)] = "proportional"  # type: ignore[valid-type]
    basket: Literal[BASKETS] = "essential"  # type: ignore[valid-type]


class SeedsSection(_Section):
    """Which seeds: `count` of them from `first` on."""

    first: Annotated[int, Field(ge=0, le=2**31)] = 1
    count: Annotated[int, Field(ge=1, le=100_000)] = 10


class CooperationSection(_Section):
    """What the SCIC of the `with` arm does."""

    mechanisms: tuple[Literal[MECHANISMS], ...] = MECHANISMS  # type: ignore[valid-type]


class Scenario(_Section):
    """A frozen, closed record of everything that a run is made of but its seed."""

    name: str = ""
    title: str = ""
    title_fr: str = ""
    description: str = ""
    territory: TerritorySection
    run: RunSection = RunSection()
    seeds: SeedsSection = SeedsSection()
    shocks: tuple[ShockSection, ...] = ()
    cooperation: CooperationSection = CooperationSection()
    parameters: dict[str, Any] = {}

    def resolve_territory(self) -> Territory:
        """Return the communes; raises InputError with near names if there is no such place."""
        place = self.territory
        if place.codes is not None:
            found = territory(codes=list(place.codes))
        elif place.around is not None:
            found = territory(around=place.around, radius_km=place.radius_km)
        else:
            found = territory(place.name, kind=place.kind)
        label = place.label or found.name
        return Territory(label, found.kind, found.communes)

    def rules(self) -> Rules:
        """Return the structural choices and parameters of a run."""
        return Rules(
            behaviour=Behaviour(self.parameters),
            production=ProductionFunction[self.run.production.upper()],
            rationing=Rationing[self.run.rationing.upper()],
            basket=self.run.basket,
            start_day_of_year=self.run.start_day_of_year - 1,
        )

    def shock_list(self) -> tuple[Shock, ...]:
        """Return the shocks as the engine takes them."""
        return tuple(Shock(**shock.model_dump()) for shock in self.shocks)

    def mechanisms(self) -> Cooperation:
        """Return what the SCIC of the `with` arm does."""
        return Cooperation(**{m: m in self.cooperation.mechanisms for m in MECHANISMS})

    def shock_day(self) -> int:
        """Return the first day of the first shock, 0 without one."""
        return min((shock.start_day for shock in self.shocks), default=0)


def scenario_names() -> list[str]:
    """Return the names of the ready-made scenarios."""
    return sorted(file.stem for file in scenario_dir().glob("*.toml"))


def find_scenario(name_or_path: str | Path) -> Path:
    """Return the file of a scenario, by name or path; raises InputError with near names."""
    text = str(name_or_path)
    path = Path(text)
    looks_like_path = path.suffix == ".toml" or "/" in text or "\\" in text
    if looks_like_path:
        if path.is_file():
            return path
        raise InputError(f"{text}: no such scenario file; `ressort list` shows the ready-made ones")
    file = scenario_dir() / f"{text}.toml"
    if text in scenario_names():
        return file
    near = difflib.get_close_matches(text, scenario_names(), n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `ressort list` shows them"
    raise InputError(f"{text!r}: no scenario of that name{hint}")


def load(name_or_path: str | Path) -> Scenario:
    """Return a checked scenario, by name or path of a TOML file.

    Raises InputError that names the file and, for each fault, the key and the remedy.
    """
    path = find_scenario(name_or_path)
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    content.setdefault("name", path.stem)
    return check(content, str(path))


def check(content: dict[str, Any], where: str = "scenario") -> Scenario:
    """Return the scenario that a mapping describes; all faults are raised at once."""
    try:
        scenario = Scenario.model_validate(_with_tuples(content))
    except ValidationError as error:
        faults = [_fault(e) for e in error.errors(include_url=False)]
        raise InputError(f"{where}: " + "; ".join(faults)) from None
    try:
        scenario.rules()  # checks the parameters
        scenario.resolve_territory()
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    late = [s for s in scenario.shocks if s.start_day >= scenario.run.days]
    if late:
        raise InputError(
            f"{where}: shocks.start_day: {late[0].start_day} is not before the end of the run "
            f"(run.days = {scenario.run.days})"
        )
    return scenario


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
    sections = {
        "territory": TerritorySection,
        "run": RunSection,
        "seeds": SeedsSection,
        "shocks": ShockSection,
        "cooperation": CooperationSection,
    }
    if len(location) > 1:
        model = sections.get(str(location[0]), Scenario)
    yield from model.model_fields
    if model is Scenario:
        yield from records()
