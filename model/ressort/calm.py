"""The calm economy: an exact, stock-flow consistent steady state, found by solving it.

Each producer's output is the larger of what its jobs make and what its local customers buy. What is
not sold locally goes to local investors and outside, so that every producer sells what it makes.
Households spend what they earn less tax and saving; wages follow from jobs, profits from output,
hence the fixed point `x = max(x0, local demand(x, profits(x)))`, solved by iteration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.errors import RessortError
from ressort.network import Links, SlotRows
from ressort.parameters import Behaviour, BranchTraits
from ressort.place import Place
from ressort.population import Employment, Establishments, Homes
from ressort.state import (
    N_SOURCES,
    OUTSIDE,
    Rows,
)
from ressort.streams import stream

Floats = NDArray[np.float64]

TOLERANCE = 1e-13
MOST_ITERATIONS = 2000
TINY = 1e-9  # EUR: keeps shares of unused shelves defined


@dataclass(frozen=True)
class Economy:
    """Everything drawn for one seed, before it is solved."""

    place: Place
    firms: Establishments
    homes: Homes
    work: Employment
    slots: SlotRows
    links: Links


@dataclass(frozen=True)
class Membership:
    """Who is in the SCIC, and what it costs a day (0 without one)."""

    producers: NDArray[np.bool_]
    households: NDArray[np.bool_]
    staff: float
    wage: float
    free_riders: NDArray[np.bool_] | None = None  # members that put in and pay nothing; None: none

    @property
    def givers(self) -> NDArray[np.bool_]:
        """Members that put in their share."""
        riders = self.free_riders
        return self.producers if riders is None else self.producers & ~riders

    @property
    def cost(self) -> float:
        """Running cost in EUR a day."""
        return self.staff * self.wage


@dataclass(frozen=True)
class Solution:
    """The solved steady state, EUR a day; see `solve`."""

    output: Floats
    exports: Floats
    investment: Floats
    shelf_sales: Floats  # by slot, 0 for inputs
    wage_bill: Floats
    profit: Floats
    local_profits: float
    ownership: Floats
    discretionary: Floats
    budget: Floats
    transfers: Floats
    net_wages: Floats
    outside_wage: Floats
    job_wage: Floats


def job_wages(economy: Economy, wage_bill: Floats, spread: float, seed: int) -> Floats:
    """Share each establishment's labour cost among its jobs, log-normally; shape (J,)."""
    work = economy.work
    luck = stream(seed, "wages").lognormal(0.0, spread, len(work.slots)) if spread > 0 else 1.0
    raw = work.slots * luck
    total = np.bincount(work.producer, weights=raw, minlength=len(wage_bill))
    return raw * (wage_bill / np.maximum(total, TINY))[work.producer]


