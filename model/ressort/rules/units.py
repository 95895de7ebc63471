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
from ressort.rules.passes import Longs
from ressort.rules.purchases import dispatched, firm_tier, source_share, use_calm
from ressort.rules.work import hours_worked
from ressort.state import N_ITEMS, Floats, Rows


@inlined
def seller_of(home: Rows, item: Rows, k: int) -> int:
    """Seller here of one part of an order, negative for none."""
    if item.service >= 0:
        return home.provider[item.service] if k == 0 else -1
    return home.outlet[item.format, k]


@inlined
def paid_to(
    home: Rows,
    item: Rows,
    seller: Rows,
    shelves: Rows,
    order: float,
    price: float,
    lean: float,
    k: int,
) -> float:
    """What a seller here was paid for one part of an order at that price, in any money."""
    if item.service >= 0:
        return order * price * seller.served[tier_with(home, item, seller)]
    tier = tier_at_shop(home, item, seller)
    shelf = shelves[seller.first_shelf + item.shelf]
    part = order * (lean if k == 0 else 1.0 - lean)
    return part * price * min(shelf.served[tier], seller.served[tier])


@compiled
def pay_sellers(
    homes: Rows,
    rows: Longs,
    items: Rows,
    firms: Rows,
    shelves: Rows,
    leans: Floats,
    spent: Floats,
    got: Floats,
) -> None:
    """Households, those of `rows`, pay sellers that take units with all that they have at hand.

    `leans`: of the morning, shape (H, kinds of shop). Adds to `spent` by household and `got` by
    seller.
    """
    sellers = np.empty(2 * N_ITEMS, np.int64)
    paid = np.empty(2 * N_ITEMS)
    for h in rows:
        home = homes[h]
        if home.at_hand <= 0.0:
            continue
        n, total = 0, 0.0
        for i in range(N_ITEMS):
            for k in range(2):
                lean = leans[h, items[i].format] if items[i].format >= 0 else 1.0
                seller = seller_of(home, items[i], k)
                if seller < 0 or not firms[seller].accepts:
                    continue
                price = items[i].price * (1.0 + surcharge(firms[seller]))
                amount = paid_to(
                    home, items[i], firms[seller], shelves, home.order[i], price, lean, k
                )
                if amount > 0.0:
                    sellers[n], paid[n] = seller, amount
                    total += amount
                    n += 1
        if total <= 0.0:
            continue
        part = min(1.0, home.at_hand / total)
        spent[h] += part * total
        for j in range(n):
            got[sellers[j]] += part * paid[j]


@compiled
def count_purchases(
    homes: Rows, items: Rows, firms: Rows, shelves: Rows, leans: Floats
) -> tuple[float, float]:
    """Return what sellers here were paid today, in any money: by households, and by the state.

    `leans`: of the morning, shape (H, kinds of shop).
    """
    paid, public = 0.0, 0.0
    for h in range(len(homes)):
        home = homes[h]
        for i in range(N_ITEMS):
            item = items[i]
            lean = leans[h, item.format] if item.format >= 0 else 1.0
            for k in range(2):
                seller = seller_of(home, item, k)
                if seller < 0:
                    continue
                price = item.price * (1.0 + surcharge(firms[seller]))
                order = home.order[i]
                paid += paid_to(home, item, firms[seller], shelves, order, price, lean, k)
                public += paid_to(
                    home, item, firms[seller], shelves, order, item.public_price, lean, k
                )
    return paid, public


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
    rows: Longs,
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

    `rows`: who may pay in units, or all if `counting`. `leans`: of the morning, by purchase.
    `means`: euros that each could spend on purchases. Adds to `spent` and `got` by producer.
    Returns what was paid between producers here, in any money, if `counting`.
    """
    paid = 0.0
    for p in rows:
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
    firms: Rows,
    rows: Longs,
    jobs: Rows,
    share: float,
    net: float,
    room: Floats,
    spent: Floats,
    got: Floats,
) -> None:
    """Producers pay a share of the net wages of members in units, while these have room for them.

    `rows`: producers that may hold units. `room`: units that each household would still take; 0 for
    those who take none; lowered. Adds to `spent` by producer, `got` by household.
    """
    for p in rows:
        firm = firms[p]
        hours = hours_worked(firm)
        # Who could not pay wages in full has other worries.
        left = firm.units if firm.accepts and firm.alive and firm.short_days == 0 else 0.0
        for j in range(firm.first_job, firm.end_job):
            job = jobs[j]
            if job.held <= 0.0 or job.household < 0:
                continue
            units = min(share * (job.wage * hours * net * job.held), room[job.household], left)
            if units > 0.0:
                left -= units
                room[job.household] -= units
                spent[p] += units
                got[job.household] += units


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
def prefer_accepting(homes: Rows, rows: Longs, firms: Rows, shift: Floats) -> None:
    """Move custom towards that one of two shops known which takes units, up to `0.5 + shift`.

    A shop beyond the border takes none. `shift`: by household of `rows`.
    """
    for j in range(len(rows)):
        if shift[j] <= 0.0:
            continue
        home = homes[rows[j]]
        for f in range(len(home.lean)):
            takes_0 = home.outlet[f, 0] >= 0 and firms[home.outlet[f, 0]].accepts
            takes_1 = home.outlet[f, 1] >= 0 and firms[home.outlet[f, 1]].accepts
            if takes_0 and not takes_1:
                home.lean[f] = max(home.lean[f], 0.5 + shift[j])
            elif takes_1 and not takes_0:
                home.lean[f] = min(home.lean[f], 0.5 - shift[j])


@compiled
def turn_to_accepting(firms: Rows, needy: Longs, slots: Rows) -> None:
    """Let producers in need order only from that one of two sources which takes units."""
    for p in needy:
        for s in range(firms[p].first_slot, firms[p].end_slot):
            source = slots[s].source
            takes_0 = source[0] >= 0 and firms[source[0]].accepts
            takes_1 = source[1] >= 0 and firms[source[1]].accepts
            if takes_0 != takes_1:
                slots[s].lean = 1.0 if takes_0 else 0.0


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
