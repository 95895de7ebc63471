"""One writer a store: a lock that the system drops with the process, however that ends.

Locks of this kind (POSIX) are not inherited by forked workers, which may outlive a killed client,
and work on most network disks. They hold between processes only, hence `_HELD` for this one. Who
holds the lock is told in a file of its own, because to close any handle of the lock file drops it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import time
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final

from ressort.errors import InputError

LOCK: Final = "lock"
WRITER: Final = "writer.json"
PATIENCE: Final = 1.0  # seconds; who merely looks holds the lock for an instant
_HELD: Final[set[Path]] = set()


class Lock:
    """The right to write a store; InputError that names the process if another has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        if self.folder in _HELD:
            raise _taken(folder)
        self.stream: BufferedRandom = (self.folder / LOCK).open("a+b")
        try:
            _acquire(self.stream, folder)
            _HELD.add(self.folder)
            who = {"pid": os.getpid(), "host": platform.node(), "since": time.time()}
            (self.folder / WRITER).write_text(json.dumps(who) + "\n", "utf-8")
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let others write."""
        if not self.stream.closed and self.folder in _HELD:
            with contextlib.suppress(OSError):
                (self.folder / WRITER).unlink(missing_ok=True)
        _HELD.discard(self.folder)
        self.stream.close()


def _acquire(stream: BufferedRandom, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() > until:
                raise _taken(folder) from None
            time.sleep(0.02)


def _taken(folder: Path) -> InputError:
    who = _who(folder)
    process = f"process {who['pid']} on {who['host']}" if who else "another process"
    return InputError(
        f"{folder}: {process} is writing this store; wait for it (`ressort status {folder}`), "
        "or end that process"
    )


def writer(folder: Path) -> dict[str, Any] | None:
    """Return who is writing a store now (pid, host, since in seconds), None if nobody is."""
    if folder.resolve() not in _HELD:
        try:
            with (folder / LOCK).open("rb") as stream:
                fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        except (BlockingIOError, PermissionError):
            pass
        except OSError:  # no lock file, or a disk without locks
            return None
    return _who(folder) or {"pid": 0, "host": "?", "since": time.time()}


def _who(folder: Path) -> dict[str, Any] | None:
    try:
        who = json.loads((folder / WRITER).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return who if isinstance(who, dict) and {"pid", "host", "since"} <= who.keys() else None
