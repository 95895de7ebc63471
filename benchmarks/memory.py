"""How much memory a year of a metropolis takes with one agent a household."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Final

from benchmarks.lines import Line, say

import ressort

TARGET_GIB: Final = 4.0
SCENARIO: Final = "clermont-import-cut"
DAYS: Final = 365
# The system counts in bytes on macOS, in KiB elsewhere.
UNITS_A_GIB: Final = 2**30 if sys.platform == "darwin" else 2**20


def measure() -> list[Line]:
    """Run the year in a process of its own: the peak counts from the start of a process."""
    say(f"memory: {SCENARIO}, one agent a household, {DAYS} days")
    command = [sys.executable, "-m", "benchmarks.memory"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    households, peak = done.stdout.split()
    return [
        Line(
            f"peak memory of {DAYS} days of {SCENARIO}, {int(households):,} households",
            f"under {TARGET_GIB:.0f} GiB",
            f"{float(peak):.2f} GiB",
            float(peak) < TARGET_GIB,
        )
    ]


def live() -> None:
    """Simulate the year, and print the number of households and the peak in GiB."""
    scenario = ressort.load(SCENARIO)
    run = scenario.run.model_copy(update={"days": DAYS, "people_per_agent": 1.0})
    done = ressort.simulate(scenario.model_copy(update={"run": run}), seed=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_A_GIB
    print(done.households, peak)


if __name__ == "__main__":
    live()
