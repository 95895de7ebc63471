"""Who pays whom in local currency: parts of the payments of the day, named anew.

All payments of a day are made in money; `units` says which part of the money someone holds is local
currency. A payment that payer and payee settle in units moves units one way and as many euros back,
so that goods, and the money that each of them holds, stay what they were.
"""

from __future__ import annotations

import numpy as np

from ressort.compiled import compiled, inlined
from ressort.rules.households import (
    calm_use,
    share_taken,
    shop_share,
    surcharge,
    tier_at_shop,
    tier_with,
)
from ressort.rules.purchases import dispatched, firm_tier, source_share, use_calm
from ressort.rules.work import hours_worked
from ressort.state import N_ITEMS, Floats, Rows


@inlined
def paid_here(
    home: Rows, item: Rows, firms: Rows, shelves: Rows, order: float, lean: float, k: int
) -> tuple[int, float]:
    """Seller that takes units, -1 for none, and what it was paid for one part of an order."""
    if item.service >= 0:
        seller = home.provider[item.service]
        if k > 0 or seller < 0 or not firms[seller].accepts:
            return -1, 0.0
        tier = tier_with(home, item, firms[seller])
        price = item.price * (1.0 + surcharge(firms[seller]))
        return seller, order * price * firms[seller].served[tier]
    seller = home.outlet[item.format, k]
    if seller < 0 or not firms[seller].accepts:
        return -1, 0.0
    tier = tier_at_shop(home, item, firms[seller])
    shelf = shelves[firms[seller].first_shelf + item.shelf]
    part = order * (lean if k == 0 else 1.0 - lean)
    price = item.price * (1.0 + surcharge(firms[seller]))
    return seller, part * price * min(shelf.served[tier], firms[seller].served[tier])


@compiled
def pay_sellers(
    homes: Rows, items: Rows, firms: Rows, shelves: Rows, leans: Floats, spent: Floats, got: Floats
) -> None:
    """Households pay sellers that take units with all that they have at hand.

    `leans`: of the morning, shape (H, kinds of shop). Adds to `spent` by household and `got` by
    seller.
    """
    sellers = np.empty(2 * N_ITEMS, np.int64)
    paid = np.empty(2 * N_ITEMS)
    for h in range(len(homes)):
        home = homes[h]
        if home.at_hand <= 0.0:
            continue
        n, total = 0, 0.0
        for i in range(N_ITEMS):
            for k in range(2):
                lean = leans[h, items[i].format] if items[i].format >= 0 else 1.0
                seller, amount = paid_here(home, items[i], firms, shelves, home.order[i], lean, k)
                if seller >= 0 and amount > 0.0:
                    sellers[n], paid[n] = seller, amount
                    total += amount
                    n += 1
        if total <= 0.0:
            continue
        part = min(1.0, home.at_hand / total)
        spent[h] += part * total
        for j in range(n):
            got[sellers[j]] += part * paid[j]


@inlined
def received(firm: Rows, slot: Rows, firms: Rows, lean: float, k: int) -> float:
    """What a local source delivered today, and was paid."""
    share = lean if k == 0 else 1.0 - lean
    seller = firms[slot.source[k]]
    return slot.order * share * seller.served[firm_tier(firm, seller)]


@inlined
def sent_from_outside(
    firm: Rows, slot: Rows, shelves: Rows, day: Rows, lean: float, k: int
) -> float:
    """What a source outside dispatched today, and was paid."""
    share = lean if k == 0 else 1.0 - lean
    normal = use_calm(firm, slot, shelves) * share
    return dispatched(slot.order * share, normal, day.outside[slot.good])


@compiled
def pay_suppliers(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    day: Rows,
    leans: Floats,
    means: Floats,
    counting: bool,
    spent: Floats,
    got: Floats,
) -> float:
    """Producers pay suppliers that take units: out of units held first, on credit if they must.

    `leans`: of the morning, by purchase. `means`: euros that each could spend on purchases. Adds to
    `spent` and `got` by producer. Returns what was paid between producers here, in any money, if
    `counting`.
    """
    paid = 0.0
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive or (firm.at_hand <= 0.0 and not counting):
            continue
        taken, bought = 0.0, 0.0
        for s in range(firm.first_slot, firm.end_slot):
            for k in range(2):
                source = slots[s].source[k]
                if source < 0:
                    bought += sent_from_outside(firm, slots[s], shelves, day, leans[s], k)
                    continue
                amount = received(firm, slots[s], firms, leans[s], k)
                bought += amount
                paid += amount
                if firms[source].accepts:
                    taken += amount
        if taken <= 0.0 or firm.at_hand <= 0.0:
            continue
        units = max(0.0, min(min(firm.units, firm.at_hand), taken))
        units = max(units, min(bought - means[p], taken, firm.at_hand))
        if units <= 0.0:
            continue
        spent[p] += units
        for s in range(firm.first_slot, firm.end_slot):
            for k in range(2):
                source = slots[s].source[k]
                if source >= 0 and firms[source].accepts:
                    amount = received(firm, slots[s], firms, leans[s], k)
                    got[source] += units * amount / taken
    return paid


