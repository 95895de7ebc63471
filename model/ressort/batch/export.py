"""A batch for other tools: CSV or Parquet, one file a table, or NetCDF; some runs at a time.

Runs that are done, by point, seed, arm, kind and day, whatever chunks they came in. Nothing is left
of an export that fails or is interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ressort.batch import chunks, query
from ressort.batch.blocks import ROWS, Blocks, Ints, in_order
from ressort.batch.files import whole
from ressort.batch.records import DONE
from ressort.batch.store import Store
from ressort.errors import InputError, RessortError

FORMS: Final = ("csv", "parquet", "netcdf")


def export(folder: str | Path, to: str, out: str | Path) -> tuple[int, int, list[Path]]:
    """Write a batch to the folder `out`, or to the file `out` for netcdf; replaces earlier files.

    Returns how many runs were exported, how many not (failed or left), and the files. InputError if
    it cannot be written there, or if there is nothing to export.
    """
    out = Path(out)
    with Store.open(folder) as store:
        runs = query.runs(store.plan, store.snapshot().runs)
        done = runs.filter(pc.equal(runs["status"], DONE))
        run_ids = in_order(done["run_id"].to_numpy(), len(store.plan.points))
        if not done.num_rows:
            raise InputError(f"{folder}: no run is done yet, so there is nothing to export")
        if store.folder.resolve() in (out.resolve(), *out.resolve().parents):
            raise InputError(f"--out {out}: lies within the batch; choose a place outside of it")
        if to == "netcdf":
            from ressort.batch.netcdf import write

            files = [out]
            with _told(out), _whole_file(out) as aside:
                write(aside, store, done.take(np.searchsorted(done["run_id"].to_numpy(), run_ids)))
        else:
            with _told(out), _filling(out) as aside:
                _write_tables(aside, to, store, runs, run_ids)
            files = [out / f"{name}.{to}" for name in ("runs", "points", *store.tables())]
    return done.num_rows, runs.num_rows - done.num_rows, files


def _write_tables(folder: Path, form: str, store: Store, runs: pa.Table, done: Ints) -> None:
    for name, table in (("runs", runs), ("points", query.points(store.plan))):
        with whole(folder / f"{name}.{form}") as stream:
            _write(stream, form, table.schema, iter([table]))
    for name in store.tables():
        blocks = Blocks(store, name)
        most = max(1, ROWS // blocks.rows_a_run)
        with whole(folder / f"{name}.{form}") as stream:
            _write(stream, form, blocks.schema, blocks.read(done, most))


def _write(stream: BinaryIO, form: str, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    if form == "parquet":
        with pq.ParquetWriter(stream, schema, **chunks.options(schema)) as writer:
            for table in tables:
                chunks.write(writer, [table])
        return
    options = pa_csv.WriteOptions(quoting_style="needed")
    with pa_csv.CSVWriter(stream, schema, write_options=options) as writer:
        for table in tables:
            writer.write_table(chunks.alike([table], schema))


@contextlib.contextmanager
def _filling(out: Path) -> Iterator[Path]:
    """Yield a folder to fill, whose files move to `out` at the end, or vanish with any error."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    try:
        aside = Path(tempfile.mkdtemp(prefix=".export-", dir=out))
        try:
            yield aside
            for file in sorted(aside.iterdir()):
                os.replace(file, out / file.name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    finally:
        for folder in made:  # those that are still empty
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def _whole_file(out: Path) -> Iterator[Path]:
    """Yield the name of a file that becomes `out` at the end, or vanishes with any error."""
    if out.is_dir():
        raise InputError(f"--out {out}: there is a folder of that name; name a file such as x.nc")
    with _filling(out.parent) as folder:
        yield folder / out.name


@contextlib.contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        text = f"--out {out}: the export cannot be written there: {reason}; "
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise RessortError(text + "free some space, or choose another place") from None
        raise InputError(text + "choose another place") from None
