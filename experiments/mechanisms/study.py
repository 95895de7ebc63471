"""Which mechanism of the SCIC carries its effect in a cut of outside supply.

    python experiments/mechanisms/study.py [--scenario NAME] [--seeds N] [--days N] [--people N]

Lives the scenario with a SCIC that has no mechanism, each of its three alone, and all of them, for
several values of `search_rate`, each less the arm without a SCIC, paired by seed. Prints a table in
Markdown; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.scenario import MECHANISMS, Scenario, check, load
from ressort.simulation import Stage, run_arm
from ressort.summary import Estimate, difference

Floats = NDArray[np.float64]

ARMS: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    **{f"{mechanism} only": (mechanism,) for mechanism in MECHANISMS},
    "all": MECHANISMS,
}
WITHOUT: Final = "without SCIC"
SEARCH_RATES: Final = (0.05, 0.2)  # a chance a day; the value of the parameter, and its upper bound
METRICS: Final = ("m4_unmet_person_days", "m3_depth")
HEADER: Final = (
    "| search_rate | SCIC has | unmet need, person-days | in % | less in | depth, points |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


def scenario_of(
    base: Scenario, rate: float, mechanisms: tuple[str, ...], days: int, people: float
) -> Scenario:
    """Return a scenario with a search rate, mechanisms, length and resolution of its own."""
    content = base.model_dump()
    content["run"] |= {"days": days, "people_per_agent": people}
    content["parameters"] |= {"search_rate": rate}
    content["cooperation"] |= {"mechanisms": mechanisms}
    return check(content, base.name)


def measure(
    base: Scenario, rate: float, seeds: int, days: int, people: float
) -> dict[str, dict[str, Floats]]:
    """Return metrics by arm and name, shape (seeds,)."""
    stages = {
        arm: Stage.of(scenario_of(base, rate, mechanisms, days, people))
        for arm, mechanisms in {WITHOUT: (), **ARMS}.items()
    }
    found: dict[str, dict[str, Floats]] = {
        arm: {m: np.empty(seeds) for m in METRICS} for arm in stages
    }
    for k in range(seeds):
        seed = base.seeds.first + k
        economy = stages[WITHOUT].economy(seed)  # of people and firms that all arms share
        for arm, stage in stages.items():
            begun = time.monotonic()
            run = run_arm(stage, seed, arm != WITHOUT, economy=economy)
            for metric in METRICS:
                found[arm][metric][k] = run.metrics[metric]
            took = time.monotonic() - begun
            print(f"search_rate {rate}, seed {seed}, {arm}: {took:.0f} s", file=sys.stderr)
    return found


def interval(found: Estimate, scale: float = 1.0, decimals: int = 0) -> str:
    """Return a median with the range of its interval."""
    low, median, high = (
        f"{scale * value:+,.{decimals}f}" for value in (found.low, found.median, found.high)
    )
    return f"{median} ({low} to {high})"


def rows(rate: float, found: dict[str, dict[str, Floats]]) -> list[str]:
    """Return a row of the table for each arm, with less without, paired by seed."""
    unmet, depth = METRICS
    before = found[WITHOUT]
    lines = [
        f"| {rate} | *{WITHOUT}: level* | {np.median(before[unmet]):,.0f} | | "
        f"| {100 * np.median(before[depth]):.2f} |"
    ]
    for arm in ARMS:
        after = found[arm]
        ratio = 100 * (after[unmet] / before[unmet] - 1)
        better = f"{(after[unmet] < before[unmet]).sum()} of {len(ratio)}"
        lines.append(
            f"| {rate} | {arm} | {interval(difference(after[unmet], before[unmet]))} "
            f"| {np.median(ratio):+.2f} | {better} "
            f"| {interval(difference(after[depth], before[depth]), 100, 3)} |"
        )
    return lines


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenario", default="clermont-import-cut")
    parser.add_argument("--seeds", type=int, default=6, help="six or more for a 95%% interval")
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--people", type=float, default=100.0, help="people an agent")
    given = parser.parse_args()
    lines = [HEADER]
    for rate in SEARCH_RATES:
        found = measure(load(given.scenario), rate, given.seeds, given.days, given.people)
        lines += rows(rate, found)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
