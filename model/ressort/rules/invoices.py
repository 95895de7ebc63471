"""What producers here delivered to each other today, by buyer and seller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ressort.compiled import compiled
from ressort.rules.units import received, sent_from_outside
from ressort.state import N_SOURCES, Floats, Rows

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]


@compiled
def deliveries(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    day: Rows,
    leans: Floats,
    joined: Bools,
    everyone: bool,
) -> tuple[Longs, Longs, Floats, Floats, float]:
    """Return what sellers who take units delivered today: buyers, sellers and EUR, by delivery.

    `leans`: of the morning, by purchase. Buyers are the `joined`, who may have terms, those with
    units at hand, or `everyone`. Also returns all that each of them bought (EUR, shape (P,)), and
    what was bought between producers here, by `everyone` if so asked.
    """
    buyers = np.empty(N_SOURCES * len(slots), np.int64)
    sellers = np.empty(N_SOURCES * len(slots), np.int64)
    amounts = np.empty(N_SOURCES * len(slots))
    bought = np.zeros(len(firms))
    n, between = 0, 0.0
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive or not (joined[p] or firm.at_hand > 0.0 or everyone):
            continue
        for s in range(firm.first_slot, firm.end_slot):
            for k in range(N_SOURCES):
                source = slots[s].source[k]
                if source < 0:
                    bought[p] += sent_from_outside(firm, slots[s], shelves, day, leans[s], k)
                    continue
                amount = received(firm, slots[s], firms, leans[s], k)
                bought[p] += amount
                between += amount
                if firms[source].accepts and amount > 0.0:
                    buyers[n], sellers[n], amounts[n] = p, source, amount
                    n += 1
    return buyers[:n].copy(), sellers[:n].copy(), amounts[:n].copy(), bought, between
