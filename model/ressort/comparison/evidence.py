"""What a stored comparison holds: results by territory and shock, daily series, needs by commune.

Any batch will do. One that does not say which territories and shocks it has (`plan.design` of kind
"comparison") is read as one cell a point, named after its scenario; of
more than twelve points those of one scenario are one cell. What is missing or odd is told
by `warnings`; what is there is read all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from ressort import __version__
from ressort.analysis.reading import RUNS
from ressort.batch import query
from ressort.batch.index import Cause, Counts
from ressort.batch.plan import Plan, Point
from ressort.batch.store import Store
from ressort.errors import InputError
from ressort.labels import label
from ressort.scenario import Scenario
from ressort.territories import Territory

COMPARISON: Final = "comparison"
WITHOUT: Final = "without"
MOST_APART: Final = 12  # points of a batch that are told one by one
Names = Mapping[str, str]  # by language


@dataclass(frozen=True)
class Note:
    """Something that the reader must know: `key` of a text and what fills it in."""

    key: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """A comparison as far as it is done.

    `results`: one row a run and arm, with run_id, scenario_id, draw, replicate, arm, territory,
    shock and one column a metric; infinite where censored, NaN where it means nothing.
    `design`: as of a comparison, whatever the plan was. `failures`: why runs failed.
    """

    folder: Path
    plan: Plan
    manifest: Mapping[str, Any]
    design: Mapping[str, Any]
    counts: Counts
    results: pd.DataFrame
    failures: tuple[Cause, ...] = ()
    warnings: tuple[Note, ...] = ()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by table

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the plan."""
        return tuple(arm.name for arm in self.plan.arms)

    @property
    def reference(self) -> str | None:
        """The arm that others are compared with; None if there is none."""
        name = self.design["reference_arm"]
        return str(name) if name in self.arms else None

    @property
    def compared(self) -> tuple[str, ...]:
        """The arms that are compared with the reference."""
        return tuple(arm for arm in self.arms if arm != self.reference) if self.reference else ()

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Pairs of territory and shock, each once, in their order."""
        found = ((str(c["territory"]), str(c["shock"])) for c in self.design["cells"])
        return tuple(dict.fromkeys(found))

    def of(self, territory: str, shock: str) -> pd.DataFrame:
        """Return the results of a cell."""
        rows = self.results
        return rows[(rows["territory"] == territory) & (rows["shock"] == shock)]

    def points(self, territory: str, shock: str) -> tuple[Point, ...]:
        """Return the points of the plan in a cell."""
        pairs = zip(self.plan.points, self.design["cells"], strict=True)
        return tuple(
            p for p, c in pairs if (str(c["territory"]), str(c["shock"])) == (territory, shock)
        )

    def territory(self, name: str) -> Territory | None:
        """Return the communes of a territory; None if they cannot be told without other tables."""
        for point, cell in zip(self.plan.points, self.design["cells"], strict=True):
            if str(cell["territory"]) == name:
                return _communes_of(self.plan, point)
        return None

    def people(self, name: str) -> float:
        """Return the people of a territory, 1 if they cannot be told."""
        found = self.territory(name)
        return 1.0 if found is None else float(found.communes["population"].sum())

    def series(self, territory: str, shock: str) -> pd.DataFrame:
        """Return the daily series of a cell: run_id, arm, kind, day, one column an indicator."""
        return self._rows("series", territory, shock)

    def communes(self, territory: str, shock: str) -> pd.DataFrame:
        """Return needs met by commune: run_id, arm, day, commune, needs_met."""
        return self._rows("communes", territory, shock)

    def commune_medians(self, territory: str, shock: str) -> pd.DataFrame:
        """Return the median over runs of needs met: arm, day, commune, needs_met."""
        wanted = self._scenarios(territory, shock)
        rows = query.frame(
            self.folder,
            "SELECT arm, day, commune, median(needs_met) AS needs_met "
            "FROM communes JOIN runs USING (run_id) "
            f"WHERE scenario_id IN ({wanted}) AND day >= 0 GROUP BY ALL ORDER BY ALL",
        )
        return rows.assign(arm=rows["arm"].astype(str))

    def _scenarios(self, territory: str, shock: str) -> str:
        return ", ".join(str(p.scenario_id) for p in self.points(territory, shock)) or "NULL"

    def _rows(self, table: str, territory: str, shock: str) -> pd.DataFrame:
        wanted = self._scenarios(territory, shock)
        rows = query.frame(
            self.folder,
            f"SELECT {table}.* FROM {table} JOIN runs USING (run_id) "
            f"WHERE scenario_id IN ({wanted}) AND day >= 0 ORDER BY run_id, arm, day",
        )
        return rows.assign(arm=rows["arm"].astype(str))


def read(folder: str | Path) -> Evidence:
    """Read a store, which may still be written to; InputError if it is none or nothing is done."""
    folder = Path(folder)
    with Store.open(folder) as store:
        plan, about, counts = store.plan, store.manifest, store.counts()
        failures, columns = tuple(store.failures()), store.tables()
    if counts.done == 0:
        asked = f"0 of {counts.asked} runs are done, {counts.failed} failed"
        raise InputError(f"{folder}: {asked}; `ressort resume {folder}` goes on with it")
    design = design_of(plan)
    results = query.frame(folder, RUNS)
    cells = pd.DataFrame(design["cells"]).astype(str).rename_axis("scenario_id")
    results = results.assign(arm=results["arm"].astype(str)).join(cells, on="scenario_id")
    warned = _warnings(plan, about, counts, design, results)
    return Evidence(folder, plan, about, design, counts, results, failures, warned, columns)


def design_of(plan: Plan) -> Mapping[str, Any]:
    """Return the design of a comparison, made up from scenarios for a batch that has none."""
    if plan.design.get("kind") == COMPARISON and len(plan.design["cells"]) == len(plan.points):
        return plan.design
    territories: dict[str, Names] = {}
    shocks: dict[str, Mapping[str, Any]] = {}
    places: dict[str, str] = {}  # names by section, which are slow to find
    cells = []
    for point in plan.points:
        territory, shock = _cell(plan, point, territories, shocks, places)
        cells.append({"territory": territory, "shock": shock})
    names = [arm.name for arm in plan.arms]
    first = next(iter(shocks.values()))
    return {
        "kind": str(plan.design.get("kind", "list")),
        "reference_arm": _reference(plan, names),
        "start_day": first["start_day"],
        "territories": territories,
        "shocks": shocks,
        "arms": {name: _arm(name) for name in names},
        "cells": cells,
    }


def _arm(name: str) -> Mapping[str, Any]:
    titles = {
        "with": {"en": "with cooperation", "fr": "avec coopération"},
        "without": {"en": "without cooperation", "fr": "sans coopération"},
    }
    return {"title": titles.get(name, {"en": name, "fr": name}), "mechanisms": [], "dose": None}


def _reference(plan: Plan, names: Sequence[str]) -> str | None:
    """Return the arm without cooperation, if there is just one or one of that name."""
    if WITHOUT in names:
        return WITHOUT
    bare = [arm.name for arm in plan.arms if not arm.cooperation]
    return bare[0] if len(bare) == 1 else None


def _cell(
    plan: Plan,
    point: Point,
    territories: dict[str, Names],
    shocks: dict[str, Mapping[str, Any]],
    places: dict[str, str],
) -> tuple[str, str]:
    """Return the territory and shock of a point; many points of a scenario are one shock."""
    scenario = plan.scenario(point, plan.arms[0])
    title = scenario.title or scenario.name
    name = _place(scenario, places)
    territories.setdefault(name, {"en": name, "fr": label(scenario.territory, name, "fr")})
    varied = {k: v for k, v in point.factors.items() if not k.startswith("territory")}
    told = ", ".join(f"{key} = {value}" for key, value in varied.items() if _short(value))
    is_apart = varied and len(plan.points) <= MOST_APART
    suffix = f" ({told or point.scenario_id})" if is_apart else ""
    key = scenario.name + suffix
    days = scenario.run.days - scenario.shock_day()
    lasting = max((shock.days for shock in scenario.shocks if shock.days), default=0)
    shocks[key] = {
        "title": {"en": title + suffix, "fr": (scenario.title_fr or title) + suffix},
        "meaning": {"en": "", "fr": ""},
        "start_day": scenario.shock_day(),
        "days": min(lasting, days),
        "watched": days,
    }
    return name, key


def _communes_of(plan: Plan, point: Point) -> Territory | None:
    try:
        return plan.scenario(point, plan.arms[0]).resolve_territory()
    except InputError:
        return None


def _place(scenario: Scenario, places: dict[str, str]) -> str:
    """Return what a territory is called, without the official tables if there are none."""
    chosen = scenario.territory
    key = repr(chosen)
    if key not in places:
        try:
            places[key] = scenario.resolve_territory().name
        except InputError:
            places[key] = chosen.label or str(chosen.name or chosen.synthetic or scenario.name)
    return places[key]


def _short(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _warnings(
    plan: Plan,
    about: Mapping[str, Any],
    counts: Counts,
    design: Mapping[str, Any],
    results: pd.DataFrame,
) -> tuple[Note, ...]:
    found = []
    if about["ressort"] != __version__:
        found.append(Note("other version", (about["ressort"], __version__)))
    if counts.done < counts.asked:
        found.append(Note("not all", (counts.done, counts.asked, counts.failed)))
    names = [arm.name for arm in plan.arms]
    if len(names) == 1:
        found.append(Note("one arm", (names[0],)))
    elif design["reference_arm"] not in names:
        missing = design["reference_arm"]
        key = "no reference" if missing else "reference unknown"
        found.append(Note(key, (missing, ", ".join(names))))
    draws = results.groupby("scenario_id")["draw"].nunique()
    if draws.max() == 1:
        found.append(Note("one seed", ()))
    elif draws.min() < 5:
        found.append(Note("few seeds", (int(draws.min()),)))
    lacking = len(plan.points) - len(draws)
    if lacking:
        found.append(Note("cells lacking", (lacking, len(plan.points))))
    return tuple(found)
