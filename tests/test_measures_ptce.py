"""A PTCE (S33, E7, E16): lending staff between members, an account of its own, and its end."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG, TOWN, live, place_of

from ressort.branches import INDEX
from ressort.errors import InputError
from ressort.measures.ptce import CIRCUITS, COLLEGES, SHARING, TABLE, Ptce, match
from ressort.parameters import measure_records
from ressort.scenario import Scenario, check
from ressort.scic import Cooperation
from ressort.searches import match_members
from ressort.shocks import Shock
from ressort.simulation import simulate
from ressort.state import MONEY_FLOWS
from ressort.world import Rules, World, build_world

INDUSTRY = ["food", "light", "chemicals", "materials", "equipment", "business_services"]
TOWN_TRADES = ["construction", "trade", "horeca", "info_comm", "finance", "other_services"]
CUT = Shock("import_cut", 5, 40)
WHOLE = {"member_share": 0.5, "governance_years": 0.0, "sharing_years": 0.0, "hazard": 0.0}


def scenario(
    shocks: list[dict[str, Any]], days: int, town: str = TOWN, ppa: float = 20.0, **cooperation: Any
) -> Scenario:
    return check(
        {
            "territory": {"name": town},
            "run": {"days": days, "people_per_agent": ppa},
            "shocks": shocks,
            "cooperation": {"scic": False} | cooperation,
        }
    )


def settings_of(name: str, **changes: Any) -> dict[str, Any]:
    values = {n: record.value for n, record in measure_records()[name].items()}
    return values | {"from_year": 0.0} | changes


# ---------------------------------------------------------------- lending staff (S33)
def test_matching_shares_out_within_groups() -> None:
    group = np.array([0, 0, 0, 1, 1])
    give, take, price = match(
        group,
        np.array([4.0, 2.0, 0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, 3.0, 0.0, 5.0]),
        np.array([10.0, 40.0, 99.0, 30.0, 99.0]),
    )
    assert give == pytest.approx([2.0, 1.0, 0.0, 1.0, 0.0])
    assert take == pytest.approx([0.0, 0.0, 3.0, 0.0, 1.0])
    assert price == pytest.approx([20.0, 20.0, 20.0, 30.0, 30.0])
    assert (give * [10.0, 40.0, 99.0, 30.0, 99.0]).sum() == pytest.approx((take * price).sum())


def slump(names: list[str], start: int) -> list[dict[str, Any]]:
    common = {"start_day": start, "days": 75, "depth": 0.6}
    return [
        {"kind": "demand_loss", "branches": names} | common,
        {"kind": "export_loss", "goods": names} | common,
    ]


@cache
def jobs_lost(seed: int, in_turn: bool, lending: bool) -> float:
    """Mean jobs lost to two slumps, in turn or at once."""
    shocks = [*slump(INDUSTRY, 5), *slump(TOWN_TRADES, 80 if in_turn else 5)]
    group: dict[str, Any] = {"ptce": WHOLE} if lending else {}
    run = simulate(scenario(shocks, 170, **group), seed)
    return float((run.reference["jobs_held"] - run.daily["jobs_held"]).mean())


def test_lending_spares_jobs_when_slumps_come_in_turn() -> None:
    """Direction of S33 and E7; when all slump at once there is next to nothing to lend.

    Not quite nothing: orders come back to some a few days before others.
    """
    spared = {}
    for in_turn in (True, False):
        lost = [[jobs_lost(seed, in_turn, b) for seed in (1, 2, 3)] for b in (False, True)]
        spared[in_turn] = 1.0 - sum(lost[1]) / sum(lost[0])
        if in_turn:
            assert all(less < more for more, less in zip(*lost, strict=True))
    assert spared[True] > 0.03
    assert abs(spared[False]) < 0.4 * spared[True]


SEVERAL = "CC du Seignanx"  # communes between which staff may be lent


@pytest.mark.parametrize("cut", [True, False])
def test_a_cut_of_commuting_takes_what_circuits_spared(cut: bool) -> None:
    """It strikes lending between communes, as far as it is said to, and nothing if there is none.

    Within communes there is more to lend to: employers of commuters lack hands.
    """
    shocks = [*slump(INDUSTRY, 5), *slump(TOWN_TRADES, 80)]
    if cut:
        shocks.append({"kind": "commuting_cut", "start_day": 5, "days": 100})
    lost = {}
    for hits in (0.0, 1.0):
        group = {"ptce": WHOLE | {"commuting_hits": hits}}
        run = simulate(scenario(shocks, 110, SEVERAL, 40.0, **group), 1)
        lost[hits] = float((run.reference["jobs_held"] - run.daily["jobs_held"]).mean())
    if cut:
        assert lost[1.0] > 1.01 * lost[0.0]
    else:
        assert lost[1.0] == lost[0.0]


def pool_world(**settings: Any) -> tuple[World, Ptce]:
    measure = Ptce(settings_of("ptce", **(WHOLE | {"member_share": 1.0} | settings)))
    return build_world(place_of(BOURG), Rules(), 1, 8.0, measures=(measure,)), measure


def test_lent_staff_work_for_the_borrower_are_paid_by_it_and_are_not_laid_off() -> None:
    world, pool = pool_world(other_trades=1.0, fee=0.1, dues=0.0)
    firms = world.state.firms
    live(world, 1)
    lender, borrower = 0, 1
    pool.members[:] = False
    pool.members[[lender, borrower]] = True
    pool.set.members_least = 2
    firms.commune[borrower] = firms.commune[lender]
    firms.production[lender] = 0.2 * firms.output_calm[lender]  # yesterday
    firms.staff[borrower] = 0.5 * firms.jobs[borrower]
    before = np.array(firms.able)
    pool.set_conditions(world)
    assert pool.lent > 0.0
    assert firms.lent[lender] == pytest.approx(pool.lent)
    assert firms.lent[borrower] == pytest.approx(-0.8 * pool.lent)
    assert firms.able[lender] < before[lender]
    assert firms.able[borrower] > before[borrower]
    cash = np.array(firms.cash)
    pool.cooperate(world)
    wages = pool.lent * firms.wage_bill[lender] / firms.jobs[lender]
    assert firms.cash[lender] - cash[lender] == pytest.approx(wages)
    assert cash[borrower] - firms.cash[borrower] == pytest.approx(1.1 * wages)


def test_in_a_freeze_of_payments_wages_and_dues_wait() -> None:
    measure = Ptce(settings_of("ptce", **(WHOLE | {"member_share": 1.0, "members_least": 1})))
    world = build_world(place_of(BOURG), Rules(), 1, 8.0, measures=(measure,))
    live(world, 2)
    firms = world.state.firms
    for frozen in (True, False):
        world.day.payments = 0.0 if frozen else 1.0
        measure.due[0], measure.owed[1] = 100.0, 100.0
        cash, dues = firms.cash.copy(), measure.dues.sum()
        measure._settle(world)
        measure.dues += measure._take(world, np.ones(len(firms)))
        assert bool(measure.dues.sum() == dues) is frozen
        assert bool((firms.cash == cash).all()) is frozen


def test_the_table_matches_its_own_members_and_leaves_the_scic_alone() -> None:
    """A purchase in trouble finds a seller only where the mask has both; nobody's card changes."""
    found = []
    for share in (0.0, 1.0):
        world = build_world(place_of(BOURG), Rules(), 1, 8.0, (CUT,), Cooperation())
        live(world, 30)
        members = np.full(len(world.state.firms), share > 0.0)
        before = np.array(world.state.firms.member)
        found.append(match_members(world, 50.0, members))
        np.testing.assert_array_equal(world.state.firms.member, before)
    assert found[0] == 0 < found[1]


