"""What the tests of the engine share: plans of small runs, a store in memory, faulty tasks.

The tasks are functions of a module, so that other processes can import them.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ressort.batch.plan import Arm, Kept, Plan, Point
from ressort.batch.records import DONE, ChunkResult, Record
from ressort.batch.work import failed, run_chunk

BASE: dict[str, Any] = {
    "territory": {"synthetic": "uniform", "size": 2000},
    "run": {"days": 20, "people_per_agent": 10},
    "shocks": [{"kind": "isolation", "start_day": 2, "days": 12}],
}
ARMS = (Arm("with"), Arm("without", cooperation=False))


def plan(draws: int = 3, **changes: Any) -> Plan:
    """Return a plan of two points, three seeds each: six runs of 80 ms."""
    content: dict[str, Any] = {
        "name": "small",
        "base": BASE,
        "arms": ARMS,
        "points": tuple(Point(k, {"shocks.0.days": days}) for k, days in enumerate((6, 12))),
        "draws": draws,
        "kept": Kept(("essential",)),
    }
    return Plan(**(content | changes))


@dataclass(frozen=True)
class Counts:
    asked: int
    done: int
    failed: int


@dataclass
class Memory:
    """A store in memory, for tests of the engine alone; `folder` is for what must be files."""

    plan: Plan
    folder: Path | None = None
    asked: set[int] = field(default_factory=set)
    records: dict[int, Record] = field(default_factory=dict)
    chunks: list[ChunkResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked |= set(range(len(self.plan)))

    def ask(self, run_ids: Iterable[int]) -> None:
        self.asked |= set(run_ids)

    def todo(
        self, run_ids: Iterable[int] | None = None, *, retry_failed: bool = False
    ) -> list[int]:
        del run_ids
        ended = {k for k, r in self.records.items() if r.status == DONE or not retry_failed}
        return sorted(self.asked - ended)

    def save(self, result: ChunkResult) -> None:
        told = [record.run_id for record in result.records]
        assert told == sorted(set(told))
        assert set(told) <= set(self.todo(retry_failed=True))
        self.records |= {record.run_id: record for record in result.records}
        self.chunks.append(result)
        if self.folder is not None and "metrics" in result.tables:
            file = self.folder / f"metrics-{len(self.chunks):06}.parquet"
            pq.write_table(result.tables["metrics"], file)

    def counts(self) -> Counts:
        done = sum(record.status == DONE for record in self.records.values())
        return Counts(len(self.asked), done, len(self.records) - done)

    def record(self, run_id: int) -> Record | None:
        return self.records.get(run_id)

    def files(self, table: str) -> list[Path]:
        return [] if self.folder is None else sorted(self.folder.glob(f"{table}-*.parquet"))

    def failures(self) -> dict[int, str]:
        return {k: r.error_kind for k, r in sorted(self.records.items()) if r.status != DONE}

    def table(self, name: str) -> pa.Table:
        """Return all rows of a table by run."""
        parts = [chunk.tables[name] for chunk in self.chunks if name in chunk.tables]
        whole = pa.concat_tables(parts).unify_dictionaries()
        order = np.argsort(whole["run_id"].to_numpy(), kind="stable")
        return whole.take(pa.array(order))

    def digest(self) -> str:
        """Return a hash of all rows, to the last bit."""
        digest = hashlib.sha256()
        for name in sorted({name for chunk in self.chunks for name in chunk.tables}):
            table = self.table(name)
            digest.update("|".join(f"{f.name} {f.type}" for f in table.schema).encode())
            for column in table.columns:
                values = column.to_numpy(zero_copy_only=False)
                is_text = values.dtype == object
                digest.update(repr(values.tolist()).encode() if is_text else values.tobytes())
        return digest.hexdigest()


# ---------------------------------------------------------------- tasks, for other processes too
def some_fail(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk, in which each third run fails and says so."""
    bad = [k for k in run_ids if k % 3 == 1]
    good = run_chunk(plan, [k for k in run_ids if k not in bad], **options)
    records = [*good.records, *(failed(k, ValueError(f"run {k}\nis bad")) for k in bad)]
    return ChunkResult(tuple(sorted(records, key=lambda record: record.run_id)), good.tables)


def chunk_raises(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk; all of it is lost if run 4 is in it."""
    if 4 in run_ids:
        raise RuntimeError("lost")
    return run_chunk(plan, run_ids, **options)


def kills_once(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk; the first process that meets run 3 is killed."""
    if 3 in run_ids and _is_first_time():
        os.kill(os.getpid(), signal.SIGKILL)
    return run_chunk(plan, run_ids, **options)


def kills_always(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk; each process that meets run 3 is killed."""
    if 3 in run_ids:
        os.kill(os.getpid(), signal.SIGKILL)
    return run_chunk(plan, run_ids, **options)


def hangs(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk; run 3 never ends, and no run looks at the clock."""
    if 3 in run_ids:
        time.sleep(600)
    return run_chunk(plan, run_ids, audit=options["audit"])


def eats_memory(plan: Plan, run_ids: Sequence[int], **options: Any) -> ChunkResult:
    """Do a chunk; run 3 asks for 8 GiB."""
    if 3 in run_ids:
        try:
            np.zeros(2**30).sum()
        except MemoryError as error:
            rest = run_chunk(plan, [k for k in run_ids if k != 3], **options)
            records = sorted([*rest.records, failed(3, error)], key=lambda r: r.run_id)
            return ChunkResult(tuple(records), rest.tables)
    return run_chunk(plan, run_ids, **options)


def _is_first_time() -> bool:
    """Whether no process has asked before; the folder is told by the environment."""
    try:
        (Path(os.environ["RESSORT_TEST_FOLDER"]) / "seen").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
