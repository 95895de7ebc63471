"""How many seeds a point gets: as many as the plan says, or until an interval is narrow enough.

The rule looks at results alone, stage by stage, and at each stage only at the draws of that stage:
a batch that was interrupted asks for the same runs as one that was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ressort.batch.plan import Plan, Stop

RESAMPLES: Final = 2000
Floats = NDArray[np.float64]


class Seeds:
    """How many draws each point of a plan has been given so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.draws = dict.fromkeys(range(len(plan.points)), plan.draws)

    def more(self, files: Sequence[Path]) -> list[int]:
        """Return the runs of the next stage, none if no point needs one.

        `files`: Parquet files of the metrics; all runs asked for so far must have ended.
        """
        stop = self.plan.stop
        if stop is None:
            return []
        found = differences(self.plan, stop, files)
        asked: list[int] = []
        for point, draws in self.draws.items():
            if draws < stop.most and width(found[point][:draws], stop.level, point) > stop.width:
                self.draws[point] = min(draws + stop.step, stop.most)
                asked += runs_of(self.plan, point, range(draws, self.draws[point]))
        return sorted(asked)


def runs_of(plan: Plan, point: int, draws: range) -> list[int]:
    """Return the numbers of all runs of some draws of a point."""
    replications = range(draws.start * plan.replicates, draws.stop * plan.replicates)
    return [replication * len(plan.points) + point for replication in replications]


def differences(plan: Plan, stop: Stop, files: Sequence[Path]) -> Floats:
    """Return the paired difference of the metric, mean over replicates, shape (points, most).

    NaN where a draw has no run that is done. Infinite (censored) values stay so.
    """
    most = max(stop.most, plan.draws)
    shape = (len(plan.points), most, plan.replicates)
    one, other = np.full(shape, np.nan), np.full(shape, np.nan)
    for file in files:
        table = pq.read_table(file, columns=["run_id", "arm", stop.metric], partitioning=None)
        replication, point = np.divmod(table["run_id"].to_numpy(), len(plan.points))
        draw, replicate = np.divmod(replication, plan.replicates)
        arm = table["arm"].cast(pa.string()).to_numpy(zero_copy_only=False)
        values = table[stop.metric].to_numpy()
        for name, where in zip(stop.arms, (one, other), strict=True):
            rows = (arm == name) & (draw < most)
            where[point[rows], draw[rows], replicate[rows]] = values[rows]
    with np.errstate(invalid="ignore"):
        change = one - other
    is_there = ~np.isnan(change)
    n = is_there.sum(axis=2)
    total = np.where(is_there, change, 0.0).sum(axis=2)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)


def width(values: Floats, level: float, point: int) -> float:
    """Return the width of the bootstrap interval of a mean; infinite if it cannot be told.

    Percentile bootstrap over draws, of the same resamples whenever it is asked.
    """
    values = values[~np.isnan(values)]
    if len(values) < 2 or not np.isfinite(values).all():
        return float("inf")
    sequence = np.random.SeedSequence(point, spawn_key=(crc32(b"stop"), len(values)))
    rng = np.random.Generator(np.random.PCG64(sequence))
    means = values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(high - low)
