"""How rules are compiled.

Rules are plain scalar Python over rows of tables, compiled by numba. The cache lives in one folder
per version of the source: numba looks only at the file of the outer function, so a changed inner
rule in another file would be served stale, and an installed package's folder may be read-only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

PACKAGE = Path(__file__).parent
KEPT_VERSIONS = 3
Rule = TypeVar("Rule", bound=Callable[..., Any])


def _cache_folder() -> Path:
    """Return the folder for compiled rules of this version of the source."""
    root = os.environ.get("RESSORT_CACHE")
    if root is None:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        root = str(Path(base) / "ressort")
    digest = hashlib.sha256()
    for file in sorted([*PACKAGE.glob("*.py"), *(PACKAGE / "rules").glob("*.py")]):
        text = file.read_bytes()
        if b"compiled" in text or b"declare(" in text:
            digest.update(file.name.encode() + text)
    return Path(root) / f"rules-{digest.hexdigest()[:16]}"


def _drop_old_versions(folder: Path) -> None:
    """Keep the newest few caches, so that a developer's edits do not fill the disk."""
    versions = sorted(folder.parent.glob("rules-*"), key=lambda f: f.stat().st_mtime)
    for old in versions[:-KEPT_VERSIONS]:
        shutil.rmtree(old, ignore_errors=True)


CACHE = _cache_folder()
IS_COLD = not CACHE.exists()  # the first run must compile, and says so
try:
    CACHE.mkdir(parents=True, exist_ok=True)
    _drop_old_versions(CACHE)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(CACHE))
    CAN_CACHE = True
except OSError:  # nowhere to write: compile in each process
    CAN_CACHE = False

import numba  # noqa: E402  (reads NUMBA_CACHE_DIR when imported)

# `_nrt`, the counting of references, is an option that numba knows and does not document.
_PASTED_IN: dict[str, Any] = {"forceinline": True, "_nrt": False}


def compiled(rule: Rule) -> Rule:
    """Compile a loop over rows; NUMBA_DISABLE_JIT=1 leaves it as plain Python."""
    return cast(Rule, numba.njit(cache=CAN_CACHE, error_model="numpy")(rule))


def inlined(rule: Rule) -> Rule:
    """Compile a rule for one row into the loops that call it.

    Such a rule makes no arrays. Counting references to those it is given, and calling it instead of
    pasting it in, took two thirds of the time of a day.
    """
    return cast(Rule, numba.njit(error_model="numpy", **_PASTED_IN)(rule))
