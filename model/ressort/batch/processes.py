"""Chunks of runs in processes of this machine, each with a line of its own to this one.

A process that is killed in the middle of an answer cuts its own line alone: no lock and no pipe is
shared, so that nothing that a process does, or is done to it, can hold up another. (The pools of
multiprocessing, concurrent.futures and pebble share both.)
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, cast

from ressort.batch.executors import KILLED, TIMED_OUT, Fault, Job, Outcome, RunIds
from ressort.errors import RessortError
from ressort.workers import holding_interrupts

AHEAD: Final = 2  # chunks that a process has at most: the one it does, and the next
MOST_STILLBORN: Final = 10  # processes in a row that end before they are ready
READY: Final = "ready"
PATIENCE: Final = 2.0  # seconds for processes to leave by themselves
# One thread a process: more would compete with the other processes. The system's allocator,
# because another reserves address space that would count against the limit of memory.
ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


@dataclass
class _Worker:
    """A process, its line, and the chunks it has, the one it does first."""

    process: BaseProcess
    line: Connection
    chunks: deque[RunIds] = field(default_factory=deque)
    is_ready: bool = False
    is_first: bool = True  # has not done a chunk yet
    since: float = 0.0  # when it began the chunk it does


class Processes:
    """Does chunks in processes that may be killed: each loses its own chunk alone."""

    def __init__(self, job: Job, workers: int, memory_gb: float | None = None) -> None:
        self.job = job
        self.most = workers
        self.memory_gb = memory_gb
        self.waiting: deque[RunIds] = deque()
        self.outcomes: deque[Outcome] = deque()
        self.stillborn = 0
        self.team: list[_Worker] = []  # started as there is work for them

    def workers(self) -> int:
        """Return the number of processes."""
        return self.most

    def submit(self, run_ids: RunIds) -> None:
        """Give a chunk to the process that has least, or keep it until one has room."""
        self.waiting.append(run_ids)
        self._hand_out()

    def completed(self) -> Outcome:
        """Wait for the next outcome."""
        while not self.outcomes:
            self._hand_out()
            self._listen()
            self._kill_hung()
        return self.outcomes.popleft()

    def close(self) -> None:
        """End all processes; those that wait for work leave by themselves."""
        for worker in self.team:
            if worker.chunks or not worker.is_ready:
                worker.process.kill()
            worker.line.close()
        end = time.monotonic() + PATIENCE
        for worker in self.team:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self.team.clear()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = (theirs, self.job, self.memory_gb)
        process = context.Process(target=_work, args=arguments, daemon=True, name="ressort-runs")
        with holding_interrupts(), _environment():
            process.start()
            worker = _Worker(process, ours)
            self.team.append(worker)
            theirs.close()  # so that its end is seen when the process ends
        return worker

    def _hand_out(self) -> None:
        while self.waiting:
            free = min(self.team, key=lambda worker: len(worker.chunks), default=None)
            if free is None or (free.chunks and len(self.team) < self.most):
                free = self._start()
            if len(free.chunks) >= AHEAD:
                return
            chunk = self.waiting.popleft()
            try:
                free.line.send(chunk)
            except OSError:  # it has ended, and never saw the chunk
                self.waiting.appendleft(chunk)
                self._lost(free)
                continue
            free.chunks.append(chunk)
            if len(free.chunks) == 1:
                free.since = time.monotonic()

    def _listen(self) -> None:
        lines = {worker.line: worker for worker in self.team}
        for line in wait(list(lines), self._patience()):
            worker = lines[cast(Connection, line)]
            try:
                answer = worker.line.recv()
            except (EOFError, OSError):
                self._lost(worker)
            else:
                self._hear(worker, answer)

    def _hear(self, worker: _Worker, answer: Any) -> None:
        worker.since = time.monotonic()
        if answer == READY:
            worker.is_ready = True
            self.stillborn = 0
            return
        worker.is_first = False
        self.outcomes.append(Outcome(worker.chunks.popleft(), answer))

    def _lost(self, worker: _Worker, kind: str = KILLED) -> None:
        """Let go of a process that ended; what it had not begun goes to others."""
        worker.process.kill()
        worker.process.join()
        worker.line.close()
        self.team.remove(worker)
        if worker.is_ready and worker.chunks:
            chunk, code = worker.chunks.popleft(), worker.process.exitcode
            told = _TOLD[kind].format(_ending(code))
            self.outcomes.append(Outcome(chunk, Fault(kind, told, kills=1)))
        self.waiting.extendleft(reversed(worker.chunks))
        if not worker.is_ready:
            self._count_stillborn(worker.process.exitcode)

    def _count_stillborn(self, code: int | None) -> None:
        self.stillborn += 1
        if self.stillborn >= MOST_STILLBORN or (code is not None and code > 0):
            raise RessortError(
                f"worker processes end before they begin ({_ending(code)}); see the message above; "
                'a script that runs a batch needs `if __name__ == "__main__":` around it; '
                "or give more memory, or fewer workers"
            )

    def _deadline(self, worker: _Worker) -> float | None:
        if not (worker.is_ready and worker.chunks):
            return None
        longest = self.job.longest(worker.chunks[0], worker.is_first)
        return None if longest is None else worker.since + longest

    def _patience(self) -> float | None:
        ends = [end for worker in self.team if (end := self._deadline(worker)) is not None]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _kill_hung(self) -> None:
        for worker in list(self.team):
            end = self._deadline(worker)
            if end is not None and time.monotonic() >= end and not worker.line.poll():
                self._lost(worker, TIMED_OUT)


_TOLD: Final = {
    KILLED: "the process that did it ended ({}): out of memory, killed from outside, or a crash",
    TIMED_OUT: "took more than engine.seconds_a_run and answered no more; its process was ended",
}


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Set what a process must find as it begins to import; what the user set stays."""
    new = {key: value for key, value in ENVIRONMENT.items() if key not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for key in new:
            del os.environ[key]


# ---------------------------------------------------------------- in the other process
def _work(line: Connection, job: Job, memory_gb: float | None) -> None:
    """Do chunks until the line is cut."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    limit_memory(memory_gb)
    try:
        line.send(READY)
        while True:
            line.send(job.do(line.recv()))
    except (EOFError, OSError):  # nobody listens any more
        return


def _leave_with_parent() -> None:
    """End this process when the one that started it ends, even in the middle of a run."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def limit_memory(memory_gb: float | None) -> None:
    """Let this process ask for no more than so many GB (2**30 bytes) of its own; then MemoryError.

    What counts is private memory (RLIMIT_DATA, Linux alone): not the libraries, which RLIMIT_AS
    counts too.
    """
    if memory_gb is None:
        return
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = int(memory_gb * 2**30)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
