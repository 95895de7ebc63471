"""Who is a member, by what founding, and how membership and the SCIC itself come to an end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.states import columns, differences
from tests.test_scic import FREE, STRONG, bourg, held
from tests.worlds import BOURG, TOWN, VILLAGE, live, place_of

from ressort import scic as life
from ressort.errors import InputError
from ressort.indicators import observe_measures
from ressort.ledger import Ledger
from ressort.measures.membership import Membership
from ressort.mesa_model import Scic, TerritoryModel
from ressort.parameters import Behaviour, measure_records
from ressort.report import report
from ressort.rules import work
from ressort.rules.firms import close_firm
from ressort.scenario import check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.simulation import compare, simulate
from ressort.state import slot_buyers
from ressort.summary import summarise
from ressort.words import Words
from ressort.world import Rules, World, build_world

CUT = Shock("import_cut", 5, 40)


def changing(
    *shocks: Shock, how: Cooperation | None = None, seed: int = 2, **both: Any
) -> tuple[World, Membership]:
    """Return a bourg with a SCIC whose membership changes; settings and parameters by name."""
    usual = {name: record.value for name, record in measure_records()["membership"].items()}
    settings = usual | {"from_year": 0.0} | {k: v for k, v in both.items() if k in usual}
    parameters = FREE | {k: v for k, v in both.items() if k not in usual}
    measure = Membership(settings)
    rules = Rules(Behaviour(parameters))
    how = how or Cooperation(free_rider_share=settings["free_rider_share"])
    world = build_world(place_of(BOURG), rules, seed, 4.0, shocks, how, measures=(measure,))
    return world, measure


# ---------------------------------------------------------------- founding
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("name", [VILLAGE, BOURG, TOWN])
def test_as_many_members_of_each_branch_and_healthier_ones(name: str, share: float) -> None:
    """The same number of each branch; in the mean they hang less on the outside."""
    rules = Rules(Behaviour(FREE | {"member_share": share}))
    worlds = [
        build_world(place_of(name), rules, 4, 20.0, (), Cooperation(members=way))
        for way in ("random", "healthier")
    ]
    firms = worlds[0].state.firms
    drawn, chosen = (np.array(w.state.firms.member) for w in worlds)
    for mask in (drawn, chosen):
        assert mask.any()
    counts = [np.bincount(firms.branch[m], minlength=22).tolist() for m in (drawn, chosen)]
    assert counts[0] == counts[1]
    health = life.health(worlds[0].economy, worlds[0].solution)
    assert health[chosen].mean() >= health[drawn].mean()
    if name == TOWN:  # elsewhere one or two of each branch may leave no choice
        assert health[chosen].mean() > health[drawn].mean()
    assert worlds[0].state.scic[0].staff == worlds[1].state.scic[0].staff


def test_health_is_what_does_not_hang_on_the_outside() -> None:
    """Nothing that grows with an establishment: that of the largest is like that of the others."""
    world = build_world(place_of(TOWN), Rules(), 4, 20.0)
    health, firms = life.health(world.economy, world.solution), world.state.firms
    assert ((health >= 0.0) & (health <= 1.0)).all()
    p = int(np.argmax(health))
    rows = np.arange(firms.first_slot[p], firms.end_slot[p])
    rows = rows[world.state.slots.rating[rows] > 0]
    outside = (world.state.slots.source[rows] < 0).mean()
    exported = float(firms.exports_calm[p] / firms.output_calm[p])
    assert health[p] == pytest.approx(1.0 - 0.5 * (outside + exported))
    large = firms.jobs > np.median(firms.jobs)
    assert abs(health[large].mean() - health[~large].mean()) < 0.25


def test_a_scic_from_outside_leaves_members_what_they_have_and_says_so() -> None:
    added, neutral, without = (
        bourg(c, **FREE) for c in (Cooperation(founding="added"), Cooperation(), None)
    )
    assert not added.resource_neutral
    assert neutral.resource_neutral
    assert without.resource_neutral
    scic = added.state.scic[0]
    np.testing.assert_allclose(scic.pool, neutral.state.scic[0].pool)
    assert scic.fund == pytest.approx(neutral.state.scic[0].fund)
    assert added.state.slots.stock.tobytes() == without.state.slots.stock.tobytes()
    assert added.state.firms.cash.tobytes() == without.state.firms.cash.tobytes()
    euros, goods = held(added)
    fewer, less = held(without)
    assert euros - fewer == pytest.approx(scic.fund)
    assert goods.sum() - less.sum() == pytest.approx(scic.pool.sum())
    assert scic.added == pytest.approx(scic.fund + scic.pool.sum())
    live(added, 20)  # the ledger opens with what came from outside, and closes


def test_a_run_says_whether_its_arms_are_equal() -> None:
    content = {"territory": {"codes": [VILLAGE]}, "run": {"days": 2, "people_per_agent": 20.0}}
    found = [
        simulate(check(content | {"cooperation": {"founding": way}}), 1, cooperation=arm)
        for way, arm in (("added", True), ("added", False), ("neutral", True))
    ]
    assert [run.resource_neutral for run in found] == [False, True, True]


@pytest.mark.parametrize(
    ("section", "neutral"),
    [
        ({"cooperation": {"guarantee": {}}}, False),  # credit of the bank
        ({"cooperation": {"shared_machines": {}}}, True),
        ({"cooperation": {"ptce": {}}}, True),
        ({"cooperation": {"ptce": {"grant_share": 0.5}}}, False),
        ({"cooperation": {"growers": {"grant": 1e5}}}, False),
        ({"council": {"reserve": {"ready": True}}}, False),
        ({"council": {"reserve": {"ready": False}}}, True),
        ({"partners": [{"contract": "mutual_aid", "partner": "Thiers"}]}, False),
    ],
)
def test_what_a_measure_brings_from_outside_is_told(section: dict[str, Any], neutral: bool) -> None:
    case = check({"territory": {"codes": [VILLAGE]}} | section)
    assert case.brings_from_outside() is not neutral
    measures = case.measures()
    rules = Rules(Behaviour(FREE))
    world = build_world(place_of(VILLAGE), rules, 1, 20.0, (), Cooperation(), measures=measures)
    assert world.resource_neutral is neutral


def test_a_report_tells_in_one_line_that_arms_are_not_equal() -> None:
    content = {"territory": {"codes": [VILLAGE]}, "run": {"days": 2, "people_per_agent": 20.0}}
    for way, equal in (("added", False), ("neutral", True)):
        case = check(content | {"cooperation": {"founding": way}, "seeds": {"count": 1}})
        summary = summarise(compare(case))
        assert summary.as_json({})["resource_neutral"] is equal
        for language, line in (("en", "Not resource-neutral"), ("fr", "Ressources inégales")):
            assert (line in report(summary, Words(language))) is not equal


def test_a_fund_in_euros_comes_from_members_and_no_more_than_they_own() -> None:
    world = bourg(Cooperation(fund_eur=20_000.0), **FREE)
    assert world.state.scic[0].fund == pytest.approx(20_000.0)
    assert held(world)[0] == pytest.approx(held(bourg(None, **FREE))[0], rel=1e-12)
    members = bourg(Cooperation(fund=False), **FREE).state.firms
    owned = float(members.cash[np.array(members.member)].sum())
    with pytest.raises(InputError, match=r"cooperation\.fund_eur: .* is more than the") as error:
        bourg(Cooperation(fund_eur=2 * owned), **FREE)
    assert f"{owned:,.0f} EUR that members own (seed 2); give at most that" in str(error.value)
    life.end(world)  # all of it back, and targets as they were
    calm = bourg(None, **FREE).state.firms
    np.testing.assert_allclose(world.state.firms.cash_target, calm.cash_target, rtol=1e-9)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"fund_eur": 1e5, "placebo": True}, "cooperation.fund_eur: there is no fund to fill"),
        ({"fund_eur": 1e5, "mechanisms": ["pool"]}, "cooperation.fund_eur: there is no fund"),
        ({"scic": False, "membership": {}}, "cooperation.membership: there is no SCIC"),
        ({"scic": False, "placebo": True}, "cooperation.placebo: there is no SCIC"),
        ({"scic": False, "members": "random"}, "cooperation.members: there is no SCIC"),
        ({"scic": False, "founding": "added"}, "cooperation.founding: there is no SCIC"),
        ({"scic": False, "on_failure": "lost"}, "cooperation.on_failure: there is no SCIC"),
        ({"scic": False, "fund_eur": 5.0}, "cooperation.fund_eur: there is no SCIC"),
        ({"scic": False, "mechanisms": ["pool"]}, "cooperation.mechanisms: there is no SCIC"),
        ({"placebo": True, "mechanisms": ["priority"]}, "cooperation.mechanisms: a placebo"),
        ({"placebo": True, "founding": "added"}, "cooperation.founding: a placebo"),
        ({"guarantee": {"member_share": 0.1}}, "cooperation.guarantee.member_share: members of"),
        ({"local_ties": {"member_share": 0.3}}, "cooperation.local_ties.member_share: members of"),
        ({"members": "best"}, "cooperation.members"),
        ({"on_failure": "sold"}, "cooperation.on_failure"),
    ],
)
def test_what_would_do_nothing_is_refused(section: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as error:
        check({"territory": {"codes": [VILLAGE]}, "cooperation": section})
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_section_dumped_as_a_whole_is_read_again() -> None:
    """Variants of a scenario are made from its dump, in which every key stands."""
    sections: list[dict[str, Any]] = [{"scic": False}, {"guarantee": {}}]
    for section in (*sections, {"scic": False, "guarantee": {}}):
        case = check({"territory": {"codes": [VILLAGE]}, "cooperation": section})
        assert check(case.model_dump()) == case


# ---------------------------------------------------------------- placebo
def test_a_placebo_costs_the_same_and_knows_nothing() -> None:
    """Fewer links than the register makes out of as many introductions; no pool and no fund."""
    rules = Rules(Behaviour(STRONG | {"search_rate": 0.0, "member_share": 0.5}))
    placebo, register = (
        build_world(place_of(TOWN), rules, 2, 40.0, (CUT,), how)
        for how in (Cooperation(placebo=True), Cooperation(pool=False, fund=False))
    )
    assert placebo.state.firms.member.tobytes() == register.state.firms.member.tobytes()
    assert placebo.state.scic[0].fee == register.state.scic[0].fee > 0
    one, other = live(placebo, 45), live(register, 45)
    assert not one["scic_pool"].any()
    assert not one["scic_fund"].any()
    assert 0 < one["new_links"].sum() < other["new_links"].sum()
    pace = float(placebo.state.scic[0].staff) * placebo.rules.behaviour.matches_per_employee
    assert (one["new_links"] <= np.ceil(pace)).all()
    changed = placebo.state.slots.source != placebo.state.source_calm
    new = placebo.state.slots.source[changed]
    assert placebo.state.firms.member[new].all()


def test_without_register_a_placebo_introduces_nobody() -> None:
    world = bourg(Cooperation(register=False, placebo=True), CUT, **FREE)
    other = bourg(None, CUT, **FREE)
    live(world, 60)
    live(other, 60)
    allowed = {"firms.member", "homes.member"}
    allowed |= {name for name, _ in columns(world.state) if name.startswith("scic.")}
    assert differences(world.state, other.state) <= allowed


# ---------------------------------------------------------------- moral hazard
def test_members_that_hold_less_start_with_the_same_and_run_it_down() -> None:
    """Nothing is sold nor given: euros and goods at the start are those of the arm without."""
    careless, careful, without = (
        bourg(c, **FREE, holding_reduction=h)
        for c, h in ((Cooperation(), 0.4), (Cooperation(), 0.0), (None, 0.4))
    )
    euros, goods = held(careless)
    fewer, less = held(without)
    assert euros == pytest.approx(fewer, rel=1e-12)
    np.testing.assert_allclose(goods, less, rtol=1e-12)
    slots, usual = careless.state.slots, careful.state.slots
    assert slots.stock.tobytes() == usual.stock.tobytes()
    fell = 1.0 - slots.stock_target / usual.stock_target
    assert fell.max() == pytest.approx(0.4)
    member = np.array(careless.state.firms.member)[slot_buyers(careless.state.firms)]
    assert (fell[~member] == 0).all()
    series = [live(world, 60) for world in (careless, careful)]
    stocks = [float(w.state.slots.stock[member].sum()) for w in (careless, careful)]
    assert stocks[0] < 0.95 * stocks[1]
    calm = [s["output"][-1] for s in series]
    assert calm[0] == pytest.approx(calm[1], rel=5e-3)  # being careless costs nothing in calm times


def test_nobody_holds_less_than_a_day_and_without_a_pool_nobody_holds_less() -> None:
    careless = bourg(Cooperation(), **FREE, holding_reduction=0.5)
    state = careless.state
    use = state.slots.coefficient * state.firms.output_calm[slot_buyers(state.firms)]
    use[state.shelves.slot] += state.shelves.sales_calm
    usual = bourg(Cooperation(), **FREE).state.slots.stock_target
    floor = np.minimum(usual, careless.rules.behaviour.capacity_slack * use)
    assert (state.slots.stock_target >= floor - 1e-9).all()
    alone = [
        bourg(Cooperation(pool=False), **FREE, holding_reduction=h).state.slots.stock_target
        for h in (0.0, 0.5)
    ]
    assert alone[0].tobytes() == alone[1].tobytes()


# ---------------------------------------------------------------- failing
@pytest.mark.parametrize("how", ["hand_back", "lost"])
@pytest.mark.parametrize("reduction", [0.0, 0.3])
def test_a_failure_in_a_shock_is_booked(how: str, reduction: float) -> None:
    """It ends while open; members' targets are those of before, what it held comes back or not."""
    world = bourg(
        Cooperation(on_failure=how), CUT, **STRONG, scic_wage=0.0, holding_reduction=reduction
    )
    live(world, 30)
    scic, firms = world.state.scic[0], world.state.firms
    assert scic.open
    pool, money = float(scic.pool.sum()), float(scic.cash + scic.fund)
    assert min(pool, money) > 0
    stocks, cash = float(world.state.slots.stock.sum()), float(firms.cash.sum())
    lost, flow = float(world.flows.lost.sum()), float(world.flows.scic_failure)
    life.end(world)
    back = how == "hand_back"
    assert not scic.active
    assert world.state.slots.stock.sum() - stocks == pytest.approx(pool if back else 0.0)
    assert firms.cash.sum() - cash == pytest.approx(money if back else 0.0)
    assert world.flows.lost.sum() - lost == pytest.approx(0.0 if back else pool)
    assert world.flows.scic_failure - flow == pytest.approx(0.0 if back else -money)
    calm = bourg(None, **FREE).state
    np.testing.assert_allclose(world.state.slots.stock_target, calm.slots.stock_target)
    np.testing.assert_allclose(firms.cash_target, calm.firms.cash_target)
    assert not world.state.given.any()


