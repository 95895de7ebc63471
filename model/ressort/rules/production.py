"""Producers make what they can, and share it among those who ordered."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.goods import AGRI
from ressort.rules.purchases import export_orders, investors_orders, outside_tier
from ressort.state import NO_SHOP, Rows

LEONTIEF, STRICT, HALF, CRITICAL, LINEAR = range(5)


@inlined
def input_limit(firm: Rows, slots: Rows, capacity: float, function: int) -> float:
    """Most output that the input stocks allow, at most `capacity` (Pichler et al. 2022)."""
    limit = capacity
    stock, need = 0.0, 0.0
    for s in range(firm.first_slot, firm.end_slot):
        slot = slots[s]
        if slot.shelf >= 0:
            continue  # shelf goods are not inputs
        allowed = slot.stock / slot.coefficient
        if function == LINEAR:
            stock += slot.stock
            need += slot.coefficient
        elif function == LEONTIEF or slot.rating == 2 or (function == STRICT and slot.rating == 1):
            limit = min(limit, allowed)
        elif function == HALF and slot.rating == 1:
            limit = min(limit, 0.5 * (allowed + capacity))
    if need > 0.0:
        limit = min(limit, stock / need)
    return limit


@inlined
def machine_share(dependence: float, broken: float, machines: int) -> float:
    """Share of capacity left with some machines down."""
    return 1.0 - dependence * broken / machines


@inlined
def machines_down(firm: Rows) -> float:
    """Machines that lack today: broken or lent ones, less those borrowed."""
    return min(float(firm.machines), max(0.0, firm.broken - firm.borrowed))


@inlined
def without_inputs(firm: Rows, goods: Rows) -> float:
    """Most output that plant and hands allow today, whatever the inputs, EUR a day."""
    dependence = goods[firm.branch].machine_dependence
    share = machine_share(dependence, machines_down(firm), firm.machines)
    plant = firm.capacity * firm.intact * share
    return min(plant, firm.capacity * firm.able * firm.staff / firm.jobs)


@compiled
def find_possible(firms: Rows, slots: Rows, goods: Rows, settings: Rows) -> None:
    """Set the most that each establishment can make today: machines, staff, inputs, shocks."""
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive:
            firm.possible = 0.0
            continue
        limit = without_inputs(firm, goods)
        firm.possible = input_limit(firm, slots, limit, settings.production)


@inlined
def share_out(supply: float, orders: Rows, served: Rows) -> None:
    """Serve the first tier of orders, then the second, each in proportion.

    `orders` and `served` have one cell a tier; `served` is set to the share delivered.
    """
    left = supply
    for tier in range(2):
        served[tier] = 1.0 if orders[tier] <= left else left / orders[tier]
        left = max(0.0, left - orders[tier] * served[tier])


@compiled
def share_shelves(slots: Rows, shelves: Rows) -> None:
    """Share what is on the shelves among those who asked."""
    for k in range(len(shelves)):
        shelf = shelves[k]
        share_out(slots[shelf.slot].stock, shelf.asked, shelf.served)


@inlined
def release_crop(crop: float, day_of_year: int, first_day: int, days: int) -> float:
    """What is brought in today: an equal part a day of what stands, over the harvest window."""
    since = day_of_year - first_day
    if 0 <= since < days:
        return crop / (days - since)
    return 0.0


@inlined
def make_to_stock(firm: Rows, settings: Rows, day: Rows) -> float:
    """Add the day's output to the finished goods; farms also grow and bring in crops."""
    if firm.branch == AGRI:
        # Nature does not wait for orders, and does not hurry for them: what a shock takes from the
        # fields is not made up for by working longer.
        made = min(firm.possible, firm.output_calm * firm.intact)
        grown = settings.harvest_share * (1.0 - firm.all_year) * made
        brought_in = release_crop(
            firm.crop, day.day_of_year, settings.harvest_first_day, settings.harvest_days
        )
        firm.crop += grown - brought_in
        firm.stock += made - grown + brought_in
        return made
    gap = (firm.stock_target - firm.stock) / settings.restock_days
    made = min(firm.possible, max(0.0, firm.orders[0] + firm.orders[1] + gap))
    firm.stock += made
    return made


