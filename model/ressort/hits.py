"""Whom a shock hits directly: by its own terms, whatever measures do about it.

Read off the state of plant and staff, who lends staff or keeps shorter hours would look hit, and
who was helped would not: arms would not be compared by the same establishments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort import shock_acts
from ressort.branches import N_BRANCHES
from ressort.goods import AGRI, ENERGY

if TYPE_CHECKING:
    from ressort.shocks import Shock
    from ressort.world import World

Bools = NDArray[np.bool_]

CLOSURE: Final = "employer_closure"  # whom it closes is seen by who has gone
BY_PLACE: Final = ("labour_loss", "capacity_loss", "destruction")
OF_BRANCH: Final = {"grid_failure": ENERGY, "harvest_loss": AGRI}
OF_COMMUTERS: Final = ("isolation", "commuting_cut")
OF_GOODS: Final = ("import_cut", "border_closure")


def struck(world: World, shock: Shock, lost: float, least: float) -> Bools:
    """Return which establishments in business lose plant, staff or stocks to a shock, shape (P,).

    `lost`: share that it takes today of what it acts on; `least`: share from which on that counts.
    """
    firms = world.state.firms
    there = np.array(firms.alive)
    if shock.kind in OF_COMMUTERS:
        return there & (world.commuter_share * lost >= least)
    if lost < least:
        return np.zeros_like(there)
    if shock.kind in BY_PLACE:
        return there & shock_acts.hit(world, shock)
    if shock.kind in OF_BRANCH:
        return np.asarray(there & (firms.branch == OF_BRANCH[shock.kind]))
    rows = np.arange(len(firms))
    if shock.kind == shock_acts.DEFICIT:
        return np.asarray(there & (rows == shock_acts.too_small(world, shock)))
    return np.zeros_like(there)


def goods_cut(shock: Shock, lost: float, least: float) -> Bools:
    """Return of which goods less comes from outside by a shock, shape (22,).

    All but a cut of imports take their share twice: of what is dispatched, and of what crosses.
    """
    cut = np.zeros(N_BRANCHES, dtype=bool)
    if (lost if shock.kind == "import_cut" else 1.0 - (1.0 - lost) ** 2) < least:
        return cut
    if shock.kind in OF_GOODS:
        cut[shock_acts.rows_of(shock.goods)] = True
    elif shock.kind == "isolation":
        cut[shock_acts.CROSSING] = True
    elif shock.kind == "grid_failure":
        cut[ENERGY] = True
    return cut
