"""Files written into a folder that may hold others: all of them, or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ressort.errors import InputError


@contextlib.contextmanager
def filling(out: Path, files: Iterable[str], what: str) -> Iterator[Path]:
    """Yield a folder to fill, whose files move to `out` at the end, or vanish with any error.

    `files`: names that may be written; `what`: what they are, for messages. Earlier ones are
    replaced, all else in `out` is left as it is. Raises InputError, at once, if it cannot be
    written.
    """
    blocked = next((out / name for name in files if (out / name).is_dir()), None)
    if blocked is not None:
        raise InputError(f"{blocked}: there is a folder of that name; choose another by --out")
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".filling-", dir=out))
        except OSError as error:
            raise _refusal(out, what, error) from None
        try:
            yield aside
            for file in sorted(aside.iterdir()):
                os.replace(file, out / file.name)
        except OSError as error:
            raise _refusal(out, what, error) from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    finally:
        for folder in made:  # those that are still empty
            with contextlib.suppress(OSError):
                folder.rmdir()


def _refusal(out: Path, what: str, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(
        f"{out}: {what} cannot be written there: {reason}; choose another folder by --out"
    )
