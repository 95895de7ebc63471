"""What a pool is worth by what members lack: all the same, or some all and others nothing.

    python experiments/mechanisms/common_lack.py [--seeds N]

Issoire, all establishments members, a pool of 30 % that opens at once and hauls in a day, no other
mechanism. On day 5 a share of all that buyers store is destroyed, of all alike or all of some; in
half of the cases imports are cut for 15 days as well. In the case "equal days" nothing is
destroyed: everybody holds the same days of use from the start, and imports are cut for 25. Prints a
table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

import numpy as np

from ressort.day import live_one_day
from ressort.parameters import Behaviour
from ressort.place import place
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.state import slot_buyers
from ressort.streams import stream
from ressort.territories import territory
from ressort.world import Rules, World, build_world

TOWN: Final = "63178"  # Issoire
DAYS: Final = 60
EQUAL_DAYS: Final = 10.0
POOL: Final = Cooperation(register=False, fund=False)
NOTHING: Final = Cooperation(pool=False, register=False, fund=False)
PARAMETERS: Final[dict[str, Any]] = {
    "scic_hazard": 0.0,
    "scic_wage": 0.0,
    "member_share": 1.0,
    "search_rate": 0.0,
    "pool_share": 0.3,
    "decision_delay_days": 0,
    "haul_days": 1,
}
CASES: Final = (
    *((who, share, cut) for who in ("all", "some") for share in (0.8, 0.95) for cut in (0, 15)),
    ("equal days", 0.0, 25),
)


def strike(world: World, share: float, who: str) -> None:
    """Take a share of what buyers store, of all alike or all of some; of the pool that share."""
    state = world.state
    n = len(state.firms)
    luck = stream(world.seed, "strike of a test").random(n)
    hit = np.full(n, share) if who == "all" else np.where(luck < share, 1.0, 0.0)
    stored = world.goods.storable[state.slots.good]
    state.slots.stock *= np.where(stored, 1.0 - hit[slot_buyers(state.firms)], 1.0)
    state.scic[0].pool *= 1.0 - share


def hold_equal_days(world: World) -> None:
    """Let all purchases that can be stored be of the same days of use, the pool's part included."""
    state = world.state
    slots, scic = state.slots, state.scic[0]
    use = slots.coefficient * state.firms.output_calm[slot_buyers(state.firms)]
    use[state.shelves.slot] += state.shelves.sales_calm
    stored = world.goods.storable[slots.good]
    wanted = np.where(stored, EQUAL_DAYS * use, slots.stock_target)
    share = PARAMETERS["pool_share"] if world.cooperation is POOL else 0.0
    part = np.where(stored, share * wanted, 0.0)
    slots.stock_target = wanted - part
    slots.stock = np.where(stored, slots.stock_target, slots.stock)
    scic.pool[:] = np.bincount(slots.good, weights=part, minlength=len(scic.pool))
    scic.pool_target[:] = scic.pool
    state.given[:] = part


def live(how: Cooperation, seed: int, who: str, share: float, cut: int) -> tuple[float, float]:
    """Return output, EUR, and needs unmet, person-days, of the days of the study."""
    shocks = (Shock("import_cut", 5, cut),) if cut else ()
    rules = Rules(Behaviour(PARAMETERS))
    world = build_world(place(territory(TOWN)), rules, seed, 40.0, shocks, how)
    if who == "equal days":
        hold_equal_days(world)
    output = 0.0
    for day in range(DAYS):
        if day == 5 and share > 0.0:
            strike(world, share, who)
        live_one_day(world)
        output += float(world.state.firms.production.sum())
    return output, float(world.state.homes.unmet.sum())


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(1, parser.parse_args().seeds + 1)
    lines = [
        "| stocks are lost by | share | cut, days | output, % by seed | unmet need, % by seed |",
        "| --- | --- | --- | --- | --- |",
    ]
    for who, share, cut in CASES:
        pairs = [[live(how, seed, who, share, cut) for how in (POOL, NOTHING)] for seed in seeds]
        output = ", ".join(f"{100 * (one[0] / other[0] - 1):+.2f}" for one, other in pairs)
        unmet = ", ".join(
            f"{100 * (one[1] / other[1] - 1):+.2f}" if other[1] > 0 else "none"
            for one, other in pairs
        )
        lines.append(f"| {who} | {share:.2f} | {cut} | {output} | {unmet} |")
        print(lines[-1], file=sys.stderr)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