@pytest.mark.parametrize("how", ["hand_back", "lost"])
def test_the_accounts_close_on_the_day_it_fails(how: str) -> None:
    """With a hazard that strikes in days, in the middle of a cut."""
    parameters = STRONG | {"scic_hazard": 1 - 1e-6}
    world = bourg(Cooperation(on_failure=how), CUT, seed=5, **parameters)
    series = live(world, 90)
    assert series["scic_active"][0] == 1
    assert series["scic_active"][-1] == 0
    assert series["scic_pool"][-1] == 0


def test_a_former_members_loan_ends_with_the_scic_and_no_money_goes_to_a_dead_one() -> None:
    world, measure = changing()
    firms, head = world.state.firms, world.state.scic[0]
    p = int(np.flatnonzero(firms.member)[0])
    firms.loan[p] = 3.0 * firms.put_in[p]
    measure._hand_back(world, p)
    assert firms.loan[p] > 0.0
    life.end(world)
    assert not firms.loan.any()
    firms.cash[p] = firms.cash_target[p] + 1e6
    work.pay_profits(firms, world.goods, head, world.flows)
    assert head.fund == head.cash == 0.0


def test_a_scic_without_living_members_leaves_what_it_holds_to_creditors() -> None:
    world, _ = changing()
    ledger, head = Ledger.open(world), world.state.scic[0]
    money, pool = float(head.cash + head.fund), float(head.pool.sum())
    firms = world.state.firms
    for p in np.flatnonzero(firms.member):
        close_firm(firms, int(p), world.state.slots, world.state.jobs, world.flows)
    lost = float(world.flows.lost.sum())
    life.end(world)
    assert world.flows.scic_failure == pytest.approx(-money)
    assert world.flows.lost.sum() - lost == pytest.approx(pool)
    assert head.fund == head.cash == head.pool.sum() == 0.0
    ledger.audit(world)


