"""Variance of seeds, Morris' and Sobol's indices and those of a factorial, on known functions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from SALib.sample import morris, sobol
from tests.made_runs import values_of

from ressort.analysis.noise import additive, noise
from ressort.analysis.scoring import feature_scores
from ressort.analysis.sensitivity import Sensitivity, problem, sensitivity
from ressort.analysis.tables import Factor, encoded, factors_of, inputs
from ressort.errors import InputError

Floats = NDArray[np.float64]
SEED = 11


def nested(
    points: float, draws: float, own: float, luck: float, shape: tuple[int, int, int]
) -> pd.DataFrame:
    """Runs with known standard deviations: of points, draws, draws of a point, and replicates."""
    rng = np.random.default_rng(SEED)
    n_points, n_draws, _ = shape
    y = points * rng.normal(size=(n_points, 1, 1)) + draws * rng.normal(size=(1, n_draws, 1))
    return values_of(
        y + own * rng.normal(size=(n_points, n_draws, 1)) + luck * rng.normal(size=shape)
    )


def test_shares_of_variance_are_those_put_in() -> None:
    found = noise(nested(2.0, 1.0, 1.0, 1.5, (200, 60, 3)))
    total = 4.0 + 1.0 + 1.0 + 2.25
    for interval, truth in (
        (found.points, 4.0 / total),
        (found.draws, 2.0 / total),
        (found.replicates, 2.25 / total),
        (found.seeds, 4.25 / total),
    ):
        assert interval.value == pytest.approx(truth, abs=0.05)
        assert interval.low < interval.value < interval.high
    assert found.points.value + found.seeds.value == pytest.approx(1.0)
    # The mean of a point has a sixtieth of what is its own; common draws do not tell points apart.
    assert found.mean_error == pytest.approx((1.0 + 2.25 / 3) / 60, rel=0.1)


def test_gaps_do_not_move_the_shares() -> None:
    whole = nested(2.0, 1.0, 1.0, 1.5, (100, 40, 2))
    some = whole.sample(frac=0.7, random_state=SEED)
    assert noise(some).seeds.value == pytest.approx(noise(whole).seeds.value, abs=0.02)


def test_pure_seeds_are_all_of_the_variance_and_no_seeds_none() -> None:
    alone = noise(nested(0.0, 1.0, 1.0, 0.0, (50, 20, 1)))
    assert alone.seeds.value == pytest.approx(1.0, abs=0.02)
    assert not alone.replicated
    none = noise(nested(1.0, 0.0, 0.0, 0.0, (50, 20, 1)))
    assert none.seeds.value == pytest.approx(0.0, abs=1e-9)
    assert none.mean_error == pytest.approx(0.0, abs=1e-9)


def test_intervals_of_shares_hold_the_truth() -> None:
    held = 0
    for k in range(40):
        rng = np.random.default_rng(k)
        points = rng.normal(size=20)
        points = (points - points.mean()) / points.std(ddof=1)
        y = points[:, None] + rng.normal(size=(1, 10)) + rng.normal(size=(20, 10))
        found = noise(values_of(y)).seeds
        held += found.low <= 2.0 / 3.0 <= found.high
    assert held >= 32  # of 40, where 36 are expected


def test_one_draw_says_nothing_of_seeds() -> None:
    with pytest.raises(InputError, match="one draw"):
        noise(values_of(np.zeros((5, 1, 3))))


def test_rows_and_columns_are_taken_out_whatever_is_missing() -> None:
    table = np.add.outer(np.array([1.0, 5.0, 2.0]), np.array([0.0, 10.0, -3.0, 1.0]))
    table[0, 1] = table[2, 2] = math.nan
    rest = additive(table)[2]
    assert np.nanmax(np.abs(rest)) < 1e-8


def saltelli_of(factors: list[Factor], size: int) -> Floats:
    return np.asarray(sobol.sample(problem(factors), size, calc_second_order=False, seed=SEED))


def analysed(
    kind: str, shares: Floats, factors: list[Factor], y: Floats, seeds: float = 0.0, draws: int = 6
) -> Sensitivity:
    """Indices of a function on a design, with noise of seeds."""
    rng = np.random.default_rng(SEED)
    points = pd.DataFrame(
        {f.key: f.low + s * (f.high - f.low) for f, s in zip(factors, shares.T, strict=True)}  # type: ignore[operator]
    ).rename_axis("scenario_id")
    runs = y[:, None] + rng.normal(size=draws) + seeds * rng.normal(size=(len(y), draws))
    return sensitivity(values_of(runs), points, {"kind": kind}, factors)


def ishigami(x: Floats) -> Floats:
    """Ishigami and Homma's function, a = 7, b = 0.1, on (-pi, pi)."""
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_sobol_gives_the_indices_of_ishigami() -> None:
    factors = [Factor(f"x.{k}", -math.pi, math.pi) for k in range(3)]
    shares = saltelli_of(factors, 1024)
    y = ishigami(2 * math.pi * shares - math.pi)
    found = analysed("saltelli", shares, factors, y).indices
    first, total = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
    for k in range(3):
        assert found[f"x.{k}"]["S1"].value == pytest.approx(first[k], abs=0.03)
        assert found[f"x.{k}"]["ST"].value == pytest.approx(total[k], abs=0.03)
        assert found[f"x.{k}"]["S1"].sampled < 0.1
        assert found[f"x.{k}"]["ST"].noise < 1e-9  # no seeds but those that move all alike


