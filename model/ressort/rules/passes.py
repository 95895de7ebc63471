"""Passes over rows of tables that measures make each day, where arrays of all would do more.

Sums are taken in the order of the rows, as `np.bincount` takes them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.compiled import compiled
from ressort.state import Floats, Ints, Rows

Bools = NDArray[np.bool_]
Longs = NDArray[np.int64]


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
    firms: Rows, slots: Rows, rows: Longs, buyers: Longs, offered: Floats, day: Rows, tiny: float
) -> tuple[Floats, Floats]:
    """Fill gaps with what is offered of what no longer comes, as far as buyers can pay.

    `offered`: EUR by row of `rows`, purchases sorted by their `buyers`. Returns what came by
    purchase and by good, EUR.
    """
    came, by_good = np.zeros(len(slots)), np.zeros(N_BRANCHES)
    begin = 0
    while begin < len(rows):
        end = begin
        while end < len(rows) and buyers[end] == buyers[begin]:
            end += 1
        firm = firms[buyers[begin]]
        if firm.alive:
            cost = 0.0
            for j in range(begin, end):
                slot = slots[rows[j]]
                gap = max(0.0, slot.stock_target - slot.stock)
                sent = offered[j] * (1.0 - day.outside[slot.good]) * day.border[slot.good]
                came[rows[j]] = min(sent, gap)
                cost += came[rows[j]]
            means = max(0.0, firm.cash - firm.units + firm.credit) * day.payments
            afford = min(1.0, means / max(cost, tiny))
            paid = 0.0
            for j in range(begin, end):
                s = rows[j]
                came[s] *= afford
                slots[s].stock += came[s]
                paid += came[s]
                by_good[slots[s].good] += came[s]
            firm.cash -= paid
        begin = end
    return came, by_good


@compiled
def note_leans(firms: Rows, rows: Longs, slots: Rows, leans: Floats) -> None:
    """Note where orders of the producers of `rows` lean, by purchase."""
    for p in rows:
        for s in range(firms[p].first_slot, firms[p].end_slot):
            leans[s] = slots[s].lean


@compiled
def charge(firms: Rows, due: Floats, on_credit: bool, payments: float) -> Floats:
    """Let living producers pay what they owe (EUR each) as far as they can; return what each paid.

    `on_credit`: whether lines of credit count; `payments`: share of means that may be spent.
    """
    paid = np.zeros(len(firms))
    for p in range(len(firms)):
        firm = firms[p]
        if due[p] != 0.0 and firm.alive:
            line = firm.credit if on_credit else 0.0
            paid[p] = min(due[p], max(0.0, firm.cash - firm.units + line) * payments)
            firm.cash -= paid[p]
    return paid


@compiled
def hand_out(firms: Rows, amounts: Floats) -> None:
    """Give each producer an amount, EUR."""
    for p in range(len(firms)):
        if amounts[p] != 0.0:
            firms[p].cash += amounts[p]


@compiled
def most_by_hands(firms: Rows) -> Floats:
    """Return what each producer's staff could make today, EUR."""
    most = np.zeros(len(firms))
    for p in range(len(firms)):
        firm = firms[p]
        most[p] = firm.capacity * firm.able * firm.staff / firm.jobs
    return most


@compiled
def machines_to_spare(
    firms: Rows, goods: Rows, members: Bools, farm: int, harvest: bool, tiny: float
) -> tuple[Longs, Longs]:
    """Return the machines that members do not need today, and those that they lack.

    Idle are whole sound ones; lacking are broken ones without which what is wanted cannot be made.
    At harvest farms (branch `farm`) need all.
    """
    idle, lacking = np.zeros(len(firms), np.int64), np.zeros(len(firms), np.int64)
    for p in range(len(firms)):
        if not members[p] or not firms[p].alive:
            continue
        firm = firms[p]
        dependence = goods[firm.branch].machine_dependence
        most = firm.capacity * firm.intact
        wanted = firm.output_calm if firm.branch == farm else firm.demand_expected
        hands = firm.capacity * firm.able * firm.staff / firm.jobs
        unused = 1.0 - min(min(wanted, most), hands) / max(most, tiny)
        spare = firm.machines * unused / max(dependence, tiny) if dependence > 0.0 else 0.0
        peak = harvest and firm.branch == farm
        if not peak:
            sound = np.floor(spare - firm.broken + tiny)
            idle[p] = int(min(max(sound, 0.0), float(firm.machines - firm.broken)))
        if dependence > 0.0 and firm.staff > 0.0:
            lack = float(firm.broken) if peak else np.ceil(firm.broken - spare - tiny)
            lacking[p] = int(min(max(lack, 0.0), float(firm.broken)))
    return idle, lacking


