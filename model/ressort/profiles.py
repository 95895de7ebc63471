"""Territories that are nowhere: any size, with a stated way in which people thin out.

Communes lie on a sunflower spiral around the centre, each with the same number of people, so that
a smaller territory of one profile is the heart of a larger one. All around lies more of the same,
in coarse rings, since what is sold, bought and worked at home depends on what lies beyond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.errors import InputError
from ressort.geography import EARTH_RADIUS_KM
from ressort.territories import Territory

Floats = NDArray[np.float64]

SMALLEST, LARGEST = 50, 1_500_000  # inhabitants
PEOPLE_A_COMMUNE: Final = 1000.0
MOST_COMMUNES: Final = 400
HORIZON_KM: Final = 300.0  # beyond which nothing pulls
RING_GROWTH: Final = 1.2  # each ring of the surroundings is so much wider than the one inside it
SECTORS: Final = 24
GOLDEN_ANGLE: Final = np.pi * (3.0 - np.sqrt(5.0))
CENTRE: Final = (2.5, 46.5)  # degrees: the middle of France, for distances alone
STEP_KM: Final = 0.02


@dataclass(frozen=True)
class Profile:
    """How people thin out from the centre, and which sector of the disc is the territory.

    `density`: inhabitants a km2 by km from the centre. `angle`: of the sector, radians. `average`:
    every commune has the jobs a head of France as a whole, so that only size and distance vary.
    """

    meaning: str
    density: Callable[[Floats], Floats]
    angle: float = 2.0 * np.pi
    average: bool = False


def _even(people_a_km2: float) -> Callable[[Floats], Floats]:
    return lambda km: np.full_like(km, people_a_km2)


def _around_a_city(km: Floats) -> Floats:
    """Return a density that falls from 4 000 to 40: a city of some 240 000 and its countryside."""
    return 40.0 + 4000.0 * np.exp(-km / 3.0)


# Densities: 107 is the mean of metropolitan France; the others are assumed, of the order of a
# countryside and of a regional capital (Clark's law: density falls exponentially with distance).
PROFILES: Final = {
    "uniform": Profile(
        "people spread evenly, at the density of France", _even(107.0), average=True
    ),
    "rural": Profile("people spread evenly and thinly", _even(35.0)),
    "city": Profile("a city, its periphery and the country around it", _around_a_city),
    "slice": Profile(
        "a sector from the heart of a city through its periphery into the country",
        _around_a_city,
        angle=np.pi / 4.0,
    ),
}


def synthetic(size: int, profile: str = "uniform") -> Territory:
    """Return a territory of `size` inhabitants, 50 to 1.5 million, with one of the PROFILES.

    >>> len(synthetic(300)), synthetic(20_000, "slice").population
    (1, 20000)
    """
    if profile not in PROFILES:
        raise InputError(f"synthetic: one of {', '.join(PROFILES)} is expected, got {profile!r}")
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise InputError(
            f"size: a whole number of inhabitants from {SMALLEST} to {LARGEST} is expected, "
            f"got {size!r}"
        )
    shape = PROFILES[profile]
    count = int(np.clip(round(size / PEOPLE_A_COMMUNE), 1, MOST_COMMUNES))
    km = _radii(shape, (np.arange(count) + 0.5) * size / count)
    turn = (np.arange(count) * GOLDEN_ANGLE / (2.0 * np.pi)) % 1.0
    people = np.diff(np.round(np.linspace(0, size, count + 1)))
    inside = _table(km, shape.angle * turn, people, people / shape.density(km))
    codes = [f"S{k:04d}" for k in range(1, count + 1)]
    names = [f"{profile} {k}" for k in range(1, count + 1)]
    described = inside.assign(
        code=codes, name=names, dep_code="00", dep_name="nowhere", epci_code=""
    )
    order = ["code", "name", "dep_code", "dep_name", "epci_code", *inside.columns]
    edge = float(_radii(shape, np.array([float(size)]))[0])
    return Territory(
        name=f"{profile} territory of {size}",
        kind="synthetic",
        communes=described[order],
        surroundings=_surroundings(shape, edge),
        average_jobs=shape.average,
    )


def _radii(profile: Profile, people: Floats) -> Floats:
    """Return the radii in km within which so many people of the sector live."""
    edges = np.arange(0.0, HORIZON_KM, STEP_KM)
    middles = edges + 0.5 * STEP_KM
    living = np.cumsum(profile.density(middles) * profile.angle * middles * STEP_KM)
    return np.interp(people, np.append(0.0, living), np.append(edges, HORIZON_KM))


def _surroundings(profile: Profile, edge: float) -> pd.DataFrame:
    """Return coarse rings: what is left of the disc beside a sector, and all that lies beyond."""
    count = int(np.ceil(np.log(HORIZON_KM / edge) / np.log(RING_GROWTH)))
    outer = [(edge * RING_GROWTH**k, edge * RING_GROWTH ** (k + 1), 0.0) for k in range(count)]
    beside = []
    if profile.angle < 2.0 * np.pi:
        bounds = edge * np.linspace(0.0, 1.0, 13)
        beside = [(a, b, profile.angle) for a, b in pairwise(bounds)]
    return pd.concat([_ring(profile, *ring) for ring in beside + outer], ignore_index=True)


def _ring(profile: Profile, inner: float, outer: float, begins: float) -> pd.DataFrame:
    """Return the cells of a ring, from an angle on all the way round."""
    span = (2.0 * np.pi - begins) / SECTORS
    km: Floats = np.full(SECTORS, np.sqrt(0.5 * (inner**2 + outer**2)))
    area: Floats = np.full(SECTORS, 0.5 * span * (outer**2 - inner**2))
    angle: Floats = begins + span * (np.arange(SECTORS, dtype=float) + 0.5)
    return _table(km, angle, profile.density(km) * area, area)


def _table(km: Floats, angle: Floats, people: Floats, area_km2: Floats) -> pd.DataFrame:
    """Return population, area and position in degrees of places given by angle and distance."""
    degrees = np.degrees(km / EARTH_RADIUS_KM)
    return pd.DataFrame(
        {
            "population": people.astype(np.int64),
            "area_km2": area_km2,
            "lon": CENTRE[0] + degrees * np.cos(angle) / np.cos(np.radians(CENTRE[1])),
            "lat": CENTRE[1] + degrees * np.sin(angle),
        }
    )