def test_the_noise_of_seeds_stands_beside_sobols_indices() -> None:
    factors = [Factor("x.a", 0.0, 1.0), Factor("x.idle", 0.0, 1.0)]
    shares = saltelli_of(factors, 512)
    found = analysed("saltelli", shares, factors, 4.0 * shares[:, 0], seeds=1.0, draws=10)
    idle = found.indices["x.idle"]["ST"]
    variance = 16.0 / 12.0 + 0.1
    assert idle.noise == pytest.approx(0.1 / variance, rel=0.15)
    assert idle.value == pytest.approx(idle.noise, rel=0.25)  # it shows noise, and no more
    assert found.noise is not None
    assert found.noise.seeds.value == pytest.approx(2.0 / (2.0 + 16.0 / 12.0), abs=0.15)


def test_morris_gives_the_slopes_of_a_linear_model() -> None:
    factors = [Factor(f"x.{k}", -2.0, 5.0) for k in range(4)]
    shares = np.asarray(morris.sample(problem(factors), 20, num_levels=4, seed=SEED))
    y = shares @ np.array([3.0, -2.0, 0.5, 0.0])
    for key, slope in zip(("x.0", "x.1", "x.2", "x.3"), (3.0, -2.0, 0.5, 0.0), strict=True):
        index = analysed("morris", shares, factors, y).indices[key]
        assert index["mu"].value == pytest.approx(slope, abs=1e-9)
        assert index["mu_star"].value == pytest.approx(abs(slope), abs=1e-9)
        assert index["sigma"].value == pytest.approx(0.0, abs=1e-9)


def test_what_seeds_alone_show_in_morris_is_told() -> None:
    factors = [Factor("x.a", 0.0, 1.0), Factor("x.idle", 0.0, 1.0)]
    shares = np.asarray(morris.sample(problem(factors), 300, num_levels=4, seed=SEED))
    found = analysed("morris", shares, factors, 5.0 * shares[:, 0], seeds=1.0, draws=10).indices
    for name in ("mu_star", "sigma"):
        idle = found["x.idle"][name]
        assert idle.value == pytest.approx(idle.noise, rel=0.15)
    assert found["x.a"]["mu_star"].value > 5 * found["x.a"]["mu_star"].noise


def test_a_log_scale_moves_no_index() -> None:
    factors = [Factor("x.a", 1.0, 100.0, log=True), Factor("x.b", 0.0, 1.0)]
    shares = np.asarray(morris.sample(problem(factors), 10, num_levels=4, seed=SEED))
    points = pd.DataFrame({"x.a": 100.0 ** shares[:, 0], "x.b": shares[:, 1]})
    y = np.log10(points["x.a"].to_numpy())
    found = sensitivity(
        values_of(np.tile(y[:, None], 5)), points.rename_axis("scenario_id"), {"kind": "morris"},
        factors,
    )  # fmt: skip
    assert found.indices["x.a"]["mu"].value == pytest.approx(2.0)


def test_trajectories_with_a_failed_point_are_left_out_whole() -> None:
    factors = [Factor(f"x.{k}", 0.0, 1.0) for k in range(3)]
    shares = np.asarray(morris.sample(problem(factors), 8, num_levels=4, seed=SEED))
    points = pd.DataFrame(shares, columns=[f.key for f in factors]).rename_axis("scenario_id")
    values = values_of(np.tile((shares @ np.array([1.0, 2.0, 3.0]))[:, None], 5))
    found = sensitivity(values[values["scenario_id"] != 5], points, {"kind": "morris"}, factors)
    assert (found.points, found.lost) == (28, 4)
    assert found.indices["x.2"]["mu"].value == pytest.approx(3.0)
    with pytest.raises(InputError, match="fewer than two whole sets"):
        sensitivity(values[values["scenario_id"] < 6], points, {"kind": "morris"}, factors)


def grid() -> pd.DataFrame:
    rows = list(itertools.product((0.0, 1.0, 2.0), ("pool", "fund"), (True, False)))
    return pd.DataFrame(rows, columns=["a.dose", "a.form", "a.idle"]).rename_axis("scenario_id")