def calm_incomes(
    economy: Economy, traits: BranchTraits, behaviour: Behaviour, job_wage: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return net wages earned here, net wages earned outside, and transfers, by household."""
    homes, work = economy.homes, economy.work
    n = len(homes.size)
    here = work.household >= 0
    net = behaviour.net_wage_share
    wages = net * np.bincount(work.household[here], weights=job_wage[here], minlength=n)
    # Beyond the border people earn the mean wage of France.
    jobs = traits.output_per_head / traits.output_per_job
    mean_wage = float((jobs * traits.labour_cost_per_job).sum() / jobs.sum())
    outside = net * mean_wage * work.outside_slots
    idle = np.maximum(0, homes.adults - homes.workers)
    pension = np.where(homes.retired, homes.adults * behaviour.pension, 0.0)
    benefits = np.where(homes.retired, 0.0, idle * behaviour.inactive_income)
    children = (homes.size - homes.adults) * behaviour.child_income
    return wages, outside, homes.weight * (pension + benefits + children)


def committed_cost(economy: Economy, items: Rows) -> Floats:
    """Cost of committed consumption by household, EUR a day."""
    people = economy.homes.weight * economy.homes.size
    return people * float((items.committed * items.price).sum())


class _Demand:
    """Local demand as a linear function of discretionary spending and of output."""

    def __init__(self, economy: Economy, items: Rows) -> None:
        self.economy, self.items = economy, items
        self.people = economy.homes.weight * economy.homes.size
        self.n_producers = len(economy.firms.branch)

    def of_households(self, people: Floats, discretionary: Floats) -> tuple[Floats, Floats]:
        """Return (sales by producer, sales by slot) of these people and this spending."""
        links, slots = self.economy.links, self.economy.slots
        sales = np.zeros(self.n_producers)
        shelf = np.zeros(len(slots.good))
        for item in self.items:
            use = people * item.committed + discretionary * item.variable
            if item.service >= 0:
                _add(sales, links.provider[:, item.service], use)
                continue
            for k in range(N_SOURCES):
                shop = links.outlet[:, item.format, k]
                rows = np.full(len(shop), OUTSIDE)
                rows[shop >= 0] = slots.first_shelf[shop[shop >= 0]] + item.shelf
                _add(shelf, rows, use / N_SOURCES)
                _add(sales, shop, use / N_SOURCES * item.margin)
        return sales, shelf

    def of_producers(self, output: Floats, shelf: Floats) -> Floats:
        """Return sales by producer of the inputs for this output and of goods for the shelves."""
        slots, source = self.economy.slots, self.economy.links.source
        use = slots.coefficient * output[slots.producer] + shelf
        sales = np.zeros(self.n_producers)
        for k in range(N_SOURCES):
            _add(sales, source[:, k], use / N_SOURCES)
        return sales


def _add(total: Floats, rows: NDArray[np.int32], values: Floats) -> None:
    """Add values to the rows that they name; negative rows are outside."""
    here = rows >= 0
    total += np.bincount(rows[here], weights=values[here], minlength=len(total))


def solve(
    economy: Economy,
    traits: BranchTraits,
    behaviour: Behaviour,
    items: Rows,
    seed: int,
) -> Solution:
    """Solve the steady state; raises RessortError if the iteration does not converge.

    It knows no SCIC: with or without one, a run starts from the same economy.
    """
    firms = economy.firms
    value_added = traits.value_added_share[firms.branch]
    wage_bill = firms.output * value_added * traits.labour_share[firms.branch]
    job_wage = job_wages(economy, wage_bill, behaviour.wage_spread, seed)
    net_wages, outside_wage, transfers = calm_incomes(economy, traits, behaviour, job_wage)
    keep = 1.0 - behaviour.tax_rate - behaviour.saving_rate
    committed = committed_cost(economy, items)
    income = net_wages + outside_wage + transfers
    transfers = transfers + np.maximum(0.0, behaviour.income_floor * committed / keep - income)
    income = net_wages + outside_wage + transfers
    ownership = income / income.sum()

    demand = _Demand(economy, items)
    fixed, shelf_fixed = demand.of_households(demand.people, keep * income - committed)
    per_profit, shelf_per_profit = demand.of_households(np.zeros(len(income)), keep * ownership)
    owners = traits.owners_local[firms.branch]

    def profits(output: Floats) -> tuple[Floats, float]:
        profit = output * value_added - wage_bill
        return profit, float((owners * profit).sum())

    output = firms.output.copy()
    for _ in range(MOST_ITERATIONS):
        _, local = profits(output)
        shelf = shelf_fixed + local * shelf_per_profit
        sales = fixed + local * per_profit + demand.of_producers(output, shelf)
        new = np.maximum(firms.output, sales)
        change = np.max(np.abs(new - output) / new, initial=0.0)
        output = new
        if change < TOLERANCE:
            break
    else:
        raise RessortError(
            f"the calm economy did not settle in {MOST_ITERATIONS} iterations "
            f"(last relative change {change:.1e}); report this scenario"
        )
    profit, local = profits(output)
    if profit.min(initial=0.0) < 0:
        worst = int(profit.argmin())
        raise RessortError(
            f"establishment {worst} would lose {-profit[worst]:.2f} EUR a day in calm times; "
            "lower labour_share"
        )
    residual = np.maximum(0.0, output - sales)
    investment = _investment(economy, traits, output, residual)
    budget = keep * (income + local * ownership)
    return Solution(
        output=output,
        exports=residual - investment,
        investment=investment,
        shelf_sales=shelf,
        wage_bill=wage_bill,
        profit=profit,
        local_profits=local,
        ownership=ownership,
        discretionary=budget - committed,
        budget=budget,
        transfers=transfers,
        net_wages=net_wages,
        outside_wage=outside_wage,
        job_wage=job_wage,
    )


def _investment(economy: Economy, traits: BranchTraits, output: Floats, residual: Floats) -> Floats:
    """Take local investors' purchases out of what is not sold to firms and households.

    Demand follows the value added made here, the local part of it the pull of local sellers.
    """
    branch, place = economy.firms.branch, economy.place
    made = float((output * traits.value_added_share[branch]).sum())
    weight = place.population / place.population.sum()
    pull = weight @ place.local_pull * (1.0 - traits.import_share)
    wanted = traits.investment * made * pull
    left = np.bincount(branch, weights=residual, minlength=N_BRANCHES)
    share = np.minimum(1.0, wanted / np.maximum(left, TINY))
    return residual * share[branch]
