"""Shocks: declared modifiers of normal conditions, with a window, a shape and a depth.

A shock never changes the base values that it acts on, so its end needs no undoing and shocks
compose: each day starts from normal conditions, and the factors of all active shocks multiply. The
exceptions destroy or trigger something on their first day: a standing crop, an establishment, what
stood in a flooded commune, a rush to the shops.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort import shock_acts, shock_strikes
from ressort.branches import BRANCHES
from ressort.parameters import branch_traits
from ressort.rules.passes import make_normal, set_lines
from ressort.shock_acts import DEFICIT as DEFICIT
from ressort.shock_acts import service_deficits as service_deficits
from ressort.shock_acts import too_small

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]

SHAPES: Final = ("sudden", "ramp", "pulses")
PHYSICAL: Final = tuple(
    b for b, r in zip(BRANCHES, branch_traits().reach, strict=True) if r == "goods"
)


@dataclass(frozen=True)
class Shock:
    """One shock. Days count from the start of the run; the window is [start_day, start_day + days).

    `depth` is the share lost at full strength. With shape "ramp" the strength grows linearly over
    the first `ramp_days` of the window; with "pulses" it is on for `pulse_days`, off for
    `pause_days`, and so on. `goods`: those that an import cut, a border closure or an export loss
    concerns.
    `branches`, `communes` (codes): where labour, capacity, demand or places are hit; all if empty.
    `hits_surroundings`: whether an import cut leaves the shops beyond the border without deliveries
    too, or concerns deliveries to this territory alone.
    """

    kind: str
    start_day: int
    days: int
    depth: float = 1.0
    shape: str = "sudden"
    ramp_days: int = 0
    goods: tuple[str, ...] = PHYSICAL
    branches: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    pulse_days: int = 0
    pause_days: int = 0
    hits_surroundings: bool = True

    def strength(self, day: int) -> float:
        """Share of the shock's depth that acts on a day, 0 to 1."""
        since = day - self.start_day
        if not 0 <= since < self.days:
            return 0.0
        if self.shape == "ramp" and self.ramp_days > 0:
            return min(1.0, (since + 1) / self.ramp_days)
        if self.shape == "pulses":
            return float(since % (self.pulse_days + self.pause_days) < self.pulse_days)
        return 1.0

    def left(self, day: int) -> float:
        """Share of normal conditions that the shock leaves on a day, 0 to 1."""
        return 1.0 - self.depth * self.strength(day)


TARGETS: Final = ("depth", "goods", "branches", "communes", "hits_surroundings")


class Kind(NamedTuple):
    """A kind of shock: what it means, what it does every day, what it does on its first day.

    `targets`: which of TARGETS it heeds; a scenario that gives it another one is refused.
    """

    meaning: str
    meaning_fr: str
    act: Callable[[World, Shock, float], None] | None = None
    strike: Callable[[World, Shock], None] | None = None
    targets: tuple[str, ...] = ("depth", "goods", "branches", "communes")


GOODS: Final = ("depth", "goods")
PLACES: Final = ("depth", "branches", "communes")


