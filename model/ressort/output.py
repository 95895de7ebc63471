"""What the command line prints on standard output, where a pipe may close and a disk be full."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from ressort.errors import RessortError

BROKEN_PIPE: Final = 141  # exit code, as of a process that a closed pipe ends


class ClosedPipe(Exception):
    """Nobody reads standard output any more."""


def print_text(text: str) -> None:
    """Print a text and end its line."""
    with _writing():
        sys.stdout.write(text + "\n")


def print_json(content: Any) -> None:
    """Print strict JSON on one line."""
    print_text(json.dumps(content, ensure_ascii=True, allow_nan=False))


def flush() -> None:
    """Write what is still in the buffer."""
    with _writing():
        sys.stdout.flush()


def discard() -> None:
    """Drop what is in the buffer, which would fail once more on the way out."""
    with suppress(OSError, ValueError):  # a standard output that is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _writing() -> Iterator[None]:
    """Raise ClosedPipe where nobody reads on, and an error of one line where it cannot be."""
    try:
        yield
    except BrokenPipeError:
        discard()
        raise ClosedPipe from None
    except OSError as error:
        discard()
        raise RessortError(f"standard output: cannot be written ({error.strerror})") from None
