"""Results on disk: one folder a scenario, written whole or not at all, and read back.

daily.parquet      one row a run and day: arm, run (shocked, reference), seed, day, indicators
communes.parquet   needs met in the shocked runs: arm, seed, day, commune, needs_met (float32)
measures.parquet   if there are measures: what they let be seen, by seed and day
metrics.parquet    one row a value: arm, seed, metric, unit, value (infinite where censored)
summary.json       medians, intervals and differences, as printed by `ressort run --json`
scenario.json      the scenario with all communes and parameters; `ressort run` takes it
manifest.json      versions, date, command, seeds, duration, hash of scenario.json
figure.png, .svg
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ressort import __version__
from ressort.errors import InputError
from ressort.labels import label
from ressort.summary import UNITS

if TYPE_CHECKING:
    from ressort.scenario import Scenario
    from ressort.simulation import Comparison

MANIFEST: Final = "manifest.json"
LIBRARIES: Final = ("mesa", "numpy", "scipy", "numba", "pandas", "pyarrow", "matplotlib")
RUNS: Final = ("shocked", "reference")


@dataclass(frozen=True)
class Result:
    """A folder of results, read back; see the head of this module for the tables.

    `measures` is None where the scenario has none.
    """

    folder: Path
    daily: pd.DataFrame
    communes: pd.DataFrame
    metrics: pd.DataFrame
    measures: pd.DataFrame | None
    summary: dict[str, Any]
    scenario: dict[str, Any]
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        seeds, date = len(self.manifest["seeds"]), self.manifest["date"]
        size = f"seeds={seeds}, days={self.summary['days']}, date={date}"
        return f"Result({self.scenario['name']!r}, {size}, folder={str(self.folder)!r})"


@contextlib.contextmanager
def new_folder(out: Path, name: str) -> Iterator[Path]:
    """Yield a folder to fill, which becomes `out/name` at the end, or vanishes with any error.

    An earlier result of that name is replaced. Raises InputError, at once, if the folder cannot be
    written or if what stands there is not a result.
    """
    target = out / name
    _check_target(target)
    is_new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=out))
    except OSError as error:
        raise InputError(f"{out}: results cannot be written there: {error.strerror}") from None
    try:
        yield filling
        filling.chmod(0o777 & ~_umask())  # mkdtemp makes folders private
        _check_target(target)  # hours may have passed
        _swap(filling, target)
    finally:
        shutil.rmtree(filling, ignore_errors=True)
        if is_new:
            with contextlib.suppress(OSError):  # not empty: it holds the result
                out.rmdir()


def _check_target(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise InputError(f"{target}: there is a file of that name; choose another folder by --out")
    if target.is_dir() and any(target.iterdir()) and not is_result(target):
        raise InputError(
            f"{target}: not a folder of results of ressort, so it is left as it is; "
            "choose another by --out"
        )


def is_result(folder: Path) -> bool:
    """Whether a folder holds results of Ressort."""
    return manifest_of(folder) is not None


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder of results, None if it holds none."""
    try:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "ressort" in content else None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _swap(filled: Path, target: Path) -> None:
    """Put a folder in the place of another, or leave the other where it was."""
    if not target.exists():
        filled.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        target.rename(aside / "old")
        filled.rename(target)
    except BaseException:
        if not target.exists():
            (aside / "old").rename(target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def daily_table(comparison: Comparison) -> pd.DataFrame:
    """Return the days of all runs: arm, run, seed, day, then the daily indicators."""
    tables = []
    for arm, runs in comparison.runs.items():
        for run in runs:
            for kind, frame in zip(RUNS, (run.daily, run.reference), strict=True):
                tables.append(frame.assign(arm=arm, run=kind, seed=run.seed))
    table = pd.concat(tables, ignore_index=True)
    keys = ["arm", "run", "seed", "day"]
    return table[keys + [c for c in table.columns if c not in keys]]


def communes_table(comparison: Comparison) -> pd.DataFrame:
    """Return needs met by arm, seed, day and commune (code) in the shocked runs."""
    tables = [
        run.communes.astype("float32")
        .rename_axis("day")
        .reset_index()
        .melt("day", var_name="commune", value_name="needs_met")
        .assign(arm=arm, seed=run.seed)
        for arm, runs in comparison.runs.items()
        for run in runs
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["arm", "seed", "day", "commune", "needs_met"]]


def measures_table(comparison: Comparison) -> pd.DataFrame:
    """Return what measures let be seen in the shocked runs: seed, day, `measure.name` columns."""
    runs = [run for run in comparison.runs["with"] if run.series.measures]
    if not runs:
        return pd.DataFrame()
    return pd.concat([run.measures.assign(seed=run.seed) for run in runs], ignore_index=True)


def metrics_table(comparison: Comparison) -> pd.DataFrame:
    """Return the metrics, one row a value: arm, seed, metric, unit, value."""
    table = comparison.table().melt(["arm", "seed"], var_name="metric")
    table.insert(3, "unit", table["metric"].map(UNITS))
    return table


def resolved(comparison: Comparison) -> dict[str, Any]:
    """Return the scenario of a comparison as a mapping that gives the same runs, years later.

    Communes are listed by code, all parameters written out; a synthetic territory stays its profile
    and size. Jobs are estimated or observed as they were, whatever tables there are then.
    """
    scenario, seeds, place = comparison.scenario, comparison.seeds, comparison.place
    content = scenario.model_dump(mode="json")
    chosen = scenario.territory
    name = place.territory.name
    content["territory"] = {"label": name}
    if (french := label(chosen, name, "fr")) != name:
        content["territory"]["label_fr"] = french
    if chosen.synthetic is None:
        content["territory"]["codes"] = list(place.territory.codes)
    else:
        content["territory"] |= {"synthetic": chosen.synthetic, "size": chosen.size}
    content["run"]["jobs"] = place.level
    content["seeds"] = {"first": seeds[0], "count": len(seeds)}
    content["parameters"] = scenario.rules().behaviour.as_dict()
    return content


def write_tables(folder: Path, comparison: Comparison) -> None:
    """Write daily.parquet, communes.parquet and metrics.parquet."""
    for name, table in (
        ("daily", daily_table(comparison)),
        ("communes", communes_table(comparison)),
        ("metrics", metrics_table(comparison)),
        ("measures", measures_table(comparison)),
    ):
        if table.empty:  # no measures
            continue
        for column in table.select_dtypes(["object", "str"]).columns:
            table[column] = table[column].astype("category")
        table.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)


