"""A territory as an economy: jobs by branch, farmland, and how much lies within reach inside it.

What is estimated comes from the kind of each commune and from farmland by departement; what is
observed from the official tables, where the user has them. Nothing here depends on a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.branches import INDEX, N_BRANCHES
from ressort.errors import InputError
from ressort.geography import kinds_of_communes, road_distances, share_within
from ressort.official import find_data, observed_farmland, observed_jobs
from ressort.parameters import Behaviour, branch_traits, farmland_per_head, jobs_per_head
from ressort.territories import Territory, communes_table

Floats = NDArray[np.float64]

JOBS = ("any", "estimated", "observed")  # by branch; any: observed where there are tables
DAYS_A_YEAR = 365.25
PARAMETERS = ("farm_output", "commuting_decay_km")  # of behaviour: all that a place hangs on
BUILT_HECTARES_PER_HEAD = 0.04  # artificial land per inhabitant, about 2.8 Mha for 67 M people
AGRI = INDEX["agri"]


@dataclass(frozen=True)
class Place:
    """A territory with what its economy is drawn from; C communes.

    `jobs`: expected jobs, shape (C, 22), farming excluded. `hectares`: farmland, shape (C,).
    `local_pull`: share of the pull of sellers of each good that is inside, shape (C, 22).
    `local_work`: the same for jobs, shape (C,). `distance`: km by road, shape (C, C).
    """

    territory: Territory
    level: str  # "estimated" or "observed"
    population: Floats
    jobs: Floats
    hectares: Floats
    local_pull: Floats
    local_work: Floats
    distance: Floats = field(repr=False)


@dataclass(frozen=True)
class Land:
    """A territory and all around it, estimated; `row`: of each commune of the territory, by code.

    For real territories, all of metropolitan France.
    """

    row: dict[str, int]
    population: Floats
    lon: Floats
    lat: Floats
    area_km2: Floats
    jobs: Floats
    hectares: Floats


@cache
def france(farm_output: float) -> Land:
    """Return all communes of metropolitan France with their estimates; never change them."""
    table = communes_table()
    table = table[~table.code.str.startswith("97")].reset_index(drop=True)
    population = table.population.to_numpy(float)
    area, lon, lat = (table[c].to_numpy(float) for c in ("area_km2", "lon", "lat"))
    kinds = kinds_of_communes(population, area, lon, lat)
    hectares = spread_farmland(table.dep_code.to_numpy(), population, area)
    jobs = jobs_per_head()[kinds] * population[:, None]
    jobs[:, AGRI] = farm_jobs(hectares, farm_output)
    row = {code: i for i, code in enumerate(table.code)}
    return Land(row, population, lon, lat, area, jobs, hectares)


def _real(_territory: Territory, farm_output: float) -> Land:
    return france(farm_output)


def _nowhere(territory: Territory, farm_output: float) -> Land:
    """Return a synthetic territory with its surroundings: jobs and farmland as in France."""
    nation = france(farm_output)
    table = pd.concat([territory.communes, territory.surroundings], ignore_index=True)
    population = table.population.to_numpy(float)
    area, lon, lat = (table[c].to_numpy(float) for c in ("area_km2", "lon", "lat"))
    if territory.average_jobs:
        a_head = np.tile(nation.jobs.sum(axis=0) / nation.population.sum(), (len(table), 1))
    else:
        a_head = jobs_per_head()[kinds_of_communes(population, area, lon, lat)]
    farmed = nation.hectares.sum() / open_land(nation.population, nation.area_km2).sum()
    hectares = farmed * open_land(population, area)
    jobs = a_head * population[:, None]
    jobs[:, AGRI] = farm_jobs(hectares, farm_output)
    row = {code: i for i, code in enumerate(territory.codes)}
    return Land(row, population, lon, lat, area, jobs, hectares)


def farm_jobs(hectares: Floats, farm_output: float) -> Floats:
    """Return the jobs of so many hectares of farmland; `farm_output` in EUR a hectare a year."""
    return hectares * farm_output / DAYS_A_YEAR / branch_traits().output_per_job[AGRI]


def open_land(population: Floats, area_km2: Floats) -> Floats:
    """Return the hectares that are not built on."""
    return np.maximum(0.0, 100.0 * area_km2 - BUILT_HECTARES_PER_HEAD * population)


def spread_farmland(dep_code: NDArray[np.object_], population: Floats, area_km2: Floats) -> Floats:
    """Spread each departement's farmland over its communes by the land that is not built on.

    Farmland per inhabitant by departement is published; how it lies within one is assumed.
    Returns hectares, shape (n,).
    """
    per_head = farmland_per_head()
    unbuilt = open_land(population, area_km2)
    hectares = np.zeros(len(population))
    for dep in np.unique(dep_code):
        here = dep_code == dep
        total = per_head.get(dep, 0.0) * population[here].sum()
        if unbuilt[here].sum() > 0:
            hectares[here] = total * unbuilt[here] / unbuilt[here].sum()
    return hectares


def place(
    territory: Territory,
    behaviour: Behaviour | None = None,
    data: Path | None = None,
    wanted: str = "any",
) -> Place:
    """Return the economy's frame for a territory; observed where there are official tables.

    `data`: their folder; RESSORT_DATA if None, as for bassins de vie. `wanted`: one of JOBS.

    Raises InputError for communes that the estimates do not cover, and for observed jobs that
    nothing tells.
    """
    behaviour = behaviour or Behaviour()
    traits = branch_traits()
    made_up = territory.surroundings is not None
    land = (_nowhere if made_up else _real)(territory, behaviour.farm_output)
    try:
        members = np.array([land.row[c] for c in territory.codes], dtype=np.int64)
    except KeyError as error:
        raise InputError(f"commune {error}: no estimate outside metropolitan France") from None
    jobs, hectares, level = land.jobs[members].copy(), land.hectares[members], "estimated"
    tables = job_tables(wanted, data, made_up)
    if tables is not None:
        jobs, hectares = _observed(territory, tables)
        level = "observed"
    jobs[:, AGRI] = 0.0  # farms are drawn from farmland
    inside = np.zeros(len(land.lon), dtype=bool)
    inside[members] = True
    attraction = np.column_stack([land.jobs, land.jobs.sum(axis=1)])
    decay = np.append(traits.decay_km, behaviour.commuting_decay_km)
    shares = share_within(land.lon, land.lat, land.area_km2, attraction, decay, members, inside)
    return Place(
        territory=territory,
        level=level,
        population=territory.communes.population.to_numpy(float),
        jobs=jobs,
        hectares=hectares.copy(),
        local_pull=np.ascontiguousarray(shares[:, :N_BRANCHES]),
        local_work=np.ascontiguousarray(shares[:, N_BRANCHES]),
        distance=road_distances(land.lon[members], land.lat[members], land.area_km2[members]),
    )


def job_tables(wanted: str, data: Path | None = None, made_up: bool = False) -> Path | None:
    """Return the folder of the tables of jobs, or None where they are to be estimated.

    `wanted`: one of JOBS. `made_up`: the territory is nowhere. Raises InputError, with the remedy,
    for observed jobs that nothing tells.
    """
    if wanted == "estimated":
        return None
    tables = None if made_up else find_data(data)
    if wanted == "observed" and tables is None:
        reason = "a synthetic territory has none" if made_up else "no official tables are given"
        remedy = "take " if made_up else "give their folder by --data (or RESSORT_DATA), or take "
        raise InputError(f'run.jobs = "observed": {reason}; {remedy}jobs = "estimated"')
    return tables


def _observed(territory: Territory, data: Path) -> tuple[Floats, Floats]:
    pharma_share = 0.40  # of jobs in chemistry and medicine: recalled, 100 000 of 250 000
    jobs = observed_jobs(territory, data, pharma_share=pharma_share).to_numpy(float, copy=True)
    return jobs, observed_farmland(territory, data).to_numpy(float, copy=True)
