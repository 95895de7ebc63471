"""Where chunks of runs are done: here, in processes of this machine, or on a cluster.

An executor takes chunks and hands back one outcome each, in any order. It never decides what
becomes of a chunk that was lost: that is the engine's part.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ressort.batch.plan import Plan
from ressort.batch.records import FAILED, ChunkResult, Record
from ressort.batch.work import FIRST_RUN, MOST_TEXT, one_line, run_chunk
from ressort.errors import InputError
from ressort.workers import cores

RunIds = tuple[int, ...]
KINDS: Final = ("serial", "processes", "dask")
KILLED: Final = "WorkerKilled"  # kind of a fault: the process that did it was killed, or lost
TIMED_OUT: Final = "TimedOut"  # ... ended by ourselves, because it answered no more
GRACE: Final = 30.0  # seconds more than runs may take until a process counts as hung


class Task(Protocol):
    """What does a chunk: `work.run_chunk`, or a function that other processes can import."""

    def __call__(
        self,
        plan: Plan,
        run_ids: Sequence[int],
        *,
        audit: bool = False,
        seconds_a_run: float | None = None,
    ) -> ChunkResult:
        """Do runs of a plan."""
        ...


@dataclass(frozen=True)
class Engine:
    """Where and how runs are computed; nothing here changes what they give.

    `executor`: one of KINDS. `workers`: all cores if None. `chunk`: runs that go to a worker
    together; 0: as many as take a few seconds. `seconds_a_run`, `memory_gb`: limits of a run and of
    a worker, none if None. `cluster`: for "dask", see `clusters.ClusterSettings`.
    """

    executor: str = "processes"
    workers: int | None = None
    chunk: int = 0
    seconds_a_run: float | None = None
    memory_gb: float | None = None
    cluster: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Why a chunk gave nothing: kind and message in one line each, and a traceback if any.

    `kills`: processes that it was tried in and that ended.
    """

    kind: str
    error: str
    traceback: str = ""
    kills: int = 0

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """Return the fault that an exception is."""
        told = "".join(traceback.format_exception(error))
        kind = type(error).__name__
        return cls(kind, one_line(error) or kind, told[-MOST_TEXT:])

    def record(self, run_id: int) -> Record:
        """Return the record of a run that ended so."""
        return Record(run_id, FAILED, 0.0, self.kind, self.error, self.traceback)


@dataclass(frozen=True)
class Job:
    """What is the same for all chunks of a batch."""

    plan: Plan
    task: Task = run_chunk
    audit: bool = False
    seconds_a_run: float | None = None

    def do(self, run_ids: RunIds) -> ChunkResult | Fault:
        """Do a chunk in this process."""
        try:
            return self.task(self.plan, run_ids, audit=self.audit, seconds_a_run=self.seconds_a_run)
        except Exception as error:
            return Fault.of(error)

    def longest(self, run_ids: RunIds, is_first: bool) -> float | None:
        """Return the seconds after which a process that does a chunk counts as hung."""
        if self.seconds_a_run is None:
            return None
        return len(run_ids) * self.seconds_a_run * 1.2 + GRACE + (FIRST_RUN if is_first else 0.0)


@dataclass(frozen=True)
class Outcome:
    """What became of a chunk."""

    run_ids: RunIds
    answer: ChunkResult | Fault


class Executor(Protocol):
    """Does chunks of runs."""

    def workers(self) -> int:
        """Return how many chunks are done at a time."""
        ...

    def submit(self, run_ids: RunIds) -> None:
        """Take a chunk."""
        ...

    def completed(self) -> Outcome | None:
        """Wait for the next outcome; None if there are more workers now than before.

        Only to be called while there is a chunk without an outcome.
        """
        ...

    def close(self) -> None:
        """Stop, whatever is being done."""
        ...


class Serial:
    """Does chunks in this process, one after the other."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.waiting: deque[RunIds] = deque()

    def workers(self) -> int:
        """Return 1."""
        return 1

    def submit(self, run_ids: RunIds) -> None:
        """Keep a chunk until its outcome is asked for."""
        self.waiting.append(run_ids)

    def completed(self) -> Outcome:
        """Do the next chunk."""
        run_ids = self.waiting.popleft()
        return Outcome(run_ids, self.job.do(run_ids))

    def close(self) -> None:
        """Forget what was not done."""
        self.waiting.clear()


def open_executor(engine: Engine, job: Job) -> Executor:
    """Return the executor that settings ask for, ready for chunks; InputError for what is none."""
    if engine.executor == "serial":
        return Serial(job)
    if engine.executor == "processes":
        from ressort.batch.processes import Processes

        return Processes(job, engine.workers or cores(), engine.memory_gb)
    if engine.executor == "dask":
        from ressort.batch.dask_executor import connect

        return connect(engine, job)
    raise InputError(
        f"engine.executor: {engine.executor!r} is none of {', '.join(KINDS)}; choose one"
    )
