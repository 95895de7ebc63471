"""How far a batch is, on standard error: a bar in a terminal, now and then a line in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ressort.batch.words import BatchWords
from ressort.progress import LINE_EVERY, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

MEMORY: Final = 60.0  # seconds over which the rate is taken


class BatchProgress:
    """Shows runs done, failed, their rate and the time left; `update` is called after each chunk.

    The rate is that of the last minute: resumed runs do not count, and a batch that slows down
    says so.
    """

    def __init__(self, words: BatchWords) -> None:
        self.words = words
        self.seen: list[tuple[float, int]] = []
        self.last_line = time.monotonic()
        self.bar = _bar() if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self.bar is not None:
            self.bar.start()
            self.task = self.bar.add_task(self.words("running"), total=None, more="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def update(self, done: int, failed: int, total: int) -> None:
        """Show that of `total` runs `done` are stored and `failed` failed."""
        now = time.monotonic()
        rate = self._rate(now, done + failed)
        digits = 0 if rate >= 10.0 else 2
        shown = self.words.number(rate, digits)
        if self.bar is not None:
            more = self.words("bar", failed, shown)
            self.bar.update(self.task, completed=done + failed, total=total, more=more)
        elif done + failed == total or now - self.last_line >= LINE_EVERY:
            self.last_line = now
            left = (total - done - failed) / rate if rate > 0.0 else float("inf")
            say(self.words("progress", done, total, failed, shown, self.words.span(left)))

    def _rate(self, now: float, finished: int) -> float:
        """Return runs a second since a minute ago, or since the start."""
        self.seen.append((now, finished))
        while len(self.seen) > 2 and now - self.seen[1][0] > MEMORY:
            del self.seen[0]
        then, before = self.seen[0]
        return (finished - before) / (now - then) if now > then else 0.0


def _bar() -> Bar:
    """Return a bar with counts, rate and time left, which leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("ressort: {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[more]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    return Bar(*columns, console=Console(stderr=True), transient=True)
