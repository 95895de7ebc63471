"""Batches on clusters: a real Dask scheduler over TCP, and what SLURM and Kubernetes are told."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import batch_plans
from tests.batch_plans import Memory, plan
from tests.worlds import ROOT

from ressort.batch.clusters import ClusterSettings, job_script, jobs, open_cluster, pod_spec
from ressort.batch.engine import run_scenarios
from ressort.batch.executors import Engine, Job
from ressort.errors import InputError

PATIENCE = 120.0  # seconds


# ---------------------------------------------------------------- a scheduler over TCP
@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a scheduler and two workers, each a process of its own; return where they meet."""
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    paths = os.pathsep.join([str(ROOT / "model"), str(ROOT)])
    environment = os.environ | {
        "PYTHONPATH": paths,
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
        "RESSORT_TEST_FOLDER": str(folder),
    }
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler += ["--dashboard-address", "127.0.0.1:0"]
    worker = ["worker", "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
    commands = [
        [*scheduler, "--scheduler-file", str(told)],
        *[[*worker, "--scheduler-file", str(told)]] * 2,
    ]
    with contextlib.ExitStack() as stack:
        for command in commands:
            log = stack.enter_context((folder / f"{command[0]}.log").open("ab"))
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield _address(told)


def _address(told: Path) -> str:
    import json

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            return str(json.loads(told.read_text("utf-8"))["address"])
        time.sleep(0.1)
    raise AssertionError("no scheduler")


@pytest.fixture(scope="module")
def expected() -> Memory:
    store = Memory(plan())
    run_scenarios(plan(), store=store, executor=Engine("serial"))
    return store


def at(address: str, chunk: int = 0) -> Engine:
    return Engine("dask", chunk=chunk, cluster={"kind": "address", "address": address})


def test_two_workers_over_tcp_give_the_same_bits(address: str, expected: Memory) -> None:
    assert address.startswith("tcp://")
    store = Memory(plan())
    counts = run_scenarios(plan(), store=store, executor=at(address))
    assert (counts.done, counts.failed) == (6, 0)
    assert store.digest() == expected.digest()


def test_a_worker_killed_during_a_run_loses_nothing(address: str, expected: Memory) -> None:
    store = Memory(plan())
    counts = run_scenarios(
        plan(), store=store, executor=at(address, chunk=3), task=batch_plans.kills_once
    )
    assert (counts.done, counts.failed) == (6, 0)
    assert store.digest() == expected.digest()


def test_failed_runs_come_back_with_their_cause(address: str) -> None:
    store = Memory(plan())
    run_scenarios(plan(), store=store, executor=at(address, chunk=6), task=batch_plans.some_fail)
    assert store.failures() == {1: "ValueError", 4: "ValueError"}


def test_a_cluster_of_this_machine_gives_the_same_bits(expected: Memory) -> None:
    store = Memory(plan())
    engine = Engine("dask", workers=1, chunk=6, seconds_a_run=60.0, memory_gb=4.0)
    run_scenarios(plan(), store=store, executor=engine)
    assert store.digest() == expected.digest()


def test_an_address_where_nobody_answers_is_told_in_one_line() -> None:
    from dask import config

    nobody = at("tcp://127.0.0.1:9")
    message = r"cluster.address: nobody answers at tcp://"
    quickly = config.set({"distributed.comm.timeouts.connect": "500 ms"})
    with quickly, pytest.raises(InputError, match=message) as told:
        run_scenarios(plan(), store=Memory(plan()), executor=nobody)
    assert "\n" not in str(told.value)


# ---------------------------------------------------------------- what is sent elsewhere
def slurm(**changes: object) -> ClusterSettings:
    cluster = {
        "kind": "slurm",
        "cores": 8,
        "memory": "16GB",
        "walltime": "02:00:00",
        "queue": "normal",
        "account": "sse",
        "job_extra": ("--exclusive",),
        "prologue": ("module load python",),
    }
    return ClusterSettings.of(Engine("dask", workers=20, cluster=cluster | changes))


def test_the_script_of_a_slurm_job_has_what_was_asked_for() -> None:
    script = job_script(slurm(), "tcp://10.0.0.1:8786").splitlines()
    assert script[0].startswith("#!")
    for line in (
        "#SBATCH -J ressort",
        "#SBATCH -p normal",
        "#SBATCH -A sse",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH --mem=15G",
        "#SBATCH -t 02:00:00",
        "#SBATCH --exclusive",
        "module load python",
        "export OPENBLAS_NUM_THREADS=1",
    ):
        assert line in script
    (command,) = [line for line in script if "dask_worker" in line]
    assert script.index("module load python") < script.index(command)
    for part in ("tcp://10.0.0.1:8786", "--nthreads 1", "--nworkers 8", "--nanny"):
        assert part in command
    assert not any("-p " in line for line in job_script(slurm(queue=None)).splitlines())


def test_as_many_jobs_as_hold_the_workers() -> None:
    assert jobs(slurm()) == 3
    assert jobs(slurm(cores=32)) == 1
    assert jobs(ClusterSettings(kind="slurm", cores=8)) == 1


def test_kubernetes_is_told_image_workers_and_limits() -> None:
    cluster = {"kind": "kubernetes", "image": "registry.example/ressort:1"}
    settings = ClusterSettings.of(Engine("dask", workers=5, memory_gb=1.5, cluster=cluster))
    spec = pod_spec(settings)
    assert spec["kind"] == "DaskCluster"
    worker = spec["spec"]["worker"]
    assert worker["replicas"] == 5
    (container,) = worker["spec"]["containers"]
    assert container["image"] == "registry.example/ressort:1"
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "1536Mi"}
    assert container["args"][:4] == ["dask", "worker", "--nthreads", "1"]
    variables = {v["name"]: v["value"] for v in container["env"]}
    assert variables["OPENBLAS_NUM_THREADS"] == "1"
    assert variables["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] == "0"


def test_a_cluster_that_cannot_be_is_refused_with_its_key() -> None:
    for cluster, told in (
        ({"kind": "cloud"}, "cluster.kind: 'cloud' is none of local"),
        ({"kind": "slurm", "cores": 1}, "cluster.memory: needed"),
        ({"kind": "address"}, "cluster.address: needed"),
        ({"adress": "x"}, "cluster.adress: no such key"),
    ):
        with pytest.raises(InputError, match=told):
            ClusterSettings.of(Engine("dask", cluster=cluster))


def test_what_a_cluster_lacks_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r'cluster\.memory: .* write it like "16GB"'):
        job_script(slurm(memory="16 Go"))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(InputError, match="no command sbatch"):
        open_cluster(slurm())
    monkeypatch.setitem(sys.modules, "dask_jobqueue.slurm", None)
    with pytest.raises(InputError, match=r"pip install 'ressort\[cluster\]'"):
        job_script(slurm())


def test_a_job_goes_to_other_processes() -> None:
    import pickle

    job = Job(plan(), batch_plans.some_fail, audit=True, seconds_a_run=2.0)
    assert pickle.loads(pickle.dumps(job)) == job
