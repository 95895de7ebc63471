"""Firms close when they cannot pay for long, new ones take their place; exports give way."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.state import Floats, Rows


@inlined
def end_firm(firm: Rows, slots: Rows, jobs: Rows, flows: Rows) -> None:
    """Close an establishment: jobs end, stocks are lost, the bank writes off what is owed."""
    firm.alive = False
    flows.lost[firm.branch] += firm.stock + firm.crop
    firm.stock = 0.0
    firm.crop = 0.0
    for s in range(firm.first_slot, firm.end_slot):
        flows.lost[slots[s].good] += slots[s].stock
        slots[s].stock = 0.0
    for j in range(firm.first_job, firm.end_job):
        jobs[j].held = 0.0
    firm.staff = 0.0
    # Cash left goes to creditors outside; debts are the bank's loss.
    flows.bank_losses -= firm.cash
    firm.debt_left = max(0.0, -firm.cash)
    firm.cash = 0.0
    firm.loan = 0.0
    firm.reserve = 0.0
    firm.activity = 0.0


@inlined
def start_firm(firm: Rows, jobs: Rows, flows: Rows) -> None:
    """Start a new firm: founders' cash, sound machines, its staff, no stock yet.

    It takes over the premises and, where there was one, the membership. It finds its staff while
    it is founded; it expects the sales of calm times here, and has to win customers outside.
    """
    firm.alive = True
    # Refunds that came after the closure are part of the new start: nothing may vanish.
    flows.founding += firm.cash_target - firm.cash
    firm.cash = firm.cash_target
    firm.broken = 0
    firm.short_days = 0
    firm.slack_days = 0
    firm.want_days = 0
    firm.vacancy = 0.0
    for j in range(firm.first_job, firm.end_job):
        jobs[j].held = 1.0
    firm.staff = firm.jobs
    firm.activity = 1.0
    firm.demand_expected = firm.output_calm
    firm.exports_kept = 0.0


@compiled
def close_firm(firms: Rows, p: int, slots: Rows, jobs: Rows, flows: Rows) -> None:
    """Close one establishment, by a shock."""
    end_firm(firms[p], slots, jobs, flows)


@compiled
def close_and_open(
    firms: Rows, slots: Rows, jobs: Rows, settings: Rows, flows: Rows, luck: Floats
) -> tuple[int, int]:
    """Close the insolvent, let new firms enter in their premises; return how many of each.

    `luck`: one draw an establishment, shape (P,).
    """
    closed, opened = 0, 0
    for p in range(len(firms)):
        firm = firms[p]
        term = settings.insolvency_days + firm.patience + firm.respite
        if firm.alive and firm.short_days >= term:
            end_firm(firm, slots, jobs, flows)
            closed += 1
        elif not firm.alive and luck[p] < (1.0 - firm.less_equity) / settings.entry_delay_days:
            start_firm(firm, jobs, flows)
            opened += 1
    return closed, opened


@inlined
def exports_kept(kept: float, served: float, redirect_days: float) -> float:
    """Share of export orders still taken tomorrow.

    It falls in proportion to what local customers miss, so that a day's hitch changes little, and
    comes back once they are served.
    """
    if served < 0.98:
        return max(0.0, kept - (1.0 - served) / redirect_days)
    return min(1.0, kept + 1.0 / redirect_days)


@compiled
def redirect_exports(firms: Rows, settings: Rows) -> None:
    """Give up export orders while local orders are not met; take them back when they are."""
    for p in range(len(firms)):
        firm = firms[p]
        served = min(firm.served[0], firm.served[1])
        firm.exports_kept = exports_kept(firm.exports_kept, served, settings.redirect_days)
