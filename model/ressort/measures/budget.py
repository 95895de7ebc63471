"""The purse of a council: what all its measures together may levy in a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ressort.measures.base import DAYS_A_YEAR, Measure

if TYPE_CHECKING:
    from ressort.world import World


class Budget(Measure):
    """A cap on the levies of a council: first come, first served in the order of the day.

    Each measure of the council that levies takes what it asks for while something is left of the
    year's budget, in the order in which measures act; then nothing until the next year begins, on a
    day divisible by 365. What came before day 0 counts in the first year. It holds no money.
    """

    name = "budget"
    meaning = "what all measures of the council together may levy in a year"
    meaning_fr = "ce que toutes les mesures de la collectivité peuvent prélever ensemble en un an"

    def __init__(self, euros: float) -> None:
        super().__init__({"euros": euros, "from_year": 0.0})
        self.year = 0
        self.levied = 0.0  # this year
        self.refused = 0.0  # today

    def allow(self, world: World, amount: float) -> float:
        """Return how much of an amount the year's budget still has."""
        year = world.tick // DAYS_A_YEAR
        if year != self.year:
            self.year, self.levied = year, 0.0
        allowed = min(amount, max(0.0, self.set.euros - self.levied))
        self.refused += max(0.0, amount - allowed)
        return float(allowed)

    def spend(self, amount: float) -> None:
        """Take note of a levy that came."""
        self.levied += amount

    def set_conditions(self, world: World) -> None:
        """Begin to count what is refused today."""
        self.refused = 0.0

    def adapt(self, world: World) -> None:
        """Show what was levied this year, what is left, and what was refused today."""
        self.allow(world, 0.0)  # a new year may have begun with no levy
        self.observed = {
            "levied": self.levied,
            "left": max(0.0, self.set.euros - self.levied),
            "refused": self.refused,
        }


def share_purse(measures: tuple[Measure, ...], euros: float | None) -> tuple[Measure, ...]:
    """Return measures of a council under one budget, EUR a year, with the budget; None: no cap."""
    if euros is None:
        return measures
    purse = Budget(euros)
    for measure in measures:
        measure.common_purse = purse
    return (*measures, purse)