CATALOGUE: Final = {
    "import_cut": Kind(
        "nothing, or less, of some goods is dispatched from outside",
        "l'extérieur n'expédie plus, ou moins, certains biens",
        act=shock_acts.cut_imports,
        targets=(*GOODS, "hits_surroundings"),
    ),
    "border_closure": Kind(
        "some goods no longer cross the border, in or out, nor do those on their way",
        "certains biens ne passent plus, dans aucun sens, même déjà en route",
        act=shock_acts.close_border,
        targets=GOODS,
    ),
    "isolation": Kind(
        "goods and people no longer cross the border; grids and data do",
        "biens et personnes ne passent plus ; réseaux et données passent",
        act=shock_acts.isolate,
        targets=("depth",),
    ),
    "commuting_cut": Kind(
        "commuters no longer cross the border; goods, grids and data do",
        "les navetteurs ne passent plus ; biens, réseaux et données passent",
        act=shock_acts.cut_commuting,
        targets=("depth",),
    ),
    "grid_failure": Kind(
        "the grids of electricity and gas fail, and the plants that hang on them stop",
        "les réseaux d'électricité et de gaz tombent, et avec eux les centrales du lieu",
        act=shock_acts.fail_grid,
        targets=("depth",),
    ),
    "export_loss": Kind(
        "the outside buys less of some goods",
        "l'extérieur achète moins de certains biens",
        act=shock_acts.lose_exports,
        targets=GOODS,
    ),
    "demand_loss": Kind(
        "residents and local investors buy less from some branches",
        "habitants et investisseurs locaux achètent moins à certaines branches",
        act=shock_acts.lose_demand,
        targets=("depth", "branches"),
    ),
    "labour_loss": Kind(
        "a share of the staff cannot work",
        "une part du personnel ne peut pas travailler",
        act=shock_acts.lose_labour,
        targets=PLACES,
    ),
    "capacity_loss": Kind(
        "plants, grids, platforms or premises are out of service",
        "usines, réseaux, plateformes ou locaux sont hors service",
        act=shock_acts.lose_capacity,
        targets=PLACES,
    ),
    "harvest_loss": Kind(
        "standing crops are lost and fields yield less",
        "les récoltes sur pied sont perdues et les champs produisent moins",
        act=shock_acts.stop_growth,
        strike=shock_strikes.lose_crops,
        targets=("depth",),
    ),
    "employer_closure": Kind(
        "the largest employer closes, and no one takes over meanwhile",
        "le plus gros employeur ferme, sans reprise dans l'intervalle",
        strike=shock_strikes.close_largest,
        targets=(),
    ),
    "destruction": Kind(
        "stocks, pantries and machines are lost where the disaster strikes",
        "stocks, réserves des ménages et machines sont perdus sur place",
        strike=shock_strikes.ruin,
        targets=PLACES,
    ),
    "payment_freeze": Kind(
        "only a share of what is on accounts can be spent in a day",
        "seule une part des avoirs peut être dépensée chaque jour",
        act=shock_acts.freeze_payments,
        targets=("depth",),
    ),
    "credit_crunch": Kind(
        "banks withdraw a share of producers' credit lines; what is drawn stays lent",
        "les banques retirent une part des lignes de crédit des producteurs ; le tiré reste prêté",
        act=shock_acts.withdraw_credit,
        targets=("depth",),
    ),
    "panic": Kind(
        "a share of the households rush to the shops",
        "une part des ménages se rue dans les magasins",
        strike=shock_strikes.panic,
        targets=("depth", "communes"),
    ),
    DEFICIT: Kind(
        "the largest establishment of a branch loses a share of its outlays every day, because too "
        "few people live around it, and does not reopen once it has closed",
        "le plus grand établissement d'une branche perd chaque jour une part de ses dépenses, "
        "faute d'habitants, et ne rouvre pas s'il ferme",
        act=shock_acts.run_deficit,
    ),
}
KINDS: Final = tuple(CATALOGUE)


def set_conditions(world: World) -> None:
    """Set the conditions of the day: normal ones, times what each active shock leaves of them."""
    day, firms = world.day, world.state.firms
    day.number = world.tick
    day.day_of_year = (world.rules.start_day_of_year + world.tick) % 365
    active = [s for s in world.shocks if s.left(world.tick) < 1.0]
    changing = any(measure.changes_conditions for measure in world.measures)
    if not active and not world.disturbed and not changing:
        return  # conditions are normal already
    day.outside[:] = day.border[:] = day.exports[:] = day.demand[:] = 1.0
    lines_were_cut = day.credit < 1.0
    day.beyond[:] = day.commuting = day.payments = day.credit = 1.0
    make_normal(firms)
    for shock in active:
        act = CATALOGUE[shock.kind].act
        if act is not None:
            act(world, shock, shock.left(world.tick))
    if day.commuting != 1.0:
        firms.able *= 1.0 - world.commuter_share * (1.0 - day.commuting)
    if lines_were_cut or day.credit < 1.0:
        set_lines(firms, float(day.credit))
    all_full = _live_on_stocks_beyond(world)
    world.disturbed = bool(active) or not all_full


def _live_on_stocks_beyond(world: World) -> bool:
    """Turn what is delivered to shops beyond the border into what they have; whether all are full.

    They keep as many days of each good as shops here, sell from their stocks while less is
    delivered than sold, and refill at the pace of shops here once deliveries are whole again.
    """
    stock, full = world.state.beyond, world.goods.shelf_days
    delivered = world.day.beyond.copy()
    world.day.beyond[:] = np.minimum(1.0, delivered + stock)
    refill = np.where(delivered >= 1.0, full / world.goods.shelf_restock_days, 0.0)
    stock[:] = np.clip(stock - (1.0 - delivered) + refill, 0.0, full)
    return bool((stock == full).all())


def grid_left(world: World) -> float:
    """Share of the grid that its failures leave today."""
    failures = (s.left(world.tick) for s in world.shocks if s.kind == "grid_failure")
    return math.prod(failures)


def strike(world: World) -> None:
    """Let the shocks that start today destroy or trigger what they do at once."""
    for shock in world.shocks:
        act = CATALOGUE[shock.kind].strike
        if shock.start_day == world.tick and act is not None:
            act(world, shock)


def entry_barred(world: World) -> Bools:
    """Where no new firm enters today: anywhere in a closure, else where a service ran a deficit."""
    barred = np.zeros(len(world.state.firms), dtype=bool)
    for shock in world.shocks:
        if shock.strength(world.tick) > 0 and shock.kind == "employer_closure":
            barred[:] = True
        elif shock.strength(world.tick) > 0 and shock.kind == DEFICIT:
            p = too_small(world, shock)
            barred[p : p + 1] = True  # nowhere if there is none
    return barred
