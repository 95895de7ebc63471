"""Doing what a store still lacks: chunks out, results in, until every run is done or has failed.

Only this process writes. A chunk that is lost is tried again run by run, so that the run that was
at fault is found and recorded, and the others are done. Whatever ends this process leaves a store
that the next one goes on with, to the same results.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ressort.batch.executors import (
    KILLED,
    Engine,
    Executor,
    Fault,
    Job,
    RunIds,
    Task,
    open_executor,
)
from ressort.batch.plan import Case, Plan, Point
from ressort.batch.records import ChunkResult, Record
from ressort.batch.rows import names_kept
from ressort.batch.seeds import Seeds
from ressort.batch.work import run_chunk
from ressort.errors import InputError
from ressort.scenario_federation import refuse_federation

AHEAD: Final = 2  # chunks a worker that are out at a time: the one it does, and the next
SECONDS_A_CHUNK: Final = 3.0  # aimed at: long beside the cost of a chunk, short if it is lost
MOST_A_CHUNK: Final = 1000
MOST_KILLS: Final = (
    2  # workers that a run may take down, all alone, until it is said to be at fault
)
PROCESSES: Final = Engine()
MEMORY_OF_PACE: Final = 0.3  # weight of the newest chunk in the mean time of a run


class Counts(Protocol):
    """How far a batch is."""

    @property
    def asked(self) -> int:
        """Runs asked for, those of more seeds included."""
        ...

    @property
    def done(self) -> int:
        """Runs whose rows are stored."""
        ...

    @property
    def failed(self) -> int:
        """Runs that failed."""
        ...


class Results(Protocol):
    """What the engine asks of a store; see `store.Store`."""

    @property
    def plan(self) -> Plan:
        """What is run."""
        ...

    def ask(self, run_ids: Iterable[int]) -> None:
        """Ask for more runs; those asked for already stay as they are."""
        ...

    def todo(
        self, run_ids: Iterable[int] | None = None, *, retry_failed: bool = False
    ) -> list[int]:
        """Return the runs asked for that have not ended."""
        ...

    def save(self, result: ChunkResult) -> None:
        """Store a chunk, whole or not at all."""
        ...

    def counts(self) -> Counts:
        """Return how far the batch is."""
        ...

    def record(self, run_id: int) -> Record | None:
        """Return how a run ended; InputError if it was not asked for."""
        ...

    def files(self, table: str) -> list[Path]:
        """Return the Parquet files of a table."""
        ...


Progress = Callable[[Counts], None]


def run_scenarios(
    plan: Plan,
    *,
    store: Results,
    executor: Engine = PROCESSES,
    task: Task = run_chunk,
    audit: bool = False,
    progress: Progress | None = None,
    retry_failed: bool = False,
) -> Counts:
    """Do the runs that a store of this plan lacks, and return its counts.

    The results do not depend on `executor`. `task` does a chunk; other processes must be able to
    import it. `audit` checks the books of every run each day. `progress(counts)` is called as runs
    are stored. `retry_failed`: also the runs that failed before. Failed runs are recorded and end
    nothing; errors of the store and KeyboardInterrupt end the workers and are raised.
    """
    _check(plan, store)
    job = Job(plan, task, audit, executor.seconds_a_run)
    seeds = Seeds(plan)
    todo = store.todo(retry_failed=retry_failed)
    with contextlib.ExitStack() as stack:
        batch: _Batch | None = None
        while True:
            if todo:
                if batch is None:
                    workers = stack.enter_context(contextlib.closing(open_executor(executor, job)))
                    batch = _Batch(workers, store, executor.chunk, progress)
                batch.do(by_point(plan, todo))
            more = seeds.more(store.files("metrics"))
            if not more:
                return store.counts()
            store.ask(more)
            todo = store.todo()


def _check(plan: Plan, store: Results) -> None:
    """Raise InputError for the store of another plan, and for what would make every run fail."""
    if store.plan != plan:
        raise InputError(
            f"{plan.name}: the store is that of another plan; take its own, or a new one"
        )
    names_kept(plan.kept)
    for arm in plan.arms:
        refuse_federation(plan.scenario(plan.points[0], arm))


def by_point(plan: Plan, run_ids: Iterable[int]) -> list[int]:
    """Return runs in the order in which they share most.

    Points that differ in shocks alone lie side by side, seed by seed: they share all days but
    those of the shock. Others go point by point: they share place and scenario.
    """
    families = plan.families()

    def place(run_id: int) -> tuple[int, int, int]:
        replication, point = divmod(run_id, len(plan.points))
        return families[point][0], replication, point

    return sorted(run_ids, key=place)


class _Pace:
    """How many runs go into a chunk: a number given, or what takes a few seconds."""

    def __init__(self, fixed: int) -> None:
        self.fixed = min(fixed, MOST_A_CHUNK)
        self.seconds: float | None = None  # a run, of late

    def see(self, records: Sequence[Record]) -> None:
        """Learn from a chunk how long a run takes."""
        mean = sum(record.seconds for record in records) / len(records)
        if self.seconds is None:
            self.seconds = mean
        self.seconds += MEMORY_OF_PACE * (mean - self.seconds)

    def size(self, left: int, workers: int) -> int:
        """Return the size of the next chunk; small at the end, so that workers end together."""
        if self.fixed:
            return self.fixed
        if self.seconds is None:
            return 1
        size = min(SECONDS_A_CHUNK / max(self.seconds, 1e-6), MOST_A_CHUNK)
        return max(1, min(int(size), math.ceil(left / (2 * workers))))


class _Batch:
    """Chunks on their way to workers and back.

    Runs of a lost chunk are tried again each on its own. Where that takes a worker down again the
    run is a suspect: it waits until all others are done, and is then the only one that is out, so
    that neither the memory nor the queue of another can be what ends its worker.
    """

    def __init__(
        self, executor: Executor, store: Results, chunk: int, progress: Progress | None
    ) -> None:
        self.executor = executor
        self.store = store
        self.pace = _Pace(chunk)
        self.progress = progress
        self.waiting: deque[int] = deque()
        self.again: deque[int] = deque()
        self.suspects: deque[int] = deque()
        self.kills: Counter[int] = Counter()  # by runs that were all alone
        self.out = 0  # chunks

    def do(self, run_ids: Sequence[int]) -> None:
        """Do all these runs; each ends in the store, done or failed."""
        self._tell()
        self.waiting.extend(run_ids)
        while self.waiting or self.again or self.out:
            self._send()
            self._receive()
        while self.suspects:
            self.executor.submit((self.suspects.popleft(),))
            self.out += 1
            while self.out:
                self._receive(is_alone=True)

    def _send(self) -> None:
        workers = self.executor.workers()
        while (self.waiting or self.again) and self.out < AHEAD * workers:
            if self.again:
                chunk: RunIds = (self.again.popleft(),)
            else:
                left = len(self.waiting)
                size = min(self.pace.size(left, workers), left)
                chunk = tuple(self.waiting.popleft() for _ in range(size))
            self.executor.submit(chunk)
            self.out += 1

    def _receive(self, is_alone: bool = False) -> None:
        outcome = self.executor.completed()
        if outcome is None:
            return
        self.out -= 1
        answer = outcome.answer
        if isinstance(answer, ChunkResult):
            told = sorted(record.run_id for record in answer.records)
            if told == sorted(outcome.run_ids):
                self.pace.see(answer.records)
                self._save(answer)
                return
            answer = Fault("WrongRuns", f"runs {told} came back instead")
        if len(outcome.run_ids) > 1:
            self.again.extend(outcome.run_ids)
        else:
            self._judge(outcome.run_ids[0], answer, is_alone)

    def _judge(self, run_id: int, fault: Fault, is_alone: bool) -> None:
        """Try a run again that may be innocent, or record that it failed."""
        if is_alone:
            self.kills[run_id] += fault.kills
        if fault.kind == KILLED and self.kills[run_id] < MOST_KILLS:
            self.suspects.append(run_id)
        else:
            self._save(ChunkResult((fault.record(run_id),)))

    def _save(self, result: ChunkResult) -> None:
        self.store.save(result)
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.store.counts())


@dataclass(frozen=True)
class Replay:
    """A run done once more: which it is, and what it gave."""

    case: Case
    point: Point
    result: ChunkResult

    @property
    def record(self) -> Record:
        """How it ended; if it failed, with the traceback."""
        return self.result.records[0]


def replay(store: Results, run_id: int, *, audit: bool = True, task: Task = run_chunk) -> Replay:
    """Do one run of a store once more, here, with the books checked every day; nothing is stored.

    InputError for a run that was not asked for.
    """
    store.record(run_id)
    plan = store.plan
    case = plan.case(run_id)
    answer = Job(plan, task, audit).do((run_id,))
    if isinstance(answer, Fault):
        answer = ChunkResult((answer.record(run_id),))
    return Replay(case, plan.points[case.scenario_id], answer)
