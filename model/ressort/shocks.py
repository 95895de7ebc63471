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

from ressort.branches import BRANCHES, INDEX
from ressort.goods import AGRI, ENERGY, STORED_GOODS
from ressort.parameters import branch_traits
from ressort.rules.firms import close_firm
from ressort.rules.passes import make_normal
from ressort.streams import stream

if TYPE_CHECKING:
    from ressort.world import World

Bools = NDArray[np.bool_]

DEFICIT: Final = "service_deficit"
SHAPES: Final = ("sudden", "ramp", "pulses")
PHYSICAL: Final = tuple(
    b for b, r in zip(BRANCHES, branch_traits().reach, strict=True) if r == "goods"
)
CROSSING: Final = np.array(
    [i for i, r in enumerate(branch_traits().reach) if r in ("goods", "travel")]
)  # what full isolation stops


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


def _rows(names: tuple[str, ...]) -> list[int]:
    return [INDEX[b] for b in names or BRANCHES]


def _hit(world: World, shock: Shock) -> Bools:
    """Return which establishments are of the branches and communes that a shock hits."""
    firms = world.state.firms
    return np.isin(firms.branch, _rows(shock.branches)) & _in_place(world, shock, firms.commune)


def _in_place(world: World, shock: Shock, commune: NDArray[np.int32]) -> Bools:
    codes = world.place.territory.codes
    if not shock.communes:
        return np.ones(len(commune), dtype=bool)
    return np.isin(commune, [k for k, code in enumerate(codes) if code in shock.communes])


def _cut_imports(world: World, shock: Shock, left: float) -> None:
    world.day.outside[_rows(shock.goods)] *= left
    if shock.hits_surroundings:
        world.day.beyond[_rows(shock.goods)] *= left


def _close_border(world: World, shock: Shock, left: float) -> None:
    day, goods = world.day, _rows(shock.goods)
    for factor in (day.outside, day.border, day.exports):
        factor[goods] *= left


def _isolate(world: World, shock: Shock, left: float) -> None:
    day = world.day
    for factor in (day.outside, day.border, day.exports):
        factor[CROSSING] *= left
    day.commuting *= left


def _cut_commuting(world: World, shock: Shock, left: float) -> None:
    world.day.commuting *= left


def _fail_grid(world: World, shock: Shock, left: float) -> None:
    """Plants of the place hang on the same grid: without it they stop, as does what comes by it."""
    day, firms = world.day, world.state.firms
    for factor in (day.outside, day.border, day.exports):
        factor[ENERGY] *= left
    firms.intact[firms.branch == ENERGY] *= left


def _lose_exports(world: World, shock: Shock, left: float) -> None:
    world.day.exports[_rows(shock.goods)] *= left


def _lose_demand(world: World, shock: Shock, left: float) -> None:
    world.day.demand[_rows(shock.branches)] *= left


def _lose_labour(world: World, shock: Shock, left: float) -> None:
    world.state.firms.able[_hit(world, shock)] *= left


def _lose_capacity(world: World, shock: Shock, left: float) -> None:
    world.state.firms.intact[_hit(world, shock)] *= left


def _stop_growth(world: World, shock: Shock, left: float) -> None:
    firms = world.state.firms
    firms.intact[firms.branch == AGRI] *= left


def _freeze_payments(world: World, shock: Shock, left: float) -> None:
    world.day.payments *= left


def _lose_crops(world: World, shock: Shock) -> None:
    firms, flows = world.state.firms, world.flows
    lost = shock.depth * shock.strength(world.tick) * firms.crop
    flows.lost[AGRI] += lost.sum()
    firms.crop -= lost


def _close_largest(world: World, shock: Shock) -> None:
    state = world.state
    jobs = np.where(state.firms.alive, state.firms.jobs, 0.0)
    if jobs.any():
        close_firm(state.firms, int(jobs.argmax()), state.slots, state.jobs, world.flows)


