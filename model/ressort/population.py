"""Draw the people and the establishments of a place as integers.

A household of n persons stands for n x `people_per_agent` people; establishments are always whole,
whatever the resolution, because a hamlet has no half hospital.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX, N_BRANCHES
from ressort.compiled import compiled
from ressort.goods import TRADE
from ressort.parameters import Behaviour, BranchTraits
from ressort.place import DAYS_A_YEAR, Place
from ressort.state import FORMATS, NO_SHOP, SHELVES
from ressort.streams import stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
AGRI = INDEX["agri"]


class Establishments(NamedTuple):
    """Establishments as drawn; P rows sorted by commune and branch. Output in EUR a day."""

    branch: NDArray[np.int16]
    commune: Ints
    format: NDArray[np.int8]
    jobs: Floats
    output: Floats


class Homes(NamedTuple):
    """Households as drawn; H rows sorted by commune."""

    commune: Ints
    size: NDArray[np.int8]
    workers: NDArray[np.int8]
    adults: NDArray[np.int8]
    retired: NDArray[np.bool_]
    weight: Floats  # households that each row stands for


class Employment(NamedTuple):
    """Jobs held: J rows sorted by producer; household -1 lives outside. `left` per household."""

    producer: Ints
    household: Ints
    slots: Floats
    outside_slots: Floats  # jobs held beyond the border, by household


def establishment_sizes(
    rng: np.random.Generator, count: int, mean: float, spread: float, least: float
) -> Floats:
    """Draw establishment sizes in whole jobs: log-normal, at least the minimum efficient size."""
    drawn = rng.lognormal(np.log(mean) - 0.5 * spread**2, spread, count)
    return np.maximum(least, np.rint(drawn))


def mean_size(mean: float, spread: float, least: float) -> float:
    """Return the mean of `establishment_sizes`, which rounding and the minimum push up."""
    # Quantiles instead of a random sample: the same number in every run.
    from scipy.special import ndtri

    levels = (np.arange(20_000) + 0.5) / 20_000
    sizes = np.exp(np.log(mean) - 0.5 * spread**2 + spread * ndtri(levels))
    return float(np.maximum(least, np.rint(sizes)).mean())


def draw_establishments(
    place: Place, traits: BranchTraits, behaviour: Behaviour, seed: int
) -> Establishments:
    """Draw establishments branch by branch: numbers are Poisson, sizes log-normal.

    With observed jobs, sizes are drawn until they sum to the jobs of the commune, so that a town
    keeps the jobs that it has.
    """
    rng = stream(seed, "establishments")
    spread = behaviour.establishment_spread
    rows: list[tuple[int, Ints, Floats, Floats]] = []
    for b in range(N_BRANCHES):
        if b == AGRI:
            commune, jobs, output = _draw_farms(place, traits, behaviour, rng)
        else:
            mean, least = traits.jobs_per_establishment[b], traits.jobs_minimum[b]
            if place.level == "observed":
                commune, jobs = _draw_to_total(rng, place.jobs[:, b], mean, spread, least)
            else:
                count = rng.poisson(place.jobs[:, b] / mean_size(mean, spread, least))
                commune = np.repeat(np.arange(len(count)), count)
                jobs = establishment_sizes(rng, count.sum(), mean, spread, least)
            output = jobs * traits.output_per_job[b]
        rows.append((b, commune.astype(np.int32), jobs, output))
    branch = np.concatenate([np.full(len(c), b, dtype=np.int16) for b, c, _, _ in rows])
    commune, jobs, output = (np.concatenate([r[k] for r in rows]) for k in (1, 2, 3))
    order = np.lexsort((branch, commune))
    return Establishments(
        branch[order],
        commune[order],
        draw_formats(branch[order], traits, behaviour, seed),
        jobs[order],
        output[order],
    )


def _draw_to_total(
    rng: np.random.Generator, totals: Floats, mean: float, spread: float, least: float
) -> tuple[Ints, Floats]:
    """Draw sizes for each commune until they reach its total; the last is cut to fit."""
    communes, sizes = [], []
    whole = np.floor(totals + rng.random(len(totals))).astype(int)
    for c, total in enumerate(whole):
        while total > 0:
            batch = establishment_sizes(rng, int(total / mean) + 8, mean, spread, least)
            kept = batch[np.cumsum(batch) <= total]
            if len(kept) == 0:  # the first is larger than what is left
                kept = np.array([float(total)])
            sizes.append(kept)
            communes.append(np.full(len(kept), c))
            total -= int(kept.sum())
    if not sizes:
        return np.empty(0, dtype=np.int32), np.empty(0)
    return np.concatenate(communes).astype(np.int32), np.concatenate(sizes)


def _draw_farms(
    place: Place, traits: BranchTraits, behaviour: Behaviour, rng: np.random.Generator
) -> tuple[Ints, Floats, Floats]:
    """Draw farms by farmland: jobs follow from land, output from hectares."""
    count = rng.poisson(place.hectares / behaviour.farm_size)
    commune = np.repeat(np.arange(len(count)), count).astype(np.int32)
    spread = behaviour.establishment_spread
    land = rng.lognormal(np.log(behaviour.farm_size) - 0.5 * spread**2, spread, len(commune))
    output = land * behaviour.farm_output / DAYS_A_YEAR
    jobs = np.maximum(1.0, np.rint(output / traits.output_per_job[AGRI]))
    return commune, jobs, output


def format_shares(traits: BranchTraits, behaviour: Behaviour) -> Floats:
    """Return the share of trade that each kind of shop makes up, the rest last.

    Pharmacies and stations by how many there are in France, since a territory without one is a
    matter of counts; the others by what households spend there.
    """
    margins = traits.consumption * traits.margin / traits.output_per_head[TRADE]
    shares = np.array([sum(margins[INDEX[g]] for g in shelf) for shelf in SHELVES] + [0.0])
    mean, least = traits.jobs_per_establishment[TRADE], traits.jobs_minimum[TRADE]
    jobs_a_head = traits.output_per_head[TRADE] / traits.output_per_job[TRADE]
    a_head = jobs_a_head / mean_size(mean, behaviour.establishment_spread, least)
    shares[FORMATS.index("pharmacy")] = 1.0 / (behaviour.people_per_pharmacy * a_head)
    shares[FORMATS.index("station")] = 1.0 / (behaviour.people_per_station * a_head)
    shares[-1] = 1.0 - shares[:-1].sum()
    return shares


def draw_formats(
    branch: NDArray[np.int16], traits: BranchTraits, behaviour: Behaviour, seed: int
) -> NDArray[np.int8]:
    """Make some establishments of trade shops, see `format_shares`."""
    rng = stream(seed, "formats")
    shares = format_shares(traits, behaviour)
    kinds = np.append(np.arange(len(FORMATS)), NO_SHOP).astype(np.int8)
    drawn = rng.choice(kinds, size=len(branch), p=shares)
    return np.where(branch == TRADE, drawn, NO_SHOP).astype(np.int8)


def draw_homes(place: Place, behaviour: Behaviour, people_per_agent: float, seed: int) -> Homes:
    """Draw households commune by commune; their persons add up to the population exactly."""
    rng = stream(seed, "households")
    shares = np.array(behaviour.household_size_shares)
    persons = np.where(
        place.population > 0,
        np.maximum(1, np.rint(place.population / people_per_agent)).astype(int),
        0,
    )
    commune, size = _draw_sizes(rng, persons, shares)
    small = size <= 2
    retired = small & (rng.random(len(size)) < behaviour.retired_share / shares[:2].sum())
    adults = np.minimum(size, 2)
    sizes = np.arange(1, len(shares) + 1)
    at_work_age = shares @ np.minimum(sizes, 2) - behaviour.retired_share * (
        shares[:2] @ sizes[:2] / shares[:2].sum()
    )
    chance = min(1.0, behaviour.employed_share * (shares @ sizes) / at_work_age)
    workers = np.where(retired, 0, rng.binomial(adults, chance))
    weight = (place.population / np.maximum(persons, 1))[commune]
    return Homes(
        commune.astype(np.int32),
        size.astype(np.int8),
        workers.astype(np.int8),
        adults.astype(np.int8),
        retired,
        weight,
    )


def _draw_sizes(
    rng: np.random.Generator, persons: NDArray[np.int_], shares: Floats
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Draw household sizes until each commune's persons are housed; the last is cut to fit."""
    communes, sizes = [], []
    mean = float(shares @ np.arange(1, len(shares) + 1))
    for c, total in enumerate(persons):
        if total == 0:
            continue
        drawn = np.empty(0, dtype=int)
        while drawn.sum() < total:
            more = int(1.1 * (total - drawn.sum()) / mean) + 8
            drawn = np.append(drawn, 1 + rng.choice(len(shares), size=more, p=shares))
        last = int(np.searchsorted(np.cumsum(drawn), total))
        drawn = drawn[: last + 1]
        drawn[-1] -= drawn.sum() - total
        sizes.append(drawn)
        communes.append(np.full(len(drawn), c))
    return np.concatenate(communes), np.concatenate(sizes)


