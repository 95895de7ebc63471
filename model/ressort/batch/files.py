"""Writing files that survive a crash, and telling in one line why one could not be written."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ressort.errors import InputError, RessortError

TEMPORARY: Final = ".tmp-"  # what the name of an unfinished file begins with
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_INDEX: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")


@contextlib.contextmanager
def whole(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content becomes the file at the end, or vanishes with any error.

    Its content is on disk then; its name is once `sync_folder` has followed, which files may share.
    """
    aside = file.with_name(TEMPORARY + file.name)
    try:
        with aside.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, file)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def sync_file(file: Path) -> None:
    """Have the content of a file on disk."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, where the system knows how."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network disks do not know
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what stops the writing of a store into an error of one line with its remedy."""
    try:
        yield
    except OSError as error:
        raise refusal(folder, error.errno or 0, error.strerror or str(error)) from None
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "") in _FULL_INDEX:
            raise refusal(folder, errno.ENOSPC, str(error)) from None
        raise refusal(folder, 0, f"index.sqlite: {error}") from None


def refusal(folder: Path, number: int, reason: str) -> RessortError:
    """Return the error for a folder that cannot be written, by the number of the system's error."""
    if number in _FULL:
        return RessortError(
            f"{folder}: no room for more results ({reason}); what was stored is safe: "
            f"free some space, then `ressort resume {folder}`"
        )
    return InputError(
        f"{folder}: the store cannot be written: {reason}; make the folder writable and "
        "`ressort resume` it, or choose another by --out"
    )
