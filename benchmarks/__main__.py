"""Run all benchmarks and print their table; `python -m benchmarks speed` runs one of them.

Whether a target is met is read in the table: the exit code only tells of crashes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from benchmarks import batch, measures, memory, scaling, speed, store
from benchmarks.lines import Line, table

ALL: Final[dict[str, Callable[[], list[Line]]]] = {
    "speed": speed.measure,
    "scaling": scaling.measure,
    "measures": measures.measure,
    "memory": memory.measure,
    "batch": batch.measure,
    "store": store.measure,
}


def main(names: list[str]) -> None:
    """Run the benchmarks named, all if none is."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"benchmarks: {unknown[0]!r} is none of {', '.join(ALL)}")
    print(table([line for name in names or ALL for line in ALL[name]()]))


main(sys.argv[1:])
