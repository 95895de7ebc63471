"""Producers order inputs and shelf goods, here and outside."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.goods import AGRI, TRADE
from ressort.state import RING, Floats, Rows


@inlined
def order_up_to(use: float, wanted: float, held: float, restock_days: float) -> float:
    """Order the use foreseen and a part of the gap to the stock wanted (Hallegatte 2014)."""
    return max(0.0, use + (wanted - held) / restock_days)


@inlined
def firm_tier(firm: Rows, seller: Rows) -> int:
    """Tier in which an establishment is served by a seller, which may put members first."""
    if seller.priority:
        return 0 if firm.member else 1
    return firm.tier


@inlined
def outside_tier(seller: Rows, settings: Rows) -> int:
    """Tier of exports and investors, who are members of nothing here."""
    return 1 if seller.priority else settings.exports_tier


@inlined
def source_share(slot: Rows, k: int) -> float:
    """Share of a purchase's orders that goes to one of its two sources."""
    return slot.lean if k == 0 else 1.0 - slot.lean


@inlined
def outside_share(slot: Rows) -> float:
    """Share of a purchase's orders that goes outside now."""
    share = 0.0
    for k in range(2):
        if slot.source[k] < 0:
            share += source_share(slot, k)
    return share


@inlined
def dispatched(order: float, normal: float, supply: float) -> float:
    """What the outside sends: all in calm times, else at most a share of what it normally sends."""
    return order if supply >= 1.0 else min(order, supply * normal)


@inlined
def had_beyond(good: int, day: Rows) -> float:
    """Share of normal purchases made beyond: shops have the goods, people a way there and back."""
    return min(day.beyond[good], min(day.outside[TRADE], day.border[good]))


@inlined
def use_calm(firm: Rows, slot: Rows, shelves: Rows) -> float:
    """Use of an input, or sales of a shelf good, in calm times."""
    if slot.shelf >= 0:
        return shelves[slot.shelf].sales_calm
    return slot.coefficient * firm.output_calm


@inlined
def affordable(cost: float, means: float) -> float:
    """Share of what orders cost that the means pay for."""
    return 1.0 if cost <= means else means / cost


@inlined
def planned_output(firm: Rows, good: Rows, settings: Rows) -> float:
    """Output that a buyer of inputs plans for; crops grow whatever the orders, makers refill."""
    if firm.branch == AGRI:
        return firm.output_calm
    plan = firm.demand_expected
    if good.storable:
        plan += (firm.stock_target - firm.stock) / settings.restock_days
    return max(0.0, min(plan, firm.capacity))


@inlined
def wanted_order(
    firm: Rows, plan: float, slot: Rows, shelves: Rows, good: Rows, pooled: float
) -> float:
    """Order of one purchase; what is on the road counts as held.

    `plan`: the buyer's planned output. Of services, tomorrow is to start with enough to work at
    capacity: who asks for the planned use alone passes on every past shortage for ever.
    """
    on_shelf = slot.shelf >= 0
    use = shelves[slot.shelf].sales_expected if on_shelf else slot.coefficient * plan
    if not good.storable:
        return max(0.0, slot.stock_target - max(0.0, slot.stock - use))
    on_the_road = (good.lead_days - 1) * use * outside_share(slot)
    held = slot.stock + slot.in_transit + pooled
    days = good.shelf_restock_days if on_shelf else firm.restock_days
    return order_up_to(use, slot.stock_target + on_the_road, held, days)


@inlined
def spendable(euros: float, units: float, cost: float, taken: float) -> float:
    """Most that can be spent on what costs `cost`, of which sellers take `taken` in units.

    A share f of it needs max(f cost - units, f (cost - taken)) euros.
    """
    if units <= 0.0 or taken <= 0.0:
        return euros
    if taken >= cost:
        return euros + units
    return min(euros + units, euros * cost / (cost - taken))


@inlined
def takes_units(slot: Rows, firms: Rows) -> bool:
    """Whether all sources that a purchase is ordered from take local currency."""
    for k in range(2):
        if source_share(slot, k) > 0.0:
            if slot.source[k] < 0 or not firms[slot.source[k]].accepts:
                return False
    return True