@compiled
def pay_workers(
    firms: Rows, jobs: Rows, share: float, net: float, room: Floats, spent: Floats, got: Floats
) -> float:
    """Producers pay a share of the net wages of members in units, while these have room for them.

    `room`: units that each household would still take; 0 for those who take none; lowered. Adds to
    `spent` by producer, `got` by household. Returns the net wages of residents, in any money.
    """
    wages = 0.0
    for p in range(len(firms)):
        firm = firms[p]
        hours = hours_worked(firm)
        # Who could not pay wages in full has other worries.
        left = firm.units if firm.accepts and firm.alive and firm.short_days == 0 else 0.0
        for j in range(firm.first_job, firm.end_job):
            job = jobs[j]
            if job.held <= 0.0 or job.household < 0:
                continue
            wage = job.wage * hours * net * job.held
            wages += wage
            units = min(share * wage, room[job.household], left)
            if units > 0.0:
                left -= units
                room[job.household] -= units
                spent[p] += units
                got[job.household] += units
    return wages


@compiled
def count_custom(
    homes: Rows, items: Rows, firms: Rows, members: Floats, custom: Floats, of_members: Floats
) -> None:
    """Add up usual custom by seller, EUR a day: all of it, and that of members (0 to 1 each)."""
    for h in range(len(homes)):
        home = homes[h]
        for i in range(N_ITEMS):
            item = items[i]
            usual = calm_use(home, item) * item.price
            if item.service >= 0:
                seller = home.provider[item.service]
                if seller >= 0:
                    custom[seller] += usual
                    of_members[seller] += usual * members[h]
                continue
            for k in range(2):
                seller = home.outlet[item.format, k]
                if seller >= 0:
                    part = usual * shop_share(home, item, k)
                    custom[seller] += part
                    of_members[seller] += part * members[h]


@compiled
def count_trade(firms: Rows, slots: Rows, shelves: Rows, joined: Floats) -> tuple[Floats, Floats]:
    """Return each producer's usual trade with others here, and the part with accepting ones."""
    trade, inside = np.zeros(len(firms)), np.zeros(len(firms))
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive:
            continue
        for s in range(firm.first_slot, firm.end_slot):
            usual = use_calm(firm, slots[s], shelves)
            for k in range(2):
                source = slots[s].source[k]
                if source >= 0:
                    part = usual * source_share(slots[s], k)
                    trade[p] += part
                    trade[source] += part
                    inside[p] += part * joined[source]
                    inside[source] += part * joined[p]
    return trade, inside


@compiled
def prefer_accepting(homes: Rows, firms: Rows, shift: Floats) -> None:
    """Move custom towards that one of two shops known which takes units, up to `0.5 + shift`.

    A shop beyond the border takes none.
    """
    for h in range(len(homes)):
        if shift[h] <= 0.0:
            continue
        home = homes[h]
        for f in range(len(home.lean)):
            takes_0 = home.outlet[f, 0] >= 0 and firms[home.outlet[f, 0]].accepts
            takes_1 = home.outlet[f, 1] >= 0 and firms[home.outlet[f, 1]].accepts
            if takes_0 and not takes_1:
                home.lean[f] = max(home.lean[f], 0.5 + shift[h])
            elif takes_1 and not takes_0:
                home.lean[f] = min(home.lean[f], 0.5 - shift[h])


@compiled
def share_spendable(homes: Rows, items: Rows, firms: Rows, spendable: Floats) -> None:
    """Set what each household usually spends a day at sellers that take units."""
    for h in range(len(homes)):
        total = 0.0
        for i in range(N_ITEMS):
            share = share_taken(homes[h], items[i], firms)
            if share > 0.0:
                total += calm_use(homes[h], items[i]) * items[i].price * share
        spendable[h] = total
