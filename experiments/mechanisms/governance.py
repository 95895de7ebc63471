"""What deciding by vote costs and brings, against a staff that decides alone (E10, S03).

    python experiments/mechanisms/governance.py [--seeds N]

A bourg and the communes around it, whose outside supply is cut for 60 days, most establishments
members. Needs unmet with a governed SCIC less those with one run by its staff, paired by seed, in
the week after the staff opened the pool and in all: for levels that cost nothing, and for some that
take days or distort what they report. Prints a table in Markdown; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ressort.branches import NEEDS
from ressort.scenario import Scenario, check
from ressort.simulation import Run, Stage, run_arm
from ressort.summary import difference

Floats = NDArray[np.float64]

PLACE: Final = "63354"  # Saint-Gervais-d'Auvergne
RADIUS_KM: Final = 8.0  # of communes around it
WEEK: Final = 7
HEADER: Final = (
    "| levels | SCIC | week after the staff opened, % | in all, % | less in all in |\n"
    "| --- | --- | --- | --- | --- |"
)
LEVELS: Final[dict[str, dict[str, float]]] = {
    "cost nothing": {},
    "noise 0.5, span 5": {"coordination_noise": 0.5, "coordination_span": 5},
    "3 days each, span 5": {"coordination_delay_days": 3.0, "coordination_span": 5},
}
BODIES: Final[dict[str, dict[str, Any] | None]] = {
    "run by its staff": None,
    "governed, 10 seats": {"seats": 10},
    "governed, 40 seats": {"seats": 40},
    "governed, half captured": {"capture": 0.5},
}


def scenario(levels: dict[str, float], body: dict[str, Any] | None) -> Scenario:
    """Return the cut with levels and a form of governance; None for a SCIC run by its staff."""
    usual = {"member_share": 0.6, "member_household_share": 0.3}
    return check(
        {
            "territory": {"around": PLACE, "radius_km": RADIUS_KM},
            "run": {"days": 120, "people_per_agent": 5.0},
            "shocks": [{"kind": "import_cut", "start_day": 5, "days": 60}],
            "parameters": usual | levels,
            "cooperation": {} if body is None else {"governance": body},
        },
        "governance",
    )


def unmet(run: Run, first: int, end: int) -> float:
    """Return needs unmet over some days, all needs together, days a person."""
    needs = run.daily[[f"need_{need}" for need in NEEDS]].to_numpy()
    return float((1.0 - needs[first:end]).sum())


def opened_on(run: Run) -> int:
    """Return the day on which the pool opened first, the last day if it never did."""
    opened = np.flatnonzero(run.daily["scic_open"].to_numpy() > 0.0)
    return int(opened[0]) if len(opened) else len(run.daily) - WEEK


def change(after: Floats, before: Floats) -> str:
    """Return the median of relative changes with their interval, in per cent."""
    found = difference(100.0 * (after / before - 1.0), np.zeros(len(after)))
    return f"{found.median:+.1f} ({found.low:+.1f} to {found.high:+.1f})"


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=12)
    count = parser.parse_args().seeds
    stage = Stage.of(scenario({}, None))
    people = [stage.economy(seed) for seed in range(1, count + 1)]
    lines, base = [HEADER], np.empty((0, 2))
    for levels, parameters in LEVELS.items():
        weeks: list[int] = []
        for name, body in BODIES.items():
            at = Stage(scenario(parameters, body), stage.place)
            found = np.empty((count, 2))
            for k, economy in enumerate(people):
                run = run_arm(at, k + 1, True, economy=economy)
                if body is None:
                    weeks.append(opened_on(run))
                found[k] = unmet(run, weeks[k], weeks[k] + WEEK), unmet(run, 0, len(run.daily))
            print(f"{levels}, {name}: {count} seeds", file=sys.stderr)
            if body is None and not parameters:
                base = found
            week, all_ = (change(found[:, j], base[:, j]) for j in (0, 1))
            less = int((found[:, 1] < base[:, 1]).sum())
            lines.append(f"| {levels} | {name} | {week} | {all_} | {less} of {count} |")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
