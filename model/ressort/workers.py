"""Run seeds in several processes; the results are those of one process, bit for bit."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from threading import current_thread, main_thread
from typing import Any, TypeVar

from ressort.errors import RessortError
from ressort.simulation import Run, Stage, run_pair

S = TypeVar("S")
Item = TypeVar("Item")
R = TypeVar("R")
_stage: Stage | None = None  # of this worker process


def _start(stage: Stage) -> None:
    """Prepare a worker: keep the stage, leave Ctrl-C to the parent."""
    global _stage
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stage = stage


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


def _work(seed: int, audit: bool) -> tuple[Run, Run]:
    assert _stage is not None
    return run_pair(_stage, seed, audit)


def run_in_processes(
    stage: Stage,
    seeds: tuple[int, ...],
    audit: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[tuple[Run, Run]]:
    """Run all seeds, at most `workers` at a time, and return the pairs in the order of `seeds`."""
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(seeds))
    with ProcessPoolExecutor(count, context, _start, (stage,)) as pool:
        pairs: dict[int, tuple[Run, Run]] = {}
        try:
            with _holding_interrupts():
                futures = {pool.submit(_work, seed, audit): k for k, seed in enumerate(seeds)}
            for future in as_completed(futures):
                pairs[futures[future]] = future.result()
                if progress:
                    progress(len(pairs), len(seeds))
        except BrokenProcessPool:
            missing = [seed for k, seed in enumerate(seeds) if k not in pairs]
            raise RessortError(
                f"a worker process was killed (out of memory?) before seeds {missing} were done; "
                "try fewer workers or more people per agent"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise
    return [pairs[k] for k in range(len(seeds))]


def each_in_processes(
    shared: S, work: Callable[[S, Item], R], items: Sequence[Item], workers: int
) -> Iterator[R]:
    """Yield what `work(shared, item)` returns for each item, as each is done, in any order.

    `shared` goes to each process once. With one worker all is done here.
    """
    if workers <= 1 or len(items) <= 1:
        yield from (work(shared, item) for item in items)
        return
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(items))
    with ProcessPoolExecutor(count, context, _start_sharing, (shared, work)) as pool:
        try:
            with _holding_interrupts():
                futures = [pool.submit(_work_on, item) for item in items]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise RessortError(
                "a worker process was killed (out of memory?); what was done before is kept: "
                "run it again with fewer workers or more people per agent"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


_sharing: Any = None  # of this worker process: what is shared, and what is done with it


def _start_sharing(shared: Any, work: Callable[..., Any]) -> None:
    global _sharing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sharing = shared, work


def _work_on(item: Any) -> Any:
    shared, work = _sharing
    return work(shared, item)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
