"""Clusters that do the runs of a batch: on this machine, at an address, by SLURM or Kubernetes.

What is sent to SLURM or Kubernetes can be seen beforehand, by `job_script` and `pod_spec`.
"""

from __future__ import annotations

import importlib
import logging
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, cast

from dask.utils import parse_bytes

from ressort.batch.executors import Engine
from ressort.batch.processes import ENVIRONMENT
from ressort.errors import InputError
from ressort.workers import cores, holding_interrupts

KINDS: Final = ("local", "address", "slurm", "kubernetes")
NAME: Final = "ressort"
# Settings of Dask while a cluster is used. A run that kills its worker is handed back at the first
# time, for the engine to find out which of a chunk it was. A worker that restarts may take longer
# than the 15 seconds after which it would be given up.
CONFIG: Final[Mapping[str, Any]] = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.deploy.lost-worker-timeout": "300 s",
}


# A scheduler has a small page at any rate: at a port of its own, not the one that all others want.
NO_DASHBOARD: Final[Mapping[str, Any]] = {"dashboard": False, "dashboard_address": ":0"}


@dataclass(frozen=True)
class ClusterSettings:
    """Which workers: `workers` processes of one thread, each with `memory_gb` at most.

    `cores`, `memory`, `walltime`, `queue`, `account`, `job_extra`: of a SLURM job; `prologue`:
    lines of its script before the workers start. `image`, `namespace`: of Kubernetes.
    """

    kind: str = "local"
    workers: int | None = None
    memory_gb: float | None = None
    address: str | None = None
    queue: str | None = None
    account: str | None = None
    cores: int | None = None
    memory: str | None = None
    walltime: str | None = None
    job_extra: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    image: str | None = None
    namespace: str | None = None

    @classmethod
    def of(cls, engine: Engine) -> ClusterSettings:
        """Return the cluster that the settings of an engine ask for; InputError for a fault."""
        known = [f.name for f in fields(cls) if f.name not in ("workers", "memory_gb")]
        strange = sorted(set(engine.cluster) - set(known))
        if strange:
            raise InputError(f"cluster.{strange[0]}: no such key; choose from {', '.join(known)}")
        found = cls(workers=engine.workers, memory_gb=engine.memory_gb, **engine.cluster)
        if found.kind not in KINDS:
            raise InputError(f"cluster.kind: {found.kind!r} is none of {', '.join(KINDS)}")
        for key in NEEDED.get(found.kind, ()):
            if getattr(found, key) is None:
                raise InputError(f'cluster.{key}: needed with kind = "{found.kind}"; add it')
        return found


NEEDED: Final = {
    "address": ("address",),
    "slurm": ("cores", "memory", "walltime"),
    "kubernetes": ("image",),
}


def open_cluster(settings: ClusterSettings) -> Any:
    """Open the cluster of the settings and ask for its workers; None if there is an address."""
    if settings.kind == "address":
        return None
    opened = {"local": _local, "slurm": _slurm, "kubernetes": _kubernetes}[settings.kind]
    return opened(settings)


def _local(settings: ClusterSettings) -> Any:
    from distributed import LocalCluster

    limit = settings.memory_gb
    with holding_interrupts():  # its processes are deaf to Ctrl-C, which is for this one
        return cast(Any, LocalCluster)(  # it has types in part alone
            n_workers=settings.workers or cores(),
            threads_per_worker=1,
            processes=True,
            memory_limit=None if limit is None else int(limit * 2**30),
            scheduler_kwargs=dict(NO_DASHBOARD),
            silence_logs=logging.CRITICAL,
            env=dict(ENVIRONMENT),
        )


def _module(name: str) -> Any:
    """Return a module of the extra `cluster`; InputError if that is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"cluster.kind: {error}; install what clusters need: pip install 'ressort[cluster]'"
        ) from None


# ---------------------------------------------------------------- SLURM
def _job(settings: ClusterSettings) -> dict[str, Any]:
    """Return what dask-jobqueue is told of a job: as many workers as cores."""
    try:
        parse_bytes(settings.memory or "")
    except ValueError:
        raise InputError(f'cluster.memory: {settings.memory!r}; write it like "16GB"') from None
    return {
        "name": NAME,
        "cores": settings.cores,
        "processes": settings.cores,
        "memory": settings.memory,
        "walltime": settings.walltime,
        "queue": settings.queue,
        "account": settings.account,
        "job_extra_directives": list(settings.job_extra),
        "job_script_prologue": [
            *settings.prologue,
            *(f"export {key}={value}" for key, value in ENVIRONMENT.items()),
        ],
    }


def job_script(settings: ClusterSettings, scheduler: str = "tcp://SCHEDULER:8786") -> str:
    """Return the script of each SLURM job; `scheduler`: the address that its workers go to."""
    slurm = _module("dask_jobqueue.slurm")
    told, made = _job(settings), slurm.SLURMJob
    return str(made(scheduler=scheduler, job_name=told["name"], **told).job_script())


def jobs(settings: ClusterSettings) -> int:
    """Return the number of SLURM jobs that hold the workers asked for; at least 1."""
    a_job = settings.cores or 1
    return max(1, math.ceil((settings.workers or a_job) / a_job))


def renew(cluster: Any, settings: ClusterSettings) -> None:
    """Have workers started for those that are lost, such as those of a job whose time is over."""
    if settings.kind == "slurm":
        cluster.scale(jobs=jobs(settings))
    elif settings.kind == "local":
        cluster.scale(settings.workers or cores())


def _slurm(settings: ClusterSettings) -> Any:
    slurm = _module("dask_jobqueue.slurm")
    if shutil.which("sbatch") is None:
        raise InputError(
            'cluster.kind = "slurm": there is no command sbatch here; start the batch on a machine '
            "that may hand in SLURM jobs"
        )
    told = _job(settings)
    name = told.pop("name")
    cluster = slurm.SLURMCluster(
        job_name=name, silence_logs="critical", scheduler_options=dict(NO_DASHBOARD), **told
    )
    cluster.scale(jobs=jobs(settings))
    return cluster


# ---------------------------------------------------------------- Kubernetes
def pod_spec(settings: ClusterSettings) -> dict[str, Any]:
    """Return the resource that is handed to the Dask operator of Kubernetes."""
    limits = {"cpu": "1"}
    if settings.memory_gb is not None:
        limits["memory"] = f"{math.ceil(settings.memory_gb * 1024)}Mi"
    variables = {
        f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(value)
        for key, value in CONFIG.items()
    }
    spec: dict[str, Any] = _module("dask_kubernetes.operator").make_cluster_spec(
        name=NAME,
        image=settings.image,
        n_workers=settings.workers or 1,
        resources={"limits": limits, "requests": limits},
        env={**ENVIRONMENT, **variables},
        worker_command=["dask", "worker", "--nthreads", "1"],
    )
    return spec


def _kubernetes(settings: ClusterSettings) -> Any:
    return _module("dask_kubernetes.operator").KubeCluster(
        custom_cluster_spec=pod_spec(settings), namespace=settings.namespace, quiet=True
    )