def test_stages_need_the_one_before_years_and_members() -> None:
    world, pool = pool_world(governance_years=2 / 365, sharing_years=3 / 365)
    stages = []
    for _ in range(8):
        live(world, 1)
        stages.append(pool.stage)
    assert stages == [TABLE, SHARING, SHARING, SHARING, CIRCUITS, CIRCUITS, CIRCUITS, CIRCUITS]
    few, alone = pool_world(members_least=1000)
    live(few, 3)
    assert alone.stage == 0


def test_in_calm_times_it_is_pure_cost_to_its_members() -> None:
    world, pool = pool_world(dues=60.0, running_cost=60.0)
    jobs = float(world.state.firms.jobs.sum())
    live(world, 1)
    assert pool.lent == pytest.approx(0.0, abs=1e-6)
    assert pool.cost_today == pytest.approx(60.0 * jobs / 365)


def test_dues_far_above_use_cost_members_and_spare_nothing_in_a_common_slump() -> None:
    """Members are poorer with it than without, and hardly more jobs are kept."""
    ends = {}
    for dear in (None, 60.0, 3000.0):
        group: dict[str, Any] = {}
        if dear:
            group["ptce"] = WHOLE | {"dues": dear, "running_cost": dear}
        run = simulate(scenario(slump(INDUSTRY + TOWN_TRADES, 5), 120, **group), 1)
        ends[dear] = run.daily[["firm_cash", "jobs_held"]].iloc[5:].mean()
    assert ends[3000.0].firm_cash < ends[60.0].firm_cash
    assert ends[3000.0].firm_cash < 0.999 * ends[None].firm_cash
    assert ends[3000.0].jobs_held == pytest.approx(ends[None].jobs_held, rel=0.01)


# ---------------------------------------------------------------- account and members
@pytest.mark.parametrize("grant", [0.0, 0.4])
def test_the_first_reserve_is_paid_by_members_and_a_grant(grant: float) -> None:
    world, pool = pool_world(grant_share=grant, reserve_days=100.0)
    firms = world.state.firms
    before = float(firms.cash.sum())
    for name, _ in MONEY_FLOWS:
        world.flows[name] = 0.0
    pool.set_conditions(world)
    reserve = 100.0 / 365 * 60.0 * float(firms.jobs.sum())
    assert pool.cash == pytest.approx(reserve)
    assert before - firms.cash.sum() == pytest.approx((1.0 - grant) * reserve)
    assert world.flows.measures == pytest.approx(grant * reserve)


