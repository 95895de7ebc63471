"""Which factors move an outcome: Morris' effects, Sobol's indices, and those of a full factorial.

All work on means over the draws of each point. Beside each index stands what seeds alone would show
for a factor without any effect (`noise`), and two intervals: of the sample of points (SALib), and
of the seeds (all draws resampled).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.bootstrap import Interval
from ressort.analysis.noise import Noise, noise
from ressort.analysis.tables import Factor, as_text, cells
from ressort.batch.sampling import LEVELS
from ressort.errors import InputError, named

Floats = NDArray[np.float64]

RESAMPLES: Final = 200  # of trajectories and of the base sample, by SALib
LEAST_RESAMPLES: Final = 2  # where SALib's interval is not read
OF_SEEDS: Final = 100  # resamples of draws, each an analysis of its own
DIGITS: Final = 9  # to which two points have the same value of a factor


@dataclass(frozen=True)
class Index:
    """An index of a factor. `sampled`: half width of its interval over points, NaN if exact.

    `seeds`: its interval over draws; `noise`: what a factor without effect would show.
    """

    value: float
    sampled: float
    seeds: Interval
    noise: float


@dataclass(frozen=True)
class Sensitivity:
    """Indices by factor and name, and what seeds alone make of the variance.

    `method`: "morris" (mu_star, mu, sigma; in the unit of the outcome, over the whole range of the
    factor), "sobol" or "factorial" (S1, ST; shares of the variance between points), "none" (the
    design allows neither: see feature scores). `points`: used; `lost`: left out as incomplete.
    """

    method: str
    indices: dict[str, dict[str, Index]]
    noise: Noise | None
    points: int
    lost: int

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        indices = {k: {n: asdict(i) for n, i in v.items()} for k, v in self.indices.items()}
        content = {"method": self.method, "indices": indices, "noise": self.noise}
        return dict(bootstrap.plain(content | {"points": self.points, "lost": self.lost}))


# Of point means and a number of resamples: each index by factor, and half its interval's width.
Analysis = Callable[[Floats, int], dict[str, tuple[Floats, Floats]]]


def sensitivity(
    values: pd.DataFrame,
    points: pd.DataFrame,
    design: Mapping[str, Any],
    factors: Sequence[Factor],
    level: float = bootstrap.LEVEL,
) -> Sensitivity:
    """Return the indices that a design allows.

    `values` as of `tables.outcomes`; `points`: all points of the design by scenario_id, with a
    column a factor, also those without results; `design` as in the plan.
    """
    kind = design.get("kind", "")
    seeds = noise(values, level) if values["draw"].nunique() > 1 else None
    by_draw = cells(values).reindex(points.index)
    keys = [f.key for f in factors]
    if kind in ("morris", "saltelli"):
        check_ranges(factors)
        size = len(factors) + (1 if kind == "morris" else 2)
        whole = complete(by_draw.mean(axis=1).to_numpy(), size, kind)
        table, used = by_draw.to_numpy(float)[whole], points[whole]
        analysis = (_morris if kind == "morris" else _sobol)(used, factors, level)
    elif kind == "factorial" and is_full(points) and by_draw.notna().any(axis=1).all():
        table, used = by_draw.to_numpy(float), points
        keys = [str(k) for k in points.columns if points[k].map(as_text).nunique() > 1]
        analysis = _factorial(points[keys])
    else:
        return Sensitivity("none", {}, seeds, len(points), 0)
    error = seeds.mean_error if seeds else math.nan
    floor = _floor(kind, used[keys], error, float(np.nanmean(table, axis=1).var()))
    indices = _indices(analysis, table, keys, floor, level)
    method = {"saltelli": "sobol"}.get(kind, kind)
    return Sensitivity(method, indices, seeds, len(used), len(points) - len(used))


def problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """Return what SALib calls the problem: factors over the unit cube, in the design's order."""
    names = [f.key for f in factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def complete(values: Floats, size: int, kind: str) -> NDArray[np.bool_]:
    """Return which points lie in a trajectory or base sample of `size` points that is whole."""
    if len(values) % size:
        raise InputError(
            f"design: {len(values)} points are no multiple of the {size} that kind = "
            f'"{kind}" takes with these factors; analyse the whole batch'
        )
    whole = np.repeat(~np.isnan(values).reshape(-1, size).any(axis=1), size)
    if whole.sum() < 2 * size:
        raise InputError(
            f'design: fewer than two whole sets of {size} points of kind = "{kind}" have results; '
            "go on with the batch"
        )
    return whole


def _indices(
    analysis: Analysis,
    table: Floats,
    keys: Sequence[str],
    floor: Mapping[str, Floats],
    level: float,
) -> dict[str, dict[str, Index]]:
    """Return indices from cell means, shape (points, draws), with intervals over draws."""
    samples = [analysis(means, LEAST_RESAMPLES) for means in _resampled_means(table)]
    result: dict[str, dict[str, Index]] = {key: {} for key in keys}
    for name, (values, half) in analysis(np.nanmean(table, axis=1), RESAMPLES).items():
        least = -math.inf if name in ("mu", "S1") else 0.0  # estimates of S1 may lie below 0
        drawn = np.array([s[name][0] for s in samples]).reshape(-1, len(keys))
        for k, (key, value) in enumerate(zip(keys, map(float, values), strict=True)):
            seen = bootstrap.around(value, drawn[:, k], table.shape[1], level, least)
            result[key][name] = Index(value, float(half[k]), seen, float(floor[name][k]))
    return result


def _resampled_means(table: Floats) -> list[Floats]:
    count = table.shape[1]
    if count < bootstrap.LEAST_DRAWS:
        return []
    known, filled = ~np.isnan(table), np.nan_to_num(table)
    means = np.nanmean(table, axis=1)
    taken = bootstrap.resampled(count, OF_SEEDS)
    sizes = taken @ known.T
    sums = taken @ filled.T
    # A point none of whose draws was taken keeps its mean.
    return list(np.where(sizes > 0, sums / np.maximum(sizes, 1), means))


def _floor(kind: str, points: pd.DataFrame, error: float, variance: float) -> dict[str, Floats]:
    """Return what each index would show for factors that do nothing, from the error of point means.

    Morris: steps of 2/3 of the range between two such means; the mean size of a normal number is
    sqrt(2 / pi) of its standard deviation. Sobol's total index after Jansen (1999) is half the mean
    square of such differences over the variance, his first index has none. Factorial: squares by
    their degrees of freedom.
    """
    count, each = len(points), np.ones(points.shape[1])
    if kind == "morris":
        spread = math.sqrt(2.0 * error) * 2.0 * (LEVELS - 1.0) / LEVELS
        return {
            "mu_star": math.sqrt(2.0 / math.pi) * spread * each,
            "mu": 0.0 * each,
            "sigma": spread * each,
        }
    part = min(1.0, error / variance) if variance > 0 else 0.0 * error
    if kind == "saltelli":
        return {"S1": 0.0 * each, "ST": part * each}
    levels = points.map(as_text).nunique().to_numpy(float)
    return {"S1": part * (levels - 1.0) / count, "ST": part * (1.0 - 1.0 / levels)}


def _morris(points: pd.DataFrame, factors: Sequence[Factor], level: float) -> Analysis:
    from SALib.analyze import morris

    shares = np.column_stack([[f.share(v) for v in points[f.key]] for f in factors])
    moved = np.diff(shares.reshape(-1, len(factors) + 1, len(factors)), axis=1) != 0.0
    if not (moved.sum(axis=2) == 1).all() or not (moved.sum(axis=1) == 1).all():
        raise InputError("design: trajectories of Morris move one factor at a time; these do not")

    def analyse(means: Floats, times: int) -> dict[str, tuple[Floats, Floats]]:
        found = morris.analyze(
            problem(factors), shares, means, num_resamples=times, conf_level=level,
            num_levels=LEVELS, seed=bootstrap.SEED,
        )  # fmt: skip
        unknown = np.full(len(factors), math.nan)
        half = {"mu_star": found["mu_star_conf"]}
        return {
            n: (np.asarray(found[n], float), np.asarray(half.get(n, unknown), float))
            for n in ("mu_star", "mu", "sigma")
        }

    return analyse


def _sobol(points: pd.DataFrame, factors: Sequence[Factor], level: float) -> Analysis:
    from SALib.analyze import sobol

    def analyse(means: Floats, times: int) -> dict[str, tuple[Floats, Floats]]:
        if means.std() <= 1e-12 * np.abs(means).max():  # SALib divides by it
            none = np.zeros(len(factors))
            return {"S1": (none, none), "ST": (none, none)}
        found = sobol.analyze(
            problem(factors), means, calc_second_order=False, num_resamples=times,
            conf_level=level, seed=bootstrap.SEED,
        )  # fmt: skip
        return {n: (np.asarray(found[n]), np.asarray(found[f"{n}_conf"])) for n in ("S1", "ST")}

    return analyse


def is_full(points: pd.DataFrame) -> bool:
    """Return whether points are all combinations of the values of the factors, each once."""
    texts = points.map(as_text)
    return not texts.duplicated().any() and len(texts) == math.prod(texts.nunique())


def _factorial(points: pd.DataFrame) -> Analysis:
    """Return indices by the sums of squares of a full factorial, which are exact for its points."""
    texts = points.map(as_text)
    keys = list(texts.columns)
    alone = [texts.groupby(key).ngroup().to_numpy() for key in keys]
    others = [
        texts.groupby([k for k in keys if k != key] or (lambda _: 0)).ngroup().to_numpy()
        for key in keys
    ]
    exact = np.full(len(keys), math.nan)

    def analyse(means: Floats, times: int) -> dict[str, tuple[Floats, Floats]]:
        whole = float(means.var())
        first = np.array([_between(means, groups) for groups in alone])
        total = np.array([whole - _between(means, groups) for groups in others])
        scale = whole if whole > 0 else 1.0
        return {"S1": (first / scale, exact), "ST": (total / scale, exact)}

    return analyse


def _between(means: Floats, groups: NDArray[np.int64]) -> float:
    """Return the variance of group means, each point the same weight."""
    sizes = np.bincount(groups)
    return float((np.bincount(groups, means) / sizes)[groups].var())


def check_ranges(factors: Sequence[Factor]) -> None:
    """Raise InputError where a factor has no range, which Morris and Sobol need."""
    for factor in factors:
        if factor.low is None or factor.high is None:
            raise InputError(f"factors: {named(factor.key)} has no low and high; see the design")
