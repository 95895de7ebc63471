"""The SCIC is made of what its members hold, costs what it costs, decides late and can fail."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rows import FOOD, FUEL, amount, calm_day, cheap, one, rules_of
from tests.states import columns, differences
from tests.worlds import BOURG, TOWN, VILLAGE, live, place_of

from ressort import scic as life
from ressort.branches import N_BRANCHES
from ressort.day import live_one_day
from ressort.goods import GOOD
from ressort.parameters import Behaviour
from ressort.rules import cooperation as rules
from ressort.rules.observation import euros_held, goods_held
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.state import FIRM, FLOWS, SCIC, SLOT
from ressort.world import Rules, World, build_world

FREE: dict[str, Any] = {"scic_wage": 0.0, "scic_hazard": 0.0}  # no running cost, no bad luck
STRONG: dict[str, Any] = {
    "scic_hazard": 0.0,
    "member_share": 1.0,
    "pool_share": 0.4,
    "fund_share": 0.3,
    "decision_delay_days": 3,
}
CUT = Shock("import_cut", 5, 40)
NOTHING = Cooperation(pool=False, register=False, fund=False)
EVERY = [Cooperation(p, r, f) for p, r, f in itertools.product((True, False), repeat=3)]


def bourg(
    cooperation: Cooperation | None, *shocks: Shock, seed: int = 2, **parameters: Any
) -> World:
    return build_world(
        place_of(BOURG), Rules(Behaviour(parameters)), seed, 4.0, shocks, cooperation
    )


def held(world: World) -> tuple[float, np.ndarray]:
    """Return all euros and all goods of a world, the SCIC's included."""
    state, scic = world.state, world.state.scic[0]
    stored = np.asarray(world.items.good[world.items.stored >= 0], dtype=np.int32)
    goods = goods_held(state.firms, state.slots, state.homes, state.pooled, scic.pool, stored)
    return float(euros_held(state.firms, state.homes, scic)), goods


# ---------------------------------------------------------------- founding
@pytest.mark.parametrize("cooperation", EVERY, ids=str)
@pytest.mark.parametrize("name", [VILLAGE, BOURG, TOWN])
def test_founding_adds_nothing(name: str, cooperation: Cooperation) -> None:
    """Both arms start with the same euros and goods, whatever the SCIC will cost."""
    behaviour = Rules(Behaviour({"pool_share": 0.3, "fund_share": 0.2}))
    one, other = (
        build_world(place_of(name), behaviour, 4, 10.0, (), c) for c in (cooperation, None)
    )
    euros, goods = held(one)
    euros_without, goods_without = held(other)
    assert euros == pytest.approx(euros_without, rel=1e-9)
    np.testing.assert_allclose(goods, goods_without, rtol=1e-9)
    scic = one.state.scic[0]
    assert (scic.pool.sum() > 0) == cooperation.pool
    assert (scic.fund > 0) == cooperation.fund
    for fixed in ("jobs", "capacity", "machines", "credit"):
        assert (one.state.firms[fixed] == other.state.firms[fixed]).all()
    assert one.state.transit.tobytes() == other.state.transit.tobytes()


def test_members_hand_over_their_share() -> None:
    one = bourg(Cooperation(), **FREE, pool_share=0.25, fund_share=0.1)
    other = bourg(None, **FREE)
    member = np.array(one.state.firms.member)
    assert 0 < member.sum() < len(member)
    given_up = 1 - one.state.firms.cash / other.state.firms.cash
    np.testing.assert_allclose(given_up, np.where(member, 0.1, 0.0), atol=1e-9)
    owner = np.repeat(member, one.state.firms.end_slot - one.state.firms.first_slot)
    goods = one.goods.storable[one.state.slots.good]
    before, now = other.state.slots.stock_target, one.state.slots.stock_target
    np.testing.assert_allclose(1 - now / before, np.where(owner & goods, 0.25, 0.0), atol=1e-9)
    assert one.state.scic.pool.sum() == pytest.approx((before - now).sum())


def test_members_are_the_same_whatever_the_mechanisms() -> None:
    members = {bourg(cooperation, **FREE).state.firms.member.tobytes() for cooperation in EVERY}
    assert len(members) == 1
    assert not bourg(None).state.firms.member.any()


