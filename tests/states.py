"""Comparing whole states, bit for bit or nearly."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator

import numpy as np

from ressort.state import State


def columns(state: State) -> Iterator[tuple[str, np.ndarray]]:
    """Yield all columns of all tables by name; not whole rows, whose padding means nothing."""
    for field in dataclasses.fields(state):
        table = np.asarray(getattr(state, field.name))
        for column in table.dtype.names or ():
            yield f"{field.name}.{column}", table[column]
        if table.dtype.names is None:
            yield field.name, table


def digest(state: State) -> str:
    """Return a digest of every bit of a state."""
    total = hashlib.sha256()
    for name, values in columns(state):
        total.update(name.encode() + values.tobytes())
    return total.hexdigest()


def differences(one: State, other: State) -> set[str]:
    """Return the names of the columns that differ between two states."""
    pairs = zip(columns(one), columns(other), strict=True)
    return {name for (name, a), (_, b) in pairs if a.tobytes() != b.tobytes()}
