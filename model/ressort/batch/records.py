"""What a chunk of runs hands back: one record a run, and tables of what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

DONE: Final = "done"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Record:
    """How one run ended. `error`: kind and message in one line each, with the traceback."""

    run_id: int
    status: str
    seconds: float
    error_kind: str = ""
    error: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class ChunkResult:
    """What a chunk of runs gave; failed runs have a record and no rows.

    `tables`, by name, all ordered by run_id:
    metrics   run_id (int64), arm (dictionary of string), then one float64 column a metric
    series    run_id, arm, kind ("shocked", "reference"), day (int16), then float32 indicators
    communes  run_id, arm, day, commune (string), needs_met (float32); only if kept
    """

    records: tuple[Record, ...]
    tables: dict[str, pa.Table] = field(default_factory=dict)
