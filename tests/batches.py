"""Batches made by hand, whose results are numbers drawn from the number of the run."""

from __future__ import annotations

import math
import multiprocessing
import os
import random
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ressort.batch import query
from ressort.batch.plan import Arm, Plan, Point
from ressort.batch.records import DONE, FAILED, ChunkResult, Record
from ressort.batch.store import Store
from ressort.errors import RessortError

ARMS = ("with", "without")
KINDS = ("shocked", "reference")
DAYS = 5


def plan(draws: int = 4, points: int = 5, **more: Any) -> Plan:
    return Plan(
        name="by-hand",
        base={"territory": {"synthetic": "slice", "size": 300}, "run": {"days": DAYS}},
        arms=(Arm("with"), Arm("without", False)),
        points=tuple(
            Point(k, {"shocks.0.depth": k / 7, "word": "ab"[k % 2]}) for k in range(points)
        ),
        draws=draws,
        **more,
    )


def result(
    run_ids: Iterable[int], failed: Iterable[int] = (), communes: bool = False
) -> ChunkResult:
    """Return what a chunk of runs gave; each run has the same rows in whatever chunk."""
    failed = set(failed)
    run_ids = sorted(run_ids)
    done = [run_id for run_id in run_ids if run_id not in failed]
    records = [
        Record(k, FAILED, 0.2, "ValueError", "no water", "Traceback\nValueError: no water")
        if k in failed
        else Record(k, DONE, 0.1)
        for k in run_ids
    ]
    draws = [np.random.default_rng([5, k]) for k in done]
    metrics = {
        "run_id": np.repeat(np.array(done, np.int64), 2),
        "arm": pa.array(list(ARMS) * len(done)).dictionary_encode(),
        "m3_depth": np.array([x for draw in draws for x in draw.random(2)], float),
        "m6_days_to_recover": np.array([x for k in done for x in (k % 9, math.inf)], float),
        "m7_rapidity": np.array([x for k in done for x in (math.nan, k / 3)], float),
    }
    n = 2 * len(KINDS) * DAYS
    series = {
        "run_id": np.repeat(np.array(done, np.int64), n),
        "arm": pa.array(list(np.repeat(ARMS, 2 * DAYS)) * len(done), pa.string()),
        "kind": pa.array(list(np.repeat(KINDS, DAYS)) * 2 * len(done), pa.string()),
        "day": np.tile(np.arange(DAYS, dtype=np.int16), 4 * len(done)),
        "essential": np.array([draw.random(n) for draw in draws], np.float32).ravel(),
        "output": np.array([draw.random(n) * 1e6 for draw in draws], np.float32).ravel(),
    }
    tables = {"metrics": pa.table(metrics), "series": pa.table(series)}
    if communes:
        tables["communes"] = _communes(done)
    return ChunkResult(tuple(records), tables)


def _communes(done: list[int]) -> pa.Table:
    codes = ["2A004", "63113", "63338"]
    n = len(done)
    return pa.table(
        {
            "run_id": np.repeat(np.array(done, np.int64), 2 * DAYS * 3),
            "arm": pa.array(list(np.repeat(ARMS, DAYS * 3)) * n, pa.string()),
            "day": np.tile(np.repeat(np.arange(DAYS, dtype=np.int16), 3), 2 * n),
            "commune": pa.array(codes * (2 * DAYS * n), pa.string()),
            "needs_met": np.tile(np.arange(2 * DAYS * 3, dtype=np.float32) / 30, n),
        }
    )


def chunks(run_ids: list[int], size: int) -> list[list[int]]:
    return [run_ids[k : k + size] for k in range(0, len(run_ids), size)]


def filled(folder: Path, size: int = 3, **more: Any) -> Store:
    """Return the store of a whole batch, open for writing."""
    store = Store.create(folder, plan(**more))
    for some in chunks(store.todo(), size):
        store.save(result(some))
    return store


class Eager(Store):
    """A store that merges its chunks often."""

    merge_at = 6


# What other processes do. They are forked from a server that has imported all of this, so that
# they begin in some milliseconds.

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.batches"])


def process(task: Callable[..., None], *arguments: Any) -> Any:
    child = context.Process(target=task, args=arguments, daemon=True)
    child.start()
    return child


def write(folder: Path, size: int, seed: int) -> None:
    """Do what a store lacks, its chunks in some order."""
    with Eager.open(folder, writing=True) as store:
        todo = chunks(store.todo(), size)
        random.Random(seed).shuffle(todo)
        for some in todo:
            store.save(result(some))


def write_until(folder: Path, size: int, step: str, count: int) -> None:
    """The same, but end as if by `kill -9` just before the `count`-th call of `os.fsync` or so."""
    real = getattr(os, step)

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count -= 1
        if count == 0:
            os._exit(9)
        return real(*arguments)

    setattr(os, step, counted)
    write(folder, size, 0)


def try_to_write(folder: Path, answer: Connection) -> None:
    """Send why a store cannot be opened for writing."""
    try:
        Store.open(folder, writing=True)
    except RessortError as error:
        answer.send(str(error))
    else:
        answer.send("")


def watch(folder: Path, answer: Connection, times: int) -> None:
    """Read a store again and again; send how many runs were done, and rows too many or missing."""
    for _ in range(times):
        answer.send(seen(folder))


def seen(folder: Path) -> tuple[int, int]:
    """Return runs done at one instant, and by how much the rows of metrics differ from them."""
    sql = (
        "SELECT (SELECT count(*) FROM runs WHERE status = 'done') AS done,"
        " (SELECT count(*) FROM metrics) AS n"
    )
    with query.answer(folder, sql) as reader:
        (row,) = reader.read_all().to_pylist()
    return row["done"], row["n"] - 2 * row["done"]