def _ruin(world: World, shock: Shock) -> None:
    """Lose a share of stocks, pantries, machines and common stores where the disaster strikes."""
    state, flows = world.state, world.flows
    firms, slots, homes = state.firms, state.slots, state.homes
    hit = _hit(world, shock)
    held = shock.depth * hit * (firms.stock + firms.crop)
    flows.lost[:] += np.bincount(firms.branch, weights=held, minlength=len(BRANCHES))
    firms.stock[hit] *= 1.0 - shock.depth
    firms.crop[hit] *= 1.0 - shock.depth
    of_hit = np.repeat(hit, firms.end_slot - firms.first_slot)
    held = shock.depth * of_hit * slots.stock
    flows.lost[:] += np.bincount(slots.good, weights=held, minlength=len(BRANCHES))
    slots.stock[of_hit] *= 1.0 - shock.depth
    lost = shock.depth * _pool_share(world, of_hit) * state.scic[0].pool
    flows.lost[:] += lost
    state.scic[0].pool[:] -= lost
    sound = firms.machines - firms.broken
    firms.broken += np.where(hit, np.rint(shock.depth * sound), 0).astype(firms.broken.dtype)
    flooded = _in_place(world, shock, homes.commune)
    flows.lost[STORED_GOODS] += shock.depth * homes.pantry[flooded].sum(axis=0)
    homes.pantry[flooded] *= 1.0 - shock.depth
    for measure in world.measures:
        held = shock.depth * _people_share(world, shock) * measure.stock
        flows.lost[:] += held
        measure.stock -= held


def _people_share(world: World, shock: Shock) -> float:
    """Return which share of the residents live where a disaster strikes.

    The stores of a council are taken to lie where people live.
    """
    people = world.place.population
    struck = _in_place(world, shock, np.arange(len(people), dtype=np.int32))
    return float(people[struck].sum() / people.sum())


def _pool_share(world: World, of_hit: Bools) -> NDArray[np.float64]:
    """Return which share of each good of the pool stands where a disaster strikes, shape (22,).

    The pool lies with the living members, in proportion to the stocks that they want. `of_hit`: the
    purchases of the establishments that are hit.
    """
    firms, slots = world.state.firms, world.state.slots
    keeps = np.repeat(firms.alive & firms.member, firms.end_slot - firms.first_slot)
    wanted = np.where(keeps & world.goods.storable[slots.good], slots.stock_target, 0.0)
    everywhere = np.bincount(slots.good, weights=wanted, minlength=len(BRANCHES))
    struck = np.bincount(slots.good, weights=wanted * of_hit, minlength=len(BRANCHES))
    return np.divide(struck, everywhere, out=np.zeros_like(struck), where=everywhere > 0)


def _panic(world: World, shock: Shock) -> None:
    """Set a share of the households hoarding, as after empty shelves."""
    homes = world.state.homes
    luck = stream(world.seed, "panic", world.tick).random(len(homes))
    scared = (luck < shock.depth) & _in_place(world, shock, homes.commune)
    homes.hoard[scared] = world.settings.hoard_days


def _too_small(world: World, shock: Shock) -> int:
    """Return the largest establishment of the shock's branches, the same all along; -1 if none."""
    jobs = np.where(_hit(world, shock), world.state.firms.jobs, 0.0)
    return int(jobs.argmax()) if jobs.any() else -1


def service_deficits(world: World, day: int | None = None) -> NDArray[np.float64]:
    """Return what services under their threshold lose today by establishment, EUR, shape (P,).

    `day`: another day than that which is lived.
    """
    firms, day = world.state.firms, world.tick if day is None else day
    lost = np.zeros(len(firms))
    for shock in world.shocks:
        if shock.kind == DEFICIT and (p := _too_small(world, shock)) >= 0 and firms.alive[p]:
            lost[p] += (1.0 - shock.left(day)) * firms.outlays_calm[p]
    return lost


def _run_deficit(world: World, shock: Shock, left: float) -> None:
    """Let the service spend outside what its catchment does not pay, beyond its calm profit."""
    firms, p = world.state.firms, _too_small(world, shock)
    if p < 0 or not firms.alive[p]:
        return
    lost = (1.0 - left) * firms.outlays_calm[p] + max(0.0, world.solution.profit[p])
    lost = min(lost, max(0.0, firms.cash[p] - firms.units[p] + firms.credit[p]))
    firms.cash[p] -= lost
    world.flows.imports -= lost