# ---------------------------------------------------------------- membership that changes
def test_who_joins_pays_in_and_who_leaves_takes_back() -> None:
    """Nothing is made nor lost; targets of who came and went are those of a non-member."""
    world, measure = changing()
    ledger = Ledger.open(world)
    firms, scic = world.state.firms, world.state.scic[0]
    outside = np.flatnonzero(~np.array(firms.member))[:3]
    targets = world.state.slots.stock_target.copy(), firms.cash_target.copy()
    before, pool, fund = held(world), scic.pool.copy(), float(scic.fund)
    measure.enters[outside] = 1
    world.tick = 1
    measure.decide(world)
    assert firms.member[outside].all()
    assert scic.pool.sum() > pool.sum()
    assert scic.fund - fund == pytest.approx(0.1 * targets[1][outside].sum())
    assert measure.counts["joined"] == 3
    assert scic.staff == pytest.approx(firms.member.sum() / 80.0)
    measure.leaves[outside] = 2
    world.tick = 2
    measure.decide(world)
    assert not firms.member[outside].any()
    after = held(world)
    assert after[0] == pytest.approx(before[0], rel=1e-12)
    np.testing.assert_allclose(after[1], before[1], rtol=1e-12)
    np.testing.assert_allclose(scic.pool, pool, rtol=1e-9)
    assert scic.fund == pytest.approx(fund)
    np.testing.assert_allclose(world.state.slots.stock_target, targets[0])
    np.testing.assert_allclose(firms.cash_target, targets[1])
    assert ledger.euros == pytest.approx(before[0])


