"""Federations: several territories that live the same days, alone or linked by mutual aid.

Duracka's gloss on modularity: small units, federated, "qui resteraient en échange permanent". Each
unit is a whole world with luck of its own; without links it lives exactly as it would alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from ressort import indicators
from ressort.branches import BRANCHES, NEEDS
from ressort.day import live_one_day
from ressort.errors import InputError, LedgerError
from ressort.federation_contracts import gaps, honour
from ressort.federation_links import Aid, exchange
from ressort.geography import road_distances
from ressort.ledger import TOLERANCE, Ledger
from ressort.measures import Measure
from ressort.metrics import Trace, measure
from ressort.place import place
from ressort.scenario import Scenario, load
from ressort.scenario_federation import Unit, sides_for, units_of
from ressort.shocks import Shock
from ressort.simulation import chosen_seeds, fork
from ressort.state import Floats
from ressort.streams import stream
from ressort.summary import Estimate, difference
from ressort.workers import run_each
from ressort.world import World, build_world

FORMS: Final = ("single", "isolated", "federated")
SHOWN: Final = ("m3_depth", "m4_unmet_person_days", "m6_days_to_recover")


def unit_seed(seed: int, unit: Unit) -> int:
    """Return the seed of a unit, from that of the federation and the unit's communes."""
    return int(stream(seed, "federation", unit.key).integers(2**31))


def unit_shocks(scenario: Scenario, seed: int, unit: Unit) -> tuple[Shock, ...]:
    """Return the shocks that strike a unit: those common to all, and those of its communes."""
    codes = set(unit.territory.codes)
    section = scenario.federation
    if section is not None and section.struck and unit.name not in section.struck:
        return ()
    shocks = []
    for shock in scenario.shock_list(seed):
        here = tuple(code for code in shock.communes if code in codes and unit.own_codes)
        if here or not shock.communes:
            day = shock.start_day + (section.delay_days.get(unit.name, 0) if section else 0)
            shocks.append(dataclasses.replace(shock, communes=here, start_day=day))
    return tuple(shocks)


def unit_world(
    scenario: Scenario,
    seed: int,
    unit: Unit,
    *,
    linked: bool,
    cooperation: bool = False,
    data: Path | None = None,
) -> World:
    """Return the world of one unit.

    `linked`: with its accounts of aid and contracts. `cooperation`: with a SCIC and measures of
    its own, as the scenario says for a territory.
    """
    rules, section = scenario.rules(), scenario.federation
    links: tuple[Measure, ...] = ()
    if linked and section is not None:
        aid = () if section.aid is None else (Aid(section.aid.model_dump()),)
        links = (*aid, *sides_for(section, unit.name))
    return build_world(
        place(unit.territory, rules.behaviour, data, scenario.run.jobs),
        rules,
        unit_seed(seed, unit),
        scenario.run.people_per_agent,
        unit_shocks(scenario, seed, unit),
        scenario.mechanisms() if cooperation else None,
        measures=(*(scenario.measures() if cooperation else ()), *links),
    )


def distances(units: Iterable[Unit], copies_km: float = 0.0) -> Floats:
    """Return km by road between the centres of units, where their people live; shape (U, U).

    `copies_km`: between copies of one place, which have one centre.
    """
    units = tuple(units)
    tables = [unit.territory.communes for unit in units]
    weights = [np.maximum(t["population"].to_numpy(float), 1e-9) for t in tables]
    lon, lat = (
        np.array([np.average(t[c], weights=w) for t, w in zip(tables, weights, strict=True)])
        for c in ("lon", "lat")
    )
    area = np.array([float(t["area_km2"].sum()) for t in tables])
    copy = np.array([unit.copy for unit in units])
    km = np.asarray(road_distances(lon, lat, area))
    return np.where(copy[:, None] != copy, np.maximum(km, copies_km), km)


