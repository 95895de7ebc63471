"""M1, M2, inequality, decisions and calm output, on numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.worlds import BOURG, VILLAGE, place_of

from ressort.branches import INDEX, NEEDS
from ressort.metrics import METRICS, Trace, measure
from ressort.parameters import branch_traits, metric_records
from ressort.readiness import (
    Acts,
    calm_output,
    gini,
    readiness,
    readiness_of,
    stock_days,
    warning_days,
)
from ressort.scenario import check
from ressort.simulation import Run, simulate
from ressort.state import SERVICES, STORED
from ressort.summary import difference
from ressort.witness import METRICS as WITNESSED
from ressort.world import Rules, World, build_world

NEVER, NOBODY = np.zeros(10, bool), np.zeros(10)
WATER = INDEX["water"]


# ---------------------------------------------------------------- M1
def test_readiness_caps_each_need_at_its_target() -> None:
    """3 of 6 days, 40 of 20 (no more than ready), nothing of 5; weights 0.5, 0.3, 0.2."""
    days, targets = np.array([3.0, 40.0, 0.0]), np.array([6.0, 20.0, 5.0])
    assert readiness(days, targets, np.array([0.5, 0.3, 0.2])) == pytest.approx(0.55)


def emptied(name: str = VILLAGE) -> World:
    """Return a place without any stock."""
    world = build_world(place_of(name), Rules(), 1)
    state = world.state
    state.firms.stock, state.slots.stock, state.homes.pantry = 0.0, 0.0, 0.0
    return world


def test_an_empty_village_is_as_ready_as_needs_without_stock() -> None:
    """What is left are makers that need no critical goods at all: ready whatever they hold."""
    world = emptied()
    goods = [*STORED, "materials"]
    assert stock_days(world, goods).tolist() == [0.0] * 5
    full = build_world(place_of(VILLAGE), Rules(), 1)
    assert 0.0 <= readiness_of(world) < readiness_of(full) <= 1.0


def test_days_of_goods_are_stocks_over_residents_use() -> None:
    """2 days of food in pantries, 1 at makers here, 4 on shelves; 3 of fuel in a SCIC's pool."""
    world = emptied(BOURG)
    state = world.state
    use = branch_traits().consumption * state.homes.people.sum()
    food, fuel = INDEX["food"], INDEX["fuel"]
    state.homes.pantry[0, STORED.index("food")] = 2.0 * use[food]
    maker = int(np.flatnonzero(state.firms.alive)[0])
    state.firms.branch[maker], state.firms.stock[maker] = food, use[food]
    shelf = state.shelves.slot[0]
    state.slots.good[shelf], state.slots.stock[shelf] = food, 4.0 * use[food]
    state.scic[0].pool[fuel] = 3.0 * use[fuel]
    assert stock_days(world, ["food", "fuel", "agri"]) == pytest.approx([7.0, 3.0, 0.0])
    state.firms.alive[maker] = False
    assert stock_days(world, ["food"]) == pytest.approx([6.0])


def test_days_of_services_are_those_of_the_scarcest_critical_good_of_makers() -> None:
    """Two waterworks, of outputs 30 and 10: 2 days (of 2 and 5) and 6; a quarter comes from out."""
    world = emptied()
    firms, slots = world.state.firms, world.state.slots
    firms.branch[firms.branch == WATER] = INDEX["finance"]
    works = np.flatnonzero(firms.end_slot - firms.first_slot >= 2)[:2]
    firms.branch[works], firms.output_calm[works], firms.alive[works] = WATER, [30.0, 10.0], True
    held = ((2.0, 5.0), (6.0, 9.0))
    for p, days in zip(works, held, strict=True):
        mine = slice(firms.first_slot[p], firms.end_slot[p])
        slots.rating[mine] = 1  # important goods do not stop it
        for k, lasts in enumerate(days):
            s = firms.first_slot[p] + k
            slots.rating[s], slots.shelf[s], slots.good[s] = 2, -1, INDEX["chemicals"]
            slots.coefficient[s] = 0.1
            slots.stock[s] = lasts * 0.1 * firms.output_calm[p]
    homes = world.state.homes
    homes.people = 1.0
    quarter = len(homes) // 4
    homes.provider[:, SERVICES.index("water")] = works[0]
    homes.provider[:quarter, SERVICES.index("water")] = -1
    expected = (30 * 2 + 10 * 6) / 40 * (1 - quarter / len(homes))
    assert stock_days(world, ["water"]) == pytest.approx([expected])


@pytest.mark.parametrize("need", NEEDS)
def test_every_need_has_a_target_with_its_source(need: str) -> None:
    record = metric_records()[f"target_days_{need}"]
    assert record.low is not None
    assert record.high is not None
    assert 0 < record.low <= record.value <= record.high
    assert record.source


# ---------------------------------------------------------------- M2
def acts(
    alarm: int | None = None,
    hoarding: int | None = None,
    links: int | None = None,
    since: float = math.nan,
) -> Acts:
    """Return ten days in which each kind of action begins on a day, or not at all."""
    days = np.arange(10)
    begun = [days >= d if d is not None else NEVER for d in (alarm, hoarding, links)]
    people, made = np.where(begun[1], 3.0, 0.0), np.where(begun[2], 1.0, 0.0)
    return Acts(begun[0], people, made, since)


