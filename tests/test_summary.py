"""Medians, intervals and paired differences say what the seeds support, and no more."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ressort.report import report
from ressort.scenario import check
from ressort.simulation import COST, SETUP, Stage, compare
from ressort.streams import stream
from ressort.summary import (
    LEVEL,
    UNITS,
    Estimate,
    difference,
    estimate,
    estimates,
    order_interval,
    summarise,
)
from ressort.words import Words

INF = math.inf


def test_interval_holds_the_true_median_as_often_as_it_says() -> None:
    rng = stream(1, "test")
    n, trials = 10, 20_000
    k, confidence = order_interval(n)
    draws = np.sort(rng.exponential(size=(trials, n)), axis=1)
    held = (draws[:, k - 1] <= math.log(2)) & (math.log(2) <= draws[:, n - k])
    error = math.sqrt(confidence * (1 - confidence) / trials)
    assert held.mean() == pytest.approx(confidence, abs=4 * error)


@pytest.mark.parametrize("count", range(1, 60))
def test_interval_is_the_narrowest_that_reaches_the_level(count: int) -> None:
    k, confidence = order_interval(count)
    tail = sum(math.comb(count, j) for j in range(k)) / 2**count
    assert confidence == pytest.approx(max(0.0, 1 - 2 * tail))
    if count >= 6:
        assert confidence >= LEVEL > 1 - 2 * (tail + math.comb(count, k) / 2**count)
    else:
        assert k == 1
        assert confidence < LEVEL


def test_estimate_of_one_seed_claims_nothing() -> None:
    one = estimate(np.array([3.0]))
    assert (one.median, one.confidence, one.verdict) == (3.0, 0.0, "few")


def test_each_estimate_says_how_sure_its_own_interval_is() -> None:
    """Ten seeds, six of them undefined: the interval of the four left is surer of less."""
    values = np.array([1.0, 2.0, 3.0, 4.0] + [math.nan] * 6)
    found = estimate(values).as_json()
    assert found["confidence"] == order_interval(4)[1] == 0.875
    assert order_interval(10)[1] > LEVEL


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([-5, -4, -3, -2, -1, -1, -1, -1, -1, -1], "lower"),
        ([5, 4, 3, 2, 1, 1, 1, 1, 1, 1], "higher"),
        ([-5, -4, -3, -2, -1, 0, 0, 0, 0, 0], "unclear"),
        ([-5, -4, -3, -2, -1, 1, 1, 1, 1, 1], "unclear"),
        ([0] * 10, "equal"),
        ([-1] * 5, "few"),
    ],
)
def test_verdict_says_no_more_than_the_interval(values: list[float], verdict: str) -> None:
    assert estimate(np.array(values, dtype=float)).verdict == verdict


def test_difference_is_paired_by_seed() -> None:
    level = 100.0 * np.arange(10, dtype=float)
    gap = difference(level + 1, level)
    assert (gap.low, gap.median, gap.high) == (1.0, 1.0, 1.0)


def test_censored_seed_gives_a_bound_to_the_difference() -> None:
    # Back after 30 days with, not within 100 without: at least 70 days sooner, in every seed.
    gap = difference(np.full(10, 30.0), np.full(10, INF), limit=100)
    assert math.isnan(gap.median)
    assert (gap.low, gap.high, gap.censored) == (-INF, -70.0, 10)
    assert gap.verdict == "lower"


def test_seeds_censored_in_both_arms_decide_nothing() -> None:
    first = np.array([30.0] * 5 + [INF] * 5)
    second = np.array([40.0] * 5 + [INF] * 5)
    gap = difference(first, second, limit=100)
    assert gap.verdict == "unclear"
    assert (gap.low, gap.high) == (-INF, INF)


def test_undefined_seeds_are_left_out_and_counted() -> None:
    found = estimate(np.array([1.0, np.nan, 2.0, 3.0]))
    assert (found.median, found.seeds, found.undefined) == (2.0, 3, 1)
    none = estimate(np.array([np.nan]))
    assert (none.seeds, none.as_json()["median"]) == (0, None)


metric = st.one_of(st.floats(0, 99), st.just(INF), st.just(math.nan))


@given(st.lists(st.tuples(metric, metric), min_size=1, max_size=20))
def test_estimates_are_ordered_and_strict_json(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    for found in (estimate(first), estimate(second), difference(first, second, limit=100)):
        json.dumps(found.as_json(), allow_nan=False)
        if found.seeds and not math.isnan(found.median):
            assert found.low <= found.median <= found.high
        assert found.seeds + found.undefined == len(pairs)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=15))
def test_what_was_not_seen_only_widens_the_interval(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    with_scic, without = (np.where(v > 100, INF, v) for v in (first, second))
    whole, cut = difference(first, second), difference(with_scic, without, limit=100)
    assert cut.low <= whole.low
    assert cut.high >= whole.high


def test_estimates_of_a_table_have_all_metrics_of_both_arms() -> None:
    rows = [
        {"seed": seed, "arm": arm} | dict.fromkeys(UNITS, seed * (1.0 if arm == "with" else 2.0))
        for seed in (3, 1, 2)
        for arm in ("without", "with")
    ]
    arms, gap = estimates(pd.DataFrame(rows), {})
    assert set(arms) == {"with", "without"}
    assert set(arms["with"]) == set(gap) == set(UNITS)
    assert arms["without"][COST] == Estimate(4.0, 2.0, 6.0, 0.75, 3)
    assert gap[COST] == Estimate(-2.0, -3.0, -1.0, 0.75, 3)


def test_seeds_without_a_scic_are_counted_and_told() -> None:
    """In a village with few members to be, some draws have none: no SCIC, and no news of one."""
    content = {
        "territory": {"name": "63005"},
        "run": {"days": 3},
        "seeds": {"count": 6},
        "parameters": {"member_share": 0.15, "scic_hazard": 1.0},
    }
    scenario = check(content)
    stage = Stage.of(scenario)
    worlds = [stage.world(seed, cooperation=True) for seed in range(1, 7)]
    none = sum(not world.state.firms.member.any() for world in worlds)
    assert 0 < none < 6
    summary = summarise(compare(scenario))
    # One that failed on its first days was a SCIC all the same.
    assert summary.seeds_without_scic == none
    assert summary.as_json({})["seeds_without_scic"] == none
    english, french = (" ".join(report(summary, Words(x)).split()) for x in ("en", "fr"))
    assert f"In {none} of 6 seeds no establishment is drawn as a member" in english
    assert f"Dans {none} tirages sur 6, aucun établissement n'est tiré comme membre" in french
    everyone = check(content | {"parameters": {"member_share": 1.0}, "seeds": {"count": 1}})
    summary = summarise(compare(everyone))
    assert summary.seeds_without_scic == 0
    assert "drawn as a member" not in report(summary, Words())


def test_what_measures_hold_as_the_run_begins_is_told() -> None:
    """A ready reserve is bought before day 0: the yearly cost alone would hide its price."""
    content = {"territory": {"name": "63354"}, "run": {"days": 3}, "seeds": {"count": 1}}
    found = compare(check(content | {"council": {"reserve": {"days": 4.0}}}))
    run = found.runs["with"][0]
    held = run.reference["measures_held"][0]
    assert run.setup_per_head == pytest.approx(held / run.population)
    assert run.setup_per_head > 1.0
    assert list(found.table()[SETUP]) == [run.setup_per_head, 0.0]
    summary = summarise(found)
    assert summary.as_json({})["arms"]["with"][SETUP]["median"] == run.setup_per_head
    for language, label in (("en", "Bought before day 0"), ("fr", "Mise de départ")):
        assert label in report(summary, Words(language))
    plain = summarise(compare(check(content)))
    assert plain.as_json({})["arms"]["with"][SETUP]["median"] == 0.0
    assert "Bought before" not in report(plain, Words())


def test_what_is_held_is_that_of_day_0_after_calm_years() -> None:
    content = {"territory": {"name": "63354"}, "run": {"days": 2, "people_per_agent": 20.0}}
    reserve = {"days": 4.0, "ready": False, "build_days": 100.0}
    years = content | {"calm": {"years": 1}, "council": {"reserve": reserve}}
    run = compare(check(years), seeds=1).runs["with"][0]
    table = run.reference.set_index("day")
    assert run.setup_per_head == pytest.approx(table["measures_held"][0] / run.population)
    assert table["measures_held"][-365] < 0.1 * table["measures_held"][0]


def test_the_reserve_of_a_currency_belongs_to_those_who_hold_its_units() -> None:
    content = {"territory": {"name": "63354"}, "run": {"days": 2, "people_per_agent": 5.0}}
    run = compare(check(content | {"currency": {"adoption": 0.5}}), seeds=1).runs["with"][0]
    assert run.setup_per_head == pytest.approx(0.0, abs=1e-6)
