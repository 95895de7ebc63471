"""A Gaussian process that answers for points that were not run, and how far it can be trusted.

It predicts the mean over seeds of a metric or paired difference (Rasmussen and Williams 2006:
Matern covariance of smoothness 5/2, one length a factor). What seeds leave in the mean of each
point is given to it as noise; what it cannot follow beyond that is a noise of its own.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from ressort.analysis import bootstrap, noise
from ressort.analysis.tables import Column, as_text, cells, encoded, means
from ressort.errors import InputError, named

Floats = NDArray[np.float64]

A_COLUMN: Final = 10  # points for each column (Loeppky, Sacks and Welch 2009)
MOST_POINTS: Final = 2000  # beyond, time grows with the cube
MOST_FITTED: Final = 250  # points from which lengths are fitted, drawn at random
FOLDS: Final = 10
LENGTHS: Final = (0.05, 20.0)  # in ranges of a factor: at 20 it does not matter
STEPS: Final = 60  # of the search for lengths; more change them little
NUGGET: Final = (1e-6, 1.0)  # of the variance between points


@dataclass(frozen=True)
class Emulator:
    """A fitted process, and its error for points left out (cross-validation in ten parts).

    `rmse`: of means of points, in the unit of the outcome; it holds the noise of seeds in those
    means, `seed_error` (standard deviation). `spread`: standard deviation between points, the error
    of who says the mean everywhere. `coverage`: share of points within their 90 % interval.
    `lengths`: by column, in ranges of the factor; long: matters little.
    """

    process: Any
    columns: tuple[Column, ...]
    low: Floats
    high: Floats
    centre: float
    scale: float
    rmse: float
    coverage: float
    spread: float
    seed_error: float
    lengths: dict[str, float]
    points: int

    @property
    def explained(self) -> float:
        """Share of the variance between points that it predicts for points left out."""
        return 1.0 - (self.rmse / self.spread) ** 2 if self.spread > 0 else 0.0

    def predict(self, points: pd.DataFrame) -> tuple[Floats, Floats]:
        """Return mean and standard deviation at points, a column a factor, in the outcome's unit.

        InputError outside the ranges that were run: it would be a guess.
        """
        numbers = np.column_stack([_column(points, column) for column in self.columns])
        outside = ((numbers < self.low) | (numbers > self.high)).any(axis=0)
        if outside.any():
            k = int(outside.argmax())
            raise InputError(
                f"emulator: {named(self.columns[k].key)} outside {self.low[k]:g} to "
                f"{self.high[k]:g}, where nothing was run; stay within"
            )
        mean, deviation = self.process.predict(_unit(numbers, self.low, self.high), return_std=True)
        return self.centre + self.scale * mean, self.scale * deviation

    def as_json(self) -> dict[str, Any]:
        """Return its error as a mapping for strict JSON."""
        keys = ("points", "rmse", "explained", "coverage", "spread", "seed_error", "lengths")
        return {key: bootstrap.plain(getattr(self, key)) for key in keys}


def emulate(values: pd.DataFrame, table: pd.DataFrame) -> Emulator:
    """Return an emulator; `values` as of `tables.outcomes`, `table` as of `tables.inputs`.

    InputError with fewer than ten points a factor (a column), or too many to be fitted.
    """
    by_point = means(values)
    numbers, columns = encoded(table.loc[by_point.index])
    least = A_COLUMN * len(columns)
    if not least <= len(by_point) <= MOST_POINTS:
        few = len(by_point) < least
        raise InputError(
            f"emulator: {len(by_point)} points are too {'few' if few else 'many'} for "
            f"{len(columns)} columns of factors; {least} to {MOST_POINTS} are expected"
        )
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    target = by_point.to_numpy(float)
    centre, spread = float(target.mean()), float(target.std())
    scale = spread or 1.0
    unit, scaled = _unit(numbers, low, high), (target - centre) / scale
    errors = seed_errors(values)
    process = _fitted(unit, scaled, errors / scale**2)
    rmse, coverage = _cross_validated(process.kernel_, unit, scaled, errors / scale**2)
    lengths = np.atleast_1d(process.kernel_.get_params()["k1__k2__length_scale"])
    names = [c.key if c.value is None else f"{c.key} = {c.value}" for c in columns]
    by_name = dict(zip(names, map(float, lengths), strict=True))
    error = math.sqrt(float(errors.mean()))
    return Emulator(
        process, columns, low, high, centre, scale, scale * rmse, coverage, spread, error,
        by_name, len(target),
    )  # fmt: skip


def seed_errors(values: pd.DataFrame) -> Floats:
    """Return by point the variance that seeds leave in its mean; 0 where one draw hides it.

    That of the point itself, drawn to that of all points as if it had five draws of that.
    """
    table = cells(values).to_numpy(float)
    if table.shape[1] < 2:
        return np.zeros(len(table))
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    # What draws do to all points alike moves the level of the surface, not its shape.
    rest = np.where(known, noise.additive(table)[2], 0.0) ** 2
    freedom = max(1, int(known.sum()) - len(table) - int(known.any(axis=0).sum()) + 1)
    pooled = float(rest.sum()) / freedom
    prior = bootstrap.LEAST_DRAWS
    own = rest.sum(axis=1) * known.sum() / freedom
    return np.asarray((prior * pooled + own) / (prior + count) / count)


def _column(points: pd.DataFrame, column: Column) -> Floats:
    if column.key not in points.columns:
        raise InputError(f"emulator: no column {named(column.key)}; give a value of each factor")
    if column.value is None:
        return points[column.key].to_numpy(float)
    return (points[column.key].map(as_text) == column.value).to_numpy(float)


def _unit(numbers: Floats, low: Floats, high: Floats) -> Floats:
    return (numbers - low) / (high - low)


def _fitted(unit: Floats, scaled: Floats, errors: Floats) -> Any:
    """Return a process on all points, its lengths fitted on some of them."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    width = unit.shape[1]
    kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(np.ones(width), LENGTHS, nu=2.5)
    kernel += WhiteKernel(1e-2, NUGGET)
    some = np.arange(len(unit))
    if len(unit) > MOST_FITTED:
        some = np.random.default_rng(bootstrap.SEED).permutation(len(unit))[:MOST_FITTED]
    fitting = GaussianProcessRegressor(
        kernel, alpha=errors[some] + 1e-10, optimizer=_search, random_state=bootstrap.SEED
    )
    with warnings.catch_warnings():
        # A length at its bound is an answer here: the factor does not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = fitting.fit(unit[some], scaled[some]).kernel_
    return _given(found, errors).fit(unit, scaled)