def test_who_leaves_takes_back_only_its_share_of_what_is_left_less_its_debt() -> None:
    world, measure = changing()
    firms, scic = world.state.firms, world.state.scic[0]
    p = int(np.flatnonzero(firms.member)[0])
    scic.fund *= 0.5
    scic.pool[:] *= 0.5
    put_in, cash = float(firms.put_in[p]), float(firms.cash[p])
    firms.loan[p] = 0.1 * put_in
    rows = np.arange(firms.first_slot[p], firms.end_slot[p])
    gave = float(world.state.given[rows].sum())
    stock = float(world.state.slots.stock[rows].sum())
    measure.leaves[p] = 3
    world.tick = 3
    measure.decide(world)
    assert firms.cash[p] - cash == pytest.approx(0.4 * put_in)
    assert firms.loan[p] == 0.0
    assert world.state.slots.stock[rows].sum() - stock == pytest.approx(0.5 * gave)


def test_in_calm_times_fees_drive_members_out_after_their_notice() -> None:
    """Nobody gets anything, all are unhappy; with a chance of 1 all are gone after the notice."""
    settings: dict[str, Any] = {"review_days": 10, "notice_days": 20, "leave_rate": 1.0}
    world, _ = changing(**settings, scic_wage=110.0)
    series = live(world, 40)
    assert series["scic_active"][29] == 1
    assert series["scic_active"][31] == 0
    assert not world.state.firms.member.any()
    assert world.state.scic.pool.sum() == pytest.approx(0.0, abs=1e-6)
    calm = bourg(None, **FREE).state
    np.testing.assert_allclose(world.state.firms.cash_target, calm.firms.cash_target)
    np.testing.assert_allclose(world.state.slots.stock_target, calm.slots.stock_target)


