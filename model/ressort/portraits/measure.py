"""The parts of a portrait, and what follows from the estimates without any draw."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import BRANCHES, INDEX, N_BRANCHES, NEEDS
from ressort.geography import DENSITY_BOUNDS
from ressort.goods import AGRI, TRADE
from ressort.metrics import AUTONOMY_LEVEL
from ressort.parameters import Behaviour, Record, branch_traits, read
from ressort.place import Land, Place, farm_jobs
from ressort.population import format_shares, mean_size
from ressort.state import FORMATS, PROTECTED

Floats = NDArray[np.float64]

LEVELS: Final = (1.0, AUTONOMY_LEVEL)  # shares of use that the closed form is told for
# What is kept or made for a need, in the order of needs: name, need, goods.
LINES: Final = (
    ("water", "water", ("water",)),
    ("food", "food", ("food", "agri")),
    ("energy", "energy", ("energy",)),
    ("care", "care", ("health_social",)),
    ("medicine", "medicine", ("pharma",)),
    ("building", "shelter", ("construction",)),
    ("materials", "shelter", ("materials",)),
    ("fuel", "mobility", ("fuel",)),
    ("transport", "mobility", ("transport",)),
    ("communication", "communication", ("info_comm",)),
)
_NEED_OF_GOOD: Final = dict(PROTECTED)
_NEED_OF_SHOP: Final = {
    "grocery": "food",
    "pharmacy": "medicine",
    "station": "mobility",
    "store": "shelter",
}


@dataclass(frozen=True)
class Measure:
    """One figure: here and, where it means something, in France as a whole.

    `status`: observed, estimated, modelled or invented. `source`: a key of the texts on sources.
    `low`, `high`: a range, where there is one (of the parameter, or of the draws).
    """

    name: str
    value: float
    france: float | None
    unit: str
    status: str
    source: str
    low: float | None = None
    high: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return {k: v for k, v in vars(self).items() if k != "name"}


@dataclass(frozen=True)
class Branch:
    """Jobs per 1,000 inhabitants, and where residents' purchases of its good are made (shares).

    `firms_here`: share of what local firms buy of it that is made here. NaN where nobody buys it.
    """

    name: str
    jobs: float
    jobs_france: float
    here: float
    rest_of_france: float
    abroad: float
    firms_here: float

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return {k: strict(v) for k, v in vars(self).items() if k != "name"}


@dataclass(frozen=True)
class Presence:
    """Establishments of a branch, or shops of a kind, that may be expected.

    `none`: probability that there is not one. `at_french_rate`: how many there would be with as
    many a head as in France. `need`: of people that it serves, "" for none.
    """

    name: str
    expected: float
    none: float
    at_french_rate: float
    need: str

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return {k: v for k, v in vars(self).items() if k != "name"}


@dataclass(frozen=True)
class Stock:
    """Stocks in days of residents' calm use, and the share of that use which is made here.

    `home`: pantries, tanks, medicine chests. `shops`: shelves and their warehouses. `makers`:
    finished goods of local makers, most of which go elsewhere: not counted in `lasts`.
    """

    name: str
    need: str
    home: float
    shops: float
    makers: float
    made_here: float
    made_in_france: float

    def lasts(self, level: float) -> float:
        """Return days until a share `level` of use cannot be served, see `closed_form`."""
        return closed_form(self.home + self.shops, self.made_here, level)

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON; days without limit are None."""
        days = {f"days_at_{100 * level:g}_percent": strict(self.lasts(level)) for level in LEVELS}
        return {k: v for k, v in vars(self).items() if k != "name"} | days


def strict(value: float) -> float | None:
    """Return a number for strict JSON: None where it is infinite or unknown."""
    return value if math.isfinite(value) else None


def closed_form(stock: float, coverage: float, level: float) -> float:
    """Return how many days a stock lasts, T = S / (a - c); infinite where c reaches a.

    `stock` S: days of normal use; `coverage` c: share of use that is made here every day; `level`
    a: share of use that is served.

    >>> closed_form(6.0, 0.3, 0.8), closed_form(6.0, 0.9, 0.8)
    (12.0, inf)
    """
    return stock / (level - coverage) if coverage < level else math.inf


