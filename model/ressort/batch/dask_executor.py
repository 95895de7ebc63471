"""Chunks of runs on the workers of a Dask scheduler, here or on other machines."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import pickle
import queue
import threading
import time
import uuid
from asyncio import CancelledError
from collections.abc import Iterator
from typing import Any, Final

from dask import config
from distributed import Client, KilledWorker, WorkerPlugin, get_worker

from ressort import __version__
from ressort.batch.clusters import CONFIG, ClusterSettings, open_cluster, renew
from ressort.batch.executors import KILLED, Engine, Fault, Job, Outcome, RunIds
from ressort.batch.processes import limit_memory
from ressort.errors import InputError, RessortError

LOOK_EVERY: Final = 1.0  # seconds between looks whether the scheduler is still there
COUNT_EVERY: Final = 5.0  # ... at how many workers there are
RENEW_EVERY: Final = 60.0  # ... whether some are lost
Future = Any  # distributed has types in part alone
_one_at_a_time = threading.Lock()  # of a worker: limits and caches are those of its process


class JobPlugin(WorkerPlugin):
    """Brings the job to each worker, also to those that join later; one chunk at a time."""

    def __init__(self, name: str, job: Job, memory_gb: float | None) -> None:
        self.name = name
        self.job = job
        self.memory_gb = memory_gb
        self.version = __version__
        self.is_first = True

    def setup(self, worker: Any) -> None:
        """Prepare a worker."""
        limit_memory(self.memory_gb)

    def do(self, run_ids: RunIds) -> bytes:
        """Do a chunk; a process that is at it for far too long ends itself."""
        if self.version != __version__:
            return _packed(Fault("VersionError", _other_version(__version__, "a worker")))
        with _one_at_a_time:
            longest = self.job.longest(run_ids, self.is_first)
            if longest is not None:
                faulthandler.dump_traceback_later(longest, exit=True)
            try:
                return _packed(self.job.do(run_ids))
            finally:
                self.is_first = False
                faulthandler.cancel_dump_traceback_later()


def _packed(answer: Any) -> bytes:
    return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)


def _do(plugin: str, run_ids: RunIds) -> bytes:
    """Do a chunk on the worker that calls this."""
    found: Any = get_worker().plugins[plugin]
    answer: bytes = found.do(run_ids)
    return answer


def _version() -> str:
    return __version__


def _other_version(found: str, where: str) -> str:
    return (
        f"{where} has ressort {found}, and this is {__version__}: results could differ; "
        "install the same version there"
    )


class Dask:
    """Does chunks on the workers of a scheduler; results stay there no longer than needed."""

    def __init__(self, settings: ClusterSettings, job: Job) -> None:
        self.settings = settings
        self.undo = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.enter_context(config.set(CONFIG))
            undo.enter_context(_quiet())
            self.cluster = open_cluster(settings)
            if self.cluster is not None:
                undo.callback(self.cluster.close)
            self.client = _client(settings, self.cluster)
            undo.callback(self.client.close)
            _check_versions(self.client)
            self.undo = undo.pop_all()
        self.renewed = time.monotonic()
        self.plugin = f"ressort-{uuid.uuid4().hex}"
        self.chunks: dict[str, tuple[RunIds, Future]] = {}
        self.finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self.count = 0
        self.counted = -COUNT_EVERY
        self.submitted = 0
        self.client.register_plugin(JobPlugin(self.plugin, job, settings.memory_gb))

    def workers(self) -> int:
        """Return the number of workers, which may join and leave; at least 1."""
        if time.monotonic() - self.counted >= COUNT_EVERY:
            self.count = len(self.client.nthreads())
            self.counted = time.monotonic()
        return max(1, self.count)

    def submit(self, run_ids: RunIds) -> None:
        """Send a chunk to the scheduler."""
        key = f"{self.plugin}-{self.submitted}"
        self.submitted += 1
        future = self.client.submit(_do, self.plugin, run_ids, key=key, pure=False, retries=0)
        self.chunks[key] = (run_ids, future)
        future.add_done_callback(self.finished.put)

    def completed(self) -> Outcome | None:
        """Wait for the next outcome, or for more workers; RessortError without a scheduler."""
        while True:
            try:
                future = self.finished.get(timeout=LOOK_EVERY)
            except queue.Empty:
                self._look()
                before = self.count
                if self.workers() > before:
                    return None
                continue
            run_ids, _ = self.chunks.pop(future.key)
            try:
                return Outcome(run_ids, self._answer(future))
            finally:
                future.release()

    def _answer(self, future: Future) -> Any:
        try:
            return pickle.loads(future.result())
        except KilledWorker as error:
            return Fault(KILLED, _ENDED, kills=error.allowed_failures + 1)
        except (Exception, CancelledError) as error:
            self._look()
            return Fault.of(error)

    def _look(self) -> None:
        if self.client.status != "running":
            raise RessortError(
                "the Dask scheduler is gone; what was done is stored: start it again, and resume"
            )
        if self.cluster is not None and time.monotonic() - self.renewed > RENEW_EVERY:
            self.renewed = time.monotonic()
            renew(self.cluster, self.settings)

    def close(self) -> None:
        """Cancel what is not done, and leave; a cluster that was opened for this is closed."""
        try:
            if self.client.status == "running":
                self.client.cancel([future for _, future in self.chunks.values()], force=True)
                self.client.unregister_worker_plugin(self.plugin)
        finally:
            self.chunks.clear()
            self.undo.close()


_ENDED: Final = (
    "the worker that did it ended: out of memory, killed from outside, a crash, or no answer "
    "within the time allowed"
)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from writing to standard error: what matters is told by outcomes and errors."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _client(settings: ClusterSettings, cluster: Any) -> Any:
    opened: Any = Client
    try:
        return opened(settings.address if cluster is None else cluster, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cluster.address: nobody answers at {settings.address} ({error}); "
            "start the scheduler there, or change the address"
        ) from None


def connect(engine: Engine, job: Job) -> Dask:
    """Open the cluster of the settings, or go to its address; InputError if nobody answers."""
    return Dask(ClusterSettings.of(engine), job)


def _check_versions(client: Any) -> None:
    for worker, found in client.run(_version, on_error="return").items():
        if isinstance(found, BaseException):
            raise InputError(
                f"worker {worker}: cannot import ressort {__version__} ({found}); install it there"
            )
        if found != __version__:
            raise InputError(_other_version(found, f"worker {worker}"))
