"""M12: cascades, from the establishments that stand idle for want of inputs each evening.

*Idled*: makes less than asked, and can make less than `idle_share` of what plant and hands allow.
*Tier*: 1 if a failing source of the input that holds it up is the outside or an establishment that
the shock struck, else one more than the lowest tier of its failing sellers. A seller that fails for
other reasons (asked for more than it can make, or closed) begins a cascade of its own, at tier 1.
An idled establishment none of whose sources fails (it could not pay, or goods are on their way) has
tier 0 unless it had one the evening before.
*Directly hit*: struck (a shock takes at least `hit_share` of its plant or staff, destroys where it
is, or closes it) or exposed (it buys outside an input on which its output hangs, of a good of whose
supply a shock takes as much); see `hits`. Only the former make buyers tier 1: what is merely
exposed has stocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ressort import hits
from ressort.branches import N_BRANCHES
from ressort.metric import Metric
from ressort.parameters import metric_records
from ressort.rules import idling

if TYPE_CHECKING:
    from ressort.shocks import Shock
    from ressort.world import World

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

METRICS: Final = (
    Metric(
        "m12_idled_per_hit",
        "ratio",
        "atténuer",
        True,
        "establishments idled by lack of inputs per establishment directly hit",
    ),
    Metric("m12_depth", "tiers", "atténuer", True, "deepest tier of the cascades"),
    Metric("m12_largest", "count", "atténuer", True, "establishments idled in the largest cascade"),
)
OWN: Final = idling.NOBODY  # root of those idled by nobody else's failure
TIERS: Final = 3  # daily series: tiers 1, 2, and 3 or more
QUIET: Final = (0.0,) * (TIERS + 2)


@dataclass(frozen=True)
class Fallen:
    """Establishments that fell in one run, from the day of the shock on, each of shape (P,).

    `idled`: ever. `deepest`: the deepest tier each had, 0 for none. `root`: where the cascade began
    that reached it first: the row of an establishment, -1 the outside, -2 none. `hit`: directly.
    """

    idled: Bools
    deepest: Ints
    root: Ints
    hit: Bools


def measure_cascades(run: Fallen, reference: Fallen) -> dict[str, float]:
    """Return M12; establishments that are idled in the run without the shock too do not count.

    The ratio is NaN where nobody is directly hit.

    >>> import numpy as np
    >>> nobody = np.zeros(4, dtype=bool)
    >>> calm = Fallen(nobody, np.zeros(4, int), np.full(4, -2), nobody)
    >>> idled, hit = np.array([True, True, True, False]), np.array([False, False, False, True])
    >>> list(measure_cascades(Fallen(idled, np.array([1, 2, 1, 0]),
    ...                              np.array([3, 3, -1, -2]), hit), calm).values())
    [3.0, 2.0, 2.0]
    """
    idled = run.idled & ~reference.idled
    hit = float(run.hit.sum())
    roots = run.root[idled & (run.root != OWN)]
    values = (
        float(idled.sum()) / hit if hit > 0.0 else float("nan"),
        float(run.deepest[idled].max(initial=0)),
        float(np.bincount(roots + 1).max()) if len(roots) else 0.0,
    )
    return dict(zip((m.name for m in METRICS), values, strict=True))


class Cascades:
    """Watches one world, evening by evening; reads it and changes nothing.

    `today`: establishments idle tonight, of which at tiers 1, 2, and 3 or more; and those directly
    hit so far.
    """

    def __init__(self, world: World) -> None:
        n = len(world.state.firms)
        self.lost: dict[Shock, float] = {}  # the most that each shock has taken
        self.closes = any(shock.kind == hits.CLOSURE for shock in world.shocks)
        self.was_alive: Bools = np.array(world.state.firms.alive)  # kept up if one closes
        self.traced = np.zeros(0, dtype=np.int32)  # rows with a tier
        self.tier = np.zeros(n, dtype=np.int32)
        self.root = np.full(n, OWN, dtype=np.int32)
        self.struck = np.zeros(n, dtype=bool)
        self.exposed = np.zeros(n, dtype=bool)
        self.cut = np.zeros(N_BRANCHES, dtype=bool)  # goods whose buyers are marked already
        self.idled = np.zeros(n, dtype=bool)
        self.deepest = np.zeros(n, dtype=np.int32)
        self.first_root = np.full(n, OWN, dtype=np.int32)
        self.today: tuple[float, ...] = QUIET

    def see(self, world: World) -> None:
        """Look at the evening."""
        share = float(metric_records()["idle_share"].value)
        rows = idling.find_idled(world.state.firms, world.goods, share)
        active = [s for s in world.shocks if s.strength(world.tick - 1) > 0.0]
        hit = self.today[-1]
        if active or self.closes:
            self._see_hits(world, active)
            hit = float(np.count_nonzero(self.struck | self.exposed))
        if not len(rows) and not len(self.traced):
            self.today = (*QUIET[:-1], hit)
            return
        self._trace(world, rows)
        tiers = self.tier[rows]
        self.idled[rows] = True
        self.deepest[rows] = np.maximum(self.deepest[rows], tiers)
        first = rows[(tiers > 0) & (self.first_root[rows] == OWN)]
        self.first_root[first] = self.root[first]
        self.today = (
            float(len(rows)),
            *np.bincount(np.minimum(tiers, TIERS), minlength=TIERS + 1)[1:].astype(float),
            hit,
        )

    def _see_hits(self, world: World, active: list[Shock]) -> None:
        """Mark whom shocks strike, and who buys goods of which less comes, as they grow."""
        least, today = float(metric_records()["hit_share"].value), world.tick - 1
        if self.closes:
            alive = np.array(world.state.firms.alive)
            gone, self.was_alive = self.was_alive & ~alive, alive
        for shock in active:
            if shock.kind == hits.CLOSURE and shock.start_day == today:
                jobs = np.where(gone, world.state.firms.jobs, 0.0)
                self.struck[jobs.argmax()] |= bool(jobs.any())
            lost = shock.depth * shock.strength(today)
            if lost <= self.lost.get(shock, 0.0):
                continue  # those are marked already
            self.lost[shock] = lost
            self.struck |= hits.struck(world, shock, lost, least)
            cut = hits.goods_cut(shock, lost, least) & ~self.cut
            if cut.any():
                self.cut |= cut
                firms, slots = world.state.firms, world.state.slots
                function = int(world.settings.production)
                idling.mark_exposed(firms, slots, cut, function, self.exposed)

    def _trace(self, world: World, rows: Ints) -> None:
        """Find tiers and roots of those idled tonight; the closed keep theirs of before."""
        firms, known = world.state.firms, self.traced
        before = self.tier[rows], self.root[rows]
        alive = np.asarray(firms.alive[known])
        self.traced, back = known[~alive], known[alive]
        self.tier[back], self.root[back] = 0, OWN
        if not len(rows):
            return
        causes = idling.find_causes(rows, firms, world.state.slots, world.goods, world.settings)
        idling.settle(rows, causes, self.struck, self.tier, self.root)
        still = (self.tier[rows] == 0) & (before[0] > 0)
        if still.any():
            self.tier[rows[still]], self.root[rows[still]] = before[0][still], before[1][still]
            idling.settle(rows, causes, self.struck, self.tier, self.root)
        if (self.tier[rows] == 0).any():
            idling.settle_rest(rows, causes, self.tier, self.root)
            idling.settle(rows, causes, self.struck, self.tier, self.root)
        self.traced = np.concatenate([self.traced, rows[self.tier[rows] > 0]])

    def fallen(self) -> Fallen:
        """Return what was seen so far."""
        return Fallen(self.idled, self.deepest, self.first_root, self.struck | self.exposed)
