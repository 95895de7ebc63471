"""A portrait: everything that the page says, as numbers, each beside that of France.

France is all communes of metropolitan France, through the same estimates.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ressort import __version__
from ressort.branches import BRANCHES, INDEX
from ressort.errors import InputError
from ressort.goods import TRADE
from ressort.official import find_data
from ressort.parameters import Behaviour, branch_traits
from ressort.place import Land, Place, france, place
from ressort.portraits.draws import Draws, draw_calm
from ressort.portraits.measure import (
    LINES,
    Branch,
    Measure,
    Presence,
    Stock,
    all_jobs,
    coverage,
    density_classes,
    index_of,
    land_need,
    needs_without_supplier,
    presences,
)
from ressort.results import scenario_of
from ressort.scenario import Scenario, load
from ressort.scenario_files import scenario_names
from ressort.territories import Territory, territory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

DRAWS: Final = 10
MOST_DRAWS: Final = 1000
UNITS: Final = {
    "branches.jobs": "jobs/1000 people",
    "branches, other": "share of purchases",
    "establishments": "count",
    "establishments.none, needs_without_supplier": "probability",
    "stocks.home, shops, makers": "days of residents' calm use",
    "stocks.made_here, made_in_france": "share of that use",
    "stocks.days_at": "days by T = S/(a - c), null without limit; a formula, not a simulation",
}


@dataclass(frozen=True, repr=False)
class Portrait:
    """The portrait of a territory: `portrait.population.value`, `portrait.text("fr")`.

    `measures` has all figures by name, each also an attribute. `branches`: jobs and purchases.
    `presences`: establishments to be expected. `alone`: by need, the probability that nobody here
    supplies it. `stocks`: by what a need takes. `classes`: shares of people in sparse, middling and
    dense communes. `level`: whether jobs and farmland are "observed" or "estimated". `draws`: how
    many calm economies were drawn and solved.
    """

    territory: Territory
    level: str
    draws: int
    measures: Mapping[str, Measure]
    branches: tuple[Branch, ...]
    presences: tuple[Presence, ...]
    alone: Mapping[str, float]
    stocks: tuple[Stock, ...]
    classes: tuple[float, ...]
    classes_france: tuple[float, ...]
    hectares: Floats = field(repr=False)  # farmland by commune

    def __getattr__(self, name: str) -> Measure:
        measures = self.__dict__.get("measures", {})
        if name in measures:
            found: Measure = measures[name]
            return found
        raise AttributeError(f"a portrait has no {name!r}; measures: {', '.join(measures)}")

    def __repr__(self) -> str:
        return f"Portrait({self.territory!r}, {self.level})"

    @property
    def missing(self) -> tuple[Presence, ...]:
        """What has fewer than one establishment to be expected, the rarest first."""
        return tuple(sorted((p for p in self.presences if p.expected < 1), key=lambda p: -p.none))

    def text(self, lang: str = "en") -> str:
        """Return the portrait as plain text, "en" or "fr"."""
        from ressort.portraits.text import text

        return text(self, lang)

    def html(self, lang: str = "en") -> str:
        """Return the portrait as one page of HTML that needs no other file, "en" or "fr"."""
        from ressort.portraits.page import page

        return page(self, lang)

    def figure(self, lang: str = "en") -> Figure:
        """Return map, jobs and purchases as a figure, "en" or "fr"."""
        from ressort.portraits.figure import draw

        return draw(self, lang)

    def as_json(self) -> dict[str, Any]:
        """Return everything as one object for strict JSON."""
        place = self.territory
        return {
            "ressort": __version__,
            "territory": {"name": place.name, "kind": place.kind, "codes": list(place.codes)},
            "jobs": self.level,
            "draws": self.draws,
            "units": UNITS,
            "measures": {name: m.as_json() for name, m in self.measures.items()},
            "density_classes": {
                "bounds": ["under 150", "150 to 1500", "over 1500"],
                "share_of_people": list(self.classes),
                "share_of_people_france": list(self.classes_france),
            },
            "branches": {b.name: b.as_json() for b in self.branches},
            "establishments": {p.name: p.as_json() for p in self.presences},
            "missing": [p.name for p in self.missing],
            "needs_without_supplier": dict(self.alone),
            "stocks": {s.name: s.as_json() for s in self.stocks},
        }


def portrait(
    of: Territory | Scenario | str,
    *,
    kind: str | None = None,
    data: str | os.PathLike[str] | None = None,
    draws: int = DRAWS,
) -> Portrait:
    """Return the portrait of a territory, given itself, by name or code, or as in a scenario.

    `kind` forces a kind of territory for a name, see `ressort.territory`. `data`: folder of the
    official tables, for observed jobs and farmland. `draws`: calm economies that are drawn and
    solved for what is bought here. Raises InputError as `ressort.territory` does.
    """
    if isinstance(draws, bool) or not isinstance(draws, Integral) or not 1 <= draws <= MOST_DRAWS:
        raise InputError(f"draws: a whole number from 1 to {MOST_DRAWS} is expected, got {draws!r}")
    behaviour = of.rules().behaviour if isinstance(of, Scenario) else Behaviour()
    folder = None if data is None else find_data(data)
    if isinstance(of, Scenario):
        here = of.resolve_territory()
    else:
        here = of if isinstance(of, Territory) else territory(of, kind=kind, data=data)
    return portray(place(here, behaviour, folder), behaviour, int(draws))


def named(
    text: str, kind: str | None = None, data: str | os.PathLike[str] | None = None
) -> Territory | Scenario:
    """Return the scenario or else the territory that a text names.

    A scenario by its name or file; `kind` means that the text names a territory. Raises InputError,
    with near names of territories and scenarios, for what is neither.
    """
    is_file = text.endswith((".toml", ".json"))
    if kind is None and (is_file or text in scenario_names()):
        return scenario_of(Path(text)) if text.endswith(".json") else load(text)
    try:
        return territory(text, kind=kind, data=data)
    except InputError as error:
        near = difflib.get_close_matches(text, scenario_names(), n=3, cutoff=0.75)
        if kind is not None or not near:
            raise
        raise InputError(f"{error}; scenarios: {', '.join(near)}") from None


def portray(place: Place, behaviour: Behaviour, draws: int) -> Portrait:
    """Return the portrait of a place."""
    nation = france(behaviour.farm_output)
    calm = draw_calm(place, behaviour, draws)
    found = presences(place, nation, behaviour, calm.establishments.mean(axis=0))
    measures = [*_ground(place, nation, behaviour), *_trade(calm), *_commuting(calm)]
    communes = place.territory.communes
    area = communes["area_km2"].to_numpy(float)
    return Portrait(
        territory=place.territory,
        level=place.level,
        draws=draws,
        measures=MappingProxyType({m.name: m for m in measures}),
        branches=_branches(all_jobs(place, behaviour), place, nation, calm),
        presences=found,
        alone=needs_without_supplier(found),
        stocks=_stocks(calm),
        classes=tuple(map(float, density_classes(place.population, area))),
        classes_france=tuple(map(float, density_classes(nation.population, nation.area_km2))),
        hectares=place.hectares,
    )


def _ground(place: Place, nation: Land, behaviour: Behaviour) -> list[Measure]:
    """Return people, land, jobs and potential coverage: what takes no draw."""
    made_up = place.territory.surroundings is not None
    seen = "invented" if made_up else "observed"
    people, french = float(place.population.sum()), float(nation.population.sum())
    area, french_area = place.territory.area_km2, float(nation.area_km2.sum())
    jobs, french_jobs = all_jobs(place, behaviour), nation.jobs.sum(axis=0)
    land = float(place.hectares.sum())
    a_head, french_a_head = land / people, float(nation.hectares.sum()) / french
    need, level = land_need(), place.level
    assert need.low is not None
    assert need.high is not None
    by_output, french_output = coverage(jobs, people), coverage(french_jobs, french)
    jobs_source, land_source = (
        ("invented jobs", "invented land") if made_up else (f"{level} jobs", f"{level} land")
    )
    source = "invented" if made_up else "population"

    def share(name: str, good: str) -> Measure:
        b = INDEX[good]
        here, there = float(by_output[b]), float(french_output[b])
        return Measure(name, here, there, "share", "estimated", "output")

    return [
        Measure("population", people, french, "people", seen, source),
        Measure("communes", len(place.territory), len(nation.row), "count", seen, source),
        Measure("area", area, french_area, "km2", seen, "invented" if made_up else "area"),
        Measure("density", people / area, french / french_area, "people/km2", seen, source),
        Measure(
            "jobs", 1000 * jobs.sum() / people, 1000 * french_jobs.sum() / french,
            "jobs/1000 people", level, jobs_source,
        ),
        Measure("farmland", land, float(nation.hectares.sum()), "ha", level, land_source),
        Measure("farmland_per_head", a_head, french_a_head, "ha/person", level, land_source),
        Measure(
            "food_by_land", a_head / need.value, french_a_head / need.value, "share", "estimated",
            "land need", a_head / need.high, a_head / need.low,
        ),
        share("food_by_output", "food"),
        share("energy_by_output", "energy"),
    ]  # fmt: skip


def _trade(calm: Draws) -> list[Measure]:
    """Return how much of what is bought is made here, as means over the draws."""
    abroad = branch_traits().final_import_share
    firms_abroad = branch_traits().import_share
    every = list(range(len(BRANCHES)))

    def share(name: str, rows: list[int], use: Floats, here: Floats, imported: Floats) -> Measure:
        total, local = use[:, rows].sum(axis=1), here[:, rows].sum(axis=1)
        by_draw = np.divide(local, total, out=np.zeros(len(total)), where=total > 0)
        weight = use[:, rows].sum(axis=0)
        made = float(1 - weight @ imported[rows] / weight.sum()) if weight.sum() > 0 else 1.0
        return Measure(
            name, _ratio(local.sum(), total.sum()), made, "share", "modelled", "calm",
            float(by_draw.min()), float(by_draw.max()),
        )  # fmt: skip

    return [
        share("food_local", index_of(("food", "agri")), calm.use, calm.here, abroad),
        share("energy_local", index_of(("energy",)), calm.use, calm.here, abroad),
        share("purchases_local", every, calm.use, calm.here, abroad),
        share("inputs_local", every, calm.firm_use, calm.firm_here, firms_abroad),
    ]


def _commuting(calm: Draws) -> list[Measure]:
    out = calm.commuters_out.sum() / calm.workers.sum() if calm.workers.sum() else 0.0
    into = calm.commuters_in.sum() / calm.jobs.sum() if calm.jobs.sum() else 0.0
    return [
        Measure("commuters_out", float(out), None, "share", "modelled", "commuting"),
        Measure("commuters_in", float(into), None, "share", "modelled", "commuting"),
    ]


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _branches(jobs: Floats, place: Place, nation: Land, calm: Draws) -> tuple[Branch, ...]:
    traits = branch_traits()
    people, french = place.population.sum(), nation.population.sum()
    rows = []
    for b, name in enumerate(BRANCHES):
        here = _ratio(calm.here[:, b].sum(), calm.use[:, b].sum())
        # Where sellers are few, draws may find more of them here than the mean of France leaves.
        abroad = 0.0 if b == TRADE else min(float(traits.final_import_share[b]), 1.0 - here)
        rows.append(
            Branch(
                name,
                jobs=float(1000 * jobs[b] / people),
                jobs_france=float(1000 * nation.jobs[:, b].sum() / french),
                here=here,
                rest_of_france=1.0 - here - abroad,
                abroad=abroad,
                firms_here=_ratio(calm.firm_here[:, b].sum(), calm.firm_use[:, b].sum()),
            )
        )
    return tuple(rows)


def _stocks(calm: Draws) -> tuple[Stock, ...]:
    traits = branch_traits()
    lines = []
    for name, need, goods in LINES:
        rows = index_of(goods)
        use = float(calm.use[:, rows].sum())
        weight = traits.consumption[rows] / traits.consumption[rows].sum()
        home, shops, makers, here = (
            float(held[:, rows].sum()) / use
            for held in (calm.home, calm.shops, calm.makers, calm.here)
        )
        made_in_france = float(weight @ (1 - traits.final_import_share[rows]))
        lines.append(Stock(name, need, home, shops, makers, here, made_in_france))
    return tuple(lines)
