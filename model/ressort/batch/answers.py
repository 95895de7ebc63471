"""Answers of `ressort query` in text: a table, CSV, JSON; a few rows at a time."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

MOST_ROWS: Final = 60  # of a table that is read, not computed with
WIDEST: Final = 40  # characters of a cell of such a table


def table(reader: pa.RecordBatchReader) -> tuple[str, bool]:
    """Return the first rows as a table with aligned columns, and whether there are more."""
    rows: list[list[Any]] = []
    for batch in reader:
        rows += [list(row.values()) for row in _rows(batch.slice(0, MOST_ROWS + 1))]
        if len(rows) > MOST_ROWS:
            break
    shown = [[_cell(value) for value in row] for row in rows[:MOST_ROWS]]
    names = [_short(name) for name in reader.schema.names]
    widths = [max(len(row[k]) for row in [names, *shown]) for k in range(len(names))]
    right = [_is_number(field.type) for field in reader.schema]
    lines = [names, ["-" * width for width in widths], *shown]
    text = "\n".join(
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in lines
    )
    return text, len(rows) > MOST_ROWS


def _rows(batch: pa.RecordBatch) -> list[dict[int, Any]]:
    """Return rows by number of the column, since names may occur twice."""
    columns = [batch.column(k).to_pylist() for k in range(batch.num_columns)]
    return [dict(enumerate(row)) for row in zip(*columns, strict=True)]


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _short(f"{value:.6g}" if isinstance(value, float) else str(value))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def as_csv(reader: pa.RecordBatchReader) -> Iterator[str]:
    """Yield CSV with a heading; floats to the last bit, infinite ones as inf."""
    yield _csv([reader.schema.names])
    for batch in reader:
        if batch.num_rows:
            yield _csv([list(row.values()) for row in _rows(batch)])


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")


def as_json(reader: pa.RecordBatchReader) -> Iterator[str]:
    """Yield one strict JSON array of objects, one a line; what is not finite is null."""
    names = reader.schema.names
    begin = "["
    for batch in reader:
        objects = [
            json.dumps(dict(zip(names, _strict(list(row.values())), strict=True)), default=str)
            for row in _rows(batch)
        ]
        if objects:
            yield begin + ",\n".join(objects)
            begin = ","
    yield "]" if begin == "," else "[]"


def _strict(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_strict(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    return value