def draw_employment(
    place: Place, firms: Establishments, homes: Homes, behaviour: Behaviour, seed: int
) -> Employment:
    """Give residents jobs by distance, inside and beyond the border; outsiders take the rest."""
    rng = stream(seed, "employment")
    worker_home = np.repeat(np.arange(len(homes.size)), homes.workers)
    inside = rng.random(len(worker_home)) < place.local_work[homes.commune[worker_home]]
    looking = rng.permutation(worker_home[inside])
    # Within a commune, establishments hire in random order.
    shuffled = np.lexsort((rng.random(len(firms.jobs)), firms.commune)).astype(np.int32)
    n_communes = len(place.population)
    first = np.searchsorted(firms.commune[shuffled], np.arange(n_communes + 1)).astype(np.int32)
    jobs_there = np.bincount(firms.commune, weights=firms.jobs, minlength=n_communes)
    pull = jobs_there * np.exp(-place.distance / behaviour.commuting_decay_km)
    luck = rng.random((len(looking), TRIES))
    producer, household, slots, left = _hire(
        looking.astype(np.int32),
        homes.commune[looking],
        homes.weight[looking],
        np.cumsum(pull, axis=1),
        shuffled,
        first,
        firms.jobs.copy(),
        luck,
    )
    away = worker_home[~inside]
    outside = np.bincount(away, weights=homes.weight[away], minlength=len(homes.size)).astype(float)
    outside += np.bincount(looking, weights=left, minlength=len(homes.size))
    vacant = firms.jobs - np.bincount(producer, weights=slots, minlength=len(firms.jobs))
    commuters = np.flatnonzero(vacant > 1e-9).astype(np.int32)
    producer = np.concatenate([producer, commuters])
    household = np.concatenate([household, np.full(len(commuters), -1, dtype=np.int32)])
    posts = np.concatenate([slots.astype(float), vacant[commuters]])
    order = np.argsort(producer, kind="stable")
    return Employment(producer[order], household[order], posts[order], outside.astype(float))