def write_json(file: Path, content: Any) -> None:
    """Write strict JSON, in UTF-8, one key a line."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", "utf-8")


def write_scenario(folder: Path, comparison: Comparison, seconds: float, workers: int) -> None:
    """Write scenario.json, and manifest.json that tells how the results came about."""
    file = folder / "scenario.json"
    write_json(file, resolved(comparison))
    manifest = {
        "ressort": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["ressort", *sys.argv[1:]]),
        "seeds": list(comparison.seeds),
        "people_per_agent": comparison.scenario.run.people_per_agent,
        "jobs": comparison.place.level,
        "simulation_seconds": round(seconds, 2),
        "workers": workers,
        "scenario_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    write_json(folder / MANIFEST, manifest)


def read(folder: str | Path) -> Result:
    """Read a folder of results; raises InputError if it is none or a file is missing."""
    folder = Path(folder)
    if not is_result(folder):
        raise InputError(f"{folder}: not a folder of results of ressort (no {MANIFEST})")
    measures = folder / "measures.parquet"
    try:
        tables: list[Any] = [
            pd.read_parquet(folder / f"{n}.parquet") for n in ("daily", "communes", "metrics")
        ]
        tables.append(pd.read_parquet(measures) if measures.exists() else None)
        texts = [
            json.loads((folder / f"{n}.json").read_text("utf-8"))
            for n in ("summary", "scenario", "manifest")
        ]
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: cannot be read: {error}") from None
    return Result(folder, *tables, *texts)


def scenario_of(file: Path, data: Path | None = None) -> Scenario:
    """Read the scenario.json of a result; raises InputError that names the file."""
    from ressort.scenario import check

    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); give the scenario.json of a result"
        raise InputError(f"{file}: {reason}") from None
    except (ValueError, RecursionError) as error:
        reason = f"not valid JSON ({error}); give the scenario.json of a result"
        raise InputError(f"{file}: {reason}") from None
    if not isinstance(content, dict):
        raise InputError(f"{file}: not a scenario; give the scenario.json of a result")
    return check(content, str(file), data)