def test_a_full_factorial_gives_exact_indices() -> None:
    points = grid()
    form = (points["a.form"] == "pool").to_numpy(float)
    y = points["a.dose"].to_numpy() * (1.0 + form)
    found = sensitivity(
        values_of(np.tile(y[:, None], 6)), points, {"kind": "factorial"},
        [Factor(k) for k in points],
    )  # fmt: skip
    assert found.method == "factorial"
    # y = 1.5 d + d f with f = +-0.5: variances 1.5, 0.25 and, of what is left, 1/6.
    total = 1.5 + 0.25 + 1.0 / 6.0
    assert found.indices["a.dose"]["S1"].value == pytest.approx(1.5 / total)
    assert found.indices["a.dose"]["ST"].value == pytest.approx((1.5 + 1.0 / 6.0) / total)
    assert found.indices["a.form"]["S1"].value == pytest.approx(0.25 / total)
    assert found.indices["a.idle"]["S1"].value == pytest.approx(0.0, abs=1e-12)
    assert found.indices["a.idle"]["ST"].value == pytest.approx(0.0, abs=1e-12)


def test_noise_in_a_factorial_shows_as_much_as_is_told() -> None:
    points = grid()
    form = 2.0 * (points["a.form"] == "pool").to_numpy(float)
    sums = np.zeros(2)
    for k in range(25):
        y = form[:, None] + np.random.default_rng(k).normal(size=(len(points), 4))
        factors = [Factor(str(key)) for key in points]
        idle = sensitivity(values_of(y), points, {"kind": "factorial"}, factors).indices["a.dose"]
        sums += idle["ST"].value, idle["ST"].noise
    assert sums[0] == pytest.approx(sums[1], rel=0.2)


def test_other_designs_have_shares_of_seeds_and_no_indices() -> None:
    rng = np.random.default_rng(SEED)
    points = pd.DataFrame({"x.a": rng.random(30)}).rename_axis("scenario_id")
    values = values_of(rng.normal(size=(30, 5)))
    found = sensitivity(values, points, {"kind": "latin_hypercube"}, [Factor("x.a", 0.0, 1.0)])
    assert (found.method, found.indices) == ("none", {})
    assert found.noise is not None
    with_gap = sensitivity(values[values["scenario_id"] > 0], grid(), {"kind": "factorial"}, [])
    assert with_gap.method == "none"


def test_a_range_is_needed_for_indices() -> None:
    points = pd.DataFrame({"x.a": [0.0, 1.0]}).rename_axis("scenario_id")
    with pytest.raises(InputError, match=r"x\.a has no low and high"):
        sensitivity(values_of(np.zeros((2, 5))), points, {"kind": "morris"}, [Factor("x.a")])


def mixed(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    return pd.DataFrame(
        {
            "x.strong": rng.random(count),
            "x.weak": rng.random(count),
            "x.idle": rng.integers(1, 9, count),
            "x.form": rng.choice(["a", "b", "c"], count),
            "x.on": rng.choice([True, False], count),
        }
    ).rename_axis("scenario_id")


def test_scores_rank_factors_and_tell_what_may_be_chance() -> None:
    points = mixed(150)
    rng = np.random.default_rng(SEED)
    y = 3.0 * points["x.strong"] + points["x.weak"] + 1.0 * (points["x.form"] == "b")
    found = feature_scores(
        values_of(y.to_numpy()[:, None] + 0.3 * rng.normal(size=(150, 5))), points
    )
    assert next(iter(found.scores)) == "x.strong"
    assert {key for key in found.scores if found.above(key)} == {"x.strong", "x.weak", "x.form"}
    assert found.explained > 0.7


def test_of_pure_noise_no_score_is_above_chance() -> None:
    points = mixed(150)
    y = np.random.default_rng(SEED).normal(size=(150, 5))
    found = feature_scores(values_of(y), points)
    assert not any(found.above(key) for key in found.scores)
    assert found.explained < 0.1
    with pytest.raises(InputError, match="19 points are too few"):
        feature_scores(values_of(y[:19]), points)


def test_factors_become_columns_of_numbers() -> None:
    numbers, columns = encoded(mixed(20))
    assert numbers.shape == (20, 7)
    assert [c.value for c in columns] == [None, None, None, "a", "b", "c", "true"]
    assert set(np.unique(numbers[:, 3:])) == {0.0, 1.0}


def test_factors_come_from_the_design_and_those_that_do_not_vary_are_dropped() -> None:
    design = {"factors": [{"key": "x.a", "low": 1.0, "high": 10.0, "scale": "log"}]}
    factors = factors_of(design, ["x.a", "x.b"])
    assert factors == (Factor("x.a", 1.0, 10.0, log=True), Factor("x.b"))
    assert factors[0].share(math.sqrt(10.0)) == pytest.approx(0.5)
    table = pd.DataFrame({"scenario_id": [0, 1], "x.a": [1.0, 2.0], "x.b": [3, 3]})
    assert list(inputs(table, factors).columns) == ["x.a"]
    with pytest.raises(InputError, match="no factor varies"):
        inputs(table[:1], factors)
