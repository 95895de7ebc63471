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

_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
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
def told(folder: Path, doing: str = "written") -> Iterator[None]:
    """Turn what stops a store from being written or read into one line with its remedy."""
    try:
        yield
    except OSError as error:
        raise _refusal(folder, doing, error.errno, error.strerror or str(error)) from None
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name in _FULL_INDEX:
            raise _refusal(folder, doing, errno.ENOSPC, str(error)) from None
        if name.startswith(_DAMAGED):
            raise InputError(
                f"{folder / 'index.sqlite'}: damaged ({error}); put a copy back, or begin a new "
                "batch: the files in chunks are Parquet and can still be read"
            ) from None
        raise _refusal(folder, doing, None, f"index.sqlite: {error}") from None


def _refusal(folder: Path, doing: str, number: int | None, reason: str) -> RessortError:
    if number in _FULL:
        return RessortError(
            f"{folder}: no room for more results ({reason}); what was stored is safe: "
            f"free some space, then `ressort resume {folder}`"
        )
    if doing == "read":
        return InputError(f"{folder}: the store cannot be read: {reason}; ask for the right to")
    return InputError(
        f"{folder}: the store cannot be written: {reason}; make the folder writable and "
        "`ressort resume` it, or choose another by --out"
    )