@inlined
def ordered_for_units(firm: Rows, slots: Rows, firms: Rows) -> float:
    """Cost of the orders whose sellers take local currency."""
    taken = 0.0
    for s in range(firm.first_slot, firm.end_slot):
        if takes_units(slots[s], firms):
            taken += slots[s].order
    return taken


@inlined
def afforded_by_seller(
    cost: float, taken: float, euros: float, units: float
) -> tuple[float, float, float]:
    """Share of orders that can be paid, in all, of those that take units, and of the others.

    Of orders of `cost`, sellers take `taken` in units. All orders are cut alike, as without units,
    and units that this leaves buy more from those who take them: who gave all euros to the others
    would, with a unit or two, order next to nothing from sellers that take units.
    """
    if cost <= 0.0:
        return 1.0, 1.0, 1.0
    of_rest = affordable(cost, spendable(euros, units, cost, taken))
    of_taken = max(of_rest, affordable(taken, units))
    return ((cost - taken) * of_rest + taken * of_taken) / cost, of_taken, of_rest


@inlined
def restrain_by_seller(
    firm: Rows, slots: Rows, firms: Rows, cost: float, means: float, payments: float
) -> None:
    """Cut orders to units and to the euros that may be spent; note what means cover without it.

    `means`: euros, of which a share `payments` may be spent, whereas all units at hand may.
    """
    taken = ordered_for_units(firm, slots, firms)
    firm.restraint = afforded_by_seller(cost, taken, means, firm.at_hand)[0]
    _, of_taken, of_rest = afforded_by_seller(cost, taken, means * payments, firm.at_hand)
    for s in range(firm.first_slot, firm.end_slot):
        slots[s].order *= of_taken if takes_units(slots[s], firms) else of_rest


@inlined
def export_orders(firm: Rows, day: Rows) -> float:
    """Export orders of the day: calm ones, less those given up, less those that cannot cross."""
    return firm.exports_calm * min(firm.exports_kept, day.exports[firm.branch])


@inlined
def investors_orders(firm: Rows, day: Rows) -> float:
    """Orders of local investors."""
    return firm.investment_calm * day.demand[firm.branch]


@compiled
def order_inputs(
    firms: Rows,
    slots: Rows,
    shelves: Rows,
    goods: Rows,
    pooled: Floats,
    transit: Floats,
    settings: Rows,
    day: Rows,
    flows: Rows,
) -> None:
    """Place the orders of all establishments; orders outside are paid when dispatched.

    `transit`: what is on the road by day of arrival and slot, shape (RING, S).
    """
    for p in range(len(firms)):
        firm = firms[p]
        cost = 0.0
        plan = planned_output(firm, goods[firm.branch], settings)
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            slot.order = 0.0
            if firm.alive:
                slot.order = wanted_order(firm, plan, slot, shelves, goods[slot.good], pooled[s])
            cost += slot.order
        # Wages come before purchases, so that no one is asked to work for nothing, and old debts.
        means = max(0.0, firm.cash - firm.units + firm.credit - firm.wage_bill - firm.due)
        # Who has the means and may not spend them is not short of them.
        firm.restraint = affordable(cost, means)
        afforded = affordable(cost, means * day.payments)
        by_seller = afforded < 1.0 and firm.at_hand > 0.0
        if by_seller:
            restrain_by_seller(firm, slots, firms, cost, means, day.payments)
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            if not by_seller:
                slot.order *= afforded
            if slot.order <= 0.0:
                continue
            for k in range(2):
                part = slot.order * source_share(slot, k)
                if slot.source[k] >= 0:
                    seller = firms[slot.source[k]]
                    seller.orders[firm_tier(firm, seller)] += part
                else:
                    sent = dispatched(
                        part,
                        use_calm(firm, slot, shelves) * source_share(slot, k),
                        day.outside[slot.good],
                    )
                    ring = (day.number + goods[slot.good].lead_days) % RING
                    transit[ring, s] += sent
                    slot.in_transit += sent
                    firm.cash -= sent
                    flows.imports -= sent


@compiled
def take_export_orders(firms: Rows, settings: Rows, day: Rows) -> None:
    """Add the orders from outside and from local investors to the order books."""
    for p in range(len(firms)):
        firm = firms[p]
        if firm.alive:
            orders = investors_orders(firm, day) + export_orders(firm, day)
            firm.orders[outside_tier(firm, settings)] += orders
