"""Run the experiment on recovery as it is declared in README.md, and gather what it shows.

Each part is a comparison of its own, kept in build/recovery, gone on with where it stopped.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pandas as pd

HERE: Final = Path(__file__).resolve().parent
BUILD: Final = HERE.parents[1] / "build" / "recovery"
RESULTS: Final = HERE / "results"
TERRITORIES: Final = ("village", "rural", "clermont", "dense", "departement")
MECHANISMS: Final = "pool,register,fund,guarantee,keep_jobs,clearing"
OWN: Final = "pool,register,fund"
DOSES: Final = "0.1,0.3,0.6,1"
LOSSES: Final = ("needs", "output", "recovery")


def main() -> None:
    """Run all parts, then those that explain losses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--out", type=Path, default=BUILD)
    given = parser.parse_args()
    seeds = ["--seeds", str(given.seeds)]
    part(given.out / "main", [*TERRITORIES, "--arms", "scic,placebo", *seeds])
    part(given.out / "mechanisms", ["rural", "--mechanisms", MECHANISMS, *seeds])
    part(given.out / "doses", ["rural", "--dose", DOSES, *seeds])
    for territory, shocks in losses(given.out / "main").items():
        name = f"loss-{territory}"
        part(
            given.out / name,
            [territory, "--shock", ",".join(shocks), "--mechanisms", OWN, "--no-report", *seeds],
        )
    gather(given.out)


def part(folder: Path, arguments: list[str]) -> None:
    """Run one comparison into a folder, and say how long it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "ressort.cli", "compare", *arguments, "--out", str(folder)]
    subprocess.run(command, check=True)
    print(f"{folder.name}: {(time.monotonic() - began) / 60:.1f} min", file=sys.stderr)


def losses(folder: Path) -> dict[str, list[str]]:
    """Return the shocks by territory in which the SCIC loses in one of the outcomes judged."""
    found = pd.read_csv(folder / "tables" / "findings.csv")
    lost = found[(found["arm"] == "scic") & (found["sign"] == "-") & found["outcome"].isin(LOSSES)]
    return {
        str(territory): list(dict.fromkeys(rows["shock"]))
        for territory, rows in lost.groupby("territory", sort=False)
    }


def gather(folder: Path) -> None:
    """Copy tables and reports, which are small, beside the design."""
    RESULTS.mkdir(exist_ok=True)
    for store in sorted(path for path in folder.iterdir() if path.is_dir()):
        for file in [*(store / "tables").glob("*.csv"), *(store / "report").glob("*")]:
            shutil.copy2(file, RESULTS / f"{store.name}-{file.name}")


if __name__ == "__main__":
    main()