@inlined
def found_on_shelf(firm: Rows, shelf: Rows, tier: int) -> float:
    """Share of what customers ask for that they take home: goods on the shelf, staff to sell."""
    return min(shelf.served[tier], firm.served[tier])


@inlined
def sold_by_shop(firm: Rows, slots: Rows, shelves: Rows, goods: Rows) -> float:
    """Trade services sold: those to firms and outside, and the margin on goods handed over.

    The margin on goods that were asked for and not on the shelf is not earned.
    """
    sold = 0.0
    for tier in range(2):
        from_customers = 0.0
        for k in range(firm.first_shelf, firm.end_shelf):
            shelf = shelves[k]
            margin = goods[slots[shelf.slot].good].margin * shelf.asked[tier]
            from_customers += margin
            sold += margin * found_on_shelf(firm, shelf, tier)
        sold += max(0.0, firm.orders[tier] - from_customers) * firm.served[tier]
    return sold


@inlined
def spoil(firm: Rows, good: Rows) -> float:
    """Lose a part of what is held beyond twice the normal stock; return it."""
    excess = firm.stock - 2.0 * firm.stock_target
    if good.shelf_life == 0.0 or excess <= 0.0:
        return 0.0
    firm.stock -= excess / good.shelf_life
    return excess / good.shelf_life


@inlined
def use_inputs(firm: Rows, slots: Rows, function: int, flows: Rows) -> None:
    """Take the inputs of the day's output from stock; with LINEAR, one replaces another."""
    missing, left = 0.0, 0.0
    for s in range(firm.first_slot, firm.end_slot):
        slot = slots[s]
        if slot.shelf >= 0:
            continue
        need = slot.coefficient * firm.production
        used = min(need, slot.stock)
        slot.stock -= used
        flows.used[slot.good] += used
        missing += need - used
        left += slot.stock
    if function == LINEAR and missing > 0.0 and left > 0.0:
        share = min(1.0, missing / left)
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            if slot.shelf < 0:
                flows.used[slot.good] += share * slot.stock
                slot.stock -= share * slot.stock


@inlined
def book_exports(firm: Rows, settings: Rows, day: Rows, flows: Rows) -> None:
    """Count what went outside and to investors, and the euros that came for it."""
    served = firm.served[outside_tier(firm, settings)] if firm.alive else 0.0
    firm.exported = served * export_orders(firm, day)
    invested = served * investors_orders(firm, day)
    flows.exported[firm.branch] += firm.exported
    flows.invested[firm.branch] += invested
    flows.exports += firm.exported
    flows.investment += invested


@compiled
def produce_and_share(
    firms: Rows, slots: Rows, shelves: Rows, goods: Rows, settings: Rows, day: Rows, flows: Rows
) -> None:
    """Make, serve orders tier by tier, use inputs, and let excess stock spoil."""
    for p in range(len(firms)):
        firm = firms[p]
        good = goods[firm.branch]
        if good.storable:
            firm.production = make_to_stock(firm, settings, day)
            share_out(firm.stock, firm.orders, firm.served)
        else:
            share_out(firm.possible, firm.orders, firm.served)
        if firm.format == NO_SHOP:
            firm.sold = firm.orders[0] * firm.served[0] + firm.orders[1] * firm.served[1]
        else:
            firm.sold = sold_by_shop(firm, slots, shelves, goods)
        if good.storable:
            firm.stock = max(0.0, firm.stock - firm.sold)
            flows.spoiled[firm.branch] += spoil(firm, good)
        else:
            firm.production = firm.sold  # services are made as they are sold
        flows.produced[firm.branch] += firm.production
        use_inputs(firm, slots, settings.production, flows)
        book_exports(firm, settings, day, flows)
