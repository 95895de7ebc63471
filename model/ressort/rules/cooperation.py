"""The SCIC: a common pool of stocks, a solidarity fund, and a register of spare capacity.

What members put in is taken from what they hold, so that an economy with the SCIC starts with the
same stocks and cash as one without. The SCIC costs fees, decides late, and can fail. Matching by
the register is `sourcing.match_members`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.compiled import compiled, inlined
from ressort.state import Floats, Rows


@inlined
def is_active_member(firm: Rows) -> bool:
    """Whether an establishment is a member in business."""
    return firm.member and firm.alive


@compiled
def collect_fees(firms: Rows, scic: Rows, wage: float, arrears_share: float) -> float:
    """Collect the running cost from members in business and pay the staff; return the pay.

    Members short of money do not pay; the SCIC then eats its own cash. A day counts as unpaid if
    more than `arrears_share` of the cost stays so. Free riders pay nothing: the others bear it.
    """
    output = 0.0
    for p in range(len(firms)):
        if is_active_member(firms[p]) and not firms[p].free_rider:
            output += firms[p].output_calm
    for p in range(len(firms)):
        firm = firms[p]
        if is_active_member(firm) and not firm.free_rider:
            due = scic.fee * firm.output_calm / output
            if firm.cash - firm.units + firm.credit >= due:
                firm.cash -= due
                firm.fees_paid += due
                scic.cash += due
    pay = min(scic.staff * wage, max(0.0, scic.cash))
    # Rounding is no debt, also where no arrears are tolerated.
    unpaid = scic.staff * wage - pay > max(arrears_share, 1e-9) * scic.staff * wage
    scic.unpaid_days = scic.unpaid_days + 1 if unpaid else 0
    scic.cash -= pay
    return pay


@compiled
def shares_in_trouble(firms: Rows, slots: Rows, goods: Rows) -> tuple[float, float]:
    """Share of members' storable stocks under half of normal; share of members short of means."""
    stocks, low, members, short = 0, 0, 0, 0
    for p in range(len(firms)):
        firm = firms[p]
        if not is_active_member(firm):
            continue
        members += 1
        short += firm.short_days > 0
        for s in range(firm.first_slot, firm.end_slot):
            if goods[slots[s].good].storable:
                stocks += 1
                low += slots[s].stock < 0.5 * slots[s].stock_target
    return low / max(1, stocks), short / max(1, members)


@compiled
def members_in_trouble(firms: Rows, slots: Rows, goods: Rows) -> NDArray[np.bool_]:
    """Which members are in trouble: a storable stock under half of normal, or short of means."""
    hit = np.zeros(len(firms), np.bool_)
    for p in range(len(firms)):
        firm = firms[p]
        if not is_active_member(firm):
            continue
        hit[p] = firm.short_days > 0
        for s in range(firm.first_slot, firm.end_slot):
            low = slots[s].stock < 0.5 * slots[s].stock_target
            hit[p] = hit[p] or (low and goods[slots[s].good].storable)
    return hit


@inlined
def lack(slot: Rows, good: Rows, pooled: float, floor: float) -> float:
    """What a purchase lacks to reach the floor under which members may draw on the pool."""
    if not good.storable:
        return 0.0
    return max(0.0, floor * slot.stock_target - slot.stock - pooled)


