"""The store of a batch loses no run and has none twice, whatever is killed, however it is cut."""

from __future__ import annotations

import json
import math
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.batches import (
    Eager,
    chunks,
    context,
    filled,
    plan,
    process,
    result,
    seen,
    try_to_write,
    watch,
    write,
    write_until,
)

from ressort.batch import manifest, plan_file
from ressort.batch.index import Counts
from ressort.batch.lock import writer
from ressort.batch.plan import Kept, Plan, Stop
from ressort.batch.records import DONE, ChunkResult, Record
from ressort.batch.store import Store
from ressort.errors import InputError, RessortError

KILLS = 10


def twice_or_lost(store: Store) -> list[int]:
    """Return the runs of which the files have other than two rows of metrics."""
    found = [run_id for f in store.files("metrics") for run_id in pq.read_table(f)["run_id"]]
    counted = {run_id.as_py(): 0 for run_id in found}
    for run_id in found:
        counted[run_id.as_py()] += 1
    return [k for k in range(len(store.plan)) if counted.get(k, 0) != 2]


@pytest.fixture
def whole(tmp_path: Path) -> str:
    """The fingerprint of a batch of 240 runs that nothing interrupted."""
    with filled(tmp_path / "whole", size=40, draws=48) as store:
        return store.fingerprint()


def test_plan_is_read_back_exactly(tmp_path: Path) -> None:
    base = {
        "f": 0.1 + 0.2,
        "tiny": 5e-324,
        "inf": [math.inf, -math.inf],
        "pair": (1, ("a", 2.5)),
        "day": date(2026, 11, 25),
        "odd": {"$float": "1.0", "x": None},
        "truth": True,
        "numbers": [np.float64(1 / 3), np.int64(7)],
    }
    stop = Stop("m3_depth", ("with", "without"), 0.01, 0.9, 10, 5, 40)
    given = replace(plan(), base=base, stop=stop, kept=Kept(("essential",), False, True))
    with Store.create(tmp_path / "b", given):
        pass
    with Store.open(tmp_path / "b") as store:
        assert store.plan == given
        assert store.plan.base["truth"] is True
        assert isinstance(store.plan.base["pair"], tuple)
    assert plan_file.written(plan_file.read(plan_file.written(given))) == plan_file.written(given)


def test_plan_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be stored"):
        Store.create(tmp_path / "b", replace(plan(), base={"x": {1, 2}}))
    assert list(tmp_path.iterdir()) == []


def test_manifest_tells_how_it_came_about(tmp_path: Path) -> None:
    with Store.create(tmp_path / "b", plan(), engine={"workers": 2}) as store:
        about = store.manifest
    assert about["engine"] == {"workers": 2}
    assert about["seeds"] == {"first": 1, "draws": 4, "replicates": 1}
    assert about["libraries"].keys() >= {"numpy", "pyarrow", "duckdb"}
    assert str(tmp_path) not in json.dumps(about)


def test_what_is_done_failed_and_left(tmp_path: Path) -> None:
    with Store.create(tmp_path / "b", plan()) as store:
        assert store.todo() == list(range(20))
        store.save(result(range(4, 9), failed=[5, 7]))
        store.save(result([19]))
        assert store.counts() == Counts(20, 4, 2)
        assert store.counts().left == 14
        assert store.todo([3, 4, 5, 6, 99]) == [3]
        assert store.todo([3, 4, 5], retry_failed=True) == [3, 5]
        (cause,) = store.failures()
        assert (cause.kind, cause.error, cause.count) == ("ValueError", "no water", 2)
        assert cause.run_ids == (5, 7)
        record = store.record(5)
        assert record is not None
        assert "Traceback" in record.traceback
        assert store.record(0) is None
        with pytest.raises(InputError, match="no run 20; runs are numbered 0 to 19"):
            store.record(20)
        store.ask([20, 21, 19])
        assert store.counts() == Counts(22, 4, 2)
        store.save(result([5, 20]))  # the failed one has another chance
        assert store.counts() == Counts(22, 6, 1)
    with Store.open(tmp_path / "b") as store:
        assert store.counts() == Counts(22, 6, 1)
        assert 21 in store.todo()


