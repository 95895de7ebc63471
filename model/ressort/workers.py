"""Run seeds in several processes; the results are those of one process, bit for bit."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from threading import current_thread, main_thread
from typing import Any, TypeVar

from ressort.errors import RessortError

S = TypeVar("S")
Item = TypeVar("Item")
T = TypeVar("T")
Job = Callable[[int, bool], T]  # of a seed, audited or not; it must go to other processes
_shared: Any = None  # of this worker process: what is shared, and what is done with it


def _start(shared: Any, work: Callable[..., Any]) -> None:
    """Prepare a worker: keep what is shared, leave Ctrl-C to the parent."""
    global _shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared = shared, work


def _work_on(item: Any) -> Any:
    shared, work = _shared
    return work(shared, item)


@contextlib.contextmanager
def holding_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, so that each is known and deaf to it from birth.

    Ignoring it in `_start` comes too late for those that are still importing when a terminal
    interrupts all. What this thread blocks, its children block; but other threads (of BLAS) may
    still receive the signal for this process, which is then told by its handler. A request to
    terminate waits too, by its handler alone: the children must stay open to it.
    """
    if not hasattr(signal, "pthread_sigmask") or current_thread() is not main_thread():
        yield
        return
    resource_tracker.ensure_running()  # to start it later would let Ctrl-C through again
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


def _spread(
    shared: S, work: Callable[[S, Item], T], items: Sequence[Item], workers: int
) -> Generator[T, None, None]:
    """Yield results as they come, in any order; BrokenProcessPool if a process was killed."""
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(items))
    with ProcessPoolExecutor(count, context, _start, (shared, work)) as pool:
        try:
            with holding_interrupts():
                futures = [pool.submit(_work_on, item) for item in items]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def each_in_processes(
    shared: S, work: Callable[[S, Item], T], items: Sequence[Item], workers: int
) -> Iterator[T]:
    """Yield what `work(shared, item)` returns for each item, as each is done, in any order.

    `shared` goes to each process once. With one worker all is done here.
    """
    if workers <= 1 or len(items) <= 1:
        yield from (work(shared, item) for item in items)
        return
    try:
        yield from _spread(shared, work, items, workers)
    except BrokenProcessPool:
        raise RessortError(
            "a worker process was killed (out of memory?); what was done before is kept: "
            "run it again with fewer workers or more people per agent"
        ) from None


def run_each(
    job: Job[T],
    seeds: tuple[int, ...],
    audit: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[T]:
    """Run all seeds, in this process or in several; return what they give, in their order."""
    found: dict[int, T] = {}
    several = workers > 1 and len(seeds) > 1
    places = list(enumerate(seeds))
    results = (
        _spread((job, audit), _run_one, places, workers)
        if several
        else (_run_one((job, audit), place) for place in places)
    )
    try:
        with contextlib.closing(results):  # at once, also when interrupted
            for k, result in results:
                found[k] = result
                if progress:
                    progress(len(found), len(seeds))
    except BrokenProcessPool:
        missing = [seed for k, seed in places if k not in found]
        raise RessortError(
            f"a worker process was killed (out of memory?) before seeds {missing} were done; "
            "try fewer workers or more people per agent"
        ) from None
    return [found[k] for k in range(len(seeds))]


def _run_one(shared: tuple[Job[T], bool], place: tuple[int, int]) -> tuple[int, T]:
    """Return a seed's place in the list with what its job gives."""
    job, audit = shared
    k, seed = place
    return k, job(seed, audit)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
