"""Morning: what was ordered outside arrives; machines fail and are repaired."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.goods import EQUIPMENT
from ressort.state import Floats, Rows


@compiled
def receive(firms: Rows, slots: Rows, due: Floats, day: Rows, flows: Rows) -> None:
    """Move today's arrivals into stock; what may not cross the border goes back, refunded.

    `due`: EUR dispatched for today, by slot, shape (S,); emptied.
    """
    for p in range(len(firms)):
        firm = firms[p]
        for s in range(firm.first_slot, firm.end_slot):
            if due[s] <= 0.0:
                continue
            slot = slots[s]
            arrived = due[s] * day.border[slot.good]
            slot.stock += arrived
            slot.in_transit = max(0.0, slot.in_transit - due[s])
            firm.cash += due[s] - arrived
            flows.imported[slot.good] += arrived
            flows.refunds += due[s] - arrived
            due[s] = 0.0


@compiled
def receive_from_pool(slots: Rows, due: Floats, pooled: Floats) -> None:
    """Move today's deliveries from the common pool, `due` by slot, into stock."""
    for s in range(len(slots)):
        if due[s] > 0.0:
            slots[s].stock += due[s]
            pooled[s] = max(0.0, pooled[s] - due[s])
            due[s] = 0.0


@inlined
def repair_chance(parts: float, repairer: float, repair_days: float) -> float:
    """Chance a day that one broken machine is repaired; parts and repairer in 0-1."""
    return parts * repairer / repair_days


@inlined
def of_any(chance: float, count: int) -> float:
    """Chance that at least one of `count` independent events happens."""
    return 1.0 - (1.0 - chance) ** count


@compiled
def run_machines(
    firms: Rows, slots: Rows, goods: Rows, settings: Rows, day: Rows, luck: Floats
) -> None:
    """Break and repair at most one machine an establishment and day; luck has shape (P, 2)."""
    # Repairers come from outside while people may cross the border, else from here if any are.
    repairer = 1.0 if day.commuting >= 1.0 or any_alive(firms, EQUIPMENT) else settings.self_repair
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive or goods[firm.branch].machine_dependence == 0.0:
            continue
        broken = firm.broken
        if luck[p, 0] < of_any(1.0 / settings.machine_life_days, firm.machines - broken):
            firm.broken += 1
        if broken > 0:
            parts = parts_share(firm, slots)
            chance = repair_chance(parts, own_repairer(firm, repairer), settings.repair_days)
            if luck[p, 1] < of_any(chance, broken):
                firm.broken -= 1


@inlined
def any_alive(firms: Rows, branch: int) -> bool:
    """Whether any establishment of a branch works in the territory."""
    for p in range(len(firms)):
        if firms[p].alive and firms[p].branch == branch:
            return True
    return False


@inlined
def own_repairer(firm: Rows, repairer: float) -> float:
    """Speed of repairs by whoever can come, or by trained staff; both count when they differ."""
    return repairer + (1.0 - repairer) * firm.repair_skill


@inlined
def parts_share(firm: Rows, slots: Rows) -> float:
    """How full the store of spare parts is: the equipment that the establishment keeps, in 0-1."""
    for s in range(firm.first_slot, firm.end_slot):
        slot = slots[s]
        if slot.good == EQUIPMENT and slot.shelf < 0:
            return min(1.0, slot.stock / slot.stock_target)
    return 1.0  # the recipe has no parts worth counting
