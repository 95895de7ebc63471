"""What a shock costs members, others and neighbours, and what arms start with."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from tests.worlds import BOURG, VILLAGE

from ressort.arms import CHANGES, at_dose, compare_arms, variants
from ressort.errors import InputError
from ressort.metrics_groups import (
    GROUP_METRICS,
    NAMES,
    Members,
    Tally,
    measure_groups,
    output_by_group,
    unmet_by_group,
)
from ressort.paired import Outcome, cell, change, morning, spread
from ressort.recorder import members_of
from ressort.report import report
from ressort.scenario import Scenario, check
from ressort.simulation import Stage, compare, run_arm, run_pair
from ressort.summary import summarise
from ressort.words import Words

WHO = Members(firms=np.array([True, False, False]), homes=np.array([True, False]))


def tally(
    unmet: list[float], output: list[float], added: float = 0.0, exports: float = 0.0
) -> Tally:
    """Return sums of two households, of 2 and 3 persons, and three establishments."""
    people = np.array([2.0, 3.0])
    return Tally(np.array(unmet), people, np.array(output), added, exports, 0)


def scenario(**cooperation: object) -> Scenario:
    """Return a bourg whose imports are cut, with many members."""
    return check(
        {
            "territory": {"codes": [BOURG]},
            "run": {"days": 50, "people_per_agent": 4.0},
            "shocks": [{"kind": "import_cut", "start_day": 5, "days": 25}],
            "cooperation": cooperation,
            "parameters": {"scic_hazard": 0.0, "member_share": 0.5},
        }
    )


# ---------------------------------------------------------------- by hand
def test_needs_are_told_a_person_and_group() -> None:
    """6 person-days among 2 members are 3 a person, 3 among 3 others are 1."""
    found = unmet_by_group(tally([6.0, 3.0], [0.0] * 3), WHO)
    assert found == {"members": 3.0, "others": 1.0, "total": 9.0 / 5.0}


def test_a_group_of_nobody_has_no_number() -> None:
    nobody = dataclasses.replace(WHO, homes=np.zeros(2, dtype=bool))
    assert math.isnan(unmet_by_group(tally([6.0, 3.0], [0.0] * 3), nobody)["members"])


def test_what_measures_founded_counts_with_the_others() -> None:
    found = output_by_group(tally([0.0, 0.0], [5.0, 2.0, 1.0], added=4.0), WHO)
    assert found == {"members": 5.0, "others": 7.0, "total": 12.0}


def test_groups_are_measured_against_the_run_without_the_shock() -> None:
    hit = tally([6.0, 3.0], [5.0, 2.0, 1.0], exports=70.0)
    calm = tally([2.0, 0.0], [10.0, 2.0, 2.0], exports=100.0)
    values = measure_groups(hit, calm, WHO)
    assert tuple(values) == NAMES == tuple(m.name for m in GROUP_METRICS)
    assert list(values.values()) == pytest.approx([2.0, 1.0, 0.5, 0.25, 30.0])


def test_a_gain_of_members_that_others_lose_is_seen() -> None:
    """Two arms with the same total: members lack 2 person-days less, others 2 more."""
    normal = np.array([10.0, 10.0, 10.0])
    one = Outcome(tally([2.0, 6.0], [9.0, 8.0, 8.0]), normal, 0.0)
    other = Outcome(tally([4.0, 4.0], [8.0, 9.0, 8.0]), normal, 0.0)
    found = cell(one, other, WHO)
    assert found["needs_members"] == pytest.approx(-0.5)
    assert found["needs_others"] == pytest.approx(0.5)
    assert found["needs_total"] == pytest.approx(0.0)
    assert found["output_members"] == pytest.approx(0.1)
    assert found["output_others"] == pytest.approx(-0.05)
    assert found["output_total"] == pytest.approx(0.0)


def test_no_need_no_change() -> None:
    assert math.isnan(change(0.0, 0.0))
    assert math.isinf(change(0.5, 0.0))
    assert change(0.5, 2.0) == -0.75


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ([-0.3, -0.2, -0.1, -0.3, -0.2], "+"),  # less unmet need helps
        ([0.3, 0.2, 0.1, 0.3, 0.2], "-"),
        ([0.01, -0.01, 0.0, 0.02, -0.02], "0"),  # all within the margin
        ([0.3, -0.2, 0.1, -0.3, 0.2], "?"),
        ([0.001, 0.001, 0.001, 0.3, 0.3], "?"),  # on one side, but the median is next to nothing
        ([-0.3, -0.3, -0.3], "?"),  # too few for an interval of 90 %
        ([math.nan] * 5, "?"),
    ],
)
def test_signs_follow_interval_and_margin(values: list[float], sign: str) -> None:
    assert spread(np.array(values), more_is_better=False).sign == sign


def test_shares_of_seeds_that_are_better_worse_and_equal() -> None:
    found = spread(np.array([-0.5, -0.1, 0.01, 0.2, math.nan]), more_is_better=False)
    assert (found.better, found.worse, found.equal, found.defined) == (0.5, 0.25, 0.25, 4)
    assert (found.low, found.high) == (-0.5, 0.2)
    other = spread(np.array([-0.5, -0.1, 0.01, 0.2]), more_is_better=True)
    assert (other.better, other.worse) == (0.25, 0.5)


# ---------------------------------------------------------------- in runs
def test_both_arms_are_told_by_the_same_people_and_firms() -> None:
    stage = Stage.of(scenario())
    one, other = run_pair(stage, 3)
    assert one.members is other.members
    alone = run_arm(stage, 3, False)  # without the other arm to tell it
    assert np.array_equal(alone.members.firms, one.members.firms)
    assert alone.metrics == pytest.approx(other.metrics, nan_ok=True)
    assert 0 < one.members.firms.sum() < len(one.members.firms)
    assert 0 < one.members.homes.sum() < len(one.members.homes)


def test_groups_add_up_to_all() -> None:
    """Persons times needs unmet a person, over both groups, is the metric of all."""
    run = run_arm(Stage.of(scenario()), 3, True)
    assert run.world is not None
    people, homes = run.world.state.homes.people, run.members.homes
    in_all = people[homes].sum() * run.metrics["unmet_per_member"]
    in_all += people[~homes].sum() * run.metrics["unmet_per_other"]
    assert in_all == pytest.approx(run.metrics["m4_unmet_person_days"])
    assert run.metrics["m4_unmet_person_days"] > 0
    # Here, all that is sold outside during the cut is missed by customers beyond.
    gap = run.reference["exports"][5:].sum() - run.daily["exports"][5:].sum()
    assert run.metrics["exports_lost_eur"] == pytest.approx(gap)


def test_members_of_a_measure_are_its_own() -> None:
    """Without a SCIC, those that stand surety are the group of members."""
    stage = Stage.of(scenario(scic=False, guarantee={"member_share": 0.2}))
    world = stage.world(3, True)
    own = next(m for m in world.measures if m.name == "guarantee")
    members = members_of(world)
    assert np.array_equal(members.firms, own.members[: world.n_drawn])  # type: ignore[attr-defined]
    assert 0 < members.firms.sum() < 0.5 * len(members.firms)


def test_a_run_prints_members_and_others_apart() -> None:
    """In both languages; without any member there is no line of theirs."""
    comparison = compare(scenario(), [3])
    text = report(summarise(comparison), Words("en"))
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    median = comparison.runs["with"][0].metrics["unmet_per_member"]
    assert f"{median:.2f}" in rows["... of members, days a person"]
    assert "... of others, days a person" in rows
    assert "des autres" in report(summarise(comparison), Words("fr"))
    lonely = check(
        scenario(scic=False).model_dump() | {"parameters": {"member_household_share": 0.0}}
    )
    assert "of members, days" not in report(summarise(compare(lonely, [3])), Words("en"))


# ---------------------------------------------------------------- arms
def test_arms_start_with_the_same_but_the_one_that_is_marked() -> None:
    """Goods, cash, capacity and jobs on the morning of day 0, wherever they lie."""
    base = scenario()
    plain = morning(Stage.of(base).world(3, False))
    for name, one in variants(base, CHANGES).items():
        world = Stage.of(one).world(3, True)
        found = morning(world)
        assert world.state.scic[0].staff > 0
        assert (found.capacity, found.jobs) == (plain.capacity, plain.jobs)
        if name == "observed":
            assert not world.resource_neutral
            more = found.goods - plain.goods + found.cash - plain.cash
            assert more == pytest.approx(world.state.scic[0].added)
            assert more > 1000.0
        else:
            assert world.resource_neutral
            assert found.goods == pytest.approx(plain.goods, rel=1e-12)
            assert found.cash == pytest.approx(plain.cash, rel=1e-12)


def test_arms_are_compared_and_the_unfair_one_says_so() -> None:
    found = {arm.name: arm for arm in compare_arms(scenario(), ["observed", "placebo"], [3, 4])}
    assert list(found) == ["with", "observed", "placebo"]
    assert [arm.resource_neutral for arm in found.values()] == [True, False, True]
    assert found["with"].output["total"].median != found["placebo"].output["total"].median
    records = found["observed"].as_records()
    assert [r["group"] for r in records] == ["members", "others", "total"]
    assert not any(r["resource_neutral"] for r in records)


def test_with_no_members_there_is_no_difference() -> None:
    """The dose of 0: nobody to compare in the group of members, all else bit for bit equal."""
    stage = check(scenario().model_dump() | {"territory": {"codes": [VILLAGE]}})
    (arm, none) = compare_arms(at_dose(stage, 0.0), ["placebo"], [1, 2])
    for one in (arm, none):
        assert (one.output["total"].low, one.output["total"].high) == (0.0, 0.0)
        assert one.needs["members"].defined == 0


def test_a_dose_goes_to_measures_too() -> None:
    content = scenario(scic=False, guarantee={"member_share": 0.2}).model_dump()
    chosen = at_dose(check(content | {"currency": {}}), 0.75)
    assert chosen.model_dump()["currency"]["firm_share"] == 0.75
    assert chosen.parameters["member_share"] == 0.75
    assert chosen.model_dump()["cooperation"]["guarantee"]["member_share"] == 0.75


def test_arms_that_mean_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="--arms: no arm 'wishful'; choose from with, placebo"):
        variants(scenario(), ["wishful"])
    with pytest.raises(InputError, match="'selected' changes the SCIC, and this scenario has none"):
        variants(scenario(scic=False), ["selected"])