CATALOGUE: Final = {
    "import_cut": Kind(
        "nothing, or less, of some goods is dispatched from outside",
        "l'extérieur n'expédie plus, ou moins, certains biens",
        act=_cut_imports,
        targets=(*GOODS, "hits_surroundings"),
    ),
    "border_closure": Kind(
        "some goods no longer cross the border, in or out, nor do those on their way",
        "certains biens ne passent plus, dans aucun sens, même déjà en route",
        act=_close_border,
        targets=GOODS,
    ),
    "isolation": Kind(
        "goods and people no longer cross the border; grids and data do",
        "biens et personnes ne passent plus ; réseaux et données passent",
        act=_isolate,
        targets=("depth",),
    ),
    "commuting_cut": Kind(
        "commuters no longer cross the border; goods, grids and data do",
        "les navetteurs ne passent plus ; biens, réseaux et données passent",
        act=_cut_commuting,
        targets=("depth",),
    ),
    "grid_failure": Kind(
        "the grids of electricity and gas fail, and the plants that hang on them stop",
        "les réseaux d'électricité et de gaz tombent, et avec eux les centrales du lieu",
        act=_fail_grid,
        targets=("depth",),
    ),
    "export_loss": Kind(
        "the outside buys less of some goods",
        "l'extérieur achète moins de certains biens",
        act=_lose_exports,
        targets=GOODS,
    ),
    "demand_loss": Kind(
        "residents and local investors buy less from some branches",
        "habitants et investisseurs locaux achètent moins à certaines branches",
        act=_lose_demand,
        targets=("depth", "branches"),
    ),
    "labour_loss": Kind(
        "a share of the staff cannot work",
        "une part du personnel ne peut pas travailler",
        act=_lose_labour,
        targets=PLACES,
    ),
    "capacity_loss": Kind(
        "plants, grids, platforms or premises are out of service",
        "usines, réseaux, plateformes ou locaux sont hors service",
        act=_lose_capacity,
        targets=PLACES,
    ),
    "harvest_loss": Kind(
        "standing crops are lost and fields yield less",
        "les récoltes sur pied sont perdues et les champs produisent moins",
        act=_stop_growth,
        strike=_lose_crops,
        targets=("depth",),
    ),
    "employer_closure": Kind(
        "the largest employer closes, and no one takes over meanwhile",
        "le plus gros employeur ferme, sans reprise dans l'intervalle",
        strike=_close_largest,
        targets=(),
    ),
    "destruction": Kind(
        "stocks, pantries and machines are lost where the disaster strikes",
        "stocks, réserves des ménages et machines sont perdus sur place",
        strike=_ruin,
        targets=PLACES,
    ),
    "payment_freeze": Kind(
        "only a share of what is on accounts can be spent in a day",
        "seule une part des avoirs peut être dépensée chaque jour",
        act=_freeze_payments,
        targets=("depth",),
    ),
    "panic": Kind(
        "a share of the households rush to the shops",
        "une part des ménages se rue dans les magasins",
        strike=_panic,
        targets=("depth", "communes"),
    ),
    DEFICIT: Kind(
        "the largest establishment of a branch loses a share of its outlays every day, because too "
        "few people live around it, and does not reopen once it has closed",
        "le plus grand établissement d'une branche perd chaque jour une part de ses dépenses, "
        "faute d'habitants, et ne rouvre pas s'il ferme",
        act=_run_deficit,
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
    day.beyond[:] = day.commuting = day.payments = 1.0
    make_normal(firms)
    for shock in active:
        act = CATALOGUE[shock.kind].act
        if act is not None:
            act(world, shock, shock.left(world.tick))
    if day.commuting != 1.0:
        firms.able *= 1.0 - world.commuter_share * (1.0 - day.commuting)
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
            p = _too_small(world, shock)
            barred[p : p + 1] = True  # nowhere if there is none
    return barred
