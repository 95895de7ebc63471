"""The index of a store: which run is done, failed or left, and in which chunk its rows are.

An SQLite file in WAL mode, so that others read while the batch writes. `synchronous=FULL`: a chunk
told as stored is on disk even if the power fails. With NORMAL the last transactions could be undone
then; their runs would merely be run again, but a merge of chunks deletes files once its
transaction is done and must never see it undone. The cost is one fsync a chunk, a few milliseconds.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from ressort.batch.records import DONE, FAILED, Record

INDEX: Final = "index.sqlite"
WAIT: Final = 30.0  # seconds for another connection to let go
_SCHEMA: Final = """
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY,
    status TEXT NOT NULL DEFAULT 'left',
    chunk INTEGER,
    seconds REAL,
    saved REAL,
    error_kind TEXT,
    error TEXT,
    traceback TEXT
);
CREATE INDEX by_status ON runs (status);
CREATE INDEX by_chunk ON runs (chunk);
CREATE TABLE files (
    chunk INTEGER NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    columns TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    PRIMARY KEY (chunk, name)
) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value REAL NOT NULL);
INSERT INTO numbers VALUES ('chunk', 0), ('began', 0);
"""


@dataclass(frozen=True)
class Counts:
    """How many runs are asked for, done and failed."""

    asked: int
    done: int
    failed: int

    @property
    def left(self) -> int:
        """Runs that are neither done nor failed."""
        return self.asked - self.done - self.failed


@dataclass(frozen=True)
class Cause:
    """Runs that failed alike: kind and message of the error, how many, and the first few."""

    kind: str
    error: str
    count: int
    run_ids: tuple[int, ...]


class ChunkFile(NamedTuple):
    """One file of a chunk: its table, size in bytes, columns, first run.

    `columns`: names and types, one a line.
    """

    chunk: int
    name: str
    bytes: int
    columns: str
    first_run: int

    @property
    def file_name(self) -> str:
        """Its name in the folder of chunks."""
        return f"{self.name}-{self.chunk:06}.parquet"


class Index:
    """The SQLite file of a store; see the head of the module."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection

    @classmethod
    def create(cls, file: Path, run_ids: Iterable[int]) -> None:
        """Make a new index that asks for some runs."""
        index = cls._open(file, "rwc")
        try:
            index.sql.executescript(_SCHEMA)
            index.ask(run_ids)
        finally:
            index.close()

    @classmethod
    def open_to_write(cls, file: Path) -> Self:
        """Open to write; what another process is reading is not disturbed."""
        return cls._open(file, "rw")

    @classmethod
    def _open(cls, file: Path, mode: str) -> Self:
        sql = _connected(f"{file.resolve().as_uri()}?mode={mode}")
        try:
            sql.execute("PRAGMA journal_mode=WAL")
            sql.execute("PRAGMA synchronous=FULL")
        except BaseException:
            sql.close()
            raise
        return cls(sql)

    @classmethod
    def open_to_read(cls, file: Path) -> Self:
        """Open to read only, also from a medium that cannot be written."""
        where = file.resolve().as_uri()
        sql = _connected(where + "?mode=ro")
        try:
            sql.execute("SELECT value FROM numbers").fetchone()
        except sqlite3.OperationalError:
            sql.close()
            log = file.with_name(file.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
            sql = _connected(where + "?immutable=1")
        except BaseException:
            sql.close()
            raise
        return cls(sql)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction, which is on disk at the end or was never there."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield self.sql
            self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise

    @contextmanager
    def instant(self) -> Iterator[None]:
        """Have all that is read within be of one instant."""
        self.sql.execute("BEGIN")
        try:
            yield
        finally:
            self.sql.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self.sql.close()

    def begin(self) -> None:
        """Note that someone begins to write now, for the rate of runs."""
        self.sql.execute("UPDATE numbers SET value = ? WHERE name = 'began'", (time.time(),))

    def ask(self, run_ids: Iterable[int]) -> None:
        """Ask for runs; those asked for already stay as they are."""
        with self.change() as sql:
            rows = ((int(run_id),) for run_id in run_ids)
            sql.executemany("INSERT OR IGNORE INTO runs (run_id) VALUES (?)", rows)

    def new_chunk(self) -> int:
        """Return the number of the next chunk; one is never used for other content once saved."""
        return int(self._value("SELECT value FROM numbers WHERE name = 'chunk'")) + 1

    def mark(self, records: Sequence[Record], chunk: int, files: Sequence[ChunkFile]) -> None:
        """Note in one transaction how runs ended and in which files their rows are."""
        now = time.time()
        rows = [
            (
                *(r.status, chunk, float(r.seconds), now),
                *(r.error_kind, r.error, r.traceback, int(r.run_id)),
            )
            for r in records
        ]
        with self.change() as sql:
            sql.executemany(
                "UPDATE runs SET status = ?, chunk = ?, seconds = ?, saved = ?, error_kind = ?,"
                " error = ?, traceback = ? WHERE run_id = ?",
                rows,
            )
            self._add(sql, chunk, files)

    def merge(self, old: Sequence[int], chunk: int, files: Sequence[ChunkFile]) -> None:
        """Put one chunk in the place of several, in one transaction."""
        with self.change() as sql:
            for number in old:
                sql.execute("UPDATE runs SET chunk = ? WHERE chunk = ?", (chunk, number))
                sql.execute("DELETE FROM files WHERE chunk = ?", (number,))
            self._add(sql, chunk, files)

    def _add(self, sql: sqlite3.Connection, chunk: int, files: Sequence[ChunkFile]) -> None:
        sql.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?)", files)
        sql.execute("UPDATE numbers SET value = ? WHERE name = 'chunk'", (chunk,))

    def forget(self, chunks: Iterable[int]) -> int:
        """Ask anew for the runs of chunks that are lost; return how many runs."""
        with self.change() as sql:
            before = sql.total_changes
            for chunk in chunks:
                sql.execute(
                    "UPDATE runs SET status = 'left', chunk = NULL WHERE chunk = ? AND status = ?",
                    (chunk, DONE),
                )
            lost = sql.total_changes - before
            for chunk in chunks:
                sql.execute("DELETE FROM files WHERE chunk = ?", (chunk,))
        return lost

    def files(self) -> list[ChunkFile]:
        """Return all files of all chunks, by table and first run."""
        rows = self.sql.execute("SELECT * FROM files ORDER BY name, first_run, chunk")
        return [ChunkFile(*row) for row in rows]

    def statuses(self, run_ids: Iterable[int] | None = None) -> dict[int, str]:
        """Return the status of each run asked for, of all or of some, by its number in order."""
        query = "SELECT run_id, status FROM runs"
        if run_ids is None:
            return dict(self.sql.execute(query + " ORDER BY run_id"))
        query += " WHERE run_id = ?"
        some = sorted({int(run_id) for run_id in run_ids})
        return dict(row for run_id in some for row in self.sql.execute(query, (run_id,)))

    def chunk_of(self, run_id: int) -> int | None:
        """Return the chunk that a run is in, None if it has not ended."""
        row = self.sql.execute("SELECT chunk FROM runs WHERE run_id = ?", (run_id,)).fetchone()
        return row[0] if row else None

    def knows(self, chunk: int) -> bool:
        """Whether a chunk is part of the store."""
        return bool(self._value("SELECT count(*) FROM files WHERE chunk = ?", chunk))

    def record(self, run_id: int) -> Record | None:
        """Return how a run ended, None if it has not; KeyError if nobody asked for it."""
        row = self.sql.execute(
            "SELECT run_id, status, seconds, error_kind, error, traceback FROM runs"
            " WHERE run_id = ?",
            (run_id,),
        ).fetchone()
        if row is None:
            raise KeyError(run_id)
        return Record(*row) if row[1] in (DONE, FAILED) else None

    def counts(self) -> Counts:
        """Return how many runs are asked for, done and failed."""
        found = dict(self.sql.execute("SELECT status, count(*) FROM runs GROUP BY status"))
        return Counts(sum(found.values()), found.get(DONE, 0), found.get(FAILED, 0))

    def failures(self, most: int = 5) -> list[Cause]:
        """Return failed runs by cause, the commonest first, each with its first `most` runs."""
        causes: dict[tuple[str, str], list[int]] = {}
        for kind, error, run_id in self.sql.execute(
            "SELECT error_kind, error, run_id FROM runs WHERE status = ? ORDER BY run_id", (FAILED,)
        ):
            causes.setdefault((kind, error), []).append(run_id)
        ordered = sorted(causes.items(), key=lambda item: (-len(item[1]), item[0]))
        return [Cause(*key, len(ids), tuple(ids[:most])) for key, ids in ordered]

    def pace(self, most: int = 20) -> float | None:
        """Return runs a second over the last chunks of whoever writes, or wrote last."""
        began = self._value("SELECT value FROM numbers WHERE name = 'began'")
        saved = self.sql.execute(
            "SELECT saved, count(*) FROM runs WHERE saved > ? GROUP BY saved"
            " ORDER BY saved DESC LIMIT ?",
            (began, most + 1),
        ).fetchall()
        if len(saved) > most:
            began = saved.pop()[0]
        return sum(count for _, count in saved) / (saved[0][0] - began) if saved else None

    def mean_seconds(self) -> float | None:
        """Return the mean time of a run that is done, in seconds of one worker."""
        return self._value("SELECT avg(seconds) FROM runs WHERE status = ?", DONE)

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Return some columns of all runs asked for, by number."""
        return self.sql.execute(f"SELECT {columns} FROM runs ORDER BY run_id").fetchall()

    def _value(self, query: str, *values: object) -> Any:
        return self.sql.execute(query, values).fetchone()[0]


def _connected(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
    )