TRIES = 8  # communes in which a worker looks for a job before looking beyond the border


@compiled
def _hire(
    looking: Ints,
    residence: Ints,
    need: Floats,
    pull: Floats,
    shuffled: Ints,
    first: Ints,
    vacant: Floats,
    luck: Floats,
) -> tuple[Ints, Ints, Floats, Floats]:
    """Take jobs establishment by establishment in communes drawn by pull; see draw_employment."""
    room = len(looking) * (TRIES + 1) + len(vacant)
    producer = np.empty(room, dtype=np.int32)
    household = np.empty(room, dtype=np.int32)
    slots = np.empty(room)
    left = np.zeros(len(looking))
    cursor = first[:-1].copy()
    n = 0
    for w in range(len(looking)):
        todo = need[w]
        row = pull[residence[w]]
        for t in range(luck.shape[1]):
            if todo <= 1e-9 or row[-1] <= 0.0:
                break
            c = min(np.searchsorted(row, luck[w, t] * row[-1]), len(row) - 1)
            while todo > 1e-9 and cursor[c] < first[c + 1]:
                p = shuffled[cursor[c]]
                taken = min(todo, vacant[p])
                vacant[p] -= taken
                todo -= taken
                producer[n], household[n], slots[n] = p, looking[w], taken
                n += 1
                if vacant[p] <= 1e-9:
                    cursor[c] += 1
        left[w] = todo
    return producer[:n].copy(), household[:n].copy(), slots[:n].copy(), left
