"""Goods change hands between producers, and are paid for on delivery."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.parameters import TROUBLE_MOST
from ressort.rules.production import found_on_shelf
from ressort.rules.purchases import dispatched, firm_tier, source_share, use_calm
from ressort.state import Rows


@inlined
def trouble_days(days: int, served: float, failing_under: float) -> int:
    """Days in a row that a source failed, capped to fit its column."""
    return min(days + 1, TROUBLE_MOST) if served < failing_under else 0


@inlined
def leaning(lean: float, served_0: float, served_1: float, settings: Rows) -> float:
    """Shift custom to the better supplied of two sources; drift back to halves when both serve."""
    if served_0 >= 0.999 and served_1 >= 0.999:
        return lean + (0.5 - lean) / settings.lean_return_days
    return min(0.95, max(0.05, lean + settings.lean_rate * (served_0 - served_1)))


@inlined
def served_by(firms: Rows, firm: Rows, slot: Rows, shelves: Rows, day: Rows, k: int) -> float:
    """Share of today's order that a source sends."""
    if slot.source[k] >= 0:
        seller = firms[slot.source[k]]
        return seller.served[firm_tier(firm, seller)]
    order = slot.order * source_share(slot, k)
    if order <= 0.0:
        return 1.0
    normal = use_calm(firm, slot, shelves) * source_share(slot, k)
    return dispatched(order, normal, day.outside[slot.good]) / order * day.border[slot.good]


@compiled
def deliver_inputs(firms: Rows, slots: Rows, shelves: Rows, settings: Rows, day: Rows) -> int:
    """Hand local deliveries to buyers, who pay, and note which sources fail.

    Returns the number of purchases with a failing source.
    """
    failing = 0
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive:
            continue
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            served_0 = served_by(firms, firm, slot, shelves, day, 0)
            served_1 = served_by(firms, firm, slot, shelves, day, 1)
            received = 0.0
            if slot.source[0] >= 0:
                received += slot.order * slot.lean * served_0
            if slot.source[1] >= 0:
                received += slot.order * (1.0 - slot.lean) * served_1
            slot.stock += received
            firm.cash -= received
            slot.trouble[0] = trouble_days(slot.trouble[0], served_0, settings.trouble_fill)
            slot.trouble[1] = trouble_days(slot.trouble[1], served_1, settings.trouble_fill)
            slot.lean = leaning(slot.lean, served_0, served_1, settings)
            if slot.trouble[0] > 0 or slot.trouble[1] > 0:
                failing += 1
    return failing


@compiled
def collect_sales(firms: Rows, slots: Rows, shelves: Rows, settings: Rows) -> None:
    """Pay sellers for the day, empty shelves of what was sold, and update what they expect."""
    weight = 1.0 / settings.demand_memory_days
    for p in range(len(firms)):
        firm = firms[p]
        orders = firm.orders[0] + firm.orders[1]
        firm.demand_expected += weight * (orders - firm.demand_expected)
        firm.cash += firm.sold
        for k in range(firm.first_shelf, firm.end_shelf):
            shelf = shelves[k]
            sold, asked = 0.0, 0.0
            for tier in range(2):
                asked += shelf.asked[tier]
                sold += shelf.asked[tier] * found_on_shelf(firm, shelf, tier)
            slot = slots[shelf.slot]
            slot.stock = max(0.0, slot.stock - sold)
            firm.cash += sold
            shelf.sales_expected += weight * (asked - shelf.sales_expected)