# ---------------------------------------------------------------- cost
def test_the_running_cost_is_charged_to_members() -> None:
    """In calm times the staff earns, net, what members no longer pay out as profits."""
    one, other = bourg(Cooperation(pool=False, fund=False), scic_hazard=0.0), bourg(None)
    scic, behaviour = one.state.scic[0], one.rules.behaviour
    members = one.state.firms.member.sum()
    cost = members / behaviour.members_per_employee * behaviour.scic_wage
    assert scic.fee == pytest.approx(cost)
    live(one, 1)
    live(other, 1)
    firms = one.state.firms
    fees = cost * np.where(firms.member, firms.output_calm, 0.0)
    fees /= firms.output_calm[firms.member].sum()
    kept_here = one.goods.owners_local[firms.branch] * fees
    net = behaviour.net_wage_share
    assert one.profits - other.profits == pytest.approx(net * cost - kept_here.sum())
    gap = one.flows.contributions - other.flows.contributions
    assert gap == pytest.approx(-(1.0 - net) * cost)
    assert one.flows.profits - other.flows.profits == pytest.approx((fees - kept_here).sum())
    series = live(one, 5)
    assert (series["scic_cost"] == scic.fee).all()
    assert scic.cash == pytest.approx(0.0, abs=1e-9)
    assert scic.unpaid_days == 0


def test_who_is_out_of_credit_does_not_pay_and_the_staff_waits() -> None:
    """Fee of 12, a third from each by output; the second has 3 left of its credit."""
    firms: Any = FIRM.rows(3, alive=True, member=True, output_calm=10.0, credit=20.0)
    firms.cash = [50.0, -17.0, -16.0]
    scic = one(SCIC, fee=12.0, staff=2.0)
    assert rules.collect_fees(firms, scic, 6.0, 0.1) == pytest.approx(8.0)
    assert firms.cash.tolist() == [46.0, -17.0, -20.0]
    assert (scic.cash, scic.unpaid_days) == (0.0, 1)
    scic.cash = 100.0  # its own money comes first to hand
    assert rules.collect_fees(firms, scic, 6.0, 0.1) == pytest.approx(12.0)
    assert (scic.cash, scic.unpaid_days) == (92.0, 0)


def test_the_living_share_the_whole_cost() -> None:
    """Of three members the largest is closed: the two others pay 12 in proportion, 4 and 8."""
    firms: Any = FIRM.rows(3, member=True, output_calm=[70.0, 10.0, 20.0], cash=50.0)
    firms.alive = [False, True, True]
    scic = one(SCIC, fee=12.0, staff=2.0)
    assert rules.collect_fees(firms, scic, 6.0, 0.1) == pytest.approx(12.0)
    assert firms.cash.tolist() == [50.0, 46.0, 42.0]
    assert scic.unpaid_days == 0


@pytest.mark.parametrize(("arrears", "unpaid"), [(0.0, 1), (0.24, 1), (0.26, 0), (0.5, 0)])
def test_arrears_count_from_a_share_of_the_cost(arrears: float, unpaid: int) -> None:
    """A quarter of the cost stays unpaid."""
    firms: Any = FIRM.rows(2, alive=True, member=True, output_calm=[3.0, 1.0], cash=[100.0, 0.0])
    scic = one(SCIC, fee=12.0, staff=2.0)
    assert rules.collect_fees(firms, scic, 6.0, arrears) == pytest.approx(9.0)
    assert scic.unpaid_days == unpaid


def test_the_closure_of_the_largest_member_does_not_end_it() -> None:
    """All are members; the largest employer closes for good, and the others carry on the SCIC."""
    closure = Shock("employer_closure", 2, 400)
    strict: dict[str, Any] = {"member_share": 1.0, "scic_hazard": 0.0, "scic_arrears_share": 0.0}
    world = bourg(Cooperation(), closure, **strict)
    firms = world.state.firms
    largest = int(firms.jobs.argmax())
    assert firms.output_calm[largest] > 0.05 * firms.output_calm.sum()
    series = live(world, 3 * world.rules.behaviour.insolvency_days)
    assert not firms.alive[largest]
    assert series["scic_active"].all()
    assert world.state.scic[0].unpaid_days == 0


# ---------------------------------------------------------------- deciding
def test_trouble_is_what_members_lack() -> None:
    """Of 3 storable stocks of living members 2 are under half; 1 of 2 of them is short."""
    goods = GOOD.rows(N_BRANCHES)
    goods.storable[[FOOD, FUEL]] = True
    firms = FIRM.rows(4, alive=[True, True, False, True], member=[True, True, True, False])
    firms.first_slot, firms.end_slot, firms.short_days = [0, 2, 4, 6], [2, 4, 6, 8], [1, 0, 1, 1]
    slots = SLOT.rows(8, good=FOOD, stock_target=10.0, stock=0.0)
    slots.stock[:4], slots.good[3] = [4.9, 5.0, 1.0, 0.0], 20
    assert rules.shares_in_trouble(firms, slots, goods) == pytest.approx((2 / 3, 1 / 2))


