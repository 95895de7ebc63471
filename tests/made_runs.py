"""Made results of batches, whose answers are known: no simulation is run."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ressort.analysis.reading import Batch
from ressort.analysis.tables import factors_of

Floats = NDArray[np.float64]


def values_of(y: Floats) -> pd.DataFrame:
    """Return outcomes from an array of points, draws and replicates (which may be left out)."""
    y = y if y.ndim == 3 else y[:, :, None]
    point, draw, replicate = np.indices(y.shape).reshape(3, -1)
    return pd.DataFrame(
        {"scenario_id": point, "draw": draw, "replicate": replicate, "value": y.ravel()}
    )


def results_of(metric: str, **arms: Floats) -> pd.DataFrame:
    """Return a table of results from one such array an arm."""
    tables = [
        values_of(y).rename(columns={"value": metric}).assign(arm=arm) for arm, y in arms.items()
    ]
    for table in tables:
        table.insert(0, "run_id", np.arange(len(table)))
    return pd.concat(tables, ignore_index=True)


def batch_of(results: pd.DataFrame, points: pd.DataFrame, kind: str, **horizons: float) -> Batch:
    """Return a batch over points, a column a factor of the range 0 to 1."""
    points = points.rename_axis("scenario_id")
    keys = [str(key) for key in points.columns]
    design = {"kind": kind, "factors": [{"key": k, "low": 0.0, "high": 1.0} for k in keys]}
    arms = tuple(results["arm"].unique())
    joined = results.join(points, on="scenario_id")
    return Batch(
        "made", joined, points, design, factors_of(design, keys), arms, horizons,
        results["run_id"].nunique(),
    )  # fmt: skip