@compiled
def can_spend(homes: Rows, payers: Floats, payments: float) -> Floats:
    """Return the euros that each household can spend today, of that share of it which pays."""
    held = np.zeros(len(homes))
    for h in range(len(homes)):
        held[h] = payers[h] * max(0.0, homes[h].cash - homes[h].units) * payments
    return held


@compiled
def take(homes: Rows, share: float, held: Floats) -> None:
    """Take from households a share of what each holds."""
    for h in range(len(homes)):
        homes[h].cash -= share * held[h]


@compiled
def make_normal(firms: Rows) -> None:
    """Give producers all their staff and capacity back, as on a day without shocks."""
    for p in range(len(firms)):
        firms[p].intact = 1.0
        firms[p].able = 1.0
        firms[p].lent = 0.0


@compiled
def set_lines(firms: Rows, left: float) -> None:
    """Set the credit line of each producer: what banks leave of the usual one, EUR.

    What is drawn above stays lent, but nothing more can be drawn and what is repaid is gone. What
    sureties stand for stays. Money that is local currency pays no bank.
    """
    for p in range(len(firms)):
        firm = firms[p]
        drawn = max(-firm.cash, firm.units - firm.cash)
        firm.credit = max(drawn, left * firm.credit_calm + firm.covered)


@compiled
def open_tills(
    firms: Rows, rows: Longs, joined: Bools, limit: Floats, credit: Floats, payments: float
) -> Floats:
    """Say who takes units today and what may be spent in units; return euros for purchases.

    `rows`: who may do either; `limit`: units accepted, in shares of the usual cash; `credit`: units
    that one may owe, EUR.
    """
    means = np.zeros(len(firms))
    for p in rows:
        firm = firms[p]
        euros = firm.cash - firm.units + firm.credit - firm.wage_bill
        room = firm.units < limit[p] * firm.cash_target
        firm.accepts = joined[p] and firm.alive and room and euros > 0.0
        firm.at_hand = max(0.0, firm.units + credit[p]) if firm.alive else 0.0
        means[p] = max(0.0, euros - firm.due) * payments
    return means


@compiled
def unwanted_units(
    firms: Rows,
    rows: Longs,
    spent: Floats,
    idle: Floats,
    trust: float,
    speed: float,
    payments: float,
) -> Floats:
    """Return the units that producers want euros for today.

    `rows`: who may hold any; `spent`: units that one spends in the time that counts; `idle`: share
    of the usual cash kept in units on top of it.
    """
    asked = np.zeros(len(firms))
    for p in rows:
        firm = firms[p]
        if firm.units > 0.0 and firm.alive:
            excess = max(0.0, firm.units - (spent[p] + idle[p] * firm.cash_target))
            asked[p] = (trust * excess + (1.0 - trust) * firm.units) * speed * payments
    return asked


@compiled
def output_of(firms: Rows, rows: Ints) -> Floats:
    """Return the calm output of the living producers of `rows`, 0 for others."""
    output = np.zeros(len(firms))
    for p in rows:
        if firms[p].alive:
            output[p] = firms[p].output_calm
    return output


@compiled
def euros_of(holders: Rows) -> Floats:
    """Return the euros that each household or producer holds."""
    euros = np.zeros(len(holders))
    for i in range(len(holders)):
        euros[i] = max(0.0, holders[i].cash - holders[i].units)
    return euros
