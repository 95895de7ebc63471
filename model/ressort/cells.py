"""Cells of long comparisons: each is kept on disk as it is done, and a later run goes on there."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Generator, Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

from ressort.errors import InputError
from ressort.workers import each_in_processes

CELLS: Final = "cells.jsonl"
Row = dict[str, Any]
Key = TypeVar("Key")
Work = TypeVar("Work")
Unit = TypeVar("Unit")


def _opened(file: Path) -> TextIO:
    """Open the file of cells to go on; InputError if it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("a", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{file.parent}: cells cannot be written there ({error.strerror}); choose another "
            "folder by --out"
        ) from None


def read_cells(folder: Path, own: Row, key: Callable[[Row], Key], of: str) -> dict[Key, Row]:
    """Return the cells that an earlier run left, those that failed left out.

    `own`: the first line, which two runs must share for their cells to stand side by side;
    InputError if the file has another, with `of`, what may differ. A last line that was cut short
    by an interruption is passed over.
    """
    file = folder / CELLS
    if not file.exists():
        return {}
    lines = list(_lines(file))
    if not lines or lines[0] != own:
        raise InputError(
            f"{file}: of another {of}; choose another folder by --out, or take this file away"
        )
    return {key(row): _floats(row) for row in lines[1:] if "error" not in row}


def run_missing(
    work: Work,
    do: Callable[[Work, Unit], list[Row]],
    todo: Sequence[Unit],
    folder: Path,
    own: Row,
    workers: int = 1,
) -> Generator[list[Row], None, None]:
    """Do each unit, write its rows to `folder/cells.jsonl` at once, and yield them."""
    file = folder / CELLS
    is_new = not file.exists()
    with _opened(file) as out:
        out.write(json.dumps(own) + "\n" if is_new else "\n")  # ends a line that was cut short
        for rows in each_in_processes(work, do, todo, workers):
            for row in rows:
                out.write(json.dumps(_plain(row)) + "\n")
            out.flush()
            yield rows


def keep(
    arriving: Generator[list[Row], None, None],
    done: MutableMapping[Key, Row],
    key: Callable[[Row], Key],
    finished: int,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Put rows with those done as they come, and tell how far it is."""
    with contextlib.closing(arriving):  # at once, also when interrupted
        for rows in arriving:
            done.update({key(row): row for row in rows})
            finished += len(rows)
            if progress:
                progress(finished, total)


def _lines(file: Path) -> Iterator[Row]:
    for line in file.read_text("utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _floats(row: Row) -> Row:
    special = {"nan": math.nan, "inf": math.inf}
    return {k: special.get(v, v) if isinstance(v, str) else v for k, v in row.items()}


def _plain(row: Row) -> Row:
    """Return a row for strict JSON: what is not finite is put into words."""
    return {
        k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()
    }
