"""The placebo of the register: members are introduced to members, knowing nothing of each other."""

from __future__ import annotations

import numpy as np

from ressort.compiled import compiled, inlined
from ressort.rules.sourcing import NOBODY, Longs, most_urgent, take_source
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
) -> Longs:
    """Introduce at most `capacity` members in trouble to a member of the right branch, at random.

    The partner is taken if it could serve, by the test of any search. An introduction that leads
    nowhere is used up too. Same delay as the register's. `luck`: one draw for each producer that
    may be a member, shape (P,). Returns linked purchases.
    """
    made, introduced = 0, 0
    rows = np.empty(min(capacity, len(luck)), np.int64)
    patience = settings.trouble_days + settings.match_delay_days
    for step in range(len(luck)):
        if introduced >= capacity:
            break
        p = (step + 7919 * day.number) % len(luck)
        if not (firms[p].member and firms[p].alive):
            continue
        s = most_urgent(firms[p], slots, shelves, goods, patience)
        if s == NOBODY:
            continue
        sellers = by_branch[first[slots[s].good] : first[slots[s].good + 1]]
        at = member_at_random(firms, sellers, p, luck[p])
        if at == NOBODY:
            continue
        introduced += 1
        partner = sellers[at : at + 1]
        if take_source(
            firms,
            slots,
            shelves,
            goods,
            partner,
            distance,
            day,
            p,
            s,
            patience,
            0.0,
            1,
            True,
        ):
            rows[made] = s
            made += 1
    return rows[:made]
