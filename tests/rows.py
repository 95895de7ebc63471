"""Rows of the tables for tests of single rules: one producer, its inputs, one calm day."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from ressort.branches import INDEX
from ressort.goods import ProductionFunction, Rationing
from ressort.parameters import Behaviour
from ressort.settings import settings_record
from ressort.state import DAY, FIRM, SLOT
from ressort.tables import Table

FOOD, FUEL = INDEX["food"], INDEX["fuel"]
share = st.floats(0.0, 1.0)
# No sums under a millionth: the least of all floats lose digits, which no euro does.
amount = st.floats(0.0, 1e6).map(lambda x: round(x, 6))
cheap = settings(max_examples=200, deadline=None, derandomize=True)


def one(table: Table, **columns: Any) -> Any:
    """Return a single row of a table."""
    return table.rows(1, **columns)[0]


def rules_of(rationing: Rationing = Rationing.PROPORTIONAL, **parameters: float) -> Any:
    """Return the settings of a run with these parameters."""
    return settings_record(Behaviour(parameters), ProductionFunction.HALF, rationing)


NORMAL = ("commuting", "outside", "border", "exports", "demand", "payments", "beyond")


def calm_day(number: int = 0) -> Any:
    """Return a day on which everything crosses the border."""
    return one(DAY, number=number, **dict.fromkeys(NORMAL, 1.0))


def plant(**columns: Any) -> Any:
    """Return a table of one producer at work: 10 of 10 jobs, output 100, capacity 120."""
    usual = {
        "branch": FOOD,
        "format": -1,
        "alive": True,
        "machines": 4,
        "jobs": 10.0,
        "staff": 10.0,
        "output_calm": 100.0,
        "capacity": 120.0,
        "intact": 1.0,
        "able": 1.0,
        "demand_expected": 100.0,
        "exports_kept": 1.0,
        "served": 1.0,
        "activity": 1.0,
        "restock_days": 10.0,
        "restraint": 1.0,
    }
    return FIRM.rows(1, **(usual | columns))


def recipe(stocks: list[float], coefficients: list[float], ratings: list[int]) -> Any:
    """Return the inputs of one producer, all bought outside."""
    return SLOT.rows(
        len(stocks),
        coefficient=coefficients,
        stock=stocks,
        rating=ratings,
        shelf=-1,
        source=-1,
        lean=0.5,
    )