def test_dues_fall_while_the_account_holds_more_than_is_wanted() -> None:
    world, pool = pool_world(dues=60.0, running_cost=60.0)
    live(world, 1)
    assert pool.dues.sum() > 0.0
    pool.receive_grant(world, 1e7)
    paid = pool.dues.sum()
    pool._collect_dues(world)
    assert pool.dues.sum() == paid


def test_members_are_counted_by_college() -> None:
    world, pool = pool_world()
    live(world, 1)
    seen = pool.observed
    assert sum(seen[f"members_{c}"] for c in COLLEGES) == seen["members"]
    branch = world.state.firms.branch
    assert seen["members_public"] == (branch == INDEX["public_admin"]).sum()
    care, other = INDEX["health_social"], INDEX["other_services"]
    assert seen["members_associations"] == np.isin(branch, [care, other]).sum() > 0.0
    assert seen["members_workers"] == pytest.approx(world.state.firms.staff.sum())
    assert seen["alive"] == 1.0


def test_members_whose_dues_exceed_use_leave_and_others_join_where_it_pays() -> None:
    """At the yearly review; with nobody left nobody pays, and the platform ends."""
    world, pool = pool_world(leave_rate=1.0, join_rate=1.0, insolvent_days=3, reserve_days=30.0)
    n = len(world.state.firms)
    live(world, 1)
    pool.days_since_review = 364
    pool.use[: n // 2] = 1e9
    live(world, 1)
    assert pool.left == pool.observed["left"] == n - n // 2
    assert pool.members.sum() == n // 2
    pool.days_since_review = 364
    pool.use[:] = np.where(pool.members, 1e9, 0.0)
    live(world, 1)
    assert pool.joined == n - n // 2
    pool.days_since_review = 364
    pool.use[:] = 0.0
    live(world, 1)
    assert pool.alive
    assert not pool.members.any()
    live(world, 70)  # half of the cost is fixed: the reserve lasts 60 days
    assert pool.failed


# ---------------------------------------------------------------- its end (E16)
def test_the_hazard_is_that_of_18_ptce_in_74_gone_after_six_years() -> None:
    hazard = float(measure_records()["ptce"]["hazard"].value)
    assert np.exp(-6.0 * hazard) == pytest.approx(56 / 74, abs=0.005)
    world, pool = pool_world(hazard=hazard)
    ends = 0
    for day in range(40_000):
        world.tick = day
        ends += pool._ends(world)
    assert 1 <= ends <= 12  # 5.0 expected


def test_without_dues_it_fails_once_its_reserve_is_spent_and_was_unpaid_for_long() -> None:
    world, pool = pool_world(dues=0.0, reserve_days=2.5, insolvent_days=4)
    alive = []
    for _ in range(10):
        live(world, 1)
        alive.append(pool.alive)
    # Two days in full, four days short, and the end on the morning after.
    assert alive == [True] * 6 + [False] * 4
    assert pool.stage == 0


@pytest.mark.parametrize("rule", ["hand_back", "lost"])
def test_when_it_ends_staff_go_home_and_the_account_goes_by_rule(rule: str) -> None:
    world, pool = pool_world(on_failure=rule, other_trades=1.0)
    firms = world.state.firms
    live(world, 1)
    firms.production[::2] *= 0.2  # yesterday
    firms.staff[1::2] *= 0.5
    pool.set_conditions(world)
    assert pool.lent > 0.0
    held, before, abroad = pool.cash, np.array(firms.cash), float(world.flows.measures)
    firms.able, firms.lent = 1.0, 0.0
    pool.set.hazard = 1e9
    pool.set_conditions(world)
    assert pool.lent == pool.owed.sum() == np.abs(firms.lent).sum() == 0.0
    assert (firms.able == 1.0).all()
    assert pool.cash == 0.0
    assert not pool.alive
    assert not pool.members.any()
    if rule == "hand_back":
        assert firms.cash - before == pytest.approx(held * firms.jobs / firms.jobs.sum())
    else:
        assert firms.cash.tolist() == before.tolist()
        assert world.flows.measures - abroad == pytest.approx(-held)


def test_after_its_end_firms_live_as_without_it() -> None:
    """In a slump: it ends before anything was lent, and members have what they paid back."""
    shocks = slump(INDUSTRY, 5)
    gone = simulate(scenario(shocks, 60, ptce=WHOLE | {"hazard": 1000.0}), 1, audit=True)
    alone = simulate(scenario(shocks, 60), 1)
    assert gone.measures["ptce.alive"].iloc[-1] == 0.0
    assert gone.measures["ptce.lent"].iloc[5:].max() == 0.0
    jobs = gone.daily["jobs_held"] - alone.daily["jobs_held"]
    assert np.abs(jobs).max() < 1e-3 * alone.daily["jobs_held"].max()


def test_the_former_name_of_its_section_leads_to_the_new_one() -> None:
    with pytest.raises(InputError, match=r"cooperation\.labour_pool: unknown key; .* 'ptce'"):
        scenario([], 10, labour_pool={})
