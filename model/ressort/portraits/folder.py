"""Write the files of a portrait into a folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib as mpl

from ressort.errors import InputError
from ressort.portraits.figure import STYLE
from ressort.results import write_json

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait

FILES: Final = ("portrait.html", "portrait.svg", "portrait.png", "portrait.json")


@contextlib.contextmanager
def filling(out: Path) -> Iterator[Path]:
    """Yield a folder to fill, whose files move to `out` at the end, or vanish with any error.

    Earlier files of a portrait are replaced, all else in `out` is left as it is. Raises InputError,
    at once, if it cannot be written.
    """
    blocked = next((out / name for name in FILES if (out / name).is_dir()), None)
    if blocked is not None:
        raise InputError(f"{blocked}: there is a folder of that name; choose another by --out")
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".portrait-", dir=out))
        except OSError as error:
            raise _refusal(out, error) from None
        try:
            yield aside
            for file in sorted(aside.iterdir()):
                os.replace(file, out / file.name)
        except OSError as error:
            raise _refusal(out, error) from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    finally:
        for folder in made:  # those that are still empty
            with contextlib.suppress(OSError):
                folder.rmdir()


def _refusal(out: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(
        f"{out}: the portrait cannot be written there: {reason}; choose another folder by --out"
    )


def write(portrait: Portrait, folder: Path, lang: str) -> None:
    """Write portrait.html, .svg, .png and .json, without a date, so that files can be compared."""
    (folder / "portrait.html").write_text(portrait.html(lang), "utf-8")
    figure = portrait.figure(lang)
    with mpl.rc_context(STYLE):
        figure.savefig(folder / "portrait.svg", metadata={"Date": None})
        figure.savefig(folder / "portrait.png", dpi=150, pil_kwargs={"optimize": True})
    write_json(folder / "portrait.json", portrait.as_json())
