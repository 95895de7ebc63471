"""How the interval of a paired difference narrows with draws, and how many a wanted width needs.

With n draws a mean is known up to c / sqrt(n) (law of large numbers with finite variance). c is
fitted to the widths seen with the first 5, 10, ... draws, weighted by n; what it says of more draws
than there are is an extrapolation, and as good as the last widths lie on the curve (`misfit`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from ressort.analysis import bootstrap
from ressort.analysis.bootstrap import Interval
from ressort.analysis.differences import even
from ressort.errors import InputError

Statistic = Literal["mean", "median"]
LEAST: Final = 10  # draws: fewer show no law
SIZES: Final = 8  # numbers of draws at which the width is looked at


@dataclass(frozen=True)
class Step:
    """The estimate with the first `draws` draws."""

    draws: int
    estimate: Interval


@dataclass(frozen=True)
class Convergence:
    """Steps, and the law fitted to them: width = `constant` / sqrt(draws).

    `misfit`: the last width over that of the law, less 1. `wanted`: width asked for; `needed`:
    draws that the law gives for it, 0 if none was asked for.
    """

    statistic: Statistic
    steps: tuple[Step, ...]
    constant: float
    misfit: float
    wanted: float | None = None
    needed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return a mapping for strict JSON."""
        return dict(bootstrap.plain(asdict(self)))


def convergence(
    values: pd.DataFrame,
    wanted: float | None = None,
    statistic: Statistic = "mean",
    level: float = bootstrap.LEVEL,
) -> Convergence:
    """Return how an estimate settles; `values` as of `tables.outcomes`, `wanted` in its unit."""
    if wanted is not None and not (math.isfinite(wanted) and wanted > 0):
        raise InputError(f"width: {wanted:g} is no width; give a number above 0")
    numbers = np.sort(values["draw"].unique())
    if len(numbers) < LEAST:
        raise InputError(
            f"convergence: {len(numbers)} draws are too few to see a law; take {LEAST} or more"
        )
    sizes = np.unique(np.geomspace(bootstrap.LEAST_DRAWS, len(numbers), SIZES).round().astype(int))
    steps = tuple(
        Step(int(n), _estimate(values[values["draw"] <= numbers[n - 1]], statistic, level))
        for n in sizes
    )
    widths = np.array([step.estimate.width for step in steps])
    # Least squares of the width on 1 / sqrt(n), each weighted by n since it is seen the better.
    constant = float((widths * np.sqrt(sizes)).sum() / len(sizes))
    law = constant / math.sqrt(sizes[-1])
    misfit = float(widths[-1] / law - 1.0) if law > 0 else 0.0
    needed = max(LEAST, math.ceil((constant / wanted) ** 2)) if wanted else 0
    return Convergence(statistic, steps, constant, misfit, wanted, needed)


def _estimate(values: pd.DataFrame, statistic: Statistic, level: float) -> Interval:
    value, draws = values["value"].to_numpy(float), values["draw"].to_numpy(np.int64)
    weights = even(values["scenario_id"])
    if statistic == "median":
        return bootstrap.median(value, value, draws, weights, level)
    return bootstrap.mean(value, draws, weights, level)