def land_need() -> Record:
    """Return hectares of farmland that feed one person, with range and source."""
    return Record("land_need", **read("portrait.toml")["land_need"])


def all_jobs(place: Place, behaviour: Behaviour) -> Floats:
    """Return the expected jobs of the whole territory by branch, farms included; shape (22,)."""
    jobs = place.jobs.sum(axis=0)
    jobs[AGRI] = farm_jobs(place.hectares, behaviour.farm_output).sum()
    return jobs


def coverage(jobs: Floats, people: float) -> Floats:
    """Return output over use by residents and firms, by good, all at French averages; shape (22,).

    What a territory could cover if nothing left it; investment is left out.
    """
    traits = branch_traits()
    output = jobs * traits.output_per_job
    use = traits.consumption * people + traits.coefficients @ output
    return np.divide(output, use, out=np.zeros(N_BRANCHES), where=use > 0)


def density_classes(population: Floats, area_km2: Floats) -> Floats:
    """Return shares of people in sparse, middling and dense communes (model's bounds)."""
    classes = np.searchsorted(DENSITY_BOUNDS, population / area_km2)
    shares = np.bincount(classes, weights=population, minlength=3) / population.sum()
    return np.asarray(shares, dtype=np.float64)


def expected_counts(jobs: Floats, hectares: float, behaviour: Behaviour) -> Floats:
    """Return expected establishments by branch, from jobs and farmland; shape (22,)."""
    traits, spread = branch_traits(), behaviour.establishment_spread
    means = [
        mean_size(mean, spread, least)
        for mean, least in zip(traits.jobs_per_establishment, traits.jobs_minimum, strict=True)
    ]
    counts = jobs / np.array(means)
    counts[AGRI] = hectares / behaviour.farm_size
    return counts


def presences(
    place: Place, nation: Land, behaviour: Behaviour, drawn: Floats
) -> tuple[Presence, ...]:
    """Return what establishments may be expected: branches without trade, then kinds of shop.

    With estimated jobs numbers are Poisson, so that none is drawn with probability exp(-expected).
    With observed jobs a commune that has them has an establishment; the expected number is the
    mean of `drawn`, by branch, but never under the probability that there is one.
    """
    jobs, hectares = all_jobs(place, behaviour), float(place.hectares.sum())
    expected = expected_counts(jobs, hectares, behaviour)
    none = np.exp(-expected)
    if place.level == "observed":
        farms, none_of_farms = expected[AGRI], none[AGRI]
        none = np.prod(np.maximum(0.0, 1.0 - place.jobs), axis=0)
        expected = np.maximum(drawn, 1.0 - none)
        expected[AGRI], none[AGRI] = farms, none_of_farms
    usual = expected_counts(nation.jobs.sum(axis=0), float(nation.hectares.sum()), behaviour)
    usual *= place.population.sum() / nation.population.sum()
    found = [
        Presence(
            name, float(expected[b]), float(none[b]), float(usual[b]), _NEED_OF_GOOD.get(name, "")
        )
        for b, name in enumerate(BRANCHES)
        if b != TRADE
    ]
    shares = format_shares(branch_traits(), behaviour)
    for name, share in zip(FORMATS, shares[: len(FORMATS)], strict=True):
        count, french = float(expected[TRADE] * share), float(usual[TRADE] * share)
        found.append(Presence(name, count, math.exp(-count), french, _NEED_OF_SHOP[name]))
    return tuple(found)


def needs_without_supplier(found: tuple[Presence, ...]) -> Mapping[str, float]:
    """Return by need the probability that nobody here makes or sells anything for it."""
    return {need: math.prod(p.none for p in found if p.need == need) for need in NEEDS}


def index_of(goods: tuple[str, ...]) -> list[int]:
    """Return the rows of some goods."""
    return [INDEX[good] for good in goods]