def test_nobody_joins_in_calm_times_and_some_do_where_members_fare_better() -> None:
    settings: dict[str, Any] = {"review_days": 10, "admission_days": 5, "join_rate": 1.0}
    world, _ = changing(**settings)
    before = int(world.state.firms.member.sum())
    live(world, 40)
    assert world.state.firms.member.sum() == before
    # Members are ahead by decree: everyone else stands still.
    firms = world.state.firms
    firms.activity = np.where(firms.member, 1.0, 0.5)
    world.tick = 40
    measure = world.measures[0]
    measure.decide(world)
    world.tick = 45
    measure.decide(world)
    assert firms.member.sum() > before


def test_a_long_cut_brings_members_in_and_drives_some_out() -> None:
    """Lived, with the audit on: those who see members ahead come, others find fees too high."""
    section = {"membership": {"review_days": 30, "join_rate": 0.5, "leave_rate": 0.2}}
    case = check(
        {
            "territory": {"codes": [TOWN]},
            "run": {"days": 150, "people_per_agent": 40.0},
            "shocks": [{"kind": "import_cut", "start_day": 5, "days": 60}],
            "cooperation": section | {"mechanisms": ["pool", "register", "fund"]},
            "parameters": {"scic_hazard": 0.0},
        }
    )
    seen = simulate(case, 1, audit=True).measures
    joined, left = (float(seen[f"membership.{name}"].sum()) for name in ("joined", "left"))
    assert joined > 0
    assert left > 0
    producers = seen["membership.producers"].to_numpy()
    assert producers[-1] != producers[0]