@dataclass
class Federation:
    """Units that live the same day; what they send each other is exchanged when all have."""

    units: tuple[Unit, ...]
    worlds: tuple[World, ...]
    km: Floats
    audited: bool = False
    ledgers: list[Ledger] = field(default_factory=list)
    sent: float = 0.0  # since the beginning, EUR

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        seed: int,
        *,
        linked: bool = True,
        shocks: bool = True,
        cooperation: bool = False,
        audit: bool = False,
        data: Path | None = None,
    ) -> Federation:
        """Return the federation of a scenario on the morning of its first day."""
        units = units_of(scenario, data)
        worlds = tuple(
            unit_world(scenario, seed, unit, linked=linked, cooperation=cooperation, data=data)
            for unit in units
        )
        section = scenario.federation
        km = distances(units, section.copies_km if section else 0.0)
        made = cls(units, worlds, km, audit)
        for aid in made.aids:
            aid.join(len(units), seed)
        made.ledgers = [Ledger.open(world) for world in worlds]
        return made if shocks else made.fork(shocks=False)

    def fork(self, *, shocks: bool) -> Federation:
        """Return an independent copy at this moment, with or without the shocks to come."""
        worlds = tuple(fork(world, shocks=shocks) for world in self.worlds)
        ledgers = [Ledger.open(world) for world in worlds]
        return Federation(self.units, worlds, self.km, self.audited, ledgers, self.sent)

    @property
    def aids(self) -> list[Aid]:
        """The accounts of the links; empty without links."""
        return [m for world in self.worlds for m in world.measures if isinstance(m, Aid)]

    @property
    def running_cost(self) -> float:
        """What residents of all units paid to run the federation, EUR since the beginning."""
        return float(sum(aid.running_cost for aid in self.aids))

    @property
    def over(self) -> bool:
        """Whether mutual aid has ended."""
        return any(aid.over for aid in self.aids)

    def live_one_day(self) -> None:
        """Let all units live the day, then exchange; audited if asked for."""
        for world in self.worlds:
            live_one_day(world)
        if self.aids:
            plan = exchange(self.worlds, self.aids, self.km)
            self.sent += float(plan.sum())
        honour(self.worlds, self.km)
        if self.audited:
            self.audit()

    def audit(self) -> None:
        """Check the books of each unit, and that debts and claims between units are the same."""
        for world, ledger in zip(self.worlds, self.ledgers, strict=True):
            ledger.audit(world)
        aids, day = self.aids, int(self.worlds[0].day.number)
        for i, (aid, world) in enumerate(zip(aids, self.worlds, strict=bool(aids))):
            state = world.state
            claims = np.bincount(
                state.slots.good, weights=aid.slot_claims, minlength=len(BRANCHES)
            ) + np.bincount(state.firms.branch, weights=aid.firm_claims, minlength=len(BRANCHES))
            owed = np.sum([other.owed[i] for other in aids], axis=0)
            for what, gap in (("claims", claims - owed), ("loads", aid.stock - aid.loads.held)):
                if not np.abs(gap).max() <= TOLERANCE * max(1.0, self.sent):
                    account = f"{what} of unit {self.units[i].name}"
                    raise LedgerError(day=day, account=account, gap=float(np.abs(gap).max()))
        for account, gap, scale in gaps(self.worlds):
            if not abs(gap) <= TOLERANCE * max(1.0, scale):
                raise LedgerError(day=day, account=account, gap=gap)


@dataclass(frozen=True)
class Lived:
    """What was seen of some worlds: indicators (U, days, NAMES), unmet person-days, people."""

    series: Floats
    unmet: tuple[Floats, ...]
    people: tuple[Floats, ...]

    def trace(self, start: int, units: Iterable[int]) -> Trace:
        """Return the trace of some units taken as one, from a day on."""
        chosen = list(units)
        weight = np.array([self.people[u].sum() for u in chosen])
        names = indicators.NAMES
        needs = self.series[chosen][:, start:, [names.index(f"need_{n}") for n in NEEDS]]
        return Trace(
            essential=np.average(needs, axis=0, weights=weight).min(axis=1),
            output=self.series[chosen, start:, names.index("output")].sum(axis=0),
            unmet=np.concatenate([self.unmet[u] for u in chosen]),
            people=np.concatenate([self.people[u] for u in chosen]),
        )


def live(federation: Federation, days: int) -> Lived:
    """Live some days and keep what was seen."""
    seen = []
    for _ in range(days):
        federation.live_one_day()
        seen.append([indicators.observe(world)[0] for world in federation.worlds])
    homes = [world.state.homes for world in federation.worlds]
    return Lived(
        np.array(seen).swapaxes(0, 1),
        tuple(np.array(h.unmet) for h in homes),
        tuple(np.array(h.people) for h in homes),
    )


