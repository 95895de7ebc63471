"""Who sold how much to which branch today: purchases of establishments as they were delivered.

It only looks. Custom between two sources shifts after delivery, and sources change in the evening:
the shares and sources in force today are those of the evening before, which the caller has kept.
"""

from __future__ import annotations

import numpy as np

from ressort.branches import N_BRANCHES
from ressort.compiled import compiled
from ressort.rules.purchases import dispatched, firm_tier, use_calm
from ressort.state import N_SOURCES, Floats, Ints, Rows

HERE, BEYOND, SHELF_HERE, SHELF_BEYOND = range(4)  # inputs and goods to be resold, by origin
N_SUMS = 5
ALL, NEW, CONCENTRATED, CRITICAL, CRITICAL_OUTSIDE = range(N_SUMS)


@compiled
def add_purchases(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    day: Rows,
    source: Ints,
    lean: Floats,
    known: Ints,
    trade: Floats,
    sums: Floats,
) -> None:
    """Add the day's purchases to `trade`, EUR: kind of purchase, good, buyer's branch.

    `source`, `lean`: of the evening before, shapes (S, 2) and (S,); `known`: sources that count as
    old. `sums`, EUR: all purchases; those from sources that are not known; each times the
    Herfindahl index of its sources; of critical inputs; of these from outside.
    """
    value = np.zeros(N_SOURCES)
    for p in range(len(firms)):
        firm = firms[p]
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            if slot.order <= 0.0:
                continue
            total = 0.0
            for k in range(N_SOURCES):
                part = slot.order * (lean[s] if k == 0 else 1.0 - lean[s])
                seller = source[s, k]
                if seller >= 0:
                    value[k] = part * firms[seller].served[firm_tier(firm, firms[seller])]
                    kind = HERE if slot.shelf < 0 else SHELF_HERE
                else:
                    normal = use_calm(firm, slot, shelves) * part / slot.order
                    value[k] = dispatched(part, normal, day.outside[slot.good])
                    kind = BEYOND if slot.shelf < 0 else SHELF_BEYOND
                trade[kind, slot.good, firm.branch] += value[k]
                total += value[k]
                if seller != known[s, 0] and seller != known[s, 1]:
                    sums[NEW] += value[k]
                if slot.rating == 2 and slot.shelf < 0:
                    sums[CRITICAL] += value[k]
                    if seller < 0:
                        sums[CRITICAL_OUTSIDE] += value[k]
            if total <= 0.0:
                continue
            sums[ALL] += total
            if source[s, 0] == source[s, 1]:
                sums[CONCENTRATED] += total
            else:
                sums[CONCENTRATED] += (value[0] ** 2 + value[1] ** 2) / total


def new_trade() -> Floats:
    """Return an empty table of purchases: kind of purchase, good, buyer's branch."""
    return np.zeros((4, N_BRANCHES, N_BRANCHES))
