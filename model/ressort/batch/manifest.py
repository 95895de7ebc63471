"""How a store came about: versions, machine, command, seeds. Also says what is a store at all."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from ressort import __version__
from ressort.batch import plan_file
from ressort.batch.plan import Plan
from ressort.errors import InputError

MANIFEST: Final = "manifest.json"
PLAN: Final = "plan.json"
FORMAT: Final = 1  # of the store; another cannot be read
LIBRARIES: Final = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "pyarrow",
    "duckdb",
    "distributed",
)


def described(plan: Plan, text: str, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of a new store; `text` is what plan.json holds."""
    return {
        "ressort": __version__,
        "store": FORMAT,
        "name": plan.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["ressort", *sys.argv[1:]]),
        "commit": commit(),
        "seeds": {
            "first": plan.first_seed,
            "draws": plan.draws,
            "replicates": plan.replicates,
        },
        "points": len(plan.points),
        "runs": len(plan),
        "plan_sha256": _hash(text),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        **extras,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def commit() -> str:
    """Return the commit that the package is checked out at, "-dirty" if changed; "" if it is not.

    A package installed in an environment that lies within some other checkout is not of it.
    """
    here = Path(__file__).parent
    if not _git(here, "ls-files", Path(__file__).name):
        return ""
    return _git(here, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a store; InputError if the folder is none, or of another format."""
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or not {"store", "ressort", "plan_sha256"} <= content.keys():
        reason = f"no {MANIFEST} of one" if folder.is_dir() else "no such folder"
        raise InputError(f"{folder}: not a batch of ressort ({reason}); give the --out of a batch")
    if content["store"] != FORMAT:
        raise InputError(
            f"{folder}: a store of format {content['store']}, written by ressort "
            f"{content['ressort']}; this is {__version__}, which reads format {FORMAT}"
        )
    return content


def check_version(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise InputError if other versions of ressort may only read this store."""
    if manifest["ressort"] != __version__:
        raise InputError(
            f"{folder}: begun by ressort {manifest['ressort']}, this is {__version__}, whose runs "
            "may differ: go on with that version, or begin a new batch; status, query and export "
            "still read it"
        )


def read_plan(folder: Path, manifest: Mapping[str, Any]) -> Plan:
    """Return the plan of a store; InputError if it is not the one that the store was begun with."""
    try:
        text = (folder / PLAN).read_text("utf-8")
        if _hash(text) == manifest["plan_sha256"]:
            return plan_file.read(text)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InputError(
        f"{folder / PLAN}: damaged or changed since the batch began, so its runs cannot be told; "
        "put the original back, or begin a new batch"
    )
