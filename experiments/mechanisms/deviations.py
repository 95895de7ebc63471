"""Why some signs deviate: the same cells with one thing changed (see docs/signs.md).

    python experiments/mechanisms/deviations.py [--seeds N]

The place of the sign table. A pool after a disaster in three tenths of the communes, while the
outside delivers and while it does not; training in repair in isolations that are longer, and with
machines that wear out faster. Prints medians of paired changes in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final, NamedTuple

import numpy as np

from ressort.scenario import Scenario, check
from ressort.simulation import Stage, run_arm

START: Final = 20
HEADER: Final = (
    "| case | needs unmet, person-days | less in | loss of output, points |\n"
    "| --- | --- | --- | --- |"
)
NOBODY: Final[dict[str, Any]] = {"scic": False}
DISASTER: Final[list[dict[str, Any]]] = [
    {"kind": "destruction", "start_day": START, "depth": 0.8, "days": 1},
    {"kind": "capacity_loss", "start_day": START, "depth": 0.5, "days": 30},
]
CUT: Final[dict[str, Any]] = {"kind": "import_cut", "start_day": START + 1, "days": 30}


class Case(NamedTuple):
    """What is lived with and without a mechanism."""

    name: str
    days: int
    years: int  # calm ones before
    shocks: list[dict[str, Any]]
    without: dict[str, Any]
    having: dict[str, Any]
    parameters: dict[str, Any]


def cases(struck: list[str]) -> list[Case]:
    """Return the cases; `struck`: communes of the disaster."""
    disaster = [shock | {"communes": struck} for shock in DISASTER]
    organisation: dict[str, Any] = {"mechanisms": []}
    pool: dict[str, Any] = {"mechanisms": ["pool"]}
    repair: dict[str, Any] = NOBODY | {"repair_training": {}}

    def isolated(days: int, **parameters: Any) -> Case:
        shocks = [{"kind": "isolation", "start_day": START, "days": days}]
        told = ", machines wear out four times as fast" if parameters else ""
        name = f"repair: isolation of {days} days{told}"
        return Case(name, START + days, 2, shocks, NOBODY, repair, parameters)

    faster = {"machine_life_days": 100.0}
    return [
        Case("pool: disaster, outside delivers", 110, 0, disaster, organisation, pool, {}),
        Case("pool: disaster, then cut", 110, 0, [*disaster, CUT], organisation, pool, {}),
        isolated(90),
        isolated(365),
        isolated(365, **faster),
    ]


def scenario(case: Case, cooperation: dict[str, Any]) -> Scenario:
    """Return the scenario of a case with one form of cooperation."""
    return check(
        {
            "territory": {"around": "63354", "radius_km": 10.0},
            "run": {"days": case.days, "people_per_agent": 4.0},
            "calm": {"years": case.years},
            "shocks": case.shocks,
            "parameters": case.parameters,
            "cooperation": cooperation,
        },
        "deviations",
    )


def row(case: Case, seeds: int) -> str:
    """Return the line of a case."""
    unmet, output = [], []
    stages = [Stage.of(scenario(case, given)) for given in (case.without, case.having)]
    for seed in range(1, seeds + 1):
        economy = stages[0].economy(seed)
        before, after = (run_arm(stage, seed, True, economy=economy).metrics for stage in stages)
        unmet.append(after["m4_unmet_person_days"] - before["m4_unmet_person_days"])
        name = "m5_loss_area_output"
        output.append(100.0 * (after[name] - before[name]))
        print(f"{case.name}: seed {seed} of {seeds}", file=sys.stderr)
    less = int((np.array(unmet) < 0.0).sum())
    return (
        f"| {case.name} | {np.median(unmet):+,.0f} ({min(unmet):+,.0f} to {max(unmet):+,.0f}) "
        f"| {less} of {seeds} | {np.median(output):+.3f} |"
    )


def main() -> None:
    """Run the cases and print their table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=6)
    seeds = parser.parse_args().seeds
    place = check({"territory": {"around": "63354", "radius_km": 10.0}}).resolve_territory()
    struck = list(place.codes)[: max(1, round(0.3 * len(place)))]
    print("\n".join([HEADER, *(row(case, seeds) for case in cases(struck))]))


if __name__ == "__main__":
    main()
