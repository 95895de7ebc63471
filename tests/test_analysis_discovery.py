"""Boxes in words, an emulator and its error, times cut by the horizon: on made data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from tests.made_runs import results_of, values_of

from ressort.analysis.discovery import (
    CERTAIN,
    Condition,
    Discovery,
    Limit,
    discover,
    labels,
    parse,
    shortest,
)
from ressort.analysis.emulator import emulate, seed_errors
from ressort.analysis.survival import survival
from ressort.errors import InputError

Floats = NDArray[np.float64]
UNMET, DAYS = "m4_unmet_person_days", "m6_days_to_recover"
PAIR = ("with", "without")
HELPS = Condition("difference", "<", 0.0)
POINTS, DRAWS = 300, 6


def points_of(seed: int = 2, count: int = POINTS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "shocks.0.depth": rng.random(count),
            "needs.pantry_days": rng.integers(1, 15, count),
            "x.idle": rng.random(count),
            "x.form": rng.choice(["pool", "fund", "none"], count),
        }
    ).rename_axis("scenario_id")


def found_in(points: pd.DataFrame, chance: Floats, seed: int = 3) -> Discovery:
    """What is found where a run helps with such a chance, by point."""
    hits = np.random.default_rng(seed).random((len(points), DRAWS)) < chance[:, None]
    labelled = (
        values_of(hits.astype(float)).rename(columns={"value": "holds"}).astype({"holds": bool})
    )
    return discover(labelled, 0, points, HELPS)


def test_a_known_box_is_found_and_told_with_its_density() -> None:
    points = points_of()
    inside = (points["shocks.0.depth"] > 0.7) & (points["needs.pantry_days"] <= 5)
    found = found_in(points, np.where(inside, 0.85, 0.2))
    assert found.box is not None
    limits = {(limit.key, limit.sign): limit.value for limit in found.box.limits}
    assert limits.keys() == {("shocks.0.depth", ">"), ("needs.pantry_days", "<=")}
    assert limits["shocks.0.depth", ">"] == pytest.approx(0.7, abs=0.05)
    assert limits["needs.pantry_days", "<="] == pytest.approx(5, abs=1)
    assert found.box.density == pytest.approx(0.85, abs=0.07)
    assert found.box.held_out == pytest.approx(0.85, abs=0.1)
    assert found.box.elsewhere == pytest.approx(0.2, abs=0.05)
    share = inside.mean()
    coverage = 0.85 * share / (0.85 * share + 0.2 * (1 - share))
    assert found.box.coverage == pytest.approx(coverage, abs=0.08)


def test_a_box_of_words_is_told_in_words() -> None:
    points = points_of()
    found = found_in(points, np.where(points["x.form"] == "pool", 0.8, 0.2))
    assert found.box is not None
    assert found.box.limits == (Limit("x.form", "is", "pool"),)


def test_of_pure_noise_nothing_is_found() -> None:
    found = [found_in(points_of(), np.full(POINTS, 0.3), seed) for seed in range(12)]
    assert [one.box for one in found] == [None] * 12
    assert np.mean([one.lift for one in found]) < 0.5 * CERTAIN


def test_runs_of_a_point_are_no_independent_evidence() -> None:
    """Each point helps always or never, at random: as many runs as one likes prove nothing."""
    chance = (np.random.default_rng(8).random(POINTS) < 0.3).astype(float)
    assert found_in(points_of(), chance).box is None


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_what_holds_never_or_always_has_no_box(chance: float) -> None:
    found = found_in(points_of(), np.full(POINTS, chance))
    assert (found.box, found.share) == (None, chance)


def test_few_points_are_refused() -> None:
    with pytest.raises(InputError, match="39 points are too few"):
        found_in(points_of(count=39), np.full(39, 0.5))


def test_a_condition_is_read_and_nonsense_refused() -> None:
    assert parse(" m4_unmet_person_days>=1.5e3 ") == Condition(UNMET, ">=", 1500.0)
    for text in ("difference", "difference = 0", "difference < a", "a < 1.2.3"):
        with pytest.raises(InputError, match="condition: "):
            parse(text)


def test_a_censored_pair_answers_for_its_sign_alone() -> None:
    first, second = np.array([[1.0, 5.0, math.inf]]), np.array([[math.inf, 2.0, math.inf]])
    results = results_of(DAYS, **{"with": first, "without": second})
    labelled, unknown = labels(results, HELPS, DAYS, PAIR)
    assert (list(labelled["holds"]), unknown) == ([True, False], 1)
    labelled, unknown = labels(results, Condition("difference", "<", -10.0), DAYS, PAIR)
    assert (list(labelled["holds"]), unknown) == ([False], 2)
    labelled, unknown = labels(results, Condition(DAYS, ">", 30.0), DAYS, ("with",))
    assert (list(labelled["holds"]), unknown) == ([False, False, True], 0)
    with pytest.raises(InputError, match="two arms"):
        labels(results, HELPS, DAYS, ("with",))


def test_numbers_of_boxes_have_few_digits_and_part_the_same_points() -> None:
    rng = np.random.default_rng(4)
    for below, width in zip(rng.normal(0, 1e3, 200), rng.exponential(1.0, 200), strict=True):
        assert below <= shortest(below, below + width) < below + width
    assert shortest(-0.4, 0.3) == 0.0 or abs(shortest(-0.4, 0.3)) < 0.1


def smooth(points: pd.DataFrame) -> Floats:
    return np.sin(5.0 * points["shocks.0.depth"].to_numpy()) + points["x.idle"].to_numpy() ** 2


def test_an_emulator_follows_a_smooth_function_and_knows_its_error() -> None:
    points = points_of(count=120)[["shocks.0.depth", "x.idle"]]
    rng = np.random.default_rng(6)
    runs = smooth(points)[:, None] + rng.normal(size=8) + 0.3 * rng.normal(size=(120, 8))
    found = emulate(values_of(runs), points)
    assert found.explained > 0.9
    assert found.seed_error == pytest.approx(0.3 / math.sqrt(8), rel=0.2)
    assert found.rmse < 2.0 * found.seed_error
    assert 0.8 <= found.coverage <= 0.99
    fresh = points_of(seed=9, count=50)[["shocks.0.depth", "x.idle"]].clip(0.03, 0.97)
    mean, deviation = found.predict(fresh)
    level = runs.mean() - smooth(points).mean()
    misses = np.abs(mean - smooth(fresh) - level)
    assert math.sqrt((misses**2).mean()) < 0.12
    assert (misses < 3 * deviation + 0.05).all()


def test_an_emulator_of_noise_says_that_it_predicts_nothing() -> None:
    points = points_of(count=60)[["shocks.0.depth", "x.idle"]]
    found = emulate(values_of(np.random.default_rng(7).normal(size=(60, 5))), points)
    assert found.explained < 0.2
    assert found.rmse == pytest.approx(found.seed_error, rel=0.35)


def test_an_emulator_does_not_guess() -> None:
    points = points_of(count=60)[["shocks.0.depth", "x.idle"]]
    found = emulate(values_of(np.tile(smooth(points)[:, None], 2)), points)
    with pytest.raises(InputError, match=r"shocks\.0\.depth outside"):
        found.predict(pd.DataFrame({"shocks.0.depth": [1.5], "x.idle": [0.5]}))
    with pytest.raises(InputError, match=r"no column x\.idle"):
        found.predict(pd.DataFrame({"shocks.0.depth": [0.5]}))
    with pytest.raises(InputError, match="19 points are too few for 2 columns"):
        emulate(values_of(np.zeros((19, 2))), points)


def test_noise_of_seeds_is_that_of_each_point_where_there_are_draws_enough() -> None:
    rng = np.random.default_rng(7)
    sizes = np.array([1.0] * 30 + [4.0] * 30)
    errors = seed_errors(values_of(sizes[:, None] * rng.normal(size=(60, 40))))
    assert errors[:30].mean() == pytest.approx((5 * 8.5 + 40 * 1.0) / 45 / 40, rel=0.15)
    assert errors[30:].mean() == pytest.approx((5 * 8.5 + 40 * 16.0) / 45 / 40, rel=0.15)
    assert (seed_errors(values_of(np.zeros((4, 1)))) == 0.0).all()


def times(first: Floats, second: Floats) -> pd.DataFrame:
    return results_of(DAYS, **{"with": first, "without": second})


def test_restricted_means_and_curves_by_hand() -> None:
    first = np.array([[2.0, 4.0, 6.0, 8.0, math.inf]])
    found = survival(times(first, first + 1.0), DAYS, PAIR, horizon=10.0)
    curve = found.curves[0]
    assert list(curve.days) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert list(curve.waiting) == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.2])
    assert curve.restricted_mean.value == pytest.approx((2 + 4 + 6 + 8 + 10) / 5)
    area = float((np.diff(curve.days) * curve.waiting[:-1]).sum())
    assert area == pytest.approx(curve.restricted_mean.value)
    assert curve.censored.value == pytest.approx(0.2)
    assert found.difference.value == pytest.approx(-0.8)  # the fifth pair waits to the end in both
    assert (curve.low <= curve.waiting).all()
    assert (curve.waiting <= curve.high).all()


def test_the_curve_is_that_of_exponential_times() -> None:
    waits = np.random.default_rng(1).exponential(20.0, (1, 3000))
    waits[waits > 60.0] = math.inf
    found = survival(times(waits, waits), DAYS, PAIR, horizon=60.0)
    curve = found.curves[1]
    assert np.abs(curve.waiting - np.exp(-curve.days / 20.0)).max() < 0.03
    assert curve.restricted_mean.value == pytest.approx(20.0 * (1 - math.exp(-3.0)), rel=0.05)
    assert found.difference.value == 0.0
    assert found.logrank == pytest.approx(1.0)


def test_pairs_tell_what_independent_samples_cannot() -> None:
    rng = np.random.default_rng(1)
    waits = rng.exponential(20.0, (1, 40))
    found = survival(times(waits * 0.9, waits), DAYS, PAIR, horizon=60.0)
    assert found.difference.high < 0.0
    assert found.logrank > 0.2


def test_nobody_recovers() -> None:
    never = np.full((1, 8), math.inf)
    found = survival(times(never, never), DAYS, PAIR, horizon=30.0)
    assert found.curves[0].restricted_mean.value == 30.0
    assert (found.curves[0].censored.value, found.logrank) == (1.0, 1.0)


def test_times_alone_have_curves_and_a_horizon() -> None:
    results = times(np.ones((1, 5)), np.ones((1, 5)))
    with pytest.raises(InputError, match="days; give the days"):
        survival(results, DAYS, PAIR, horizon=0.0)
    with pytest.raises(InputError, match="is no time"):
        survival(results.rename(columns={DAYS: UNMET}), UNMET, PAIR, horizon=5.0)
