"""What share of the variance between runs is seeds alone, and what noise is left in point means.

A run is point p on draw d with replicate r: y = mean + a_p + b_d + ab_pd + e_pdr. All points have
the same draws, so that b moves them together and leaves their differences alone; ab and e do not.
Components are those of the analysis of variance (expected mean squares; Searle, Casella and
McCulloch 1992, Variance Components), each at least 0, and add up to the whole (law of total
variance). Gaps (failed runs, points that needed fewer draws) are fitted by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis import bootstrap
from ressort.analysis.bootstrap import Interval
from ressort.analysis.tables import cells
from ressort.errors import InputError

Floats = NDArray[np.float64]

RESAMPLES: Final = 200  # each is a fit of its own
SWEEPS: Final = 200
TINY: Final = 1e-10  # of the spread: a sweep that changes less ends the fit


@dataclass(frozen=True)
class Components:
    """Variances in the unit of the metric, squared.

    `points`: between points; `draws`: of draws, common to all points and of each its own;
    `replicates`: within a draw (0 with one replicate, whose luck then counts with the draw).
    `residual`: of a cell (point and draw, mean over replicates) beyond what point and draw explain.
    """

    points: float
    draws: float
    replicates: float
    residual: float

    @property
    def total(self) -> float:
        """The variance of a run at a random point on a random seed."""
        return self.points + self.draws + self.replicates

    def shares(self) -> tuple[float, float, float, float]:
        """Return shares of points, draws, replicates, and of seeds (the last two); 0 if all 0."""
        if self.total <= 0:
            return 0.0, 0.0, 0.0, 0.0
        parts = [v / self.total for v in (self.points, self.draws, self.replicates)]
        return parts[0], parts[1], parts[2], parts[1] + parts[2]


@dataclass(frozen=True)
class Noise:
    """Shares of the variance between runs, with intervals over draws; `seeds` = draws + replicates.

    `mean_error`: variance that seeds leave in the mean of a point, as far as it tells points apart.
    `replicated`: whether draws had several replicates, so that draw and luck can be told apart.
    """

    points: Interval
    draws: Interval
    replicates: Interval
    seeds: Interval
    total: float
    mean_error: float
    n_draws: int
    replicated: bool

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return {k: bootstrap.plain(getattr(self, k)) for k in self.__dataclass_fields__}


def noise(values: pd.DataFrame, level: float = bootstrap.LEVEL) -> Noise:
    """Return what seeds alone make of the variance; `values` as of `tables.outcomes`.

    InputError with fewer than two draws, which say nothing of it.
    """
    by_draw = cells(values)
    table, count = by_draw.to_numpy(float), by_draw.shape[1]
    if count < 2:
        raise InputError("seeds: with one draw the noise of seeds is not known; take 5 or more")
    squares, freedom, size = _within(values, by_draw.columns)
    found = components(table, _over(squares, freedom), size)
    samples = []
    if count >= bootstrap.LEAST_DRAWS:
        for chosen in np.random.default_rng(bootstrap.SEED).integers(
            count, size=(RESAMPLES, count)
        ):
            within = _over(squares[chosen], freedom[chosen])
            # A draw that comes twice is no second draw: variances of draws shrink by (n - 1) / n.
            widened = count / (count - 1)
            samples.append(components(table[:, chosen], within, size, widened).shares())
    parts = np.array(samples).reshape(-1, 4)
    intervals = [
        _in_unit(bootstrap.around(value, parts[:, k], count, level))
        for k, value in enumerate(found.shares())
    ]
    per_point = (~np.isnan(table)).sum(axis=1)
    error = found.residual * float((1.0 / per_point[per_point > 0]).mean())
    points, draws, replicates, seeds = intervals
    return Noise(points, draws, replicates, seeds, found.total, error, count, replicated=size > 1.0)


def _in_unit(found: Interval) -> Interval:
    low, high = (min(max(end, 0.0), 1.0) if end == end else end for end in (found.low, found.high))
    return Interval(found.value, low, high)


def _within(values: pd.DataFrame, draws: pd.Index) -> tuple[Floats, Floats, float]:
    """Return by draw the squares between its replicates and their freedom, and how many there are.

    The number of replicates in a cell is the harmonic mean.
    """
    cell = values.groupby(["scenario_id", "draw"])["value"].agg(["size", "var"])
    freedom = cell["size"] - 1.0
    squares = cell["var"].fillna(0.0) * freedom
    by_draw = [s.groupby(level="draw").sum().reindex(draws).to_numpy() for s in (squares, freedom)]
    return by_draw[0], by_draw[1], float(len(cell) / (1.0 / cell["size"]).sum())


def _over(squares: Floats, freedom: Floats) -> float:
    return float(squares.sum() / freedom.sum()) if freedom.sum() > 0 else 0.0


def components(table: Floats, within: float, size: float, widened: float = 1.0) -> Components:
    """Return variances from cell means, shape (points, draws), NaN where there is none.

    `within`: variance between replicates; `size`: replicates in a cell. `widened`: what variances
    between draws are multiplied by, for resampled ones.
    """
    known = ~np.isnan(table)
    table, known = table[known.any(axis=1)], known[known.any(axis=1)]
    rows, columns, rest = additive(table)
    freedom = known.sum() - len(rows) - known.any(axis=0).sum() + 1
    least = within / size  # what replicates alone leave in a cell
    residual = widened * float((rest[known] ** 2).sum() / freedom) if freedom > 0 else least
    per_point, per_draw = known.sum(axis=1), known.sum(axis=0)
    points = _beyond(rows, residual / per_point, 1.0)
    common = _beyond(columns[per_draw > 0], residual / per_draw[per_draw > 0], widened)
    return Components(points, common + max(0.0, residual - least), within, residual)


def _beyond(effects: Floats, errors: Floats, widened: float) -> float:
    """Return the variance of effects beyond that of their errors, at least 0."""
    if len(effects) < 2:
        return 0.0
    return max(0.0, widened * float(effects.var(ddof=1)) - float(errors.mean()))


def additive(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Return effects of rows (with the mean), of columns, and what is left, by least squares.

    Rows and columns are fitted in turn until neither moves; without gaps that is one round.
    """
    rows, columns = np.nanmean(table, axis=1), np.zeros(table.shape[1])
    known = ~np.isnan(table)
    filled, per_column = np.where(known, table, 0.0), np.maximum(known.sum(axis=0), 1)
    spread = float(np.nanstd(table)) or 1.0
    for _ in range(SWEEPS):
        before = columns
        columns = (filled - known * rows[:, None]).sum(axis=0) / per_column
        rows = (filled - known * columns).sum(axis=1) / known.sum(axis=1)
        if np.abs(columns - before).max() <= TINY * spread:
            break
    return rows, columns, table - rows[:, None] - columns
