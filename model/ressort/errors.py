"""Errors that a user can act on: each says what, where and what to do, in one line.

The command line prints the message and leaves with `exit_code`; anything else that is raised is a
fault of the program and keeps its traceback.
"""

from __future__ import annotations

import datetime
import reprlib
from collections.abc import Iterable
from typing import Any, ClassVar, Final

MOST_LISTED: Final = 12  # items that a message names

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class RessortError(Exception):
    """Something that Ressort itself found wrong; exit code 1."""

    exit_code: ClassVar[int] = 1


class UsageError(RessortError):
    """A command was called in a way that it does not know; exit code 2."""

    exit_code: ClassVar[int] = 2


class InputError(RessortError):
    """A scenario, territory, table or folder cannot be used as given; exit code 3."""

    exit_code: ClassVar[int] = 3


class RunError(RessortError):
    """Some runs of a batch failed, the others are stored; exit code 4."""

    exit_code: ClassVar[int] = 4


class LedgerError(RessortError):
    """The audit of a day does not close: a fault of the model, never of its user.

    `day` is the simulated day, `account` the good or money account, `gap` the amount too much
    (positive) or missing (negative) in the unit of the account.
    """

    def __init__(self, *, day: int, account: str, gap: float) -> None:
        self.day = day
        self.account = account
        self.gap = gap
        super().__init__(
            f"day {day}: {account} is off by {gap:.6g}; the books of this run cannot be trusted: "
            "report it with its scenario and seed"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from positional arguments, which this one has none of; without
        # this a worker process that finds a gap could not tell the others.
        return _ledger_error, (self.day, self.account, self.gap)


def _ledger_error(day: int, account: str, gap: float) -> LedgerError:
    return LedgerError(day=day, account=account, gap=gap)


def shown(value: object) -> str:
    """Return a value as its user may have written it, shortened to what a line can hold.

    >>> shown("Issoire"), shown(True), shown(("a", 1.5))
    ("'Issoire'", 'true', "['a', 1.5]")
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    return _SHORT.repr(list(value) if isinstance(value, tuple) else value)


def named(text: str, most: int = 80) -> str:
    """Return a name, key or path as it is; in quotes and shortened if a line cannot hold it so."""
    return text if text.isprintable() and 0 < len(text) <= most else shown(text)


def listed(items: Iterable[str]) -> str:
    """Return items joined by commas; beyond twelve, how many more there are."""
    items = list(items)
    rest = len(items) - MOST_LISTED
    return ", ".join(items[:MOST_LISTED]) + (f" and {rest} more" if rest > 0 else "")
