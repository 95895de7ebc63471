"""Flexibility instead of stocks: brokers find other suppliers when usual ones fail (S06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ressort.measures.base import Measure
from ressort.rules.passes import count_troubled
from ressort.searches import search_suppliers
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World


class Flexibility(Measure):
    """Brokers paid by residents, all year, who search suppliers for firms in trouble.

    They find what is there to be found: in a shortage of everything, nothing. Each arranges as many
    searches a day as an employee of a SCIC (`matches_per_employee`), for any firm.
    """

    name = "flexibility"
    meaning = "brokers paid by the council find other suppliers for firms whose usual ones fail"
    meaning_fr = (
        "des courtiers payés par la collectivité trouvent d'autres fournisseurs aux entreprises "
        "dont les habituels font défaut"
    )
    rows = ("S06",)

    def cooperate(self, world: World) -> None:
        """Pay the brokers."""
        if self.is_on(world):
            wages = self.set.brokers * world.rules.behaviour.scic_wage
            self.levy(world, wages - self.cash)
            self.pay_residents(world, wages)
            self.observed = {"links": 0.0}

    def adapt(self, world: World) -> None:
        """Search for as many of the firms in trouble as brokers can serve in a day."""
        if not self.is_on(world) or self.refused_on == world.tick:
            return
        state = world.state
        if world.failing_inputs == 0 and world.opened == 0:
            return  # nobody's source fails
        troubled = count_troubled(state.firms, state.slots, world.settings.trouble_days)
        if troubled == 0:
            return
        settings = world.settings.copy()
        served = self.set.brokers * world.rules.behaviour.matches_per_employee
        settings.search_rate = min(1.0, served / troubled)
        luck = stream(world.seed, "flexibility", world.tick).random(len(state.firms))
        links = search_suppliers(world, settings, luck)
        world.links_made += links
        self.observed = {"links": float(links)}
