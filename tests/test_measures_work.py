"""Measures of work and skills: repair in groups, a PTCE, a members' store, remote work."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG, TOWN, live, place_of

from ressort.branches import INDEX
from ressort.measures.repair_training import RepairTraining
from ressort.parameters import Behaviour, measure_records
from ressort.scenario import Scenario, check
from ressort.shocks import Shock
from ressort.simulation import Run, simulate
from ressort.world import Rules, World, build_world

EQUIPMENT = INDEX["equipment"]
WORK = {
    "cooperation": ("repair_training", "ptce", "members_store"),
    "council": ("remote_work",),
}
NAMES = [(group, name) for group, names in WORK.items() for name in names]


def scenario(shocks: list[dict[str, Any]], days: int = 60, **sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"name": sections.pop("town", TOWN)},
        "run": {"days": days, "people_per_agent": 20.0},
        "shocks": shocks,
    }
    cooperation = {"scic": False} | sections.pop("cooperation", {})
    return check(content | {"cooperation": cooperation} | sections)


MIXED = [
    {"kind": "labour_loss", "start_day": 5, "days": 30, "depth": 0.5, "branches": ["trade"]},
    {"kind": "commuting_cut", "start_day": 10, "days": 20, "depth": 0.5},
    {"kind": "import_cut", "start_day": 10, "days": 20, "goods": ["equipment", "fuel"]},
]


@cache
def without(seed: int) -> Run:
    return simulate(scenario(MIXED, 40), seed)


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_accounts_close_and_the_measure_acts(group: str, name: str) -> None:
    settings = {"ptce": {"governance_years": 0.0, "sharing_years": 0.0}}
    settings |= {"repair_training": {"groups": 60}}
    one = scenario(MIXED, 40, **{group: {name: settings.get(name, {})}})
    run = simulate(one, 1, audit=True)
    assert run.yearly_cost > 0.0
    assert run.series.indicators.tobytes() != without(1).series.indicators.tobytes()


@pytest.mark.parametrize(("group", "name"), NAMES)
def test_a_measure_to_come_changes_nothing(group: str, name: str) -> None:
    run = simulate(scenario(MIXED, 40, **{group: {name: {"from_year": 0.109}}}), 1)
    assert run.series.indicators.tobytes() == without(1).series.indicators.tobytes()


# ---------------------------------------------------------------- repair by the trained (S25)
def settings_of(name: str, **changes: Any) -> dict[str, Any]:
    values = {n: record.value for n, record in measure_records()[name].items()}
    return values | {"from_year": 0.0} | changes


def farms(*shocks: Shock, skilled: bool, makers: bool = False, **settings: Any) -> World:
    """A small place, its people trained or not, with no maker of equipment, or with one."""
    measure = RepairTraining(settings_of("repair_training", groups=0.0, turnover=0.0, **settings))
    hasty = Behaviour({"machine_life_days": 60.0, "entry_delay_days": 1e9})
    world = build_world(place_of(BOURG), Rules(hasty), 2, 8.0, shocks, None, None, (measure,))
    firms = world.state.firms
    assert (firms.branch == EQUIPMENT).any()
    if not makers:
        firms.alive &= firms.branch != EQUIPMENT
    if skilled:
        measure.trained[measure.invited] = measure.needed[measure.invited]
        measure.adapt(world)
    return world


def sound(world: World) -> float:
    """Share of the machines of those who may be trained that are sound."""
    firms = world.state.firms
    may = world.measures[0].invited  # type: ignore[attr-defined]
    return float(1.0 - firms.broken[may].sum() / firms.machines[may].sum())


def test_isolated_the_trained_keep_more_machines_sound() -> None:
    """Direction of S25: productive capacity decays slower with skill when no repairer can come."""
    cut = Shock("isolation", 2, 100)
    shares = []
    for skilled in (False, True):
        world = farms(cut, skilled=skilled)
        live(world, 60)
        shares.append(sound(world))
    assert shares[1] > shares[0] + 0.05
    assert shares[0] < 0.9


@pytest.mark.parametrize("cut", [None, Shock("isolation", 2, 60)])
def test_skill_changes_nothing_where_repairers_and_parts_are(cut: Shock | None) -> None:
    """In calm times, and cut off with a maker of equipment in the place."""
    ends = []
    for skilled in (False, True):
        shocks = [cut] if cut else []
        world = farms(*shocks, skilled=skilled, makers=True, own_parts=0.0)
        live(world, 30)
        ends.append(world.state.firms.broken.copy())
    assert ends[0].tolist() == ends[1].tolist()


def test_open_plans_keep_farms_going_without_equipment_as_far_as_materials_last() -> None:
    """Equipment is cut for long: parts made here save a part of the output, and cost materials."""
    made = {}
    for share in (0.0, 0.3):
        world = farms(Shock("import_cut", 2, 200, goods=("equipment",)), skilled=True)
        world.measures[0].set.own_parts = share
        made[share] = live(world, 100)["output_agri"][-20:].mean()
    assert made[0.3] > made[0.0]
    both = ("equipment", "materials")
    world = farms(Shock("import_cut", 2, 200, goods=both), skilled=True, own_parts=0.3)
    assert live(world, 100)["output_agri"][-20:].mean() < made[0.3]


def test_a_course_costs_days_and_fees_and_leaves_skill_that_goes_again() -> None:
    measure = RepairTraining(settings_of("repair_training", groups=365.0, people=5, days=2))
    world = build_world(place_of(BOURG), Rules(), 1, 8.0, measures=(measure,))
    able = world.state.firms.able
    live(world, 1)
    (course,) = measure.courses
    assert len(course.firms) == 5
    staff = world.state.firms.staff[course.firms]
    assert able[course.firms] == pytest.approx(np.maximum(0.0, 1.0 - 1.0 / staff))
    assert measure.cost_today == pytest.approx(5 * 250.0)
    live(world, 1)
    assert measure.trained[course.firms].min() > 0.9
    assert world.state.firms.repair_skill[course.firms].max() > 0.0
    measure.set.groups = 0.0
    live(world, 200)
    assert measure.trained[course.firms].max() < 0.95


def test_no_course_begins_while_trainers_cannot_come() -> None:
    measure = RepairTraining(settings_of("repair_training", groups=365.0))
    cut = Shock("commuting_cut", 0, 50, 0.2)
    world = build_world(place_of(BOURG), Rules(), 1, 8.0, (cut,), measures=(measure,))
    live(world, 5)
    assert measure.observed["called_off"] == 5.0
    assert measure.trained.sum() == 0.0


# ---------------------------------------------------------------- a members' store (S31)
SHORT = [{"kind": "labour_loss", "start_day": 10, "days": 30, "depth": 0.6, "branches": ["trade"]}]


@cache
def store(seed: int = 1, **settings: Any) -> Run:
    group = {"members_store": {"stores": 3} | settings}
    return simulate(scenario(SHORT, 30, cooperation=group), seed)


def seen(run: Run, what: str, calm: bool = False) -> float:
    """Mean of what the stores let be seen during the shock, or on the same days without it."""
    series = run.reference_series if calm else run.series
    return float(series.measures_frame()[f"members_store.{what}"].iloc[10:].mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_volunteers_fill_in_for_missing_staff(seed: int) -> None:
    """Direction of S31: more is sold, by stores that more customers then come to.

    Volunteers who are struck like the staff help less.
    """
    alike, common = store(seed, struck_alike=1.0), store(seed)
    nobody = store(seed, hours=0.0)
    assert seen(nobody, "sold") < seen(alike, "sold") < seen(common, "sold")
    assert nobody.measures["members_store.volunteers"].max() == 0.0
    assert common.reference_series.measures_frame()["members_store.volunteers"].max() == 0.0


def test_limited_opening_costs_customers_in_calm_times() -> None:
    """Direction of S31: a store open for less than its customers need leaves some without."""
    long, short = store(opening=1.0), store(opening=0.6)
    assert seen(long, "found_members", calm=True) == pytest.approx(1.0)
    assert seen(short, "found_members", calm=True) < 0.97
    assert seen(short, "sold", calm=True) < 0.9 * seen(long, "sold", calm=True)


def test_members_first_is_at_the_cost_of_other_customers() -> None:
    fair, first = store(), store(members_first=True)
    assert seen(fair, "found_members") == seen(fair, "found_others")
    assert seen(first, "found_members") > seen(fair, "found_members")
    assert seen(first, "found_others") < seen(fair, "found_others")


def test_members_pay_for_the_coordination() -> None:
    run = store()
    homes = run.model.world.state.homes
    member = np.asarray(homes.store_member)
    households = (homes.people / homes.persons)[member].sum()
    assert run.yearly_cost == pytest.approx(40.0 * households / run.population, rel=0.01)
    bare = simulate(scenario(SHORT, 30), 1).model.world.state.homes
    assert homes.cash[member].sum() < bare.cash[member].sum()


# ---------------------------------------------------------------- remote work (S12)
CUT = [{"kind": "commuting_cut", "start_day": 5, "days": 25}]
GOODS = [{"kind": "import_cut", "start_day": 5, "days": 25}]


def remote(shocks: list[dict[str, Any]], seed: int = 1, **settings: Any) -> Run:
    return simulate(scenario(shocks, 40, council={"remote_work": settings}, town=BOURG), seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_places_for_commuters_lower_the_loss_of_labour(seed: int) -> None:
    """Direction of S12: the more places, the less output is lost, and the more they cost."""
    runs = [remote(CUT, seed, places=places) for places in (0.0, 0.1, 0.3)]
    losses = [run.metrics["m5_loss_area_output"] for run in runs]
    assert losses[0] > losses[1] > losses[2]
    costs = [run.yearly_cost for run in runs]
    assert costs[0] == 0.0
    assert costs[2] == pytest.approx(3.0 * costs[1], rel=0.01)
    kept = [run.measures["remote_work.wages_kept"].sum() for run in runs]
    assert kept[0] == 0.0 < kept[1] < kept[2]


def test_places_do_nothing_but_cost_when_people_can_come() -> None:
    """Neither against another shock nor in calm times: the same bits, were they free."""
    bare = simulate(scenario(GOODS, 40, town=BOURG), 1)
    free, paid = remote(GOODS, place_cost=0.0), remote(GOODS)
    assert free.series.indicators.tobytes() == bare.series.indicators.tobytes()
    assert paid.daily["household_cash"].iloc[-1] < bare.daily["household_cash"].iloc[-1]
