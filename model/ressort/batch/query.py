"""Questions in SQL to a batch, also while it is being written: an in-memory DuckDB over its files.

Views, see `records` for their columns:
runs      run_id, scenario_id, replication_id, draw, replicate, seed, luck, status (done, failed,
          left), seconds, error_kind, error
points    scenario_id, then one column a factor, named by its key (in SQL: "shocks.0.depth")
metrics   run_id, arm, one column a metric; infinite where censored, NaN where undefined
series    run_id, arm, kind, day, one column an indicator
communes  run_id, arm, day, commune, needs_met
results   metrics with the columns of runs and points

What is asked may read these and nothing else of the machine, and writes nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from ressort.batch.plan import Plan
from ressort.batch.store import Snapshot, Store
from ressort.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

VIEWS: Final = ("runs", "points", "metrics", "series", "communes", "results")
KEYS: Final = {  # of a table that has no rows yet
    "metrics": "run_id BIGINT, arm VARCHAR",
    "series": "run_id BIGINT, arm VARCHAR, kind VARCHAR, day SMALLINT",
    "communes": "run_id BIGINT, arm VARCHAR, day SMALLINT, commune VARCHAR, needs_met FLOAT",
}
ROWS: Final = 10_000  # of an answer that are handed on at a time
MOST_MEMORY: Final = 4 << 30  # bytes; half the memory of the machine if that is less
TRIES: Final = 3


def frame(folder: str | Path, sql: str) -> pd.DataFrame:
    """Return the whole answer to a question as a table of pandas. InputError as of `answer`."""
    with answer(folder, sql) as reader:
        return reader.read_pandas()


@contextmanager
def answer(folder: str | Path, sql: str) -> Iterator[pa.RecordBatchReader]:
    """Give the answer to a question, some rows at a time.

    InputError for SQL that is faulty, that is not one SELECT, or that wants to leave the store.
    """
    for left in reversed(range(TRIES)):
        with ExitStack() as opened:
            try:
                with _faults():
                    reader = _asked(opened.enter_context(connected(folder)), sql)
            except duckdb.IOException as error:  # a file that was merged with others since
                if not left:
                    raise InputError(f"{folder}: {_line(error)}") from None
                continue
            try:
                with _faults():
                    yield reader
            except duckdb.IOException as error:
                raise InputError(f"{folder}: {_line(error)}; ask again") from None
            return


def _asked(db: duckdb.DuckDBPyConnection, sql: str) -> pa.RecordBatchReader:
    kinds = [str(s.type).rpartition(".")[2] for s in db.extract_statements(sql)]
    if len(kinds) != 1 or kinds[0] not in ("SELECT", "MULTI"):  # PIVOT makes several of one
        raise InputError(f"SQL: give one SELECT; tables: {', '.join(VIEWS)}")
    asked = db.sql(sql)
    if asked is None:
        raise InputError(f"SQL: give one SELECT; tables: {', '.join(VIEWS)}")
    read = getattr(asked, "to_arrow_reader", None) or asked.fetch_arrow_reader
    return read(ROWS)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn faults of a question into one line; a file that is gone is left to who may try again."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.IOException:
        raise
    except (duckdb.Error, pa.ArrowException) as error:
        tables = (
            f"; tables: {', '.join(VIEWS)}" if isinstance(error, duckdb.CatalogException) else ""
        )
        raise InputError(f"SQL: {_line(error)}{tables}") from None


def _line(error: Exception) -> str:
    """Return what DuckDB says of a fault, without the picture of where it is."""
    return " ".join(str(error).partition("\n\nLINE ")[0].split())


@contextmanager
def connected(folder: str | Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the views, limited to the store's own files and in memory."""
    with Store.open(folder) as store:
        snapshot, plan = store.snapshot(), store.plan
    with tempfile.TemporaryDirectory(prefix="ressort-") as spill, duckdb.connect() as db:
        db.execute("SET temp_directory = $folder", {"folder": spill})
        db.execute("SET enable_progress_bar = false")
        db.execute(f"SET memory_limit = '{_memory() >> 20}MiB'")
        _make_views(db, plan, snapshot)
        db.execute(f"SET allowed_directories = [{_text(f'{snapshot.folder.resolve()}/')}]")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        yield db


def _memory() -> int:
    """Return how many bytes a question may hold; what is beyond goes to a temporary file."""
    try:
        return min(MOST_MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    except (ValueError, OSError):
        return MOST_MEMORY


def _make_views(db: duckdb.DuckDBPyConnection, plan: Plan, snapshot: Snapshot) -> None:
    for name, table in (("runs", runs(plan, snapshot.runs)), ("points", points(plan))):
        db.register("handed", table)
        db.execute(f"CREATE TABLE {name} AS FROM handed")
        db.unregister("handed")
    folder = snapshot.folder.resolve()
    for name, columns in KEYS.items():
        files = [file for file in snapshot.files if file.name == name]
        if not files:
            db.execute(f"CREATE TABLE {name} ({columns})")
            continue
        paths = ", ".join(_text(str(folder / f.file_name)) for f in files)
        unlike = len({file.columns for file in files}) > 1
        by_name = ", union_by_name = true" if unlike else ""
        db.execute(f"CREATE VIEW {name} AS FROM read_parquet([{paths}]{by_name})")
    db.execute(
        "CREATE VIEW results AS SELECT * FROM metrics JOIN runs USING (run_id)"
        " JOIN points USING (scenario_id)"
    )


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def runs(plan: Plan, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Return the table of runs; `rows`: run_id, status, seconds, error_kind, error."""
    run_ids = np.array([row[0] for row in rows], np.int64)
    seeds, of = np.unique(run_ids // len(plan.points), return_inverse=True)
    cases = [plan.case(int(seed) * len(plan.points)) for seed in seeds]  # alike for all points
    columns = {"run_id": run_ids, "scenario_id": run_ids % len(plan.points)}
    for name in ("replication_id", "draw", "replicate", "seed", "luck"):
        columns[name] = np.array([getattr(case, name) for case in cases], np.int64)[of]
    table = {name: pa.array(values) for name, values in columns.items()}
    kinds = {"status": pa.string(), "seconds": pa.float64()}
    kinds |= {"error_kind": pa.string(), "error": pa.string()}
    for k, (name, kind) in enumerate(kinds.items(), start=1):
        table[name] = pa.array([row[k] for row in rows], kind)
    return pa.table(table)


def points(plan: Plan) -> pa.Table:
    """Return the table of points, one column a factor."""
    names = dict.fromkeys(key for point in plan.points for key in point.factors)
    table = {"scenario_id": pa.array([p.scenario_id for p in plan.points], pa.int64())}
    for name in names:
        table[name] = _column([point.factors.get(name) for point in plan.points])
    return pa.table(table)


def _column(values: list[Any]) -> pa.Array:
    """Return the values of a factor as numbers or truths if they all are, as texts if not."""
    there = [value for value in values if value is not None]
    for kinds, kind in (
        ((bool,), pa.bool_()),
        ((int,), pa.int64()),
        ((int, float), pa.float64()),
    ):
        if all(isinstance(v, kinds) and isinstance(v, bool) == (kinds == (bool,)) for v in there):
            return pa.array([None if v is None else kinds[-1](v) for v in values], kind)
    return pa.array([None if v is None else _as_text(v) for v in values], pa.string())


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