def test_pool_and_fund_open_after_the_delay_and_close_when_it_is_over() -> None:
    world = bourg(Cooperation(), **FREE, decision_delay_days=4, alarm_share=0.05)
    scic, slots = world.state.scic[0], world.state.slots
    full = slots.stock.copy()
    low = np.flatnonzero(world.goods.storable[slots.good])

    def opened(day: int, lacking: float) -> bool:
        """Decide on a day when this share of all storable stocks is gone."""
        slots.stock[:] = full
        slots.stock[low[: int(lacking * len(low))]] = 0.0
        world.tick = day
        life.decide(world)
        return bool(scic.open)

    assert not opened(9, 0.0)
    assert scic.alarm_day == -1
    assert [opened(day, 1.0) for day in range(10, 16)] == [False] * 4 + [True] * 2
    assert scic.alarm_day == 10
    assert not opened(16, 0.0)
    assert [opened(day, 1.0) for day in range(17, 22)] == [False] * 4 + [True]  # a new delay


def test_without_delay_it_opens_at_once() -> None:
    world = bourg(Cooperation(), **FREE, decision_delay_days=0)
    world.state.slots.stock[:] = 0.0
    life.decide(world)
    assert world.state.scic[0].open


def test_the_delay_is_lived() -> None:
    series = live(bourg(Cooperation(), CUT, **STRONG), 60)
    later = live(bourg(Cooperation(), CUT, **(STRONG | {"decision_delay_days": 13})), 60)
    first, second = (int(s["scic_open"].argmax()) for s in (series, later))
    assert series["scic_open"][first] == later["scic_open"][second] == 1
    assert second == first + 10
    assert (series["scic_pool"][:first] == series["scic_pool"][0]).all()


# ---------------------------------------------------------------- pool
@cheap
@given(
    pool=amount,
    rows=st.lists(st.tuples(amount, amount, amount, st.booleans()), min_size=1, max_size=6),
)
def test_grants_never_exceed_the_pool_nor_the_means(
    pool: float, rows: list[tuple[float, float, float, bool]]
) -> None:
    n = len(rows)
    goods = GOOD.rows(N_BRANCHES, storable=True)
    firms: Any = FIRM.rows(n, alive=True, credit=5.0)
    firms.first_slot, firms.end_slot = np.arange(n), np.arange(1, n + 1)
    slots: Any = SLOT.rows(n, good=FOOD)
    slots.stock, slots.stock_target = [r[0] for r in rows], [r[1] for r in rows]
    firms.cash, firms.member = [r[2] for r in rows], [r[3] for r in rows]
    cash = firms.cash.copy()
    scic, flows, pooled, due = one(SCIC), one(FLOWS), np.zeros(n), np.zeros(n)
    scic.pool[FOOD] = pool
    setting = rules_of(pool_floor=0.25, haul_cost=0.05)
    rules.grant_from_pool(firms, slots, goods, scic, pooled, due, setting, flows, np.ones(n))
    scale = 1e-9 * (1 + pool)
    assert pooled.sum() + scic.pool[FOOD] == pytest.approx(pool)
    assert scic.pool[FOOD] >= 0
    assert (due == pooled).all()
    assert (pooled >= 0).all()
    assert (pooled[~firms.member] == 0).all()
    # No one is lifted above the floor, nor pays beyond its credit.
    lacks = np.maximum(0.0, 0.25 * slots.stock_target - slots.stock)
    assert (pooled <= lacks + scale).all()
    assert (firms.cash + firms.credit >= -1e-9 * (1 + cash)).all()
    # The SCIC gets the price, the haulier the cost.
    assert scic.cash == pytest.approx(pooled.sum())
    assert flows.haulage == pytest.approx(-0.05 * pooled.sum())
    assert (cash - firms.cash).sum() == pytest.approx(1.05 * pooled.sum(), abs=scale + 1e-6)


