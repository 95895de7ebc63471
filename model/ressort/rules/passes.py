"""Passes over the rows of purchases that measures make each day, where arrays of all would do more.

Sums are taken in the order of the rows, as `np.bincount` takes them.
"""

from __future__ import annotations

import numpy as np

from ressort.branches import N_BRANCHES
from ressort.compiled import compiled
from ressort.state import Floats, Rows


@compiled
def count_troubled(firms: Rows, slots: Rows, patience: int) -> int:
    """Return the living producers with a source that has failed for `patience` days."""
    count = 0
    for p in range(len(firms)):
        if not firms[p].alive:
            continue
        for s in range(firms[p].first_slot, firms[p].end_slot):
            if slots[s].trouble[0] >= patience or slots[s].trouble[1] >= patience:
                count += 1
                break
    return count


@compiled
def raise_targets(firms: Rows, slots: Rows, weight: Floats, more: Floats) -> None:
    """Let producers want more stock (`more`, EUR each), shared among purchases by `weight`."""
    for p in range(len(firms)):
        if more[p] != 0.0:
            for s in range(firms[p].first_slot, firms[p].end_slot):
                slots[s].stock_target += weight[s] * more[p]


@compiled
def bring_in(
    firms: Rows, slots: Rows, usual: Floats, share: float, day: Rows, tiny: float
) -> tuple[Floats, Floats]:
    """Fill gaps with a share of what no longer comes, as far as buyers can pay.

    `usual`: EUR a day by purchase. Returns what came by purchase and by good, EUR.
    """
    came, by_good = np.zeros(len(slots)), np.zeros(N_BRANCHES)
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive:
            continue
        cost = 0.0
        for s in range(firm.first_slot, firm.end_slot):
            good = slots[s].good
            gap = max(0.0, slots[s].stock_target - slots[s].stock)
            offered = share * usual[s] * (1.0 - day.outside[good]) * day.border[good]
            came[s] = min(offered, gap)
            cost += came[s]
        means = max(0.0, firm.cash - firm.units + firm.credit) * day.payments
        afford = min(1.0, means / max(cost, tiny))
        paid = 0.0
        for s in range(firm.first_slot, firm.end_slot):
            came[s] *= afford
            slots[s].stock += came[s]
            paid += came[s]
            by_good[slots[s].good] += came[s]
        firm.cash -= paid
    return came, by_good


@compiled
def note_leans(firms: Rows, slots: Rows, everyone: bool, leans: Floats) -> None:
    """Note where orders lean by purchase, of those who may pay in units, or of all."""
    for p in range(len(firms)):
        if everyone or firms[p].at_hand > 0.0:
            for s in range(firms[p].first_slot, firms[p].end_slot):
                leans[s] = slots[s].lean
