"""Draw who buys from whom: integer relationships, local with the share of pull that is local.

Each purchase has two relationships, each of which is either one local seller or the outside.
Whether it is local follows from distance and from where the sellers are, never from the size of
the place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.branches import INDEX, N_BRANCHES
from ressort.compiled import compiled
from ressort.goods import TRADE
from ressort.parameters import BranchTraits
from ressort.place import Place
from ressort.population import Establishments, Homes
from ressort.state import FORMATS, N_SOURCES, NO_SHOP, OUTSIDE, SERVICES, SHELVES
from ressort.streams import stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class SlotRows(NamedTuple):
    """What each producer buys; S rows sorted by producer, inputs before shelves."""

    producer: Ints
    good: NDArray[np.int16]
    coefficient: Floats
    rating: NDArray[np.int8]
    first_slot: Ints
    first_shelf: Ints


class Links(NamedTuple):
    """Sellers known: inputs (S, 2), services (H, services), shops (H, formats, 2); -1 outside."""

    source: Ints
    provider: Ints
    outlet: Ints


class Sellers(NamedTuple):
    """Sellers of one good, grouped by commune, for drawing by pull."""

    sorted: Ints  # producers sorted by commune
    first: Ints  # first place of each commune in `sorted`, length C + 1
    size: Floats  # cumulated output within each commune
    pull: Floats  # cumulated pull of communes felt in each commune, shape (C, C)


def slot_rows(firms: Establishments, traits: BranchTraits) -> SlotRows:
    """Return the inputs and shelves of all establishments, from the recipes of their branches."""
    recipes = []
    for b in range(N_BRANCHES):
        goods = np.flatnonzero(traits.coefficients[:, b])
        recipes.append((goods, traits.coefficients[goods, b], traits.rating[goods, b]))
    shelves = [np.array([INDEX[g] for g in shelf]) for shelf in SHELVES]
    inputs = np.array([len(r[0]) for r in recipes])[firms.branch]
    kinds = np.array([len(s) for s in shelves] + [0])
    on_shelf = kinds[firms.format]  # NO_SHOP is -1, the last entry
    first_slot = np.concatenate([[0], np.cumsum(inputs + on_shelf)]).astype(np.int32)
    first_shelf = (first_slot[:-1] + inputs).astype(np.int32)
    n = first_slot[-1]
    good = np.empty(n, dtype=np.int16)
    coefficient = np.zeros(n)
    rating = np.full(n, -1, dtype=np.int8)
    for b, (goods, values, ratings) in enumerate(recipes):
        rows = (first_slot[:-1][firms.branch == b][:, None] + np.arange(len(goods))).ravel()
        good[rows] = np.tile(goods, len(rows) // max(1, len(goods)))
        coefficient[rows] = np.tile(values, len(rows) // max(1, len(goods)))
        rating[rows] = np.tile(ratings, len(rows) // max(1, len(goods)))
    for f, goods in enumerate(shelves):
        rows = (first_shelf[firms.format == f][:, None] + np.arange(len(goods))).ravel()
        good[rows] = np.tile(goods, len(rows) // len(goods))
    producer = np.repeat(np.arange(len(firms.branch)), np.diff(first_slot)).astype(np.int32)
    return SlotRows(producer, good, coefficient, rating, first_slot, first_shelf)


def sellers_of(place: Place, firms: Establishments, among: NDArray[np.bool_], km: float) -> Sellers:
    """Group the sellers of one good by commune, with the pull of each commune on each other."""
    n_communes = len(place.population)
    rows = np.flatnonzero(among).astype(np.int32)  # establishments are sorted by commune
    first = np.searchsorted(firms.commune[rows], np.arange(n_communes + 1)).astype(np.int32)
    total = np.bincount(firms.commune[rows], weights=firms.output[rows], minlength=n_communes)
    before = np.concatenate([[0.0], np.cumsum(firms.output[rows])])
    size = before[1:] - before[first[firms.commune[rows]]]
    pull = np.cumsum(total * np.exp(-place.distance / km), axis=1)
    return Sellers(rows, first, size, np.ascontiguousarray(pull))


@compiled
def draw_sellers(
    sellers: Sellers,
    buyer_commune: Ints,
    buyer: Ints,
    demand: Floats,
    local_share: Floats,
    room: Floats,
    luck: Floats,
) -> Ints:
    """Draw one seller for each buyer: the outside, or the roomier of two local ones.

    `room` is what each producer has left to sell and is updated; a buyer that finds both full
    buys outside. `luck` has shape (n, 5).
    """
    chosen = np.full(len(buyer), OUTSIDE, dtype=np.int32)
    if len(sellers.sorted) == 0:
        return chosen
    for n in range(len(buyer)):
        c = buyer_commune[n]
        row = sellers.pull[c]
        if luck[n, 0] >= local_share[n] or row[-1] <= 0.0:
            continue
        best, best_room = OUTSIDE, 0.0
        for t in range(2):
            c2 = min(np.searchsorted(row, luck[n, 1 + t] * row[-1]), len(row) - 1)
            low, high = sellers.first[c2], sellers.first[c2 + 1]
            if high <= low:
                continue
            sizes = sellers.size[low:high]
            place = min(np.searchsorted(sizes, luck[n, 3 + t] * sizes[-1]), high - low - 1)
            p = sellers.sorted[low + place]
            if p != buyer[n] and room[p] > best_room:
                best, best_room = p, room[p]
        if best != OUTSIDE:
            chosen[n] = best
            room[best] -= demand[n]
    return chosen


def draw_links(
    place: Place,
    firms: Establishments,
    homes: Homes,
    slots: SlotRows,
    traits: BranchTraits,
    seed: int,
) -> Links:
    """Draw all relationships: households choose first, then establishments."""
    room = firms.output.copy()
    people = homes.weight * homes.size
    provider = np.full((len(people), len(SERVICES)), OUTSIDE, dtype=np.int32)
    outlet = np.full((len(people), len(FORMATS), N_SOURCES), OUTSIDE, dtype=np.int32)
    nobody = np.full(len(people), OUTSIDE, dtype=np.int32)
    final_share = place.local_pull * (1.0 - traits.final_import_share)
    for k, good in enumerate(SERVICES):
        g = INDEX[good]
        sellers = sellers_of(place, firms, firms.branch == g, traits.decay_km[g])
        rng = stream(seed, "providers", g)
        demand = people * traits.consumption[g]
        provider[:, k] = _shuffled_draw(
            rng, sellers, homes.commune, nobody, demand, final_share[homes.commune, g], room
        )
    for f, shelf in enumerate(SHELVES):
        margin = sum(traits.consumption[INDEX[g]] * traits.margin[INDEX[g]] for g in shelf)
        shops = sellers_of(place, firms, firms.format == f, traits.decay_km[TRADE])
        for k in range(N_SOURCES):
            rng = stream(seed, "outlets", f, k)
            demand = people * margin / N_SOURCES
            outlet[:, f, k] = _shuffled_draw(
                rng,
                shops,
                homes.commune,
                nobody,
                demand,
                place.local_pull[homes.commune, TRADE],
                room,
            )
    source = _draw_sources(place, firms, slots, traits, people, outlet, room, seed)
    return Links(source, provider, outlet)


def _draw_sources(
    place: Place,
    firms: Establishments,
    slots: SlotRows,
    traits: BranchTraits,
    people: Floats,
    outlet: Ints,
    room: Floats,
    seed: int,
) -> Ints:
    """Draw the two sources of each input and shelf."""
    source = np.full((len(slots.good), N_SOURCES), OUTSIDE, dtype=np.int32)
    demand = slots.coefficient * firms.output[slots.producer]
    customers = np.zeros(len(firms.branch))
    for f in range(len(FORMATS)):
        for k in range(N_SOURCES):
            known = outlet[:, f, k] >= 0
            customers += np.bincount(
                outlet[known, f, k], weights=people[known] / N_SOURCES, minlength=len(customers)
            )
    shelf = slots.rating < 0
    demand[shelf] = (customers[slots.producer] * traits.consumption[slots.good])[shelf]
    imported = np.where(
        shelf, traits.final_import_share[slots.good], traits.import_share[slots.good]
    )
    commune = firms.commune[slots.producer]
    local = place.local_pull[commune, slots.good] * (1.0 - imported)
    for g in range(N_BRANCHES):
        sellers = sellers_of(place, firms, firms.branch == g, traits.decay_km[g])
        rows = np.flatnonzero(slots.good == g)
        for k in range(N_SOURCES):
            source[rows, k] = _shuffled_draw(
                stream(seed, "sources", g, k),
                sellers,
                commune[rows],
                slots.producer[rows],
                demand[rows] / N_SOURCES,
                local[rows],
                room,
            )
    return source


def _shuffled_draw(
    rng: np.random.Generator,
    sellers: Sellers,
    commune: Ints,
    buyer: Ints,
    demand: Floats,
    local_share: Floats,
    room: Floats,
) -> Ints:
    """Call draw_sellers in random order of buyers, so that none is favoured by its row."""
    order = rng.permutation(len(buyer))
    luck = rng.random((len(buyer), 5))
    chosen = np.empty(len(buyer), dtype=np.int32)
    chosen[order] = draw_sellers(
        sellers,
        commune[order].astype(np.int32),
        buyer[order].astype(np.int32),
        demand[order],
        local_share[order],
        room,
        luck,
    )
    return chosen


assert NO_SHOP == -1
