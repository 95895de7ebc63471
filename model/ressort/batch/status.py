"""How far a batch is: counts, failures by cause, pace, time left, and who writes now."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ressort.batch.index import Cause, Counts
from ressort.batch.lock import writer
from ressort.batch.store import Store


@dataclass(frozen=True)
class Status:
    """What can be told of a batch from its folder.

    `seconds_a_run`: mean of runs that are done, on one worker; `pace`: runs a second over the last
    chunks of whoever writes or wrote last; `seconds_left` at that pace; None if nothing is known.
    `writer`: pid, host and since (seconds of the epoch) of who writes now, None if nobody does.
    """

    folder: Path
    name: str
    ressort: str
    counts: Counts
    failures: tuple[Cause, ...]
    seconds_a_run: float | None
    pace: float | None
    seconds_left: float | None
    writer: Mapping[str, Any] | None
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        counts = self.counts
        return {
            "folder": str(self.folder),
            "name": self.name,
            "ressort": self.ressort,
            "asked": counts.asked,
            "done": counts.done,
            "failed": counts.failed,
            "left": counts.left,
            "failures": [
                {
                    "kind": cause.kind,
                    "error": cause.error,
                    "count": cause.count,
                    "run_ids": list(cause.run_ids),
                    "replay": replay_command(self.folder, cause),
                }
                for cause in self.failures
            ],
            "seconds_a_run": self.seconds_a_run,
            "runs_a_second": self.pace,
            "seconds_left": self.seconds_left,
            "writer": self.writer,
            "bytes": self.bytes,
        }


def replay_command(folder: Path, cause: Cause) -> str:
    """Return the command that runs the first run of a cause again."""
    return f"ressort replay {shlex.quote(str(folder))} {cause.run_ids[0]}"


def status(folder: str | Path) -> Status:
    """Return how far a batch is; InputError if there is none."""
    with Store.open(folder) as store:
        counts, pace, seconds, size = store.progress()
        failures = tuple(store.failures())
        about = store.manifest
        where = store.folder
    left = 0.0 if not counts.left else counts.left / pace if pace else None
    now = writer(where)
    return Status(
        where, about["name"], about["ressort"], counts, failures, seconds, pace, left, now, size
    )
