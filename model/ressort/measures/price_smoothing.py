"""Members of the SCIC that pass on only a part of scarcity prices (E5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ressort.measures.base import Measure, total

if TYPE_CHECKING:
    from ressort.world import World


class PriceSmoothing(Measure):
    """Member sellers forgo a part of the premium; households keep it.

    The poor can buy more, and so can everybody else: shelves empty sooner, and members earn less.
    """

    name = "price_smoothing"
    mechanism: ClassVar[str] = "E5"
    meaning = "members pass on to households only a part of the rise of prices in scarcity"
    meaning_fr = (
        "les membres ne répercutent sur les ménages qu'une part de la hausse des prix en pénurie"
    )

    def decide(self, world: World) -> None:
        """Let members hold back their part as long as the SCIC lasts."""
        firms = world.state.firms
        on = self.is_on(world) and bool(world.state.scic[0].active)
        firms.held_back = np.where(firms.member & on, 1.0 - self.set.pass_through, 0.0)

    def trade(self, world: World) -> None:
        """Observe what members forwent today, and what households paid."""
        firms = world.state.firms
        full = firms.premium * firms.dear_sales
        self.observed = {
            "forgone": total(world, full * firms.held_back),
            "premiums_paid": total(world, full * (1.0 - firms.held_back)),
            "mean_premium": total(world, full) / max(total(world, firms.dear_sales), 1e-9),
        }
