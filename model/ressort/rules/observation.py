"""What is seen of a day: needs met, output, stocks and euros held."""

from __future__ import annotations

import numpy as np

from ressort.branches import N_BRANCHES, N_NEEDS
from ressort.compiled import compiled
from ressort.state import STORED, Floats, Ints, Rows


@compiled
def mean_needs(homes: Rows, n_communes: int) -> tuple[Floats, Floats]:
    """Mean share met of each need over people, and of the worst need by commune."""
    means = np.zeros(N_NEEDS)
    by_commune = np.zeros(n_communes)
    people = np.zeros(n_communes)
    for h in range(len(homes)):
        home = homes[h]
        worst = 1.0
        for n in range(N_NEEDS):
            means[n] += home.people * home.met[n]
            worst = min(worst, home.met[n])
        by_commune[home.commune] += home.people * worst
        people[home.commune] += home.people
    for c in range(n_communes):
        by_commune[c] = by_commune[c] / people[c] if people[c] > 0.0 else 1.0
    return means / people.sum(), by_commune


@compiled
def sum_producers(firms: Rows) -> tuple[Floats, Floats, Floats]:
    """Output by branch, output of members by branch, and sums.

    The sums: exports, establishments in business, cash, jobs held, establishments short of means.
    """
    output = np.zeros(N_BRANCHES)
    of_members = np.zeros(N_BRANCHES)
    sums = np.zeros(5)
    for p in range(len(firms)):
        firm = firms[p]
        output[firm.branch] += firm.production
        if firm.member:
            of_members[firm.branch] += firm.production
        sums[0] += firm.exported
        sums[1] += firm.alive
        sums[2] += firm.cash
        sums[3] += firm.staff
        sums[4] += firm.short_days > 0
    return output, of_members, sums


@compiled
def goods_held(
    firms: Rows, slots: Rows, homes: Rows, pooled: Floats, pool: Floats, stored_goods: Ints
) -> Floats:
    """Stocks by good, everywhere in the territory: makers, buyers, shelves, pantries, pool."""
    held = np.zeros(N_BRANCHES)
    for p in range(len(firms)):
        held[firms[p].branch] += firms[p].stock + firms[p].crop
    for s in range(len(slots)):
        held[slots[s].good] += slots[s].stock + pooled[s]
    for h in range(len(homes)):
        for k in range(len(STORED)):
            held[stored_goods[k]] += homes[h].pantry[k]
    for g in range(N_BRANCHES):
        held[g] += pool[g]
    return held


@compiled
def euros_held(firms: Rows, homes: Rows, scic: Rows) -> float:
    """Euros held by households, producers and the SCIC."""
    total = scic.cash + scic.fund
    for p in range(len(firms)):
        total += firms[p].cash
    for h in range(len(homes)):
        total += homes[h].cash
    return total
