"""Ctrl-C and requests to terminate, for commands that take long."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from ressort.words import Words

INTERRUPTED: Final = 130


@contextmanager
def interruptible(words: Words) -> Iterator[None]:
    """Leave by one line and exit code 130 on Ctrl-C, and on a request to terminate."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"ressort: {words('interrupted')}\n")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