def _federation(
    scenario: Scenario, seed: int, form: str, cooperation: bool, audit: bool, data: Path | None
) -> Federation:
    if form != "single":
        linked = form == "federated"
        return Federation.of(
            scenario, seed, linked=linked, cooperation=cooperation, audit=audit, data=data
        )
    whole = (Unit("all", scenario.resolve_territory(data)),)
    alone = scenario.model_copy(update={"federation": None})
    world = unit_world(alone, seed, whole[0], linked=False, cooperation=cooperation, data=data)
    return Federation(whole, (world,), distances(whole), audit, [Ledger.open(world)])


def run_form(
    scenario: Scenario,
    seed: int,
    form: str,
    *,
    cooperation: bool = False,
    audit: bool = False,
    data: Path | None = None,
) -> list[Mapping[str, object]]:
    """Run a form with and without the shocks; one row for the total and one a unit."""
    calm_days = scenario.calm_days()
    days, start = calm_days + scenario.run.days, calm_days + scenario.shock_day()
    shocked = _federation(scenario, seed, form, cooperation, audit, data)
    calm = shocked.fork(shocks=False)
    lived, reference = live(shocked, days), live(calm, days)
    groups: list[tuple[str, list[int]]] = [("total", list(range(len(shocked.units))))]
    if form != "single":
        groups += [(unit.name, [k]) for k, unit in enumerate(shocked.units)]
    return [
        {"seed": seed, "form": form, "unit": name, "sent_eur": shocked.sent}
        | {"running_eur": shocked.running_cost, "over": shocked.over}
        | measure(lived.trace(start, rows), reference.trace(start, rows))
        for name, rows in groups
    ]


@dataclass(frozen=True)
class FormsOfSeed:
    """What one seed needs to run: it goes to other processes."""

    scenario: Scenario
    forms: tuple[str, ...]
    cooperation: bool
    data: Path | None

    def __call__(self, seed: int, audit: bool) -> list[Mapping[str, object]]:
        """Run all forms of a seed."""
        chosen: dict[str, Any] = {"cooperation": self.cooperation, "data": self.data}
        return [
            row
            for form in self.forms
            for row in run_form(self.scenario, seed, form, audit=audit, **chosen)
        ]


def compare_forms(
    scenario: Scenario | str | Path,
    seeds: Iterable[int] | int | None = None,
    *,
    cooperation: bool = False,
    audit: bool = False,
    workers: int = 1,
    data: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return metrics, one row a seed, form and unit ("total" for all), paired by seed.

    Forms: the same communes as one territory (only where units are parts of it, and all are
    struck), as units alone, and as units linked by aid or contracts. `cooperation`: whether each
    unit, or the one territory, has a SCIC and measures of its own. `seeds`, `workers`,
    `progress`: as for `compare`.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, data)
    section = scenario.federation
    if section is None:
        raise InputError(f"{scenario.name}: federation: missing; add a section [federation]")
    chosen = chosen_seeds(scenario, seeds)
    forms = [f for f in FORMS if f != "single" or section.covers_all()]
    forms = [f for f in forms if f != "federated" or section.is_linked()]
    job = FormsOfSeed(scenario, tuple(forms), cooperation, data)
    found = run_each(job, chosen, audit, workers, progress)
    return pd.DataFrame([row for rows in found for row in rows])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the median over seeds by form: the total, and person-days unmet of the worst unit."""
    total = table[table.unit == "total"].set_index(["form", "seed"])[list(SHOWN)]
    units = table[table.unit != "total"].groupby(["form", "seed"])["m4_unmet_person_days"].max()
    total["worst_unit"] = units
    found = total.groupby("form").median()
    return found.reindex([f for f in FORMS if f in found.index])


def change_of(table: pd.DataFrame, metric: str = "m4_unmet_person_days") -> Estimate:
    """Return the paired difference of the total, federated less alone, over seeds."""
    total = table[table.unit == "total"].pivot(index="seed", columns="form", values=metric)
    return difference(total["federated"].to_numpy(float), total["isolated"].to_numpy(float))
