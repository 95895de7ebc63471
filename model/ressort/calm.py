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
from ressort.goods import AGRI, Rationing, buyer_tiers
from ressort.network import Links, SlotRows
from ressort.parameters import Behaviour, BranchTraits
from ressort.place import Place
from ressort.population import Employment, Establishments, Homes
from ressort.state import (
    FIRM,
    FORMATS,
    HOME,
    ITEMS,
    JOB,
    N_SOURCES,
    OUTSIDE,
    RING,
    SCIC,
    SHELF,
    SLOT,
    STORED,
    Index,
    Rows,
    State,
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


def crop_calendar(
    harvest_share: float, first_day: int, days: int, safety_days: float
) -> tuple[Floats, Floats]:
    """Return (standing crop, farm store) at the start of each day of a calm year.

    Both in days of normal sales, shape (365,): the store never falls under `safety_days`.
    """
    crop, released = 0.0, np.zeros(365)
    standing = np.zeros(365)
    for t in range(2 * 365):
        day = t % 365
        standing[day] = crop
        since = day - first_day
        out = crop / (days - since) if 0 <= since < days else 0.0
        released[day] = out
        crop += harvest_share - out
    flow = (1.0 - harvest_share) + released - 1.0
    store = np.concatenate([[0.0], np.cumsum(flow)[:-1]])
    # The lowest point of the day is after sales and before the next morning's output.
    return standing, store - store.min() + safety_days


def build_state(
    economy: Economy,
    solution: Solution,
    traits: BranchTraits,
    behaviour: Behaviour,
    goods: Rows,
    items: Rows,
    rationing: Rationing,
    membership: Membership,
    start_day_of_year: int,
    seed: int,
) -> tuple[State, Index]:
    """Return the tables at the morning of day 0, in the steady state, and the fixed index."""
    firms = _firms(economy, solution, traits, behaviour, goods, start_day_of_year)
    firms.member = membership.producers
    firms.tier = buyer_tiers(firms.branch, membership.producers, rationing)
    slots, transit = _slots(economy, solution, traits, behaviour, goods)
    work, links = economy.work, economy.links
    state = State(
        firms=firms,
        slots=slots,
        shelves=_shelves(slots, solution),
        homes=_homes(economy, solution, behaviour, items, membership, seed),
        jobs=JOB.rows(
            len(work.slots),
            producer=work.producer,
            household=work.household,
            posts=work.slots,
            wage=solution.job_wage,
            held=1.0,
        ),
        scic=SCIC.rows(1, alarm_day=-1),
        transit=transit,
        haul=np.zeros_like(transit),
        pooled=np.zeros(len(slots)),
        given=np.zeros(len(slots)),
        beyond=goods.shelf_days.copy(),
        source_calm=links.source,
        provider_calm=links.provider,
        outlet_calm=links.outlet,
    )
    return state, _index(economy)


def _firms(
    economy: Economy,
    solution: Solution,
    traits: BranchTraits,
    behaviour: Behaviour,
    goods: Rows,
    start: int,
) -> Rows:
    drawn, slots, x = economy.firms, economy.slots, solution.output
    n, branch = len(x), drawn.branch
    standing, store = crop_calendar(
        behaviour.harvest_share,
        behaviour.harvest_first_day,
        behaviour.harvest_days,
        float(goods[AGRI].stock_days),
    )
    farm = branch == AGRI
    target = np.where(farm, store.max(), goods.stock_days[branch]) * x
    outlays = x - solution.profit
    outlays += np.bincount(slots.producer, weights=solution.shelf_sales, minlength=n)
    on_shelf = slots.first_slot[1:] - slots.first_shelf
    first_shelf = np.cumsum(on_shelf) - on_shelf
    jobs_of = np.searchsorted(economy.work.producer, np.arange(n + 1))
    input_days = traits.cover_days[branch] * behaviour.input_stock_scale
    return FIRM.rows(
        n,
        branch=branch,
        format=drawn.format,
        alive=True,
        commune=drawn.commune,
        first_slot=slots.first_slot[:-1],
        end_slot=slots.first_slot[1:],
        first_shelf=first_shelf,
        end_shelf=first_shelf + on_shelf,
        first_job=jobs_of[:-1],
        end_job=jobs_of[1:],
        machines=np.maximum(
            behaviour.machines_least, np.ceil(drawn.jobs / behaviour.jobs_per_machine)
        ),
        jobs=drawn.jobs,
        staff=drawn.jobs,
        output_calm=x,
        capacity=behaviour.capacity_slack * x,
        exports_calm=solution.exports,
        investment_calm=solution.investment,
        wage_bill=solution.wage_bill,
        intact=1.0,
        able=1.0,
        stock=np.where(farm, store[start % 365] * x, target),
        stock_target=target,
        crop=np.where(farm, standing[start % 365] * x, 0.0),
        demand_expected=x,
        exports_kept=1.0,
        served=1.0,
        possible=x,
        production=x,
        sold=x,
        exported=solution.exports,
        activity=1.0,
        cash=behaviour.firm_cash_days * outlays,
        cash_target=behaviour.firm_cash_days * outlays,
        credit=behaviour.firm_credit_days * outlays,
        outlays_calm=outlays,
        restock_days=np.clip(input_days, 1.0, behaviour.restock_days),
        restraint=1.0,
    )


def _slots(
    economy: Economy,
    solution: Solution,
    traits: BranchTraits,
    behaviour: Behaviour,
    goods: Rows,
) -> tuple[Rows, Floats]:
    """Return all purchases with their stocks, and what is on the road, shape (RING, S)."""
    drawn, source = economy.slots, economy.links.source
    n = len(drawn.good)
    on_shelf = drawn.rating < 0
    use = drawn.coefficient * solution.output[drawn.producer] + solution.shelf_sales
    branch = economy.firms.branch[drawn.producer]
    input_days = np.maximum(1.0, traits.cover_days * behaviour.input_stock_scale)[branch]
    # Services and grids cannot be kept: a day's worth at capacity is the time step, not a store.
    days = np.where(
        on_shelf,
        goods.shelf_days[drawn.good],
        np.where(goods.storable[drawn.good], input_days, behaviour.capacity_slack),
    )
    target = np.maximum(TINY, days * use)
    from_outside = (source < 0).mean(axis=1) * use
    lead = goods.lead_days[drawn.good]
    transit = np.where(np.arange(RING)[:, None] < lead, from_outside, 0.0)
    rows = SLOT.rows(
        n,
        good=drawn.good,
        coefficient=drawn.coefficient,
        rating=np.where(on_shelf, 2, drawn.rating),
        stock=target - from_outside,  # today's lorry is still to come
        stock_target=target,
        in_transit=transit.sum(axis=0),
        source=source,
        shelf=np.where(on_shelf, np.cumsum(on_shelf) - 1, -1),
        lean=0.5,
    )
    return rows, transit


def _shelves(slots: Rows, solution: Solution) -> Rows:
    at = np.flatnonzero(slots.shelf >= 0)
    sales = solution.shelf_sales[at]
    return SHELF.rows(len(at), slot=at, sales_calm=sales, sales_expected=sales, served=1.0)


def _homes(
    economy: Economy,
    solution: Solution,
    behaviour: Behaviour,
    items: Rows,
    membership: Membership,
    seed: int,
) -> Rows:
    drawn, links = economy.homes, economy.links
    n = len(drawn.size)
    rng = stream(seed, "liquidity")
    days = behaviour.liquid_days * rng.lognormal(0.0, behaviour.liquid_spread, n)
    cash = np.maximum(2.0, days) * solution.budget
    before_profits = solution.net_wages + solution.outside_wage + solution.transfers
    income = before_profits + solution.local_profits * solution.ownership
    homes = HOME.rows(
        n,
        commune=drawn.commune,
        persons=drawn.size,
        workers=drawn.workers,
        member=membership.households,
        people=drawn.weight * drawn.size,
        discretionary=solution.discretionary,
        budget_calm=solution.budget,
        transfers=solution.transfers,
        outside_wage=solution.outside_wage,
        ownership=solution.ownership,
        income=income,
        income_expected=income,
        cash=cash,
        cash_target=cash,
        lean=0.5,
        provider=links.provider,
        outlet=links.outlet,
        met=1.0,
    )
    for k, good in enumerate(STORED):
        item = items[ITEMS.index(good)]
        use = homes.people * item.committed + homes.discretionary * item.variable
        homes.pantry[:, k] = item.pantry_days * use
    return homes


def _index(economy: Economy) -> Index:
    firms = economy.firms
    outlets = np.flatnonzero(firms.format >= 0)
    outlets = outlets[np.argsort(firms.format[outlets], kind="stable")]
    by_branch = np.argsort(firms.branch, kind="stable").astype(np.int32)

    def starts(sorted_keys: NDArray[np.generic], count: int) -> NDArray[np.int32]:
        return np.searchsorted(sorted_keys, np.arange(count + 1)).astype(np.int32)

    return Index(
        by_branch=by_branch,
        first_of_branch=starts(firms.branch[by_branch], N_BRANCHES),
        outlets=outlets.astype(np.int32),
        first_of_format=starts(firms.format[outlets], len(FORMATS)),
        distance=economy.place.distance,
    )
