"""Distances, kinds of commune, and what can be reached from a place."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ressort.compiled import compiled, inlined

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_RADIUS_KM: Final = 6371.0
ROAD_DETOUR: Final = 1.3  # road over great-circle distance, usual value for France
DENSITY_BOUNDS: Final = (150.0, 1500.0)  # inhabitants a km2
CENTRALITY_BOUNDS: Final = (0.05, 0.25)  # share of the people within the radius below
CENTRALITY_RADIUS_KM: Final = 15.0


def plane_km(lon: Floats, lat: Floats) -> Floats:
    """Project degrees to a plane in km, good to some % within metropolitan France; shape (n, 2)."""
    east = EARTH_RADIUS_KM * np.radians(lon) * np.cos(np.radians(46.5))
    return np.column_stack([east, EARTH_RADIUS_KM * np.radians(lat)])


def kinds_of_communes(population: Floats, area_km2: Floats, lon: Floats, lat: Floats) -> Ints:
    """Return the kind of each commune, a row of `parameters.jobs_per_head()`.

    Kinds cross density (inhabitants a km2) with centrality (the commune's share of the people
    within 15 km): jobs gather in dense places and in the centre of their surroundings.
    """
    xy = plane_km(lon, lat)
    around = cKDTree(xy).query_ball_point(xy, CENTRALITY_RADIUS_KM)
    near = np.array([population[neighbours].sum() for neighbours in around])
    share = population / np.maximum(near, 1.0)
    density = np.searchsorted(DENSITY_BOUNDS, population / area_km2)
    return density * (len(CENTRALITY_BOUNDS) + 1) + np.searchsorted(CENTRALITY_BOUNDS, share)


@inlined
def road_km(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Road distance between two points in degrees: great circle (equirectangular) x detour."""
    to_radians = math.pi / 180.0
    east = (lon_2 - lon_1) * to_radians * math.cos(0.5 * (lat_1 + lat_2) * to_radians)
    north = (lat_2 - lat_1) * to_radians
    return ROAD_DETOUR * EARTH_RADIUS_KM * math.sqrt(east * east + north * north)


@compiled
def road_distances(lon: Floats, lat: Floats, area_km2: Floats) -> Floats:
    """Road distances in km between communes; the diagonal is a typical trip within each."""
    n = len(lon)
    km = np.zeros((n, n))
    for a in range(n):
        for b in range(n):
            if a == b:
                km[a, a] = 0.5 * ROAD_DETOUR * math.sqrt(area_km2[a] / math.pi)
            else:
                km[a, b] = road_km(lon[a], lat[a], lon[b], lat[b])
    return km


@compiled
def share_within(
    lon: Floats,
    lat: Floats,
    area_km2: Floats,
    attraction: Floats,
    decay_km: Floats,
    members: Ints,
    inside: NDArray[np.bool_],
) -> Floats:
    """Share of the pull felt in each commune that comes from within the territory.

    `attraction` has shape (all communes, kinds of attraction), `decay_km` (kinds,); the pull of a
    place falls as exp(-km / decay). Returns shape (members, kinds); 0 where nothing pulls.
    """
    n_kinds = len(decay_km)
    shares = np.zeros((len(members), n_kinds))
    total = np.zeros(n_kinds)
    local = np.zeros(n_kinds)
    for m in range(len(members)):
        a = members[m]
        total[:] = 0.0
        local[:] = 0.0
        for b in range(len(lon)):
            if a == b:
                km = 0.5 * ROAD_DETOUR * math.sqrt(area_km2[a] / math.pi)
            else:
                km = road_km(lon[a], lat[a], lon[b], lat[b])
            for k in range(n_kinds):
                if km > 12.0 * decay_km[k]:
                    continue  # under 6e-6 of its pull is left
                pull = attraction[b, k] * math.exp(-km / decay_km[k])
                total[k] += pull
                if inside[b]:
                    local[k] += pull
        for k in range(n_kinds):
            if total[k] > 0.0:
                shares[m, k] = local[k] / total[k]
    return shares
