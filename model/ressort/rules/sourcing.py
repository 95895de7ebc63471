"""Producers whose sources fail look for others nearby, and go back when the old ones work again."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ressort.compiled import compiled, inlined
from ressort.rules.arrivals import of_any
from ressort.rules.purchases import export_orders, firm_tier, use_calm
from ressort.state import Floats, Ints, Rows

Longs = NDArray[np.int64]
NOBODY = -1


@inlined
def spare(firm: Rows, storable: bool, day: Rows) -> float:
    """What a seller could still deliver to new local buyers: idle capacity and what it exports.

    Goods must also be in store: a farm before the harvest has fields and nothing to sell.
    """
    local = firm.orders[0] + firm.orders[1] - export_orders(firm, day)
    room = firm.possible - local
    return min(room, firm.stock) if storable else room


@inlined
def pull(km: float, decay_km: float) -> float:
    """How the attraction of a seller falls with distance by road."""
    return math.exp(-km / decay_km)


@inlined
def best_seller(
    firms: Rows,
    sellers: Ints,
    buyer: int,
    order: float,
    storable: bool,
    km: Floats,
    decay_km: float,
    day: Rows,
    start: float,
    reach: int,
    members_only: bool,
) -> int:
    """Return the seller with most to spare nearby among at most `reach`, or NOBODY.

    `sellers`: the producers of the good; the search begins at the share `start` of the list. `km`:
    road distances from the buyer's commune. Who could not serve half the order is no help.
    """
    best, best_worth = NOBODY, 0.0
    count = len(sellers)
    for step in range(min(count, reach)):
        p = sellers[(int(start * count) + step) % count]
        seller = firms[p]
        if not seller.alive or p == buyer or (members_only and not seller.member):
            continue
        room = spare(seller, storable, day)
        if room < 0.5 * order or room <= best_worth:  # worth is at most room
            continue
        worth = room * pull(km[seller.commune], decay_km)
        if worth > best_worth:
            best, best_worth = p, worth
    return best


@inlined
def output_at_stake(firm: Rows, slot: Rows, shelves: Rows, goods: Rows) -> float:
    """Output that hangs on a purchase: all of it, half or none by rating; of a shelf its margin."""
    if slot.shelf >= 0:
        return shelves[slot.shelf].sales_calm * goods[slot.good].margin
    return 0.5 * slot.rating * firm.output_calm


@inlined
def most_urgent(firm: Rows, slots: Rows, shelves: Rows, goods: Rows, patience: int) -> int:
    """Return the failing purchase whose lack of stock puts most output at stake, or NOBODY."""
    found, most = NOBODY, -1.0
    for s in range(firm.first_slot, firm.end_slot):
        slot = slots[s]
        if slot.trouble[0] < patience and slot.trouble[1] < patience:
            continue
        lack = max(0.0, 1.0 - slot.stock / slot.stock_target)
        at_stake = lack * output_at_stake(firm, slot, shelves, goods)
        if at_stake > most:
            found, most = s, at_stake
    return found


@inlined
def take_source(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    goods: Rows,
    sellers: Ints,
    distance: Floats,
    day: Rows,
    p: int,
    s: int,
    patience: int,
    start: float,
    reach: int,
    members_only: bool,
) -> bool:
    """Let one of `sellers` take the place of a failing source of purchase s; whether one could."""
    firm, slot = firms[p], slots[s]
    order = 0.5 * use_calm(firm, slot, shelves)
    seller = best_seller(
        firms,
        sellers,
        p,
        order,
        goods[slot.good].storable,
        distance[firm.commune],
        goods[slot.good].decay_km,
        day,
        start,
        reach,
        members_only,
    )
    if seller == NOBODY or seller == slot.source[0] or seller == slot.source[1]:
        return False
    k = 0 if slot.trouble[0] >= patience else 1
    slot.source[k] = seller
    slot.trouble[k] = 0
    firms[seller].orders[1] += order  # counted against its capacity by later searches of the day
    return True


@inlined
def replace_source(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    goods: Rows,
    by_branch: Ints,
    first: Ints,
    distance: Floats,
    day: Rows,
    p: int,
    patience: int,
    start: float,
    reach: int,
    members_only: bool,
) -> int:
    """Look for a new source of the most urgent purchase of producer p; return its row, or NOBODY.

    `by_branch` and `first`: producers sorted by branch and where each branch begins.
    """
    s = most_urgent(firms[p], slots, shelves, goods, patience)
    if s == NOBODY:
        return NOBODY
    sellers = by_branch[first[slots[s].good] : first[slots[s].good + 1]]
    found = take_source(
        firms,
        slots,
        shelves,
        goods,
        sellers,
        distance,
        day,
        p,
        s,
        patience,
        start,
        reach,
        members_only,
    )
    return s if found else NOBODY


@compiled
def search_suppliers(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    goods: Rows,
    by_branch: Ints,
    first: Ints,
    distance: Floats,
    settings: Rows,
    day: Rows,
    luck: Floats,
) -> int:
    """Let each establishment look for one new supplier a day; return the number of new links.

    `luck`: one draw an establishment, shape (P,).
    """
    made = 0
    for p in range(len(firms)):
        if firms[p].alive and luck[p] < settings.search_rate:
            start = luck[p] / settings.search_rate  # again uniform in [0, 1)
            linked = replace_source(
                firms,
                slots,
                shelves,
                goods,
                by_branch,
                first,
                distance,
                day,
                p,
                settings.trouble_days,
                start,
                settings.search_reach,
                False,
            )
            made += linked != NOBODY
    return made


@compiled
def match_members(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    goods: Rows,
    by_branch: Ints,
    first: Ints,
    distance: Floats,
    settings: Rows,
    day: Rows,
    capacity: int,
    count: int,
) -> Longs:
    """Link members in trouble with members who have capacity to spare; return linked purchases.

    The SCIC's register knows all members and makes at most `capacity` links a day (E6). It names a
    partner after `trouble_days`; to try and agree takes `match_delay_days` more.
    Members are among the first `count` producers.
    """
    made = 0
    rows = np.empty(min(capacity, count), np.int64)
    for step in range(count):
        if made >= capacity:
            break
        p = (step + 7919 * day.number) % count  # a different member comes first each day
        if firms[p].member and firms[p].alive:
            s = replace_source(
                firms,
                slots,
                shelves,
                goods,
                by_branch,
                first,
                distance,
                day,
                p,
                settings.trouble_days + settings.match_delay_days,
                0.0,
                count,
                True,
            )
            if s != NOBODY:
                rows[made] = s
                made += 1
    return rows[:made]


@inlined
def can_sell(firm: Rows) -> bool:
    """Whether an establishment is at work.

    Nobody orders from a firm that has just reopened without staff, so that it "serves" all orders.
    """
    return firm.alive and firm.possible > 0.0


@inlined
def works_again(firms: Rows, source: int, good: int, tier: int, day: Rows) -> bool:
    """Whether a former source would serve buyers of a tier."""
    if source < 0:
        return day.outside[good] >= 1.0 and day.border[good] >= 1.0
    firm = firms[source]
    return can_sell(firm) and firm.served[tier] > 0.98


@compiled
def return_to_suppliers(
    firms: Rows, slots: Rows, source_calm: Ints, settings: Rows, day: Rows, luck: Floats
) -> None:
    """Let each establishment go back to at most one former source a day; luck has shape (P,)."""
    for p in range(len(firms)):
        firm = firms[p]
        left, at, side = 0, NOBODY, 0
        for s in range(firm.first_slot, firm.end_slot):
            for k in range(2):
                old = source_calm[s, k]
                if slots[s].source[k] == old:
                    continue
                tier = 0 if old < 0 else firm_tier(firm, firms[old])
                if works_again(firms, old, slots[s].good, tier, day):
                    left += 1
                    at, side = s, k
        if left > 0 and luck[p] > 1.0 - of_any(1.0 / settings.return_days, left):
            slots[at].source[side] = source_calm[at, side]
            slots[at].trouble[side] = 0
