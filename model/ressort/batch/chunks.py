"""Tables as Parquet: how they are encoded, read back and hashed."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ressort.errors import InputError

Array = np.ndarray[Any, np.dtype[Any]]

KEYS: Final = ("run_id", "arm", "kind", "day", "commune")  # what orders the rows of a table
GROUP: Final = 100_000  # rows that are compressed, and may be skipped, together


def options(columns: pa.Schema) -> dict[str, Any]:
    """Return how a table is encoded: floats by their bytes split, all else by dictionary.

    Bytes of floats of the same weight resemble each other, so that zstd finds much to shorten.
    """
    floats = [field.name for field in columns if pa.types.is_floating(field.type)]
    return {
        "compression": "zstd",
        "use_dictionary": [name for name in columns.names if name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        "store_schema": True,
    }


def columns(of: pa.Schema) -> str:
    """Return names and types of the columns, one a line."""
    return "\n".join(f"{field.name} {field.type}" for field in of)


def plain(table: pa.Table) -> pa.Table:
    """Return a table with its texts as texts: all files are alike, however they were handed in."""
    return table.cast(pa.schema([(field.name, _plain(field.type)) for field in table.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_large_string(kind) else kind


def encoded(table: pa.Table) -> memoryview:
    """Return a table as the content of a Parquet file."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **options(table.schema)) as writer:
        writer.write_table(table, row_group_size=table.num_rows)
    return memoryview(sink.getvalue())


def merge(sources: Sequence[Path], stream: BinaryIO) -> pa.Schema:
    """Write the rows of several files as one, a few at a time; return its columns.

    The rows of a run stay in one group of rows, where those of a chunk were.
    """
    columns = schema(sources)
    with pq.ParquetWriter(stream, columns, **options(columns)) as writer:
        waiting: list[pa.Table] = []
        for table in (table for file in sources for table in groups(file)):
            waiting.append(table)
            if sum(table.num_rows for table in waiting) >= GROUP:
                write(writer, waiting)
                waiting = []
        if waiting:
            write(writer, waiting)
    return columns


def write(writer: pq.ParquetWriter, tables: Sequence[pa.Table]) -> None:
    """Add tables as one group of rows."""
    table = alike(tables, writer.schema)
    writer.write_table(table, row_group_size=max(1, table.num_rows))


def alike(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Return tables as one with these columns; those that some lack are empty there."""
    return pa.concat_tables([schema.empty_table(), *tables], promote_options="default")


def schema(files: Sequence[Path]) -> pa.Schema:
    """Return all columns of some files of a table."""
    with readable(files[0]):
        return pa.unify_schemas([pq.read_schema(file) for file in files])


def groups(file: Path) -> Iterator[pa.Table]:
    """Yield the groups of rows of a file, none of which parts a run; InputError if damaged."""
    with readable(file), pq.ParquetFile(file) as parts:
        for k in range(parts.num_row_groups):
            yield parts.read_row_group(k)


def of_run(file: Path, run_id: int) -> pa.Table:
    """Read the rows of a run, in the order of KEYS; InputError as of `read`."""
    with readable(file):
        table = pq.read_table(file, filters=[("run_id", "=", run_id)], partitioning=None)
    return ordered(table)


@contextlib.contextmanager
def readable(file: Path) -> Iterator[None]:
    """Turn a missing or damaged file into an error of one line."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{file.parent}: a file of the batch cannot be read ({reason}); ask again if the batch "
            "is at work, else `ressort resume` runs again what is lost"
        ) from None


def ordered(table: pa.Table) -> pa.Table:
    """Return a table with its rows in the order of KEYS."""
    return table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])


def digests(table: pa.Table) -> Iterator[tuple[int, bytes]]:
    """Yield a hash of the rows of each run.

    It depends on no order of rows or columns, nor on columns that the run has no value of, which
    it gets where its chunk is merged with others.
    """
    table = ordered(plain(table).select(sorted(table.column_names)))
    run_ids = table["run_id"].to_numpy()
    starts = np.flatnonzero(np.diff(run_ids, prepend=run_ids[:1] - 1))
    heads = [f"{field.name} {field.type} ".encode() for field in table.schema]
    values = [_bytes(table[name]) for name in table.column_names]
    for start, end in zip(starts, [*starts[1:], len(run_ids)], strict=True):
        whole = hashlib.sha256()
        for head, (there, column) in zip(heads, values, strict=True):
            mask = None if there is None or there[start:end].all() else there[start:end]
            if mask is None or mask.any():
                whole.update(head + column[start:end].tobytes())
                whole.update(b"" if mask is None else mask.tobytes())
        yield int(run_ids[start]), whole.digest()


def _bytes(column: pa.ChunkedArray) -> tuple[Array | None, Array]:
    """Return where a column has a value, None if everywhere, and its values as numbers.

    Texts are the first 8 bytes of their hash.
    """
    there = column.is_valid().to_numpy() if column.null_count else None
    if not pa.types.is_string(column.type):
        filled = column if there is None else column.fill_null(pa.scalar(0, column.type))
        return there, np.ascontiguousarray(filled.to_numpy())
    coded = column.fill_null("").combine_chunks().dictionary_encode()
    words = [hashlib.sha256(str(word).encode()).digest()[:8] for word in coded.dictionary]
    numbers = np.array([int.from_bytes(word, "big") for word in words], np.uint64)
    return there, numbers[coded.indices.to_numpy()]
