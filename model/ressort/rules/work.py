"""Wages, partial unemployment, profits; layoffs and recalls."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.state import Rows


@inlined
def hours_worked(firm: Rows) -> float:
    """Hours worked by those in post, over normal hours: here or lent, less the work of others."""
    if firm.staff <= 0.0:
        return 0.0
    here = firm.production / (firm.output_calm * firm.staff / firm.jobs)
    return max(0.0, here + firm.lent / firm.staff)


@inlined
def hours_paid(firm: Rows) -> float:
    """Hours that the employer pays, over normal hours: those worked, and a part of those lost."""
    hours = hours_worked(firm)
    return hours + firm.guaranteed * max(0.0, 1.0 - hours)


@inlined
def note_means(firm: Rows, paid_share: float) -> None:
    """Count the days in a row on which an establishment could not pay in full."""
    if firm.alive and (paid_share < 0.999 or firm.restraint < 0.99):
        firm.short_days += 1
    else:
        firm.short_days = 0


@compiled
def pay_wages(firms: Rows, jobs: Rows, homes: Rows, settings: Rows, flows: Rows) -> None:
    """Pay wages for hours worked; the state pays for unpaid hours lost and for lost jobs.

    A firm at the end of its credit pays what it can. Net wages go to the workers' households,
    contributions outside.
    """
    net = settings.net_wage_share
    for p in range(len(firms)):
        firm = firms[p]
        hours = hours_paid(firm)
        due = 0.0
        for j in range(firm.first_job, firm.end_job):
            due += jobs[j].wage * hours * jobs[j].held
        means = max(0.0, firm.cash - firm.units + firm.credit)
        paid_share = 1.0 if due <= means else means / due
        firm.cash -= due * paid_share
        note_means(firm, paid_share)
        for j in range(firm.first_job, firm.end_job):
            job = jobs[j]
            pay = job.wage * hours * paid_share * job.held
            benefit = job.wage * net * settings.partial_pay * max(0.0, 1.0 - hours) * job.held
            benefit += job.wage * net * settings.unemployment_pay * (1.0 - job.held)
            flows.contributions -= pay * (1.0 - net)
            if job.household >= 0:
                homes[job.household].income += pay * net + benefit
                flows.jobless_pay += benefit
            else:
                flows.commuters -= pay * net


@compiled
def pay_profits(firms: Rows, goods: Rows, scic: Rows, flows: Rows) -> float:
    """Pay out what exceeds the cash kept and debts due, loans first; return the residents' part.

    Of what is left after loans a cooperative keeps `reserve_share` until its reserve is full.
    """
    local = 0.0
    for p in range(len(firms)):
        firm = firms[p]
        excess = firm.cash - firm.cash_target - firm.reserve - firm.due
        if excess <= 0.0 or not firm.alive:
            continue
        repaid = min(firm.loan, excess)
        firm.loan -= repaid
        scic.fund += repaid
        room = max(0.0, firm.reserve_most - firm.reserve)
        kept = min(firm.reserve_share * (excess - repaid), room)
        firm.reserve += kept
        excess -= kept
        firm.cash -= excess
        here = goods[firm.branch].owners_local * (excess - repaid)
        local += here
        flows.profits -= excess - repaid - here
    return local


@compiled
def settle_households(homes: Rows, settings: Rows, day: Rows, flows: Rows, profits: float) -> None:
    """Add transfers, commuters' wages and profits to wages, and take taxes and saving."""
    for h in range(len(homes)):
        home = homes[h]
        reached = day.commuting + (1.0 - day.commuting) * settings.partial_pay
        commuting = home.outside_wage * reached
        home.income += home.transfers + commuting + profits * home.ownership
        tax = settings.tax_rate * home.income
        # Saving is a habit of good times: it stops when cash runs under what is usually held.
        saves = home.cash + home.income >= 0.9 * home.cash_target
        saved = settings.saving_rate * home.income if saves else 0.0
        home.cash += home.income - tax - saved
        home.income_expected += (home.income - home.income_expected) / settings.income_memory_days
        flows.transfers += home.transfers + commuting
        flows.taxes -= tax
        flows.saving -= saved


@inlined
def lay_off(firm: Rows, jobs: Rows, needed: float) -> None:
    """End as many whole jobs as leave the staff needed, in the last rows first.

    A row may stand for several jobs, or for a part of one: how many go must not hang on that.
    """
    gone = 0.0
    while firm.staff - (gone + 1.0) >= needed:
        gone += 1.0
    firm.staff -= gone
    for j in range(firm.end_job - 1, firm.first_job - 1, -1):
        if gone <= 0.0:
            break
        ended = min(gone, jobs[j].posts * jobs[j].held)
        jobs[j].held = max(0.0, jobs[j].held - ended / jobs[j].posts)
        gone -= ended


@inlined
def recall(firm: Rows, jobs: Rows, wanted: float) -> None:
    """Fill as many whole jobs as are wanted and earned so far, in the first rows first."""
    back = 0.0
    while firm.staff + back + 0.5 < wanted and back + 1.0 <= firm.vacancy:
        back += 1.0
    firm.staff += back
    firm.vacancy -= back
    for j in range(firm.first_job, firm.end_job):
        if back <= 0.0:
            break
        filled = min(back, jobs[j].posts * (1.0 - jobs[j].held))
        jobs[j].held = min(1.0, jobs[j].held + filled / jobs[j].posts)
        back -= filled
    if firm.staff + 0.5 >= wanted:
        firm.vacancy = 0.0


@compiled
def adjust_staff(firms: Rows, jobs: Rows, settings: Rows) -> None:
    """Lay off after weeks of too little work, recall after days of too much."""
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive:
            continue
        rate = firm.production / firm.output_calm + max(0.0, firm.lent) / firm.jobs
        firm.activity += (rate - firm.activity) / settings.activity_memory_days
        posts = firm.staff / firm.jobs
        slack = firm.activity < settings.layoff_trigger * posts
        firm.slack_days = firm.slack_days + 1 if slack else 0
        if firm.slack_days > settings.layoff_delay_days and not firm.keeps_jobs:
            lay_off(firm, jobs, firm.jobs * firm.activity / settings.layoff_trigger)
            firm.slack_days = 0
        wanted = firm.jobs * min(1.0, firm.demand_expected / firm.output_calm)
        short = wanted > firm.staff + 0.5 and firm.activity >= 0.9 * posts
        firm.want_days = firm.want_days + 1 if short else 0
        if firm.want_days > settings.hire_delay_days:
            firm.vacancy += settings.hire_rate * firm.jobs * (1.0 - firm.less_equity)
            recall(firm, jobs, wanted)
