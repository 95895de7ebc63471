"""Run seeds in several processes; the results are those of one process, bit for bit."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from threading import current_thread, main_thread
from typing import Any, TypeVar

from ressort.errors import RessortError

T = TypeVar("T")
Job = Callable[[int, bool], T]  # of a seed, audited or not; it must go to other processes
_job: Job[Any] | None = None  # of this worker process


def _start(job: Job[Any]) -> None:
    """Prepare a worker: keep the job, leave Ctrl-C to the parent."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _job = job


@contextlib.contextmanager
def _holding_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, so that each is known and deaf to it from birth.

    Ignoring it in `_start` comes too late for those that are still importing when a terminal
    interrupts all. What this thread blocks, its children block; but other threads (of BLAS) may
    still receive the signal for this process, which is then told by its handler. A request to
    terminate waits too, by its handler alone: the children must stay open to it.
    """
    if not hasattr(signal, "pthread_sigmask") or current_thread() is not main_thread():
        yield
        return
    held: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, lambda n, _: held.append(n)) for number in numbers]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for kind, handler in zip(numbers, handlers, strict=True):
            signal.signal(kind, handler)
    if held:
        signal.raise_signal(held[0])


def _work(seed: int, audit: bool) -> Any:
    assert _job is not None
    return _job(seed, audit)


def run_each(
    job: Job[T],
    seeds: tuple[int, ...],
    audit: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[T]:
    """Run all seeds, in this process or in several; return what they give, in their order."""
    if workers > 1 and len(seeds) > 1:
        return _run_in_processes(job, seeds, audit, workers, progress)
    found = []
    for done, seed in enumerate(seeds, 1):
        found.append(job(seed, audit))
        if progress:
            progress(done, len(seeds))
    return found


def _run_in_processes(
    job: Job[T],
    seeds: tuple[int, ...],
    audit: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[T]:
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(seeds))
    with ProcessPoolExecutor(count, context, _start, (job,)) as pool:
        found: dict[int, T] = {}
        try:
            with _holding_interrupts():
                futures = {pool.submit(_work, seed, audit): k for k, seed in enumerate(seeds)}
            for future in as_completed(futures):
                found[futures[future]] = future.result()
                if progress:
                    progress(len(found), len(seeds))
        except BrokenProcessPool:
            missing = [seed for k, seed in enumerate(seeds) if k not in found]
            raise RessortError(
                f"a worker process was killed (out of memory?) before seeds {missing} were done; "
                "try fewer workers or more people per agent"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise
    return [found[k] for k in range(len(seeds))]


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