@pytest.mark.parametrize(
    ("run", "reference", "lead"),
    [
        (acts(alarm=4), acts(), -4.0),
        (acts(hoarding=2, alarm=4, links=3), acts(), -2.0),
        (acts(links=3), acts(), -3.0),
        (acts(hoarding=0), acts(), 0.0),  # the same day
        (acts(alarm=4, hoarding=6), acts(alarm=4), -6.0),  # that alarm had nothing to do with it
        (acts(links=2), acts(links=2), -math.inf),
        (acts(), acts(), -math.inf),  # nobody ever acts: censored
        (acts(since=5.0), acts(since=5.0), 5.0),  # an alarm that had gone on for five days
    ],
)
def test_warning_lead(run: Acts, reference: Acts, lead: float) -> None:
    assert warning_days(run, reference) == lead


def test_a_link_made_sooner_than_in_calm_times_is_an_action() -> None:
    run, calm = acts(), acts()
    run.links[2], calm.links[3] = 1.0, 1.0
    assert warning_days(run, calm) == -2.0


def test_who_never_acts_is_worse_than_who_acts_late() -> None:
    """-30 against never (later than 90): better by at least 60; the other way round, worse."""
    late, never = np.full(9, -30.0), np.full(9, -math.inf)
    better, worse = difference(late, never, 90.0), difference(never, late, 90.0)
    assert (better.low, better.high, better.verdict) == (60.0, math.inf, "higher")
    assert (worse.low, worse.high, worse.verdict) == (-math.inf, -60.0, "lower")
    assert difference(never, never, 90.0).verdict == "unclear"
    assert better.censored == 9


# ---------------------------------------------------------------- inequality, calm times
def test_gini_of_people() -> None:
    """3 persons with 1 each and 1 with 5: 24 over 2 * 4^2 * 2 by pairs."""
    assert gini(np.array([0.0, 0.0, 0.0, 8.0]), np.ones(4)) == pytest.approx(0.75)
    assert gini(np.array([3.0, 5.0]), np.array([3.0, 1.0])) == pytest.approx(24 / 64)
    assert gini(np.array([2.0, 6.0]), np.array([1.0, 3.0])) == pytest.approx(0.0)
    assert math.isnan(gini(np.zeros(3), np.ones(3)))
    assert gini(np.array([-4.0, 4.0]), np.ones(2)) == pytest.approx(0.5)  # who gained lost nothing


def test_gini_by_pairs() -> None:
    rng = np.random.default_rng(7)
    people = rng.integers(1, 6, 20).astype(float)
    values = rng.uniform(0.0, 9.0, 20) * people
    each = np.repeat(values / people, people.astype(int))
    pairs = np.abs(each[:, None] - each).sum() / (2 * len(each) ** 2 * each.mean())
    assert gini(values, people) == pytest.approx(pairs)


def test_calm_output_is_by_head_and_year() -> None:
    assert calm_output(np.array([100.0, 300.0]), np.array([2.0, 3.0])) == pytest.approx(14600.0)


def test_runs_without_a_witness_leave_its_metrics_open() -> None:
    trace = Trace(np.ones(5), np.full(5, 70.0), np.zeros((2, len(NEEDS))), np.array([3.0, 4.0]))
    values = measure(trace, trace)
    own = {m.name for m in WITNESSED} - {"calm_output"}
    assert all(math.isnan(values[name]) for name in own)
    assert values["calm_output"] == pytest.approx(3650.0)


def test_what_only_describes_is_marked() -> None:
    described = {m.name for m in METRICS if not m.judged}
    assert {"m4_unmet_gini", "consulted_share"} <= described
    assert not described & {"m1_readiness", "m2_warning_days", "m12_idled_per_hit"}


# ---------------------------------------------------------------- whole runs
def lived(with_scic: bool, **changes: Any) -> Run:
    content: dict[str, Any] = {
        "territory": {"codes": [BOURG]},
        "run": {"days": 45, "people_per_agent": 8.0},
        "parameters": {"scic_hazard": 0.0},
        "shocks": [{"kind": "import_cut", "start_day": 5, "days": 30}],
    }
    return simulate(check(content | changes), seed=2, cooperation=with_scic)


def test_the_staff_decides_after_its_delay_and_consults_nobody() -> None:
    run = lived(True)
    opened = run.daily.scic_open.to_numpy() > 0
    assert opened.any()
    assert run.metrics["decision_days"] == run.scenario.rules().behaviour.decision_delay_days
    assert run.metrics["consulted_share"] == 0.0
    # The alarm comes before the opening, and is no later than the first action.
    alarm = int(opened.argmax()) - run.metrics["decision_days"]
    assert run.metrics["m2_warning_days"] >= 5 - alarm


def test_nobody_decides_without_a_scic() -> None:
    run = lived(False)
    assert math.isnan(run.metrics["decision_days"])
    assert math.isnan(run.metrics["consulted_share"])
    assert -40 <= run.metrics["m2_warning_days"] <= 0
    assert run.metrics["calm_output"] == pytest.approx(
        365 * run.reference.output[5:].mean() / run.population, rel=1e-6
    )


def test_an_assembly_consults_members_and_takes_longer() -> None:
    run = lived(True, cooperation={"governance": {"on_call": True}})
    staff = lived(True)
    assert 0.0 < run.metrics["consulted_share"] <= 1.0
    assert run.metrics["decision_days"] > staff.metrics["decision_days"]


def test_who_waits_at_the_end_is_censored() -> None:
    run = lived(True, parameters={"scic_hazard": 0.0, "decision_delay_days": 60.0})
    assert run.metrics["decision_days"] == math.inf
    assert math.isnan(run.metrics["consulted_share"])