# ---------------------------------------------------------------- free riding
def riding(**settings: Any) -> tuple[World, Membership]:
    return changing(
        how=Cooperation(free_rider_share=settings["free_rider_share"]),
        member_share=0.8,
        scic_wage=110.0,
        members_per_employee=20.0,
        **settings,
    )


def test_free_riders_put_in_and_pay_nothing_and_the_others_bear_it() -> None:
    world, _ = riding(free_rider_share=0.4, conditional_share=0.0)
    honest, _ = riding(free_rider_share=0.0, conditional_share=0.0)
    riders = np.array(world.state.firms.free_rider)
    members = np.array(world.state.firms.member)
    assert 0 < riders.sum() < members.sum()
    rows = riders[slot_buyers(world.state.firms)]
    assert not world.state.given[rows].any()
    assert 0 < world.state.scic.pool.sum() < honest.state.scic.pool.sum()
    live(world, 3)
    live(honest, 3)
    paid, fair = world.state.firms.fees_paid, honest.state.firms.fees_paid
    assert (paid[riders] == 0).all()
    payers = members & ~riders
    assert (paid[payers] > fair[payers]).all()
    assert paid.sum() == pytest.approx(fair.sum())
    assert held(world)[0] > 0


def test_without_monitoring_it_unravels_and_with_it_it_does_not() -> None:
    """Conditional members follow, until those who pay cannot bear it; monitoring holds them."""
    settings: dict[str, Any] = {"free_rider_share": 0.3, "conditional_share": 1.0}
    settings |= {"tolerance": 0.2, "review_days": 3650}
    loose, _ = riding(**settings)
    watched, _ = riding(**settings, monitoring=0.9)
    first = float(loose.state.firms.free_rider.sum())
    live(loose, 61)
    seen = observe_measures(loose)
    live(loose, 69)
    live(watched, 130)
    firms = watched.state.firms
    assert seen["membership.not_paying"] > 2.0 * first
    assert not loose.state.scic[0].active  # nobody paid, and its staff left
    assert not loose.state.firms.member.any()
    assert firms.free_rider.sum() < 0.1 * firms.member.sum()
    assert watched.state.scic[0].active


