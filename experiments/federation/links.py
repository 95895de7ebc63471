"""When links between units help, when they hurt, and why: paired runs of two small units.

`python experiments/federation/links.py --seeds 12`; the table is in docs/federation.md. Person-days
unmet with links less without, on the same seeds: median and interval of the sign test.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.federation import Federation, live
from ressort.federation_links import Aid
from ressort.output import print_text
from ressort.scenario import Scenario, check
from ressort.summary import difference

FIRST, SECOND = "Saint-Gervais", "Saint-Eloy"  # 1 192 and 3 480 inhabitants, 19 km apart
DAYS: Final = 60
CUT: Final = {"kind": "import_cut", "start_day": 3, "days": 25}
GOODS: Final = ("agri", "food", "fuel", "pharma")
TWINS: Final = {"copies": 2, "units": ()}
GENEROUS: Final = {"share": 1.0, "give_floor": 0.5, "decision_days": 0}
Switch = Callable[[Federation], None]


class Case(NamedTuple):
    """A case: what is struck, the settings of aid, and what is switched off by hand."""

    name: str
    federation: Mapping[str, Any]
    aid: Mapping[str, Any] = {}
    off: Switch | None = None


def scenario(case: Case) -> Scenario:
    """Return the scenario of a case."""
    units = [
        {"name": FIRST, "communes": ["63354"]},
        {"name": SECOND, "communes": ["63338"]},
    ]
    content = {
        "territory": {"codes": ["63338"] if "copies" in case.federation else ["63338", "63354"]},
        "run": {"days": DAYS, "people_per_agent": 10.0},
        "shocks": [CUT],
        "federation": {"units": units, "aid": dict(case.aid), **case.federation},
    }
    return check(content)


class NoMakers(Aid):
    """Aid to which the stores of makers give nothing."""

    def spare(self, world: Any) -> tuple[Any, Any]:
        """Leave makers' stores out."""
        of_slots, of_firms = super().spare(world)
        return of_slots, 0.0 * of_firms


class OnlyShops(NoMakers):
    """Aid to which shops alone give."""

    def spare(self, world: Any) -> tuple[Any, Any]:
        """Leave stores of inputs out."""
        of_slots, none = super().spare(world)
        return of_slots * (world.state.slots.shelf >= 0), none


class OnlyUsers(NoMakers):
    """Aid to which establishments alone give, of what they hold to use."""

    def spare(self, world: Any) -> tuple[Any, Any]:
        """Leave shops out."""
        of_slots, none = super().spare(world)
        return of_slots * (world.state.slots.shelf < 0), none


class ForShops(Aid):
    """Aid that shops alone ask for and receive."""

    def gaps(self, world: Any) -> Any:
        """Leave stores of inputs out."""
        return super().gaps(world) * (world.state.slots.shelf >= 0)

    def lacks(self, world: Any) -> Any:
        """Leave stores of inputs out."""
        return super().lacks(world) * (world.state.slots.shelf >= 0)


class ForUsers(Aid):
    """Aid that establishments alone ask for and receive, to use it."""

    def gaps(self, world: Any) -> Any:
        """Leave shops out."""
        return super().gaps(world) * (world.state.slots.shelf < 0)

    def lacks(self, world: Any) -> Any:
        """Leave shops out."""
        return super().lacks(world) * (world.state.slots.shelf < 0)


def giving(kind: type[Aid]) -> Switch:
    """Return the switch that lets some stores alone give, or receive."""

    def switch(federation: Federation) -> None:
        for aid in federation.aids:
            aid.__class__ = kind

    return switch


def cases() -> Iterator[Case]:
    """Yield the cases of the table."""
    serve = {"serve_when_hit": True}
    yield Case("local: first struck", {"struck": [FIRST]})
    yield Case("local: second struck", {"struck": [SECOND]})
    yield Case("common, none serves", {})
    yield Case("common, all serve", {}, serve)
    for good in GOODS:
        yield Case(f"common, all serve, only {good}", {}, serve | {"goods": [good]})
    yield Case("common, all serve, makers give nothing", {}, serve, giving(NoMakers))
    yield Case("common, all serve, shops alone give", {}, serve, giving(OnlyShops))
    yield Case("common, all serve, users alone give", {}, serve, giving(OnlyUsers))
    yield Case("common, all serve, shops alone receive", {}, serve, giving(ForShops))
    yield Case("common, all serve, users alone receive", {}, serve, giving(ForUsers))
    at_once = serve | {"decision_days": 0}
    yield Case("common, all serve, asked at once", {}, at_once)
    yield Case("common, all serve, two copies of the second", TWINS, serve)
    for days in (2, 5, 10):
        late = {"delay_days": {FIRST: days}}
        yield Case(f"second struck, first {days} days later", late, GENEROUS)
        yield Case(f"the same, {days} days, all serve", late, GENEROUS | serve)


def unmet(case: Case, seed: int, *, linked: bool) -> tuple[list[float], float]:
    """Return person-days unmet by unit, and EUR sent."""
    federation = Federation.of(scenario(case), seed, linked=linked)
    if linked and case.off is not None:
        case.off(federation)
    lived = live(federation, DAYS)
    return [float(u.sum()) for u in lived.unmet], federation.sent


def line(name: str, linked: NDArray[np.float64], alone: NDArray[np.float64]) -> str:
    """Return a line of the table: change of each unit, and of both."""
    cells = []
    for what in (0, 1, [0, 1]):
        with_, without = (np.atleast_2d(v.T[what]).sum(axis=0) for v in (linked, alone))
        e = difference(with_, without)
        cells.append(f"{e.median:+.0f} [{e.low:+.0f}, {e.high:+.0f}]")
    level = float(np.median(alone.sum(axis=1)))
    return f"| {name} | {level:.0f} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=12)
    seeds = range(1, parser.parse_args().seeds + 1)
    print_text("| case | alone, both | first unit | second unit | both | EUR sent |")
    print_text("| --- | --- | --- | --- | --- | --- |")
    for case in cases():
        linked = [unmet(case, seed, linked=True) for seed in seeds]
        alone = [unmet(case, seed, linked=False) for seed in seeds]
        sent = float(np.median([s for _, s in linked]))
        found, usual = (np.array([u for u, _ in runs]) for runs in (linked, alone))
        print_text(f"{line(case.name, found, usual)} {sent:.0f} |")


if __name__ == "__main__":
    main()
