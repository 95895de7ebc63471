"""Paired differences, their intervals by draws, censored sides, and how intervals narrow."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from tests.made_runs import results_of, values_of

from ressort.analysis import bootstrap, tables
from ressort.analysis.convergence import convergence
from ressort.analysis.differences import Margin, differences, frame
from ressort.errors import InputError

UNMET, DAYS, AUTONOMY = "m4_unmet_person_days", "m6_days_to_recover", "m8_autonomy_days"
PAIR = ("with", "without")
RNG_SEED = 5


def one_draw_a_row(metric: str, first: list[float], second: list[float]) -> pd.DataFrame:
    """Results of one point with one replicate."""
    return results_of(metric, **{"with": np.array([first]), "without": np.array([second])}).sample(
        frac=1.0, random_state=1
    )  # the order of rows says nothing


def test_of_equal_arms_there_is_no_difference_and_no_doubt() -> None:
    same = [3.0, 1.0, 4.0, 1.0, 5.0]
    in_all, by_point = differences(one_draw_a_row(UNMET, same, same), UNMET, PAIR)
    for one in (in_all, *by_point):
        assert (one.mean.value, one.mean.low, one.mean.high) == (0.0, 0.0, 0.0)
        assert (one.better.value, one.worse.value, one.equal.value) == (0.0, 0.0, 1.0)
        assert one.equal.low < 1.0  # five draws that agree do not prove that all would


def test_mean_and_median_are_those_of_pairs() -> None:
    first, second = [10.0, 20.0, 30.0, 40.0, 100.0], [11.0, 22.0, 33.0, 40.5, 0.0]
    in_all, _ = differences(one_draw_a_row(UNMET, first, second), UNMET, PAIR)
    assert in_all.mean.value == pytest.approx(np.mean(np.subtract(first, second)))
    assert in_all.median.value == pytest.approx(-1.0)
    assert in_all.better.value == pytest.approx(0.6)  # 40 against 40.5 is within 2 %
    assert in_all.worse.value == pytest.approx(0.2)
    assert in_all.equal.value == pytest.approx(0.2)


def test_where_more_is_better_the_sign_turns() -> None:
    rows = ([9.0, 9.0, 9.0], [1.0, 1.0, 1.0])
    assert differences(one_draw_a_row(AUTONOMY, *rows), AUTONOMY, PAIR)[0].better.value == 1.0
    assert differences(one_draw_a_row(UNMET, *rows), UNMET, PAIR)[0].worse.value == 1.0


def test_exchanging_the_arms_turns_everything_round() -> None:
    rng = np.random.default_rng(RNG_SEED)
    first, second = rng.normal(10, 2, (2, 3, 8, 2))
    results = results_of(UNMET, **{"with": first, "without": second})
    there, _ = differences(results, UNMET, PAIR)
    back, _ = differences(results, UNMET, ("without", "with"))
    assert back.mean.value == pytest.approx(-there.mean.value)
    assert back.median.value == pytest.approx(-there.median.value)
    assert (back.better.value, back.equal.value) == (there.worse.value, there.equal.value)


def test_an_absolute_margin_counts_beside_the_relative_one() -> None:
    results = one_draw_a_row(UNMET, [1.0, 100.0], [2.0, 104.0])
    in_all, _ = differences(results, UNMET, PAIR, Margin(absolute=2.0))
    assert (in_all.equal.value, in_all.better.value) == (0.5, 0.5)


def test_each_point_has_the_same_weight_however_many_draws() -> None:
    results = results_of(UNMET, **{"with": np.zeros((2, 10)), "without": np.ones((2, 10))})
    results.loc[(results.scenario_id == 1) & (results.arm == "with"), UNMET] = 3.0
    few = results[(results.scenario_id == 0) | (results.draw < 2)]
    in_all, by_point = differences(few, UNMET, PAIR)
    assert [one.pairs for one in by_point] == [10, 2]
    assert in_all.mean.value == pytest.approx((-1.0 + 2.0) / 2)
    assert in_all.better.value == pytest.approx(0.5)


def test_a_censored_side_leaves_a_sign_and_no_mean() -> None:
    first = [5.0, 6.0, 7.0, 8.0, math.inf, 9.0]
    second = [9.0, 9.0, 9.0, math.inf, math.inf, math.inf]
    in_all, _ = differences(one_draw_a_row(DAYS, first, second), DAYS, PAIR)
    assert (in_all.one_censored, in_all.both_censored) == (2, 1)
    assert math.isnan(in_all.mean.value)
    assert math.isnan(in_all.mean.low)
    assert in_all.better.value == pytest.approx(5 / 6)
    assert in_all.unknown.value == pytest.approx(1 / 6)
    assert in_all.worse.value == 0.0
    # Of -4, -3, -2, -inf, -inf and an unknown one the median lies between -4 and -3.5.
    assert math.isnan(in_all.median.value)
    assert in_all.median.high <= -2.0 or math.isinf(in_all.median.high)
    assert in_all.median.low == -math.inf
    json.dumps(in_all.as_json(), allow_nan=False)


def test_a_median_that_censoring_does_not_reach_is_given() -> None:
    first, second = [1.0, 2.0, 3.0, 4.0, math.inf], [9.0, 9.0, 9.0, math.inf, 9.0]
    in_all, _ = differences(one_draw_a_row(DAYS, first, second), DAYS, PAIR)
    assert in_all.median.value == -7.0  # of -inf, -8, -7, -6, +inf


def test_pairs_in_which_the_metric_means_nothing_are_counted_and_left_out() -> None:
    results = one_draw_a_row(UNMET, [1.0, math.nan, 3.0], [2.0, 2.0, 5.0])
    in_all, _ = differences(results, UNMET, PAIR)
    assert (in_all.pairs, in_all.undefined) == (2, 1)
    assert in_all.mean.value == pytest.approx(-1.5)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = {6: 0, 20: 0}
    rng = np.random.default_rng(RNG_SEED)
    for draws in held:
        number = np.repeat(np.arange(draws), 3)
        for _ in range(300):
            y = rng.normal(1.0, 1.0, (draws, 1)) + rng.normal(0.0, 0.5, (draws, 3))
            found = bootstrap.mean(y.ravel(), number, np.ones(3 * draws), times=400)
            held[draws] += found.low <= 1.0 <= found.high
    # 90 % of 300 is 270, with a standard deviation of 5.
    assert all(250 <= count <= 290 for count in held.values())


def test_replicates_of_a_draw_are_no_independent_observations() -> None:
    rng = np.random.default_rng(RNG_SEED)
    y = np.repeat(rng.normal(0.0, 1.0, 12), 20)  # twenty replicates, all alike
    draws = np.repeat(np.arange(12), 20)
    by_draw = bootstrap.mean(y, draws, np.ones(240))
    once = bootstrap.mean(y[::20], np.arange(12), np.ones(12))
    assert (by_draw.low, by_draw.high) == pytest.approx((once.low, once.high))
    as_runs = bootstrap.mean(y, np.arange(240), np.ones(240))
    assert as_runs.width < 0.4 * by_draw.width


def test_under_five_draws_there_is_no_interval() -> None:
    in_all, _ = differences(one_draw_a_row(UNMET, [1.0] * 4, [2.0] * 4), UNMET, PAIR)
    assert in_all.mean.value == -1.0
    assert math.isnan(in_all.mean.low)
    assert math.isnan(in_all.median.low)
    assert math.isnan(in_all.better.low)


def test_the_same_tables_give_the_same_intervals() -> None:
    rng = np.random.default_rng(RNG_SEED)
    results = results_of(UNMET, **{a: rng.normal(0, 1, (2, 9, 2)) for a in PAIR})
    assert differences(results, UNMET, PAIR)[0] == differences(results, UNMET, PAIR)[0]


def test_the_table_by_point_has_a_row_a_point_and_a_column_a_number() -> None:
    rng = np.random.default_rng(RNG_SEED)
    results = results_of(UNMET, **{a: rng.normal(0, 1, (3, 6)) for a in PAIR})
    table = frame(differences(results, UNMET, PAIR)[1])
    assert list(table["scenario_id"]) == [0, 1, 2]
    assert {"mean", "mean_low", "mean_high", "better", "better_low", "pairs"} <= set(table.columns)
    assert (table["mean_low"] <= table["mean"]).all()


@pytest.mark.parametrize(
    ("metric", "arms", "words"),
    [
        ("m4_unmet_person_day", PAIR, "did you mean m4_unmet_person_days?"),
        ("draw", PAIR, "no draw in these results"),
        (UNMET, ("with", "witout"), "choose from with, without"),
        (UNMET, ("with", "with"), "twice"),
    ],
)
def test_what_is_not_there_is_named(metric: str, arms: tuple[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        differences(one_draw_a_row(UNMET, [1.0], [2.0]), metric, arms)


def test_widths_follow_the_law_and_tell_how_many_draws_are_needed() -> None:
    rng = np.random.default_rng(RNG_SEED)
    found = convergence(values_of(rng.normal(0.0, 2.0, (1, 400))), wanted=0.1)
    exact = 2 * 1.645 * 2.0  # width of a 90 % interval, times the root of the draws
    assert found.constant == pytest.approx(exact, rel=0.15)
    assert found.needed == pytest.approx((exact / 0.1) ** 2, rel=0.3)
    assert abs(found.misfit) < 0.15
    assert (found.steps[0].draws, found.steps[-1].draws) == (5, 400)


def test_without_spread_a_width_needs_no_more_draws() -> None:
    found = convergence(values_of(np.ones((2, 12))), wanted=1.0)
    assert (found.constant, found.misfit) == (0.0, 0.0)
    assert found.needed == 10


def test_convergence_needs_draws_and_a_width_that_is_one() -> None:
    with pytest.raises(InputError, match="9 draws are too few"):
        convergence(values_of(np.zeros((3, 9))))
    with pytest.raises(InputError, match="width: 0 is no width"):
        convergence(values_of(np.zeros((3, 19))), wanted=0.0)


def test_outcomes_cut_censored_times_to_a_horizon_or_are_refused() -> None:
    results = one_draw_a_row(DAYS, [5.0, math.inf], [math.inf, math.inf])
    found = tables.outcomes(results, DAYS, PAIR, horizon=30.0)
    assert list(found["value"]) == [-25.0, 0.0]
    with pytest.raises(InputError, match="--horizon DAYS"):
        tables.outcomes(results, DAYS, PAIR)