def test_granted_goods_arrive_after_the_haul() -> None:
    """On every day the stocks granted and not yet arrived are those of the last haul days."""
    world = bourg(Cooperation(register=False, fund=False), CUT, **STRONG, haul_days=3)
    granted: list[float] = []
    for _ in range(60):
        due_today = world.state.haul[world.tick % len(world.state.haul)].sum()
        before = float(world.state.scic.pool.sum())
        live_one_day(world)
        granted.append(before - float(world.state.scic.pool.sum()))
        on_the_road = sum(granted[-3:])
        if world.state.scic[0].open:
            assert world.state.pooled.sum() == pytest.approx(on_the_road, rel=1e-6, abs=1e-6)
            assert due_today == pytest.approx(granted[-4] if len(granted) > 3 else 0.0, abs=1e-6)
    assert max(granted) > 0


def test_the_pool_is_bought_back_after_the_crisis() -> None:
    """It is emptied in the crisis and full again, of bought goods, a year later."""
    world = bourg(Cooperation(register=False, fund=False), CUT, **STRONG)
    target = world.state.scic.pool_target.sum()
    series = live(world, 500)
    assert series["scic_pool"].min() < 0.7 * target
    assert series["scic_pool"][-1] > 0.95 * target
    assert (world.state.scic.pool <= world.state.scic.pool_target + 1e-6).all()


def test_nothing_is_bought_back_while_the_border_is_closed() -> None:
    scic, flows, day = one(SCIC, cash=100.0), one(FLOWS), calm_day()
    scic.pool_target[[FOOD, FUEL]] = 60.0
    day.outside[FUEL] = 0.99
    rules.restock_pool(scic, day, rules_of(restock_days=30.0), flows)
    assert (scic.pool[FOOD], scic.pool[FUEL], scic.cash) == (2.0, 0.0, 98.0)
    assert (flows.imported[FOOD], flows.pool_imports) == (2.0, -2.0)


# ---------------------------------------------------------------- fund
@cheap
@given(fund=amount, rows=st.lists(st.tuples(amount, amount, st.integers(0, 2)), min_size=1))
def test_loans_never_exceed_the_fund(fund: float, rows: list[tuple[float, float, int]]) -> None:
    firms: Any = FIRM.rows(len(rows), alive=True, member=True)
    firms.outlays_calm, firms.loan = [r[0] for r in rows], [r[1] for r in rows]
    firms.short_days = [r[2] for r in rows]
    owed = firms.loan.copy()
    scic = one(SCIC, fund=fund)
    rules.lend(firms, scic, rules_of(loan_days=10.0), np.ones(len(firms)))
    lent = firms.cash
    assert scic.fund >= 0
    assert lent.sum() + scic.fund == pytest.approx(fund)
    np.testing.assert_allclose(firms.loan - owed, lent, atol=1e-6)
    assert (lent[firms.short_days == 0] == 0).all()
    assert (firms.loan <= np.maximum(owed, 10.0 * firms.outlays_calm) * (1 + 1e-9)).all()


def test_loans_come_back_when_there_is_cash_to_spare() -> None:
    """Fund and loans together are what they were, less what failed members leave unpaid."""
    world = bourg(
        Cooperation(pool=False, register=False),
        CUT,
        **STRONG,
        scic_wage=0.0,  # or its staff would go unpaid, and leave
        firm_cash_days=2.0,
        firm_credit_days=1.0,
    )
    fund, firms = float(world.state.scic[0].fund), world.state.firms
    lent, days_together = 0.0, 0
    for _ in range(400):
        live(world, 1)
        lent = max(lent, float(firms.loan.sum()))
        if firms.alive.all() and days_together == world.tick - 1:
            days_together = world.tick
            total = float(world.state.scic[0].fund + firms.loan.sum())
            assert total == pytest.approx(fund, rel=1e-9)
            lent_together = lent
    assert lent_together > 0
    assert firms.loan.sum() < 0.1 * lent
    assert world.state.scic[0].fund > 0


# ---------------------------------------------------------------- failure
def before_and_after_failing(world: World) -> None:
    """Let the SCIC decide, and check that it hands back all that it held."""
    state = world.state
    calm = bourg(None, **FREE)
    euros, goods = held(world)
    member = np.array(state.firms.member)
    assert member.any()
    life.decide(world)
    scic = state.scic[0]
    assert not scic.active
    assert not scic.open
    assert not state.firms.member.any()
    assert not state.firms.loan.any()
    assert (scic.fund, scic.cash, scic.fee) == (0.0, 0.0, 0.0)
    assert not scic.pool.any()
    after, goods_after = held(world)
    assert after == pytest.approx(euros, rel=1e-12)
    np.testing.assert_allclose(goods_after, goods, rtol=1e-12)
    np.testing.assert_allclose(state.slots.stock_target, calm.state.slots.stock_target)
    np.testing.assert_allclose(state.firms.cash_target, calm.state.firms.cash_target)