def test_monitoring_is_paid_by_those_who_pay() -> None:
    settings: dict[str, Any] = {"free_rider_share": 0.3, "conditional_share": 0.0}
    on, measure = riding(**settings, monitoring=0.5)
    off, _ = riding(**settings)
    live(on, 5)
    live(off, 5)
    more = on.state.firms.fees_paid - off.state.firms.fees_paid
    riders = np.array(on.state.firms.free_rider)
    assert (more[riders] == 0).all()
    assert more.sum() == pytest.approx(5 * measure.cost_today, rel=1e-6)
    assert measure.cost_today > 0
    assert measure.cash == pytest.approx(0.0, abs=1e-9)


def test_who_is_found_is_out_or_pays() -> None:
    settings: dict[str, Any] = {"free_rider_share": 0.3, "conditional_share": 0.0}
    out, _ = riding(**settings, monitoring=1.0)
    pays, _ = riding(**settings, monitoring=1.0, exclusion=False)
    members = int(out.state.firms.member.sum())
    riders = np.array(out.state.firms.free_rider)
    live(out, 35)
    live(pays, 35)
    assert out.state.firms.member.sum() == members - riders.sum()
    assert pays.state.firms.member.sum() == members
    assert not pays.state.firms.free_rider.any()
    assert (pays.state.firms.fees_paid[riders] > 0).all()


# ---------------------------------------------------------------- as an agent
@pytest.mark.parametrize("cooperation", [True, False])
def test_the_scic_is_an_agent_also_where_there_is_none(cooperation: bool) -> None:
    model = TerritoryModel(people_per_agent=20.0, cooperation=cooperation, rng=1)
    (agent,) = model.agents_by_type[Scic]
    assert bool(agent.active) == cooperation
    assert agent.fund == model.world.state.scic[0].fund
    assert sum(agent.pool_by_good.values()) == pytest.approx(float(agent.pool.sum()))
    assert set(agent.colleges) == set(life.COLLEGES)
    assert (agent.colleges["producers"] > 0) == cooperation
    agent.fund = 7.0
    assert model.world.state.scic[0].fund == 7.0
    assert len(model.frame(Scic)) == 1


# ---------------------------------------------------------------- what was handed in, and thrift
def thrifty() -> tuple[World, Membership]:
    return changing(member_share=0.5, holding_reduction=0.4)


def test_who_leaves_takes_back_no_more_than_it_handed_in() -> None:
    """What it no longer held (E1) is no claim on what others handed in; its targets come back."""
    world, measure = thrifty()
    state, calm = world.state, bourg(None, **FREE).state
    for p in np.flatnonzero(state.firms.member)[:20]:
        rows = np.arange(state.firms.first_slot[p], state.firms.end_slot[p])
        handed, before = state.given[rows].copy(), state.slots.stock[rows].copy()
        assert state.thrift[rows].sum() > 0.0
        measure._hand_back(world, int(p))
        back = state.slots.stock[rows] - before
        assert (back <= handed + 1e-9).all()
        assert back.sum() == pytest.approx(handed.sum())
        np.testing.assert_allclose(state.slots.stock_target[rows], calm.slots.stock_target[rows])