def test_runs_that_are_done_are_not_stored_twice(tmp_path: Path, whole: str) -> None:
    with Store.create(tmp_path / "b", plan(draws=48)) as store:
        for first in range(0, 240, 7):
            store.save(result(range(first, min(first + 10, 240)), failed=[first] if first else []))
        assert store.counts() == Counts(240, 240, 0)
        assert twice_or_lost(store) == []
        assert store.fingerprint() == whole


def test_strange_rows_are_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "b", plan()) as store:
        with pytest.raises(ValueError, match="not asked for"):
            store.save(result([20]))
        both = result([1, 2])
        with pytest.raises(ValueError, match="rows of a run that is not done"):
            store.save(ChunkResult(both.records[:1], both.tables))
        with pytest.raises(ValueError, match="has no row"):
            store.save(ChunkResult(both.records, result([1]).tables))
        assert store.counts().done == 0
        assert list((tmp_path / "b" / "chunks").iterdir()) == []


@pytest.mark.parametrize("size", [4, 17, 240])
def test_fingerprint_depends_on_no_chunks(tmp_path: Path, whole: str, size: int) -> None:
    with Eager.create(tmp_path / "b", plan(draws=48)) as store:
        for some in reversed(chunks(store.todo(), size)):
            store.save(result(some))
        assert store.fingerprint() == whole
        assert len(store.files("metrics")) <= Eager.merge_at
        assert store.holds(result([3, 17]))


