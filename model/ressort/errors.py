"""Errors that a user can act on: each says what, where and what to do, in one line.

The command line prints the message and leaves with `exit_code`; anything else that is raised is a
fault of the program and keeps its traceback.
"""

from __future__ import annotations

from typing import Any, ClassVar


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
