"""What all benchmarks share: the line that each gives, the table of all lines, word of progress."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """One thing measured; `met` is None where there is no target."""

    subject: str
    target: str
    measured: str
    met: bool | None


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a plain table that says of each target whether it was met."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    rows = [("", "target", "measured", "")]
    rows += [(line.subject, line.target, line.measured, verdicts[line.met]) for line in lines]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def say(text: str) -> None:
    """Tell how far it is on standard error: the table alone goes to standard output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
