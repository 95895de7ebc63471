"""Where the files that belong to the package are."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def parameter_dir() -> Path:
    """Return the folder of the model's numbers."""
    return PACKAGE / "parameters"


def data_dir() -> Path:
    """Return the folder of the data that ship with the package."""
    return PACKAGE / "data"


def scenario_dir() -> Path:
    """Return the folder of the ready-made scenarios.

    A built package carries a copy. In a checkout there is none, and the repository's own files
    are read, so that an edited scenario counts at once.
    """
    copy = PACKAGE / "scenarios"
    return copy if copy.is_dir() else PACKAGE.parents[1] / "scenarios"
