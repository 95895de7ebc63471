"""What a batch will take: runs, time, memory and disk, from two runs that are tried."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from typing import Final

from ressort.batch import chunks
from ressort.batch.plan import Plan
from ressort.batch.records import FAILED, ChunkResult
from ressort.batch.work import run_chunk
from ressort.errors import InputError

INDEX_BYTES: Final = 200  # of the SQLite index, a run


@dataclass(frozen=True)
class Estimate:
    """What a plan asks for. Seconds and bytes are measured, all else follows."""

    runs: int
    most_runs: int  # if no point stops early
    points: int
    seeds: int  # a point
    arms: int
    days: int  # simulated, all runs, arms and references
    seconds_a_run: float
    workers: int
    memory_bytes: int  # of all workers
    disk_bytes: int

    @property
    def seconds(self) -> float:
        """Time of the whole batch if all workers are as fast as this process."""
        return self.runs * self.seconds_a_run / self.workers


def estimate(plan: Plan, workers: int) -> Estimate:
    """Try two runs of the first point and return what the batch will take.

    The first run compiles and sets the stage, and is not timed. InputError if one of them fails.
    """
    most = plan.stop.most if plan.stop else plan.draws
    second = len(plan.points) if plan.draws * plan.replicates > 1 else 0
    first = run_chunk(plan, [0])
    tried = run_chunk(plan, [second])
    for result in (first, tried):
        _refuse_failed(result)
    days = _days_of(plan)
    return Estimate(
        runs=len(plan),
        most_runs=len(plan.points) * most * plan.replicates,
        points=len(plan.points),
        seeds=plan.draws * plan.replicates,
        arms=len(plan.arms),
        days=len(plan) * days,
        seconds_a_run=tried.records[0].seconds,
        workers=workers,
        memory_bytes=workers * _most_memory(),
        disk_bytes=len(plan) * (_bytes(tried) + INDEX_BYTES),
    )


def _refuse_failed(result: ChunkResult) -> None:
    record = result.records[0]
    if record.status == FAILED:
        raise InputError(f"the first point fails ({record.error_kind}): {record.error}")


def _days_of(plan: Plan) -> int:
    """Return the days that a run lives in all arms: calm years, then with and without shock."""
    days = 0
    for arm in plan.arms:
        scenario = plan.scenario(plan.points[0], arm)
        days += scenario.calm_days() + 2 * scenario.run.days - scenario.shock_day()
    return days


def _bytes(result: ChunkResult) -> int:
    """Return the bytes that a run adds to chunks, what each file has once left out.

    A table twice as long differs from it by what a run adds.
    """
    added = 0
    for table in result.tables.values():
        once = len(chunks.encoded(table.slice(0, table.num_rows // 2)))
        added += 2 * (len(chunks.encoded(table)) - once)
    return added


def _most_memory() -> int:
    """Return the most memory that this process ever held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
