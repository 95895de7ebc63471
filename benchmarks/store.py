"""The store of a batch of 10,000 runs: how long it takes to fill, and to answer a question.

Tables are made up: two arms, with the shock and without, 180 days, four series that wander as
series do, sixteen metrics. They are written in chunks of 20 runs, once as usual, merged with others
now and then, and once as they come, to show what merging is for. Answers include opening the store
and reading its index. Time is that of the processor, of all threads together, which others who use
it lengthen less; of five answers the fastest. By the clock it is less where nobody else does, and
more where the disk is slow: storing a chunk waits for it four times.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from benchmarks.lines import Line, say
from numpy.typing import NDArray

from ressort.batch import query
from ressort.batch.plan import Arm, Plan, Point
from ressort.batch.records import DONE, ChunkResult, Record
from ressort.batch.store import Store

RUNS: Final = 10_000
POINTS: Final = 100
CHUNK: Final = 20
DAYS: Final = 180
SERIES: Final = ("essential", "output", "need_food", "jobs_held")
METRICS: Final = 16
TIMES: Final = 5
QUANTILE_TARGET: Final = 0.5  # seconds
STORE_TARGET: Final = 2.5  # ms a run: 5 % of a run of 50 ms

QUANTILES: Final = (
    "SELECT day, quantile_cont(essential, 0.05) AS low, median(essential) AS middle,"
    " quantile_cont(essential, 0.95) AS high FROM series"
    " WHERE arm = 'with' AND kind = 'shocked' GROUP BY day ORDER BY day"
)
ONE_RUN: Final = "SELECT * FROM series WHERE run_id = 4321"


class Unmerged(Store):
    """A store that leaves its chunks as they come."""

    merge_at = RUNS


def measure() -> list[Line]:
    """Return the time of storing, and of questions to merged chunks and to single ones."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="ressort-bench-") as folder:
        for kind, name in ((Store, "merged"), (Unmerged, "not merged")):
            lines += _measured(kind, name, Path(folder) / kind.__name__)
    return lines


def _measured(kind: type[Store], name: str, folder: Path) -> list[Line]:
    say(f"storing {RUNS} runs, {name}")
    is_usual = kind is Store
    per_run, waited = (1000 * seconds / RUNS for seconds in _fill(kind, folder))
    with Store.open(folder) as store:
        files = len(store.files("series"))
    size = sum(f.stat().st_size for f in folder.rglob("*.parquet")) / 1e6
    say(f"asking {files} files")
    seconds, clock = _fastest(lambda: query.frame(folder, QUANTILES))
    one, clock_of_one = _fastest(lambda: query.frame(folder, ONE_RUN))
    what = f"{RUNS} runs, {name} ({files} files a table, {size:.0f} MB)"
    return [
        Line(
            f"storing a run, {what}",
            f"at most {STORE_TARGET} ms" if is_usual else "",
            f"{per_run:.2f} ms (by the clock {waited:.2f})",
            per_run <= STORE_TARGET if is_usual else None,
        ),
        Line(
            f"quantiles of a series by day, {what}",
            f"under {QUANTILE_TARGET} s" if is_usual else "",
            f"{seconds:.2f} s (by the clock {clock:.2f})",
            seconds < QUANTILE_TARGET if is_usual else None,
        ),
        Line(
            f"series of one run, {what}",
            "",
            f"{one:.2f} s (by the clock {clock_of_one:.2f})",
            None,
        ),
    ]


def _fill(kind: type[Store], folder: Path) -> tuple[float, float]:
    """Store all runs; return seconds of storing and merging, of the processor and by the clock."""
    points = tuple(Point(k, {"shocks.0.depth": k / POINTS}) for k in range(POINTS))
    plan = Plan("bench", {}, (Arm("with"), Arm("without", False)), points, draws=RUNS // POINTS)
    rng = np.random.default_rng(1)
    worked = waited = 0.0
    with kind.create(folder, plan) as store:
        by_point = np.arange(RUNS).reshape(-1, POINTS).T.ravel()  # as the engine does them
        for first in range(0, RUNS, CHUNK):
            chunk = _chunk(np.sort(by_point[first : first + CHUNK]), rng)
            seconds, clock = _timed(partial(store.save, chunk))
            worked += seconds
            waited += clock
    return worked, waited


def _chunk(run_ids: NDArray[np.int64], rng: np.random.Generator) -> ChunkResult:
    n = len(run_ids)
    metrics = {"run_id": np.repeat(run_ids, 2), "arm": _words(("with", "without"), 1, n)}
    metrics |= {f"m{k}": rng.random(2 * n) for k in range(METRICS)}
    series = {
        "run_id": np.repeat(run_ids, 4 * DAYS),
        "arm": _words(("with", "without"), 2 * DAYS, n),
        "kind": _words(("shocked", "reference"), DAYS, 2 * n),
        "day": np.tile(np.arange(DAYS, dtype=np.int16), 4 * n),
    }
    for name in SERIES:
        steps = 0.01 * rng.standard_normal((4 * n, DAYS))
        series[name] = (1 + steps.cumsum(axis=1)).astype(np.float32).ravel()
    tables = {"metrics": pa.table(metrics), "series": pa.table(series)}
    return ChunkResult(tuple(Record(int(k), DONE, 0.05) for k in run_ids), tables)


def _words(words: tuple[str, str], each: int, times: int) -> pa.DictionaryArray:
    codes = np.tile(np.repeat(np.array([0, 1], np.int8), each), times)
    return pa.DictionaryArray.from_arrays(codes, pa.array(words))


def _fastest(ask: Callable[[], object]) -> tuple[float, float]:
    """Return the least seconds of several times, of the processor and by the clock."""
    seconds, clock = zip(*(_timed(ask) for _ in range(TIMES)), strict=True)
    return min(seconds), min(clock)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    clock, began = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - began, time.perf_counter() - clock
