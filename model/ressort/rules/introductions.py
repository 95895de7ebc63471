"""The placebo of the register: members are introduced to members, knowing nothing of each other."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.rules.purchases import use_calm
from ressort.rules.sourcing import NOBODY, best_seller, most_urgent
from ressort.state import Floats, Ints, Rows


@inlined
def member_at_random(firms: Rows, sellers: Ints, buyer: int, luck: float) -> int:
    """Return the place in `sellers` of one living member, each as likely as the next, or NOBODY."""
    count = 0
    for k in range(len(sellers)):
        p = sellers[k]
        count += firms[p].member and firms[p].alive and p != buyer
    left = int(luck * count)
    for k in range(len(sellers)):
        p = sellers[k]
        if firms[p].member and firms[p].alive and p != buyer:
            if left == 0:
                return k
            left -= 1
    return NOBODY


@compiled
def introduce_members(
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
    luck: Floats,
) -> int:
    """Introduce at most `capacity` members in trouble to a member of the right branch, at random.

    The partner is taken if it could serve, by the test of any search. An introduction that leads
    nowhere is used up too. Same delay as the register's. `luck`: one draw for each producer that
    may be a member, shape (P,).
    """
    made, introduced = 0, 0
    patience = settings.trouble_days + settings.match_delay_days
    for step in range(len(luck)):
        if introduced >= capacity:
            break
        p = (step + 7919 * day.number) % len(luck)
        firm = firms[p]
        if not (firm.member and firm.alive):
            continue
        s = most_urgent(firm, slots, shelves, goods, patience)
        if s == NOBODY:
            continue
        slot = slots[s]
        sellers = by_branch[first[slot.good] : first[slot.good + 1]]
        at = member_at_random(firms, sellers, p, luck[p])
        if at == NOBODY:
            continue
        introduced += 1
        order = 0.5 * use_calm(firm, slot, shelves)
        seller = best_seller(
            firms,
            sellers[at : at + 1],
            p,
            order,
            goods[slot.good].storable,
            distance[firm.commune],
            goods[slot.good].decay_km,
            day,
            0.0,
            1,
            True,
        )
        if seller == NOBODY or seller == slot.source[0] or seller == slot.source[1]:
            continue
        k = 0 if slot.trouble[0] >= patience else 1
        slot.source[k] = seller
        slot.trouble[k] = 0
        firms[seller].orders[1] += order  # counted against its capacity by later searches
        made += 1
    return made