def test_bad_luck_ends_it_and_hands_everything_back() -> None:
    before_and_after_failing(bourg(Cooperation(), **(FREE | {"scic_hazard": 1.0})))


def test_unpaid_staff_leaves() -> None:
    world = bourg(Cooperation(), **FREE)
    limit = world.rules.behaviour.insolvency_days
    world.state.scic.unpaid_days = limit
    life.decide(world)
    assert world.state.scic[0].active
    world.state.scic.unpaid_days = limit + 1
    before_and_after_failing(world)


def test_members_without_money_end_it_in_a_lived_crisis() -> None:
    """Fees that nobody can pay: after the days of patience it is gone, and the books close."""
    world = bourg(
        Cooperation(),
        Shock("isolation", 2, 200),
        scic_hazard=0.0,
        firm_cash_days=0.5,
        firm_credit_days=0.0,
        insolvency_days=10,
        fund_share=0.0,
    )
    series = live(world, 120)
    assert series["scic_active"][0] == 1
    assert series["scic_active"][-1] == 0


def test_the_hazard_is_a_yearly_chance() -> None:
    """Over one year about half of the platforms with a hazard of one half end."""
    ended = 0
    for seed in range(60):
        world = bourg(NOTHING, seed=seed, scic_hazard=0.5, scic_wage=0.0)
        while world.state.scic[0].active and world.tick < 365:
            life.decide(world)
            world.tick += 1
        ended += not world.state.scic[0].active
    assert 15 <= ended <= 45  # 30 expected, standard deviation 3.9


# ---------------------------------------------------------------- one by one
def test_a_platform_that_does_nothing_changes_nothing() -> None:
    """Without mechanisms, cost and bad luck both arms are the same, crisis included."""
    one, other = bourg(NOTHING, CUT, **FREE), bourg(None, CUT, **FREE)
    live(one, 90)
    live(other, 90)
    allowed = {"firms.member", "homes.member"}
    allowed |= {name for name, _ in columns(one.state) if name.startswith("scic.")}
    assert differences(one.state, other.state) <= allowed


@pytest.mark.parametrize("cooperation", EVERY, ids=str)
def test_a_mechanism_switched_off_does_nothing(cooperation: Cooperation) -> None:
    world = bourg(cooperation, CUT, **STRONG, firm_cash_days=3.0, firm_credit_days=2.0)
    moved = {"pool": 0.0, "fund": 0.0}
    for _ in range(70):
        live(world, 1)
        moved["pool"] += float(world.state.pooled.sum() + world.state.scic.pool.sum())
        moved["fund"] += float(world.state.firms.loan.sum() + world.state.scic.fund.sum())
    assert (moved["pool"] > 0) == cooperation.pool
    assert (moved["fund"] > 0) == cooperation.fund


def day_of_first_link(delay: int) -> int:
    parameters = STRONG | {"search_rate": 0.0, "trouble_days": 3, "match_delay_days": delay}
    world = bourg(Cooperation(pool=False, fund=False), CUT, **parameters)
    while not world.links_made and world.tick < 60:
        live_one_day(world)
    return world.tick - 1


def test_to_agree_takes_its_time_once_a_partner_is_named() -> None:
    """The cut begins on day 5; 3 days of trouble are full on day 7 for who fails at once."""
    assert [day_of_first_link(delay) for delay in (0, 1, 5)] == [7, 8, 12]


def test_the_register_links_members_at_the_pace_of_its_staff() -> None:
    """Members only, and no more than its employees arrange."""
    parameters = STRONG | {"search_rate": 0.0, "member_share": 0.6, "members_per_employee": 20.0}
    on = bourg(Cooperation(pool=False, fund=False), CUT, **parameters)
    off = bourg(Cooperation(register=False, fund=False), CUT, **parameters)
    links, none = live(on, 45)["new_links"], live(off, 45)["new_links"]
    pace = float(on.state.scic[0].staff) * on.rules.behaviour.matches_per_employee
    assert none.sum() == 0
    assert links.sum() > 0
    assert (links <= np.ceil(pace)).all()
    changed = np.flatnonzero((on.state.slots.source != on.state.source_calm).any(axis=1))
    firms = on.state.firms
    owner = np.repeat(np.arange(len(firms)), firms.end_slot - firms.first_slot)
    new = on.state.slots.source[changed]
    moved = new != on.state.source_calm[changed]
    assert firms.member[owner[changed]].all()
    assert firms.member[new[moved]].all()
