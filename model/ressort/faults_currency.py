"""What is wrong with a local currency for its place and for the length of its run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ressort.parameters import DAYS


def faults_of_currency(scenario: Any, people: int) -> Iterator[str]:
    """Yield what could never come: units after the end, an income for more than all `people`."""
    currency = scenario.currency
    if currency is None:
        return
    years, days = scenario.calm.years, scenario.run.days
    begins, lag = currency.from_year, currency.launch_years
    if DAYS * begins < DAYS * years + days <= DAYS * (begins + lag):
        yield (
            f"currency.launch_years: {lag:g} years after from_year = {begins:g} the run is over "
            f"(calm.years = {years}, run.days = {days}); launch sooner or run longer"
        )
    if currency.recipients > people:
        yield (
            f"currency.recipients: {currency.recipients:,.0f} persons are to receive an income "
            f"where {people:,} live; lower it"
        )
