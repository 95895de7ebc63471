"""Write the files of a portrait into a folder, whole or not at all."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib as mpl

from ressort import folders
from ressort.portraits.figure import STYLE
from ressort.results import write_json

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait

FILES: Final = ("portrait.html", "portrait.svg", "portrait.png", "portrait.json")


def filling(out: Path) -> AbstractContextManager[Path]:
    """Return a folder to fill, whose files move to `out` at the end; see `folders.filling`."""
    return folders.filling(out, FILES, "the portrait")


def write(portrait: Portrait, folder: Path, lang: str) -> None:
    """Write portrait.html, .svg, .png and .json, without a date, so that files can be compared."""
    (folder / "portrait.html").write_text(portrait.html(lang), "utf-8")
    figure = portrait.figure(lang)
    with mpl.rc_context(STYLE):
        figure.savefig(folder / "portrait.svg", metadata={"Date": None})
        figure.savefig(folder / "portrait.png", dpi=150, pil_kwargs={"optimize": True})
    write_json(folder / "portrait.json", portrait.as_json())
