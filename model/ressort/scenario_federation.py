"""The section `[federation]` of a scenario, and the units that it makes of the territory."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias, Union
from zlib import crc32

import numpy as np
from pydantic import Field, model_validator

from ressort.errors import InputError, shown
from ressort.federation_contracts import CONTRACTS, Contract
from ressort.federation_links import Aid
from ressort.geography import plane_km
from ressort.measures.sections import PARTNER, Section, section_of
from ressort.scenario_shocks import MOST_DAYS
from ressort.territories import Territory

if TYPE_CHECKING:
    from ressort.scenario import Scenario

    AidSection: TypeAlias = Any
    ContractSection: TypeAlias = Any
else:
    AidSection = section_of(Aid)
    _BETWEEN = {key: (str, Field(description="name of a unit")) for key in ("from", "to")}
    _KINDS = tuple(
        section_of(kind, contract=(Literal[kind.contract], ...), **_BETWEEN) for kind in CONTRACTS
    )
    ContractSection = Annotated[Union[_KINDS], Field(discriminator="contract")]  # noqa: UP007

MOST_UNITS = 50


class UnitSection(Section):
    """A unit: its name and the codes of its communes."""

    name: Annotated[str, Field(pattern=PARTNER)]
    communes: tuple[str, ...]


class FederationSection(Section):
    """Units made by exactly one of `split`, `copies`, `units`; links by `aid` and `contracts`.

    `copies_km`: by road between copies; assumed, as between small towns (10 to 50). `struck`: names
    of the units that shocks strike; all if empty. `delay_days`: by unit, days by which shocks
    strike it later than `start_day` says.
    """

    split: Annotated[int, Field(ge=2, le=MOST_UNITS)] | None = None
    copies: Annotated[int, Field(ge=2, le=MOST_UNITS)] | None = None
    copies_km: Annotated[float, Field(ge=1.0, le=1000.0)] = 20.0
    units: tuple[UnitSection, ...] = ()
    struck: tuple[str, ...] = ()
    delay_days: dict[str, Annotated[int, Field(ge=0, le=MOST_DAYS)]] = Field(default_factory=dict)
    aid: AidSection | None = None
    contracts: tuple[ContractSection, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [k for k in ("split", "copies", "units") if getattr(self, k)]
        if self.copies is None and "copies_km" in self.model_fields_set:
            raise ValueError("copies_km: a distance between copies; give copies, or take it out")
        if len(given) != 1:
            told = ", ".join(given) or "none"
            raise ValueError(f"give exactly one of split, copies, units; given: {told}")
        return self

    def is_linked(self) -> bool:
        """Whether anything links the units."""
        return self.aid is not None or bool(self.contracts)

    def covers_all(self) -> bool:
        """Whether the units taken together are the territory, under the same shocks."""
        return self.copies is None and not self.struck and not any(self.delay_days.values())


@dataclass(frozen=True)
class Unit:
    """A unit: a name and a territory. `own_codes`: shocks that name its communes strike it."""

    name: str
    territory: Territory
    own_codes: bool = True
    copy: int = 0

    @property
    def key(self) -> int:
        """What its luck depends on besides the seed: its communes, not its place in a list."""
        return crc32(",".join((*sorted(self.territory.codes), str(self.copy))).encode())


def ends_of(contract: ContractSection) -> tuple[str, str]:
    """Return the names of the units that a contract links, in its direction."""
    return getattr(contract, "from"), contract.to


def contract_side(contract: ContractSection, number: int = 0, *, first: bool = True) -> Contract:
    """Return a new side of a contract."""
    kinds = {kind.contract: kind for kind in CONTRACTS}
    return kinds[contract.contract](contract.model_dump(), number, first=first)


def sides_for(section: FederationSection, name: str) -> tuple[Contract, ...]:
    """Return new sides of the contracts of a unit."""
    return tuple(
        contract_side(c, number, first=name == ends_of(c)[0])
        for number, c in enumerate(section.contracts)
        if name in ends_of(c)
    )


def cooperates(scenario: Scenario) -> bool:
    """Whether a scenario says of itself how people cooperate; units have no SCIC by default."""
    sections = {"cooperation", "council", "partners", "currency"}
    return scenario.federation is None or bool(sections & scenario.model_fields_set)


def units_of(scenario: Scenario, data: Path | None = None) -> tuple[Unit, ...]:
    """Return the units of a scenario, in a fixed order."""
    section = scenario.federation
    if section is None:
        raise InputError("federation: missing; add a section [federation]")
    whole = scenario.resolve_territory(data)
    if section.copies is not None:
        # A shock that names communes is local: it strikes the first copy alone.
        return tuple(Unit(f"copy {k + 1}", whole, k == 0, k) for k in range(section.copies))
    if section.split is not None:
        groups = bisected(whole, section.split)
        return tuple(Unit(_largest(part), part) for part in groups)
    return tuple(Unit(u.name, _part(whole, u.communes, u.name)) for u in section.units)


def _part(whole: Territory, codes: tuple[str, ...], name: str) -> Territory:
    table = whole.communes[whole.communes["code"].isin(codes)].reset_index(drop=True)
    return replace(whole, name=name, communes=table)


def _largest(part: Territory) -> str:
    return str(part.communes["name"].iloc[int(part.communes["population"].argmax())])


def bisected(whole: Territory, k: int) -> list[Territory]:
    """Split a territory into k compact groups of communes of similar population.

    Halved again and again across its longer side; deterministic. A commune is never split.
    """
    table = whole.communes
    if k > len(table):
        raise InputError(f"federation.split: {k} units of {len(table)} communes; give at most that")
    xy = plane_km(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
    people = table["population"].to_numpy(float)
    codes = table["code"].to_numpy()
    groups = _bisect(np.arange(len(table)), k, xy, people)
    return [_part(whole, tuple(codes[rows]), whole.name) for rows in groups]


def _bisect(rows: Any, k: int, xy: Any, people: Any) -> list[Any]:
    if k == 1:
        return [rows]
    axis = int(np.argmax(np.ptp(xy[rows], axis=0)))
    rows = rows[np.argsort(xy[rows, axis], kind="stable")]
    first = k // 2
    before = np.cumsum(people[rows]) / max(float(people[rows].sum()), 1.0)
    cut = int(np.argmin(np.abs(before - first / k))) + 1
    cut = min(max(cut, first), len(rows) - (k - first))
    halves = ((rows[:cut], first), (rows[cut:], k - first))
    return [group for half, parts in halves for group in _bisect(half, parts, xy, people)]


def refuse_federation(scenario: Scenario) -> None:
    """Raise InputError for a federation where one territory is expected."""
    if scenario.federation is not None:
        raise InputError(
            f"{scenario.name}: federation: one territory is run here; run it by `ressort "
            "federation`, or take the section [federation] out"
        )


def faults_of_federation(
    scenario: Scenario, codes: tuple[str, ...], data: Path | None = None
) -> Iterator[str]:
    """Yield what is wrong with the units of a scenario, each with the path of its key."""
    section = scenario.federation
    if section is None or not codes:
        return
    seen: dict[str, int] = {}
    for k, unit in enumerate(section.units):
        key = f"federation.units.{k}.communes"
        if not unit.communes:
            yield f"{key}: a unit without communes; name at least one"
        for code in unit.communes:
            if code not in codes:
                near = difflib.get_close_matches(code, codes, n=1)
                hint = f"; did you mean {shown(near[0])}?" if near else "; take it out"
                yield f"{key}: {shown(code)} is no commune of the territory{hint}"
            elif code in seen:
                yield (
                    f"{key}: {shown(code)} is already in federation.units.{seen[code]}; "
                    "leave it in one"
                )
            seen.setdefault(code, k)
    left = sorted(set(codes) - set(seen)) if section.units else []
    if left:
        yield f"federation.units: commune {shown(left[0])} is in no unit; add it to one"
    names = [u.name for u in section.units]
    if len(set(names)) < len(names):
        yield "federation.units: two units have one name; give each its own"
    try:
        known = [u.name for u in units_of(scenario, data)] if not seen or not left else names
    except InputError as error:
        yield str(error)
        return
    for k, name in enumerate(section.struck):
        if name not in known:
            yield f"federation.struck.{k}: {_no_unit(name, known)}"
    for name in section.delay_days:
        if name not in known:
            yield f"federation.delay_days: {_no_unit(name, known)}"
    yield from _faults_of_contracts(section, known)


def _faults_of_contracts(section: FederationSection, known: list[str]) -> Iterator[str]:
    seen: list[tuple[str, ...]] = []
    for k, contract in enumerate(section.contracts):
        key, ends = f"federation.contracts.{k}", ends_of(contract)
        for end, name in zip(("from", "to"), ends, strict=True):
            if name not in known:
                yield f"{key}.{end}: {_no_unit(name, known)}"
        if ends[0] == ends[1]:
            yield f"{key}.to: {shown(ends[1])} has no contract with itself; name another unit"
        if (contract.contract, *ends) in seen:
            yield f"{key}: a second {contract.contract} from {ends[0]} to {ends[1]}; merge the two"
        seen.append((contract.contract, *ends))


def _no_unit(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {shown(near[0])}?" if near else f"; units: {', '.join(known)}"
    return f"no unit {shown(name)}{hint}"