def test_fingerprint_sees_one_bit(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as store:
        whole = store.fingerprint()
    other = result(range(20))
    essential = other.tables["series"]["essential"].to_numpy().copy()
    essential[7] = np.nextafter(essential[7], np.float32(2))
    place = other.tables["series"].column_names.index("essential")
    other.tables["series"] = other.tables["series"].set_column(place, "essential", [essential])
    with Store.create(tmp_path / "b", plan()) as store:
        store.save(other)
        assert store.fingerprint() != whole
        assert not store.holds(result([0]))
        assert store.holds(result([1]))
    with Store.create(tmp_path / "c", plan()) as store:
        store.save(result(range(20), failed=[3]))
        failed = store.fingerprint()
        assert failed != whole
        store.save(result([3]))
        assert store.fingerprint() == whole


def test_columns_that_only_some_runs_have(tmp_path: Path) -> None:
    """Merging gives others an empty column, which changes neither fingerprint nor rows."""
    extra = result([1])
    more = extra.tables["metrics"].append_column("m_more", [np.array([0.5, 2.5])])
    extra.tables["metrics"] = more
    prints = set()
    for kind in (Store, Eager):
        with kind.create(tmp_path / kind.__name__, plan()) as store:
            store.save(extra)
            for run_id in (0, *range(2, 20)):
                store.save(result([run_id]))
            prints.add(store.fingerprint())
            assert store.holds(extra)
            assert store.rows(1)["metrics"]["m_more"].to_pylist() == [0.5, 2.5]
            assert set(store.rows(0)) == {"metrics", "series"}
    assert len(prints) == 1


def test_kill_at_random_moments(tmp_path: Path, whole: str) -> None:
    """The writer is killed ten times; what was stored stays, the rest is done, no run twice."""
    folder = tmp_path / "b"
    Store.create(folder, plan(draws=48)).close()
    delays = random.Random(6)
    before, hit = 0, 0
    for k in range(KILLS):
        child = process(write, folder, 3, k)
        time.sleep(delays.uniform(0.0, 0.12))
        child.kill()  # one that has ended by itself is no fault: `hit` counts the others
        child.join()
        hit += child.exitcode == -signal.SIGKILL
        with Store.open(folder) as store:
            done = store.counts().done
        assert done >= before
        assert seen(folder) == (done, 0)
        before = done
    assert hit >= KILLS // 2
    write(folder, 3, 99)
    with Store.open(folder) as store:
        assert store.counts() == Counts(240, 240, 0)
        assert twice_or_lost(store) == []
        assert store.fingerprint() == whole
        known = {f.name for table in ("metrics", "series") for f in store.files(table)}
    assert {f.name for f in (folder / "chunks").iterdir()} == known


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_kill_at_every_step(tmp_path: Path, step: str) -> None:
    """The same before each call that matters, while chunks are written and merged."""
    with filled(tmp_path / "whole", size=20) as store:
        whole = store.fingerprint()
    for count in (1, 2, 3, 4, 17, 18, 19, 20):
        folder = tmp_path / f"b{count}"
        Store.create(folder, plan()).close()
        child = process(write_until, folder, 2, step, count)
        child.join()
        assert child.exitcode in (0, 9)
        write(folder, 2, count)
        with Store.open(folder) as store:
            assert twice_or_lost(store) == []
            assert store.fingerprint() == whole


def test_what_vanished_is_run_again(tmp_path: Path) -> None:
    with filled(tmp_path / "b") as store:
        whole = store.fingerprint()
        first, second = store.files("series")[:2]
    first.unlink()
    second.write_bytes(second.read_bytes()[:-9])
    with Store.open(tmp_path / "b") as store, pytest.raises(InputError, match="resume"):
        store.fingerprint()
    with Store.open(tmp_path / "b", writing=True) as store:
        assert store.lost == 6
        assert store.todo() == list(range(6))
        store.save(result(range(6)))
        assert store.fingerprint() == whole


def test_interrupt_after_the_transaction_keeps_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.create(tmp_path / "b", plan()) as store:
        mark = store._index.mark

        def interrupted(*arguments: object) -> None:
            mark(*arguments)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        monkeypatch.setattr(store._index, "mark", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.save(result([0, 1]))
    with Store.open(tmp_path / "b", writing=True) as store:
        assert store.lost == 0
        assert store.todo() == list(range(2, 20))
        assert store.holds(result([0, 1]))


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    with Store.create(folder, plan()):
        here, there = context.Pipe()
        child = process(try_to_write, folder, there)
        message = here.recv()
        child.join()
        assert f"process {os.getpid()} on " in message
        assert str(folder) in message
        with pytest.raises(InputError, match=f"process {os.getpid()} on"):
            Store.open(folder, writing=True)
        now = writer(folder)
        assert now is not None
        assert now["pid"] == os.getpid()
    assert writer(folder) is None
    Store.open(folder, writing=True).close()


def test_readers_while_it_is_written(tmp_path: Path) -> None:
    """Two processes read: what they see is of one instant, and never less than before."""
    folder = tmp_path / "b"
    Store.create(folder, plan(draws=48)).close()
    here, there = context.Pipe()
    at_work = process(write, folder, 3, 1)
    reader = process(watch, folder, there, 6)
    for looks in (lambda: here.recv(), lambda: seen(folder)):
        found = [looks() for _ in range(6)]
        assert all(gap == 0 for _, gap in found)
        assert [done for done, _ in found] == sorted(done for done, _ in found)
    reader.join()
    at_work.join()
    assert at_work.exitcode == reader.exitcode == 0
    assert seen(folder) == (240, 0)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Have a small file system in a folder; skips where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting needs rights")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def one_line(error: pytest.ExceptionInfo[RessortError], *parts: object) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert all(str(part) in text for part in parts), text


def fill_up(store: Store) -> None:
    for some in chunks(store.todo(), 10):
        store.save(result(some))


def test_full_disk(tmp_path: Path, whole: str) -> None:
    small = tmp_path / "small"
    with mounted(small, "size=300k"):
        folder = small / "b"
        with Store.create(folder, plan(draws=48)) as store:
            with pytest.raises(RessortError) as error:
                fill_up(store)
            one_line(error, folder, "no room", "free some space", "ressort resume")
            done = store.counts().done
            assert 0 < done < 240
        remount(small, "size=20m")
        assert seen(folder) == (done, 0)
        with Store.open(folder, writing=True) as store:
            assert store.counts().done == done
            fill_up(store)
            assert store.fingerprint() == whole
            assert twice_or_lost(store) == []


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """A limit on the size of files, as of a quota, in the midst of a chunk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.create(tmp_path / "b", plan()) as store:
        store.save(result(range(3)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(RessortError) as error:
                store.save(result(range(3, 20)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        one_line(error, tmp_path / "b", "no room", "ressort resume")
        assert len(list((tmp_path / "b" / "chunks").iterdir())) == 2
        assert store.todo() == list(range(3, 20))
        store.save(result(range(3, 20)))
    with filled(tmp_path / "whole") as other, Store.open(tmp_path / "b") as store:
        assert store.fingerprint() == other.fingerprint()


def test_index_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    with Store.create(tmp_path / "b", plan()) as store:
        with monkeypatch.context() as patch:
            patch.setattr(store._index, "mark", full)
            with pytest.raises(RessortError) as error:
                store.save(result([0]))
        one_line(error, tmp_path / "b", "no room", "ressort resume")
        assert list((tmp_path / "b" / "chunks").iterdir()) == []
        store.save(result([0]))
        assert store.holds(result([0]))


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    small = tmp_path / "small"
    with mounted(small, "size=10m"):
        folder = small / "b"
        store = Store.create(folder, plan())
        store.save(result(range(4)))
        store.close()
        remount(small, "ro")
        with pytest.raises(InputError) as error:
            Store.open(folder, writing=True)
        one_line(error, folder, "Read-only file system", "make the folder writable")
        with pytest.raises(InputError) as error:
            Store.create(small / "c", plan())
        one_line(error, small / "c", "Read-only file system", "--out")
        assert seen(folder) == (4, 0)  # reading needs no right to write
        remount(small, "rw")
        with Store.open(folder, writing=True) as store:
            assert store.todo() == list(range(4, 20))


def test_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "b"):
        with pytest.raises(InputError) as error:
            Store.create(folder, plan())
        one_line(error, folder, "--out")
    assert [f.name for f in tmp_path.iterdir()] == ["file"]


def test_folders_that_are_no_store(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(InputError, match="not empty, so left as it is"):
        Store.create(tmp_path / "mine", plan())
    with pytest.raises(InputError, match="not a batch of ressort"):
        Store.open(tmp_path / "mine")
    with pytest.raises(InputError, match="no such folder"):
        Store.open(tmp_path / "none")
    filled(tmp_path / "b").close()
    with pytest.raises(InputError, match=r"there is a batch already; `ressort resume"):
        Store.create(tmp_path / "b", plan())
    assert Store.is_at(tmp_path / "b")
    assert not Store.is_at(tmp_path / "mine")


def test_store_of_another_version(tmp_path: Path) -> None:
    filled(tmp_path / "b").close()
    file = tmp_path / "b" / manifest.MANIFEST
    about = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(about | {"ressort": "0.0.9"}))
    with pytest.raises(InputError, match=r"begun by ressort 0\.0\.9, this is"):
        Store.open(tmp_path / "b", writing=True)
    with Store.open(tmp_path / "b") as store:
        assert store.counts().done == 20
    file.write_text(json.dumps(about | {"store": 99}))
    with pytest.raises(InputError, match="format 99"):
        Store.open(tmp_path / "b")


def test_plan_that_was_changed(tmp_path: Path) -> None:
    filled(tmp_path / "b").close()
    file = tmp_path / "b" / manifest.PLAN
    file.write_text(file.read_text("utf-8").replace('"draws": 4', '"draws": 5'))
    with pytest.raises(InputError, match="changed since the batch began"):
        Store.open(tmp_path / "b")


def test_damaged_index_is_told(tmp_path: Path) -> None:
    filled(tmp_path / "b").close()
    index = tmp_path / "b" / "index.sqlite"
    for content in (b"no database" * 1000, b""):
        index.write_bytes(content)
        for writing in (True, False):
            with pytest.raises(InputError) as error:
                Store.open(tmp_path / "b", writing=writing).snapshot()
            one_line(error, index, "damaged", "Parquet")
    index.unlink()
    for writing in (True, False):
        with pytest.raises(InputError) as error:
            Store.open(tmp_path / "b", writing=writing)
        one_line(error, tmp_path / "b", "index.sqlite: unable to open")
    assert writer(tmp_path / "b") is None


def test_commit_is_told_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"([0-9a-f]{40}(-dirty)?)?", manifest.commit())
    monkeypatch.setenv("PATH", "")
    assert manifest.commit() == ""


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    given = result([2])
    with Store.create(tmp_path / "b", plan()) as store:
        store.save(
            ChunkResult((Record(np.int64(2), DONE, np.float32(0.5)),), given.tables)  # type: ignore[arg-type]
        )
        assert store.record(2) == Record(2, DONE, 0.5)
        assert store.holds(given)


def test_length_of_a_plan_is_asked_for(tmp_path: Path) -> None:
    given: Plan = plan(draws=3, points=2, replicates=2)
    with Store.create(tmp_path / "b", given) as store:
        assert store.todo() == list(range(12))
