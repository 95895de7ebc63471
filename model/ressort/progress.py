"""How far a run is, on standard error: a bar in a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ressort.words import Words

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

LINE_EVERY: Final = 15.0  # seconds between lines where nobody watches


def say(message: str) -> None:
    """Write one line of progress."""
    sys.stderr.write(f"ressort: {message}\n")
    sys.stderr.flush()


def say_if_cold(words: Words) -> None:
    """Say that the rules must be compiled first, if they must."""
    from ressort import compiled

    if compiled.IS_COLD or not compiled.CAN_CACHE:
        say(words("compiling"))


class Progress:
    """Shows how many seeds are done; `update(done, total)` is called after each."""

    def __init__(self, total: int, words: Words, begin: str = "running") -> None:
        self.begin = words(begin, total)
        self.total = total
        self.words = words
        self.last_line = time.monotonic()
        self.bar = _bar() if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self.bar is None:
            say(self.begin)
        else:
            self.bar.start()
            self.task = self.bar.add_task(self.begin, total=self.total)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def update(self, done: int, total: int) -> None:
        """Show that `done` of `total` seeds are done."""
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(self.task, completed=done)
        elif done == total or now - self.last_line >= LINE_EVERY:
            self.last_line = now
            say(self.words("seeds done", done, total))


def _bar() -> Bar:
    """Return a bar with count and time, which leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("ressort: {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Bar(*columns, console=Console(stderr=True), transient=True)
