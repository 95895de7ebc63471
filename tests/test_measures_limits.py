"""What measures cannot do: spend frozen money, build without parts, hire for nothing, be immune."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest
from tests.country import COUNTRY
from tests.worlds import BOURG, TOWN, live, place_of

from ressort.branches import INDEX
from ressort.measures import Measure
from ressort.measures.drought import AdaptationAid
from ressort.measures.growers import Growers
from ressort.measures.local_generation import LocalGeneration
from ressort.measures.members_store import MembersStore
from ressort.measures.projects import ParticipatoryBudget
from ressort.measures.repair_training import RepairTraining
from ressort.measures.reserve import Reserve
from ressort.parameters import measure_records
from ressort.place import place
from ressort.scenario import check
from ressort.shocks import Shock
from ressort.state import FORMATS
from ressort.world import Rules, World, build_world

M = TypeVar("M", bound=Measure)
FOOD, EQUIPMENT = INDEX["food"], INDEX["equipment"]
NO_PARTS = Shock("border_closure", 2, 400, goods=("equipment",))


def made(kind: type[M], **changes: Any) -> M:
    values = {n: record.value for n, record in measure_records()[kind.name].items()}
    return kind(values | {"from_year": 0.0} | changes)


def world_with(measure: Measure, *shocks: Shock, code: str = BOURG) -> World:
    people_per_agent = 40.0 if code == TOWN else 8.0
    return build_world(place_of(code), Rules(), 1, people_per_agent, shocks, None, None, (measure,))


# ---------------------------------------------------------------- money
@pytest.mark.parametrize("payments", [1.0, 0.1, 0.0])
def test_a_levy_reaches_a_share_of_what_can_be_spent(payments: float) -> None:
    reserve = made(Reserve, ready=False)
    world = world_with(reserve)
    held = float(world.state.homes.cash.sum())
    world.day.payments = payments
    most = world.rules.behaviour.levy_most
    assert reserve.levy(world, 1e12) == pytest.approx(most * payments * held)
    assert world.state.homes.cash.sum() == pytest.approx((1.0 - most * payments) * held)


def test_a_frozen_shop_buys_nothing_from_a_reserve() -> None:
    sold = []
    for payments in (1.0, 0.0):
        reserve = made(Reserve)
        world = world_with(reserve)
        world.state.slots.stock[:] = 0.0
        world.day.payments = payments
        sold.append(reserve.sell(world, world.state.shelves.slot, 1.0))
    assert sold[0] > 0.0 == sold[1]


def test_wages_leave_contributions_and_rents_do_not() -> None:
    reserve = made(Reserve, ready=False)
    world = world_with(reserve)
    net = world.rules.behaviour.net_wage_share
    reserve.cash = 200.0
    assert reserve.pay_residents(world, 100.0) == 100.0
    assert world.profits == pytest.approx(100.0 * net)
    assert world.flows.contributions == pytest.approx(-100.0 * (1.0 - net))
    assert reserve.pay_residents(world, 100.0, wages=False) == 100.0
    assert world.profits == pytest.approx(100.0 * net + 100.0)
    assert reserve.cash == 0.0
    assert reserve.cost_today == 200.0


def test_a_project_that_nobody_can_use_is_off_the_ballot_and_its_money_goes_back() -> None:
    for gone_before_the_vote in (True, False):
        budget = made(ParticipatoryBudget, kinds=["workshops"], lag_years=0.0)
        world = world_with(budget)
        makers = world.state.firms.branch == FOOD
        assert makers.any()
        budget.cash = budget.purse = 1000.0
        if not gone_before_the_vote:
            budget._vote(world)
        world.state.firms.alive &= ~makers
        before = float(world.state.homes.cash.sum())
        if gone_before_the_vote:
            budget._vote(world)
        for vote in budget.votes:
            budget._realise(world, vote.amounts)
        assert budget.done["workshops"] == 0.0
        assert budget.cash == pytest.approx(0.0)
        assert world.state.homes.cash.sum() - before == pytest.approx(1000.0)


def test_a_project_reports_what_was_spent() -> None:
    budget = made(ParticipatoryBudget, kinds=["workshops"])
    world = world_with(budget)
    budget.cash = 400.0
    capacity = float(world.state.firms.capacity.sum())
    budget._realise(world, {"workshops": 1000.0})
    assert budget.done["workshops"] == 400.0
    more = world.state.firms.capacity.sum() - capacity
    assert more == pytest.approx(400.0 / budget.set.capital_days)


# ---------------------------------------------------------------- what is destroyed, what waits
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_disaster_takes_its_part_of_a_councils_store(everywhere: bool) -> None:
    territory = check({"territory": COUNTRY}).resolve_territory()
    struck = territory.codes if everywhere else territory.codes[:1]
    shock = Shock("destruction", 1, 1, 0.5, communes=tuple(struck))
    # Nothing is bought again while the border is closed.
    closed = Shock("border_closure", 0, 30)
    reserve = made(Reserve, delay_days=60)
    world = build_world(place(territory), Rules(), 1, 80.0, (shock, closed), None, None, (reserve,))
    people = world.place.population
    share = people.sum() if everywhere else people[0]
    before = reserve.stock.copy()
    live(world, 2)
    left = 1.0 - 0.5 * share / people.sum()
    np.testing.assert_allclose(reserve.stock, left * before)
    assert before.sum() > 0.0


def test_works_wait_for_equipment_from_outside() -> None:
    cases: list[tuple[Measure, str]] = [
        (made(LocalGeneration, ready=False, build_years=1.0), "built"),
        (made(AdaptationAid, budget=1e7), "served"),
    ]
    for measure, what in cases:
        world = world_with(measure, NO_PARTS)
        live(world, 2)
        before = getattr(measure, what)
        live(world, 5)
        assert getattr(measure, what) == before
    for measure, what in [
        (made(LocalGeneration, ready=False, build_years=1.0), "built"),
        (made(AdaptationAid, budget=1e7), "served"),
    ]:
        live(world_with(measure), 7)
        assert getattr(measure, what) > 0


def test_a_new_plot_waits_for_equipment_and_a_vacant_one_does_not() -> None:
    growers = made(Growers, least_sold=0.0)
    world = world_with(growers)
    growers.cash, growers.land, growers.candidates = 1e6, 50.0, 1
    world.day.outside[EQUIPMENT] = 0.5
    growers._start_projects(world)
    assert growers.pending == []
    growers.vacant = 1
    growers._start_projects(world)
    assert len(growers.pending) == 1
    growers.candidates = 1
    world.day.outside[EQUIPMENT] = 1.0
    growers._start_projects(world)
    assert len(growers.pending) == 2


# ---------------------------------------------------------------- hands
def test_parts_are_made_in_idle_hours_only() -> None:
    amounts = []
    for idle in (0.0, 0.001, 1.0):
        training = made(RepairTraining, own_parts=1.0)
        world = world_with(training)
        firms = world.state.firms
        training.trained[training.invited] = training.needed[training.invited]
        parts = training.parts[training.parts >= 0]
        world.state.slots.stock[parts] = 0.0
        firms.production[:] = (1.0 - idle) * firms.output_calm
        amounts.append(training._make_parts(world))
        most = idle * float(firms.output_calm[training.invited & firms.alive].sum())
        assert amounts[-1] <= most * (1.0 + 1e-9)
    assert amounts[0] == pytest.approx(0.0, abs=1e-9)
    assert amounts[0] < amounts[1] < amounts[2]


def test_volunteers_fill_in_for_the_absent_and_not_for_posts_that_were_cut() -> None:
    helped = []
    for absent, cut in ((0.0, 0.0), (0.0, 0.5), (0.3, 0.0)):
        store = made(MembersStore, members_first=False)
        world = world_with(store, code=TOWN)
        firms = world.state.firms
        assert (firms.format[store.stores] == FORMATS.index("grocery")).all()
        firms.staff[store.stores] *= 1.0 - cut
        firms.able[:] = 1.0 - absent
        store.set_conditions(world)
        helped.append(float(store.helped.sum()))
    assert helped[:2] == [0.0, 0.0]
    assert helped[2] > 0.0