@compiled
def grant_from_pool(
    firms: Rows,
    slots: Rows,
    goods: Rows,
    scic: Rows,
    pooled: Floats,
    due: Floats,
    settings: Rows,
    flows: Rows,
    claims: Floats,
) -> None:
    """Grant pooled goods to members nearly out of them, in proportion to claims, at cost.

    `pooled` by slot: granted and on its way; `due`: arrivals of the day the haul ends, by slot.
    `claims`: what those who decide believe a member lacks, over what it lacks, shape (P,). Nobody
    gets more than it lacks; what is misjudged so stays in the pool.
    """
    asked = np.zeros(N_BRANCHES)
    for p in range(len(firms)):
        if is_active_member(firms[p]):
            for s in range(firms[p].first_slot, firms[p].end_slot):
                good = slots[s].good
                lacks = lack(slots[s], goods[good], pooled[s], settings.pool_floor)
                asked[good] += claims[p] * lacks
    share = np.zeros(N_BRANCHES)
    for g in range(N_BRANCHES):
        if asked[g] > 0.0:
            share[g] = min(1.0, scic.pool[g] / asked[g])
    for p in range(len(firms)):
        firm = firms[p]
        if not is_active_member(firm):
            continue
        for s in range(firm.first_slot, firm.end_slot):
            good = slots[s].good
            lacks = lack(slots[s], goods[good], pooled[s], settings.pool_floor)
            grant = min(share[good] * (claims[p] * lacks), lacks)
            price = 1.0 + settings.haul_cost
            grant = min(grant, max(0.0, firm.cash - firm.units + firm.credit) / price)
            scic.pool[good] = max(0.0, scic.pool[good] - grant)
            scic.cash += grant
            firm.cash -= grant * price
            flows.haulage -= grant * settings.haul_cost
            pooled[s] += grant
            due[s] += grant


@inlined
def loan_wanted(firm: Rows, loan_days: float) -> float:
    """What a member that could not pay today may borrow."""
    if not is_active_member(firm) or firm.short_days == 0:
        return 0.0
    return max(0.0, loan_days * firm.outlays_calm - firm.loan)


@compiled
def lend(firms: Rows, scic: Rows, settings: Rows, claims: Floats) -> None:
    """Lend to members who could not pay today, in proportion to claims; see `grant_from_pool`."""
    total = 0.0
    for p in range(len(firms)):
        total += claims[p] * loan_wanted(firms[p], settings.loan_days)
    if total <= 0.0:
        return
    share = min(1.0, scic.fund / total)
    for p in range(len(firms)):
        wanted = loan_wanted(firms[p], settings.loan_days)
        loan = min(share * (claims[p] * wanted), wanted)
        firms[p].loan += loan
        firms[p].cash += loan
        scic.fund = max(0.0, scic.fund - loan)


@compiled
def restock_pool(scic: Rows, day: Rows, settings: Rows, flows: Rows) -> None:
    """Buy back what the pool gave out, once the outside sends again."""
    for g in range(N_BRANCHES):
        if day.outside[g] >= 1.0 and day.border[g] >= 1.0:
            wanted = max(0.0, scic.pool_target[g] - scic.pool[g]) / settings.restock_days
            bought = min(wanted, max(0.0, scic.cash))
            scic.pool[g] += bought
            scic.cash -= bought
            flows.imported[g] += bought
            flows.pool_imports -= bought


@compiled
def dissolve(firms: Rows, slots: Rows, goods: Rows, given: Floats, scic: Rows) -> None:
    """Hand pool and cash back to members in business; loans are written off; all are on their own.

    `given`: what members' targets fell by as they entered, by slot. What no member can take back
    stays, for the liquidator.
    """
    held = np.zeros(N_BRANCHES)
    output = 0.0
    for p in range(len(firms)):
        if is_active_member(firms[p]):
            output += firms[p].output_calm
            for s in range(firms[p].first_slot, firms[p].end_slot):
                if goods[slots[s].good].storable:
                    held[slots[s].good] += slots[s].stock_target
    money = scic.cash + scic.fund
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.member:
            continue
        if firm.alive:
            firm.cash += money * firm.output_calm / output
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            if goods[slot.good].storable:
                if firm.alive:
                    slot.stock += scic.pool[slot.good] * slot.stock_target / held[slot.good]
                slot.stock_target += given[s]
                given[s] = 0.0
        if firm.put_in > 0.0:
            firm.cash_target /= 1.0 - scic.fund_share
        firm.put_in = 0.0
        firm.loan = 0.0
        firm.member = False
        firm.free_rider = False
    for g in range(N_BRANCHES):
        if held[g] > 0.0:
            scic.pool[g] = 0.0
    if output > 0.0:
        scic.cash = 0.0
        scic.fund = 0.0
    scic.active = False
    scic.open = False
    scic.fee = 0.0