def test_who_has_no_stocks_to_hand_in_is_not_admitted_and_takes_nothing() -> None:
    world, measure = thrifty()
    state, head = world.state, world.state.scic[0]
    poor, rich = np.flatnonzero(~np.array(state.firms.member[: world.n_drawn]))[:2]
    rows = np.arange(state.firms.first_slot[poor], state.firms.end_slot[poor])
    state.slots.stock[rows] = 0.0
    pool = head.pool.copy()
    measure._enter(world, np.array([poor]))
    assert not state.firms.member[poor]
    assert head.pool.tobytes() == pool.tobytes()
    measure._enter(world, np.array([rich]))
    assert state.firms.member[rich]
    assert head.pool.sum() > pool.sum()


def test_a_thrifty_riders_targets_come_back_and_nothing_else() -> None:
    world, measure = changing(
        member_share=0.5, holding_reduction=0.4, free_rider_share=0.3, conditional_share=0.0
    )
    state = world.state
    p = int(np.flatnonzero(state.firms.free_rider)[0])
    rows = np.arange(state.firms.first_slot[p], state.firms.end_slot[p])
    before = state.slots.stock[rows].copy()
    measure._hand_back(world, p)
    np.testing.assert_array_equal(state.slots.stock[rows], before)
    calm = bourg(None, **FREE).state
    np.testing.assert_allclose(state.slots.stock_target[rows], calm.slots.stock_target[rows])


def test_who_follows_others_goes_on_following_when_the_first_riders_are_out() -> None:
    """The rule of a month holds whoever began it: too many known riders are too many."""
    world, measure = changing(
        member_share=0.5, free_rider_share=0.3, conditional_share=1.0, tolerance=0.2
    )
    firms, n = world.state.firms, world.n_drawn
    measure._follow_others(world)
    for p in np.flatnonzero(measure.born_riders):
        measure._hand_back(world, int(p))
    assert not measure.born_riders.any()
    assert firms.free_rider.any()
    known = measure._known(world, np.where(firms.free_rider[:n], 1.0, 0.0))
    expected = firms.member[:n] & (known > measure.tolerated)
    measure._follow_others(world)
    np.testing.assert_array_equal(firms.free_rider[:n], expected)


def test_an_old_notice_ends_with_the_membership() -> None:
    world, measure = changing()
    p = int(np.flatnonzero(world.state.firms.member)[0])
    measure.leaves[p] = 50
    measure._hand_back(world, p)
    measure._enter(world, np.array([p]))
    assert world.state.firms.member[p]
    world.tick = 50
    measure.decide(world)
    assert world.state.firms.member[p]


def test_nobody_looks_for_riders_whom_nobody_pays_to_look() -> None:
    settings: dict[str, Any] = {"free_rider_share": 0.3, "conditional_share": 0.0}
    found = []
    for frozen in (False, True):
        world, measure = riding(**settings, monitoring=1.0)
        first = int(world.state.firms.free_rider.sum())
        world.day.payments = 0.0 if frozen else 1.0
        measure._pay_for_monitoring(world)
        assert (measure.cost_today > 0.0) is not frozen
        measure._find_riders(world)
        found.append(first - int(world.state.firms.free_rider.sum()))
    assert found[0] > 0 == found[1]


def test_members_credit_the_scic_with_its_own_links_only() -> None:
    """Whom another platform brought together does not owe that to the SCIC."""
    world, measure = changing(CUT, seed=5, member_share=0.6)
    state = world.state
    measure.trade(world)
    state.slots.source[:, 0] = np.where(state.slots.source[:, 0] < 0, 0, -1)  # by others
    measure._count_what_members_got(world)
    assert not measure.got.any()
    world.linked_by_scic = np.zeros(len(state.slots), dtype=np.int64)
    row = int(state.firms.first_slot[np.flatnonzero(state.firms.member)[0]])
    world.linked_by_scic[row] = 1
    measure._count_what_members_got(world)
    assert np.flatnonzero(measure.got).tolist() == [slot_buyers(state.firms)[row]]
