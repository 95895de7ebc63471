"""Metrics M3 to M8 on series short enough to check by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ressort import metrics
from ressort.branches import N_NEEDS, NEEDS
from ressort.flows import METRICS as OF_FLOWS
from ressort.metrics import METRICS, NAMES, Trace, measure
from ressort.witness import METRICS as WITNESSED

cheap = settings(max_examples=200, deadline=None, derandomize=True)
series = st.lists(st.floats(0.0, 1.2), min_size=1, max_size=80).map(np.array)
# Ten good days, then 0.5, 0.6, 0.7, 0.8, 0.9, then 20 good ones.
DIP = np.array([1.0] * 10 + [0.5, 0.6, 0.7, 0.8, 0.9] + [1.0] * 20)


def test_depth_is_the_deepest_loss() -> None:
    assert metrics.depth(DIP) == pytest.approx(0.5)
    assert metrics.depth(np.array([1.0, 1.3, 1.1])) == 0.0


def test_loss_area_is_the_mean_loss_of_the_horizon() -> None:
    assert metrics.loss_area(DIP) == pytest.approx(1.5 / 35)
    assert metrics.loss_area(np.array([0.8, 1.2])) == pytest.approx(0.0)  # gains count against


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (DIP, 15.0),  # the day after the last one under 95 %
        (np.full(40, 0.95), 0.0),  # just enough is no fall
        (np.full(40, 0.949), math.inf),
        (DIP[: 15 + 14], 15.0),
        (DIP[: 15 + 13], math.inf),  # the horizon ends a day early: censored
        (np.concatenate([DIP[:25], [0.5], DIP[15:]]), 26.0),  # falls again after 10 good days
        (np.concatenate([DIP[:29], [0.5], np.ones(5)]), math.inf),  # ... after 14, too late to see
        (np.concatenate([DIP[:29], [0.5], np.ones(14)]), 30.0),
        (np.concatenate([DIP, [0.94], np.ones(60), [0.94], np.ones(20)]), 97.0),  # 60 good days
        (np.tile(np.repeat([0.5, 1.0], [3, 20]), 4), 3.0 * 23 + 3),  # pulses: after the last one
        (np.tile(np.repeat([0.5, 1.0], [3, 13]), 4), math.inf),  # they go on, for all one sees
        (np.array([0.5] * 3 + [1.0] * 14), 3.0),  # falls at once
        (np.array([0.5, 1.0]), math.inf),  # shorter than the two weeks
        (np.array([1.0, 1.0]), 0.0),
    ],
)
def test_days_to_recover(quality: np.ndarray, expected: float) -> None:
    assert metrics.days_to_recover(quality) == expected


def test_rapidity_is_the_slope_from_trough_to_recovery() -> None:
    assert metrics.rapidity(DIP) == pytest.approx(0.5 / 5)
    assert math.isnan(metrics.rapidity(np.ones(40)))  # no fall
    assert metrics.rapidity(np.full(40, 0.5)) == 0.0  # no recovery: the slowest of all, and known
    assert metrics.rapidity(np.concatenate([DIP, [0.9]])) == 0.0  # fell again at the end
    # A relapse after long good days puts off the recovery, and may hold the trough.
    late = np.concatenate([DIP, [0.1], np.ones(20)])
    assert metrics.rapidity(late) == pytest.approx(0.9 / 1)
    shallow = np.concatenate([DIP, [0.9], np.ones(20)])
    assert metrics.rapidity(shallow) == pytest.approx(0.5 / (36 - 10))


@pytest.mark.parametrize(
    ("essential", "expected"),
    [
        ([1.0] * 5 + [0.7] * 7, 5.0),
        ([1.0] * 5 + [0.7] * 6, math.inf),  # not a whole week
        ([0.7] * 6 + [0.8] + [0.7] * 7, 7.0),  # 80 % holds out
        ([0.0] * 30, 0.0),
        ([0.8] * 30, math.inf),
    ],
)
def test_autonomy_lasts_until_a_week_of_failure(essential: list[float], expected: float) -> None:
    assert metrics.autonomy_days(np.array(essential)) == expected


def test_the_worst_tenth_takes_part_of_a_household() -> None:
    """50 people; the tenth is 5: all 2 of the first (6 days each) and 3 of the 8 of the next."""
    people = np.array([8.0, 2.0, 40.0])
    unmet = np.array([8.0 * 4.0, 2.0 * 6.0, 40.0 * 0.5])
    assert metrics.worst_tenth(unmet, people) == pytest.approx((2 * 6 + 3 * 4) / 5)
    assert metrics.worst_tenth(np.array([7.0]), np.array([1.0])) == pytest.approx(7.0)
    assert metrics.worst_tenth(np.zeros(3), people) == 0.0


@cheap
@given(
    homes=st.lists(st.tuples(st.floats(0, 100), st.floats(0.5, 500)), min_size=1, max_size=30),
)
def test_the_worst_tenth_is_between_the_mean_and_the_worst(
    homes: list[tuple[float, float]],
) -> None:
    a_head, people = np.array(homes).T
    worst = metrics.worst_tenth(a_head * people, people)
    assert worst <= a_head.max() * (1 + 1e-9) + 1e-12
    assert worst >= (a_head * people).sum() / people.sum() * (1 - 1e-9) - 1e-12


@cheap
@given(quality=series)
def test_metrics_hang_together(quality: np.ndarray) -> None:
    depth, recovery = metrics.depth(quality), metrics.days_to_recover(quality)
    assert metrics.loss_area(quality) <= depth + 1e-12
    assert (recovery == 0) == (depth <= 1 - metrics.RECOVERED)
    slope = metrics.rapidity(quality)
    if math.isfinite(recovery) and recovery > 0:
        after = quality[int(recovery) :]
        assert len(after) >= metrics.RECOVERY_DAYS
        assert (after >= metrics.RECOVERED).all()
        assert quality[int(recovery) - 1] < metrics.RECOVERED
        assert slope > 0
    elif recovery > 0:
        assert slope == 0.0
    else:
        assert math.isnan(slope)


def trace(days: int = 40) -> Trace:
    rng = np.random.default_rng(5)
    return Trace(
        essential=rng.uniform(0.9, 1.0, days),
        output=rng.uniform(90.0, 110.0, days),
        unmet=rng.uniform(0.0, 2.0, (3, N_NEEDS)),
        people=np.array([1.0, 2.0, 40.0]),
    )


def test_identical_runs_lose_nothing() -> None:
    values = measure(trace(), trace())
    assert tuple(values) == NAMES
    unseen = {m.name for m in (*WITNESSED, *OF_FLOWS)} - {"calm_output"}  # nobody lacks: the Gini
    unseen |= {"m9_change_essential", "m9_change_output"}  # too few days
    undefined = {"m7_rapidity", "m7_rapidity_output", *unseen}
    for name, value in values.items():
        if name in undefined:
            assert math.isnan(value)
        elif name == "calm_output":
            assert value == pytest.approx(365 * trace().output.mean() / 43)
        elif name == "m8_autonomy_days":
            assert value == math.inf
        else:
            assert value == 0.0, name


def test_a_run_is_measured_against_its_own_reference() -> None:
    """Output lost: 50 % on day 3, 40 % on day 4; 5 person-days of food by the first household."""
    reference, run = trace(), trace()
    run.output[3:5] *= (0.5, 0.6)
    run.essential[2] = 0.6 * reference.essential[2]
    run.unmet[0, NEEDS.index("food")] += 5.0
    values = measure(run, reference)
    assert values["m3_depth_output"] == pytest.approx(0.5)
    assert values["m5_loss_area_output"] == pytest.approx(0.9 / 40)
    assert values["m6_days_to_recover_output"] == 5.0
    assert values["m7_rapidity_output"] == pytest.approx(0.5 / 2)
    assert values["m3_depth"] == pytest.approx(0.4)
    assert values["m6_days_to_recover"] == 3.0
    assert values["m4_unmet_person_days"] == pytest.approx(5.0)
    assert values["m4_unmet_food"] == pytest.approx(5.0)
    assert values["m4_unmet_water"] == 0.0
    # 4.3 of 43 people: the one who lost 5 days, and others who lost nothing.
    assert values["m4_unmet_worst_tenth"] == pytest.approx(5.0 / 4.3)


def test_where_the_reference_is_nothing_nothing_is_lost() -> None:
    run, reference = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 0.0])
    assert metrics.ratio(run, reference).tolist() == [1.0, 0.5, 1.0]


def test_every_metric_is_described() -> None:
    assert len(set(NAMES)) == len(METRICS)
    verbs = {"anticiper", "atténuer", "se relever", "rebondir", "s'adapter", "évoluer"}
    for metric in METRICS:
        assert set(metric.verb.split(", ")) <= verbs
        assert metric.unit
        assert metric.meaning
