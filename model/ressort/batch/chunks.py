"""Tables as Parquet: how they are encoded, read back and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ressort.errors import InputError

KEYS: Final = ("run_id", "arm", "kind", "day", "commune")  # what orders the rows of a table


def options(schema: pa.Schema) -> dict[str, Any]:
    """Return how a table is encoded: floats by their bytes split, all else by dictionary.

    Bytes of floats of the same weight resemble each other, so that zstd finds much to shorten.
    """
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    return {
        "compression": "zstd",
        "use_dictionary": [name for name in schema.names if name not in floats],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        "store_schema": True,
    }


def encoded(table: pa.Table) -> memoryview:
    """Return a table as the content of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=max(1, table.num_rows), **options(table.schema))
    return memoryview(sink.getvalue())


def columns(schema: pa.Schema) -> str:
    """Return names and types of the columns, one a line; arms by dictionary are mere texts."""
    return "\n".join(f"{field.name} {_plain(field.type)}" for field in schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def without_dictionaries(table: pa.Table) -> pa.Table:
    """Return a table with its texts as texts."""
    schema = pa.schema([(field.name, _plain(field.type)) for field in table.schema])
    return table.cast(schema)


def read(file: Path) -> pa.Table:
    """Read a file of a chunk; InputError if it is missing or damaged."""
    try:
        return without_dictionaries(pq.read_table(file, partitioning=None))
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{file}: cannot be read ({' '.join(str(error).split())[:200]}); "
            "`ressort resume` runs again what is lost"
        ) from None


def digests(table: pa.Table) -> Iterator[tuple[int, bytes]]:
    """Yield a hash of the rows of each run, whatever the order of rows and columns."""
    table = table.select(sorted(table.column_names))
    table = table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])
    head = columns(table.schema).encode()
    run_ids = table["run_id"].to_numpy()
    starts = np.flatnonzero(np.diff(run_ids, prepend=run_ids[:1] - 1))
    values = [_bytes(table[name]) for name in table.column_names]
    for start, end in zip(starts, [*starts[1:], len(run_ids)], strict=True):
        digest = hashlib.sha256(head)
        for column in values:
            digest.update(column[start:end].tobytes())
        yield int(run_ids[start]), digest.digest()


def _bytes(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[Any]]:
    """Return the values of a column as numbers; texts as the first 8 bytes of their hash."""
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return np.ascontiguousarray(column.to_numpy())
    coded = column.combine_chunks().dictionary_encode()
    words = [hashlib.sha256(str(word).encode()).digest()[:8] for word in coded.dictionary]
    return np.array([int.from_bytes(w, "big") for w in words], np.uint64)[coded.indices.to_numpy()]
