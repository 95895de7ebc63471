"""What several commands share: their options, and how they end when interrupted."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

INTERRUPTED: Final = 130


class Language(StrEnum):
    """Language of what is printed and drawn."""

    en = "en"
    fr = "fr"


Named = Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario: its file or name.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder of the official tables, for observed jobs and bassins de vie."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; one a core by default.")]


@contextmanager
def interruptible(message: str) -> Iterator[None]:
    """Leave by one line and exit code 130 on Ctrl-C, and on a request to terminate."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"ressort: {message}\n")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
