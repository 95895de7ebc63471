"""The tables of state on the morning of day 0, in the solved steady state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.calm import TINY, Economy, Membership, Solution
from ressort.goods import AGRI, Rationing, buyer_tiers
from ressort.parameters import Behaviour, BranchTraits
from ressort.state import (
    FIRM,
    FORMATS,
    HOME,
    ITEMS,
    JOB,
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
        thrift=np.zeros(len(slots)),
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
        credit_calm=behaviour.firm_credit_days * outlays,
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