def _search(minus_likelihood: Any, start: Floats, bounds: Floats) -> tuple[Floats, float]:
    found = optimize.minimize(
        minus_likelihood, start, jac=True, bounds=bounds, method="L-BFGS-B",
        options={"maxiter": STEPS},
    )  # fmt: skip
    return found.x, found.fun


def _given(kernel: Any, errors: Floats) -> Any:
    from sklearn.gaussian_process import GaussianProcessRegressor

    return GaussianProcessRegressor(kernel, alpha=errors + 1e-10, optimizer=None)


def _cross_validated(
    kernel: Any, unit: Floats, scaled: Floats, errors: Floats
) -> tuple[float, float]:
    """Return the error of points left out, and how many lie in their interval.

    Lengths are those of all points; with ten points a factor that flatters little.
    """
    order = np.random.default_rng(bootstrap.SEED).permutation(len(unit))
    misses, deviations = np.zeros(len(unit)), np.ones(len(unit))
    for out in np.array_split(order, FOLDS):
        kept = np.setdiff1d(order, out)
        process = _given(kernel, errors[kept]).fit(unit[kept], scaled[kept])
        mean, deviation = process.predict(unit[out], return_std=True)
        misses[out] = scaled[out] - mean
        # What is compared with is the mean of a point, which has the noise of its own seeds.
        deviations[out] = np.sqrt(deviation**2 + errors[out])
    inside = np.abs(misses) <= stats.norm.ppf(0.5 + bootstrap.LEVEL / 2) * deviations
    return math.sqrt(float((misses**2).mean())), float(inside.mean())
