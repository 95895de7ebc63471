"""Making the folder of a store, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ressort.batch import manifest, plan_file
from ressort.batch.files import sync_file, sync_folder
from ressort.batch.index import INDEX, Index
from ressort.batch.lock import LOCK
from ressort.batch.plan import Plan
from ressort.errors import InputError
from ressort.results import write_json

CHUNKS: Final = "chunks"


def is_at(folder: str | Path) -> bool:
    """Whether a folder holds a store."""
    return all((Path(folder) / name).is_file() for name in (manifest.MANIFEST, INDEX))


def make(folder: Path, plan: Plan, extras: Mapping[str, Any]) -> None:
    """Make the store of a plan, which asks for all of its runs; `extras` go to the manifest."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(aside, plan, extras)
        aside.rename(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def check_free(folder: Path) -> None:
    """Raise InputError if there is something where a store is to be made."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if is_at(folder):
        raise InputError(
            f"{folder}: there is a batch already; `ressort resume {folder}` goes on with it, "
            "or choose another folder by --out"
        )
    if folder.is_dir():
        raise InputError(f"{folder}: not empty, so left as it is; choose another folder by --out")
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder}: there is a file of that name; choose another folder by --out")


def _fill(folder: Path, plan: Plan, extras: Mapping[str, Any]) -> None:
    """Write what a new store holds."""
    text = plan_file.written(plan)
    (folder / CHUNKS).mkdir()
    (folder / LOCK).touch()
    (folder / manifest.PLAN).write_text(text, "utf-8")
    write_json(folder / manifest.MANIFEST, manifest.described(plan, text, extras))
    Index.create(folder / INDEX, range(len(plan)))
    for file in folder.iterdir():
        if file.is_file():
            sync_file(file)
    sync_folder(folder)
    mask = os.umask(0)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)  # mkdtemp makes folders private
