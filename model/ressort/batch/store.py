"""The folder of a batch, which never loses a run: whatever is killed, what was saved stays.

manifest.json, plan.json   what is run, and by which versions; written once
index.sqlite               which runs are asked for, done or failed, see `index`
chunks/TABLE-000001.parquet  rows of the runs of a chunk, see `records`
lock, writer.json          who is writing, see `lock`

Order of writing: files under another name, fsync, rename, fsync of the folder, then one transaction
that marks the runs. What is killed before that transaction leaves files that the index does not
know; they are removed when the store is next opened for writing, and their runs are run again.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

from ressort.batch import chunks, manifest, merging
from ressort.batch.files import TEMPORARY, sync_folder, told, whole
from ressort.batch.folders import CHUNKS, check_free, is_at, make
from ressort.batch.index import INDEX, Cause, ChunkFile, Counts, Index
from ressort.batch.lock import Lock
from ressort.batch.plan import Plan
from ressort.batch.records import DONE, FAILED, ChunkResult, Record
from ressort.errors import InputError


class Snapshot(NamedTuple):
    """What a store holds: its folder of chunks, their files by table and first run, all runs.

    Of a run: run_id, status, seconds, error_kind, error.
    """

    folder: Path
    files: list[ChunkFile]
    runs: list[tuple[Any, ...]]


class Store:
    """An open store; use as a context manager. Made by `create` and `open`.

    `plan`: what is run; `manifest`: how it came about; `lost`: runs asked anew because their file
    had vanished or changed size. `merge_at`: how many small chunks are merged.
    """

    merge_at = merging.MANY

    def __init__(
        self, folder: Path, plan: Plan, about: dict[str, Any], index: Index, lock: Lock | None
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.manifest = about
        self.lost = 0
        self._index = index
        self._lock = lock
        self._counts: Counts | None = None  # of the one who writes
        self._small = 0  # chunks that may be merged
        self._merged: list[Path] = []  # files that only slow readers may still need

    is_at = staticmethod(is_at)

    @classmethod
    def create(cls, folder: str | Path, plan: Plan, **extras: Any) -> Self:
        """Make the store of a plan and open it for writing; `extras` go to the manifest.

        The folder appears whole or not at all. InputError if there is something else, or if it
        cannot be written.
        """
        folder = Path(folder)
        check_free(folder)
        with told(folder):
            make(folder, plan, extras)
        return cls.open(folder, writing=True)

    @classmethod
    def open(cls, folder: str | Path, *, writing: bool = False) -> Self:
        """Open a store; any number of readers, one writer. InputError says why it cannot be."""
        folder = Path(folder)
        about = manifest.read(folder)
        plan = manifest.read_plan(folder, about)
        if not writing:
            with told(folder, "read"):
                return cls(folder, plan, about, Index.open_to_read(folder / INDEX), None)
        manifest.check_version(folder, about)
        with contextlib.ExitStack() as undo, told(folder):
            lock = Lock(folder)
            undo.callback(lock.release)
            index = Index.open_to_write(folder / INDEX)
            undo.callback(index.close)
            store = cls(folder, plan, about, index, lock)
            store._tidy()
            store._small = len(merging.small(index))
            index.begin()
            undo.pop_all()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store and let others write."""
        self._index.close()
        if self._lock is not None:
            _remove(self._merged)
            self._lock.release()

    def _tidy(self) -> None:
        """Remove files that no run needs; ask anew for runs whose files are lost."""
        known = {file.file_name: file for file in self._index.files()}
        there = {file.name: file for file in (self.folder / CHUNKS).iterdir()}
        for name in there.keys() - known.keys():
            there[name].unlink()
        for file in self.folder.glob(TEMPORARY + "*"):
            file.unlink()
        lost = {
            file.chunk
            for name, file in known.items()
            if name not in there or there[name].stat().st_size != file.bytes
        }
        if lost:
            self.lost = self._index.forget(lost)
            self._tidy()

    def ask(self, run_ids: Iterable[int]) -> None:
        """Ask for more runs, such as those of more seeds."""
        with told(self.folder):
            self._index.ask(run_ids)
            self._counts = None

    def todo(
        self, run_ids: Iterable[int] | None = None, *, retry_failed: bool = False
    ) -> list[int]:
        """Return the runs asked for that are not done, in order; failed ones only on demand.

        `run_ids` limits them to some.
        """
        wanted = ("left", FAILED) if retry_failed else ("left",)
        found = self._index.statuses(run_ids)
        return [run_id for run_id, status in found.items() if status in wanted]

    def save(self, result: ChunkResult) -> None:
        """Store a chunk, whole or not at all; runs that are done already are left out.

        ValueError for runs that nobody asked for, and for rows that belong to no run that is done.
        """
        found = self._index.statuses(r.run_id for r in result.records)
        strange = [r.run_id for r in result.records if r.run_id not in found]
        if strange:
            raise ValueError(f"run {strange[0]} was not asked for")
        records = [r for r in result.records if found[r.run_id] != DONE]
        if not records:
            return
        done = pa.array([r.run_id for r in records if r.status == DONE], pa.int64())
        tables = {name: chunks.plain(_rows_of(t, done)) for name, t in result.tables.items()}
        _check_rows(result, tables, done)
        chunk = self._index.new_chunk()
        with told(self.folder):
            written: list[Path] = []
            try:
                files = self._write(chunk, tables, written)
                self._index.mark(records, chunk, files)
            except BaseException:
                with contextlib.suppress(Exception):  # else they go when it is opened next
                    if not self._index.knows(chunk):  # Ctrl-C may come after the transaction
                        _remove(written)
                raise
            self._counts = _counted(self._counts, records, found)
            self._merge_if_many(bool(files))

    def _merge_if_many(self, is_new: bool) -> None:
        """Merge small chunks if there are many; a full disk leaves that for later.

        Files that were merged stay until the next time: who reads them has opened them by then.
        """
        self._small += is_new
        if self._small < self.merge_at:
            return
        try:
            merged = merging.merge(self.folder / CHUNKS, self._index, len(self.plan.points))
        except OSError:
            self._small = 0
            return
        _remove(self._merged)
        self._merged = merged
        self._small = len(merging.small(self._index))

    def _write(
        self, chunk: int, tables: Mapping[str, pa.Table], written: list[Path]
    ) -> list[ChunkFile]:
        """Write the tables of a chunk; `written` notes the files as they come."""
        files = []
        for name, table in tables.items():
            if not table.num_rows:
                continue
            content = chunks.encoded(table)
            first = pc.min(table["run_id"]).as_py()
            columns = chunks.columns(table.schema)
            files.append(ChunkFile(chunk, name, len(content), columns, first))
            written.append(self._path(files[-1]))
            with whole(written[-1]) as stream:
                stream.write(content)
        if files:
            sync_folder(self.folder / CHUNKS)
        return files

    def counts(self) -> Counts:
        """Return how many runs are asked for, done and failed."""
        if self._lock is None:
            return self._index.counts()
        if self._counts is None:
            self._counts = self._index.counts()
        return self._counts

    def progress(self) -> tuple[Counts, float | None, float | None, int]:
        """Return counts, runs a second of late, mean seconds of a run, and bytes of all rows."""
        with told(self.folder, "read"), self._index.instant():
            size = sum(file.bytes for file in self._index.files())
            seconds = self._index.mean_seconds()
            return self._index.counts(), self._index.pace(), seconds, size

    def failures(self, most: int = 5) -> list[Cause]:
        """Return failed runs by cause, the commonest first, each with its first `most` runs."""
        return self._index.failures(most)

    def record(self, run_id: int) -> Record | None:
        """Return how a run ended, None if it has not; InputError if it was not asked for."""
        try:
            return self._index.record(run_id)
        except KeyError:
            known = list(self._index.statuses())
            reason = f"runs are numbered {known[0]} to {known[-1]}" if known else "it has no runs"
            raise InputError(f"{self.folder}: no run {run_id}; {reason}") from None

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, by their first run."""
        return [self._path(file) for file in self._index.files() if file.name == table]

    def snapshot(self) -> Snapshot:
        """Return what the store holds at one instant, while others write."""
        columns = "run_id, status, seconds, error_kind, error"
        with told(self.folder, "read"), self._index.instant():
            return Snapshot(self.folder / CHUNKS, self._index.files(), self._index.rows(columns))

    def tables(self) -> dict[str, list[str]]:
        """Return the tables that have rows, each with its columns."""
        found: dict[str, dict[str, None]] = {}
        for file in self._index.files():
            lines = file.columns.split("\n")
            found.setdefault(file.name, {}).update(
                {line.rpartition(" ")[0]: None for line in lines}
            )
        return {name: list(columns) for name, columns in found.items()}

    def rows(self, run_id: int) -> dict[str, pa.Table]:
        """Return the rows of a run by table, by arm, kind and day; none if it is not done."""
        chunk = self._index.chunk_of(run_id)
        files = [file for file in self._index.files() if file.chunk == chunk]
        found = {file.name: chunks.of_run(self._path(file), run_id) for file in files}
        return {name: table for name, table in found.items() if table.num_rows}

    def holds(self, result: ChunkResult) -> bool:
        """Whether the store has these very rows, bit for bit, for the runs of a result."""
        for record in result.records:
            run_id = record.run_id
            stored = self.rows(run_id)
            given = {n: t.filter(pc.equal(t["run_id"], run_id)) for n, t in result.tables.items()}
            if _digests(stored) != _digests(given):
                return False
        return True

    def _path(self, file: ChunkFile) -> Path:
        return self.folder / CHUNKS / file.file_name

    def fingerprint(self) -> str:
        """Return a hash of all rows, and of which runs failed.

        It does not depend on chunks, their order, the number of workers or how long runs took.
        """
        found: dict[tuple[int, str], bytes] = {
            (run_id, ""): b"failed"
            for run_id, status in self._index.statuses().items()
            if status == FAILED
        }
        for file in self._index.files():
            for table in chunks.groups(self._path(file)):
                found |= {(run, file.name): digest for run, digest in chunks.digests(table)}
        whole = hashlib.sha256()
        for (run_id, name), digest in sorted(found.items()):
            whole.update(f"{run_id} {name} ".encode() + digest)
        return whole.hexdigest()


def _rows_of(table: pa.Table, run_ids: pa.Array) -> pa.Table:
    wanted = pc.is_in(table["run_id"], value_set=run_ids)
    return table if pc.all(wanted, min_count=0).as_py() else table.filter(wanted)


def _check_rows(result: ChunkResult, tables: Mapping[str, pa.Table], done: pa.Array) -> None:
    """Raise ValueError for rows of a run that is not done, or a done run without metrics."""
    ended = pa.array([r.run_id for r in result.records if r.status == DONE], pa.int64())
    for name, table in result.tables.items():
        if not pc.all(pc.is_in(table["run_id"], value_set=ended), min_count=0).as_py():
            raise ValueError(f"{name}: rows of a run that is not done")
    if "metrics" in tables:
        there = pc.unique(tables["metrics"]["run_id"]).cast(pa.int64())
        if len(there) != len(done):
            raise ValueError("metrics: a run that is done has no row")


def _digests(tables: Mapping[str, pa.Table]) -> dict[str, list[tuple[int, bytes]]]:
    return {name: list(chunks.digests(table)) for name, table in tables.items() if table.num_rows}


def _counted(
    before: Counts | None, records: Iterable[Record], found: Mapping[int, str]
) -> Counts | None:
    """Return the counts after records whose runs had some status before."""
    if before is None:
        return None
    done, failed = before.done, before.failed
    for record in records:
        done += record.status == DONE
        failed += (record.status == FAILED) - (found[record.run_id] == FAILED)
    return Counts(before.asked, done, failed)


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
