"""The communes of France: one table, read from the package, with its gaps filled.

Source: INSEE (boundaries of 2026, population 2023), IGN Admin Express, data.gouv.fr; licence and
columns in README.md beside this file.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

EARTH_RADIUS_KM: Final = 6371.0
TOWN_HALL_RADII: Final = 2.0  # a town hall further from the centroid is a mistake of the source

COLUMNS: Final = (
    *("code", "name", "dep_code", "dep_name", "epci_code"),
    *("population", "area_km2", "lon", "lat"),
)
_TEXTS: Final = (*COLUMNS[:5], "epci_name", "zone", "postal_code")
_NUMBERS: Final = ("lon", "lat", "lon_mairie", "lat_mairie", "area_km2_geom")


@cache
def communes_table() -> pd.DataFrame:
    """Return all communes of France and its overseas departements, by code; never change it.

    One row a commune, with the columns of `Territory.communes` and epci_name, zone ("metro" or
    "drom"), postal_code (one of them), position_from ("town hall", "centroid" or "neighbours") and
    area_from ("outline" or "density"). No number is missing and no area is zero: what the source
    lacks is estimated, see `_positions` and `_areas`.
    """
    with (resources.files("ressort.data") / "communes.csv.gz").open("rb") as file:
        raw = pd.read_csv(
            file,
            compression="gzip",
            usecols=[*_TEXTS, "population_2023", *_NUMBERS],
            dtype=dict.fromkeys(_TEXTS, str),
            keep_default_na=False,  # a place may well be called Nan
            na_values={column: [""] for column in _NUMBERS},
        )
    raw = raw.sort_values("code", ignore_index=True)
    lon, lat, position_from = _positions(raw)
    area_km2, area_from = _areas(raw)
    table = raw[[*_TEXTS]].assign(
        population=raw["population_2023"].astype("int64"),
        area_km2=area_km2,
        lon=lon,
        lat=lat,
        position_from=position_from,
        area_from=area_from,
    )
    return table[[*COLUMNS, *(c for c in table.columns if c not in COLUMNS)]]


def _positions(raw: pd.DataFrame) -> tuple[Floats, Floats, Texts]:
    """Return degrees east, degrees north and where they come from; each of shape (communes,).

    The town hall, near which people live; the centroid where no town hall is known or where it lies
    more than two radii (of a disc of the commune's area) away from the centroid. Some 1,250 town
    halls of the source do, the worst by thousands of km: lost signs, swapped degrees, namesakes.
    Five communes have neither and take the mean of those with the same postal code.
    """
    lon, lat, hall_lon, hall_lat, area = (raw[c].to_numpy(dtype=float) for c in _NUMBERS)
    km = great_circle_km(lon, lat, hall_lon, hall_lat)
    # A comparison with an unknown is false: a town hall without a centroid to judge it by is kept.
    misplaced = km > TOWN_HALL_RADII * np.sqrt(area / np.pi)
    hall = ~np.isnan(hall_lon) & ~misplaced
    lon, lat = np.where(hall, hall_lon, lon), np.where(hall, hall_lat, lat)
    unknown = np.isnan(lon)
    source = np.select([hall, unknown], ["town hall", "neighbours"], "centroid").astype(object)
    postal = raw["postal_code"].to_numpy()
    for row in np.flatnonzero(unknown):
        near = (postal == postal[row]) & ~unknown
        lon[row], lat[row] = lon[near].mean(), lat[near].mean()
    return lon, lat, source


def _areas(raw: pd.DataFrame) -> tuple[Floats, Texts]:
    """Return areas in km2 and where they come from; each of shape (communes,).

    Eight communes, merged or split lately, have no outline: they get the area that their people
    would take at the density of the rest of their EPCI. No outline has an area of zero.
    """
    area = raw["area_km2_geom"].to_numpy(dtype=float).copy()
    people = raw["population_2023"].to_numpy(dtype=float)
    epci = raw["epci_code"].to_numpy()
    unknown = ~(area > 0)
    for row in np.flatnonzero(unknown):
        rest = (epci == epci[row]) & ~unknown
        area[row] = people[row] * area[rest].sum() / people[rest].sum()
    return area, np.where(unknown, "density", "outline").astype(object)


def great_circle_km(
    lon_1: Floats | float, lat_1: Floats | float, lon_2: Floats, lat_2: Floats
) -> Floats:
    """Return great-circle distances in km between points in degrees (haversine formula)."""
    north = np.sin(np.radians(np.subtract(lat_2, lat_1)) / 2.0)
    east = np.sin(np.radians(np.subtract(lon_2, lon_1)) / 2.0)
    chord = north**2 + np.cos(np.radians(lat_1)) * np.cos(np.radians(lat_2)) * east**2
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)), dtype=np.float64)
