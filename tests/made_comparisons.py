"""Stores of comparisons made by hand: no simulation is run, and the numbers are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ressort import metrics, metrics_groups
from ressort.batch.plan import Arm, Kept, Plan, Point
from ressort.batch.records import DONE, FAILED, ChunkResult, Record
from ressort.batch.store import Store

START, DAYS, WATCHED = 5, 60, 55
CODES = ("63005", "63178", "63113")
NAMES = {"en": ("Place {}", "Shock {}"), "fr": ("Lieu {}", "Choc {}")}
SERIES = ("essential", "output", "idled_tier1", "idled_tier2", "idled_tier3")
ARMS = (Arm("without", False), Arm("with"))


def titled(kind: int, name: str) -> dict[str, str]:
    return {lang: names[kind].format(name) for lang, names in NAMES.items()}


def design(
    territories: Sequence[str], shocks: Sequence[str], arms: Sequence[Arm]
) -> dict[str, Any]:
    about = {"start_day": START, "days": 10, "watched": WATCHED}
    return {
        "kind": "comparison",
        "reference_arm": "without",
        "start_day": START,
        "territories": {t: titled(0, t) for t in territories},
        "shocks": {s: {"title": titled(1, s), "meaning": titled(1, s), **about} for s in shocks},
        "arms": {
            a.name: {
                "title": {"en": f"arm {a.name}", "fr": f"bras {a.name}"},
                "mechanisms": ["pool"] if a.cooperation else [],
                "dose": None,
            }
            for a in arms
        },
        "cells": [{"territory": t, "shock": s} for t in territories for s in shocks],
    }


def plan(
    territories: Sequence[str] = ("one", "two"),
    shocks: Sequence[str] = ("cut", "strike"),
    draws: int = 8,
    arms: Sequence[Arm] = ARMS,
    **more: Any,
) -> Plan:
    cells = len(territories) * len(shocks)
    content: dict[str, Any] = {
        "name": "made",
        "base": {
            "territory": {"codes": list(CODES), "label": "Made"},
            "run": {"days": DAYS, "jobs": "estimated"},
            "shocks": [{"kind": "import_cut", "start_day": START, "days": 10}],
        },
        "arms": tuple(arms),
        "points": tuple(Point(k, {"shocks.0.depth": 1.0}) for k in range(cells)),
        "draws": draws,
        "kept": Kept(SERIES, True, True),
        "design": design(territories, shocks, arms),
    }
    return Plan(**(content | more))


def result(
    of: Plan, run_ids: Sequence[int], failed: Sequence[int] = (), gain: float = 0.2
) -> ChunkResult:
    """Return the rows of runs: need unmet is 1000 + draw days, less in arms of cooperation.

    In scenario 1 it is more; there the arm without is never back in each third draw.
    """
    done = [k for k in run_ids if k not in failed]
    records = [
        Record(k, FAILED, 0.1, "ValueError", "no water", "Traceback") if k in failed
        else Record(k, DONE, 0.1)
        for k in sorted(run_ids)
    ]  # fmt: skip
    if not done:
        return ChunkResult(tuple(records))
    rows = [(k, arm) for k in done for arm in of.arms]
    values = [_metrics(of, k, arm, gain) for k, arm in rows]
    table = {
        "run_id": np.array([k for k, _ in rows], np.int64),
        "arm": _words([arm.name for _, arm in rows]),
        **{name: np.array([v[name] for v in values], float) for name in values[0]},
    }
    tables = {"metrics": pa.table(table), "series": _series(of, done)}
    if of.kept.communes:
        tables["communes"] = _communes(of, done)
    return ChunkResult(tuple(records), tables)


def _metrics(of: Plan, run: int, arm: Arm, gain: float) -> dict[str, float]:
    case = of.case(run)
    sign = 1.0 if case.scenario_id == 1 else -1.0
    factor = 1.0 + sign * gain if arm.cooperation else 1.0
    values = dict.fromkeys((*metrics.NAMES, *metrics_groups.NAMES), 0.25)
    unmet = (1000.0 + case.draw) * factor
    late = not arm.cooperation and case.scenario_id == 1 and case.draw % 3 == 0
    return values | {
        "m4_unmet_person_days": unmet,
        "unmet_per_member": unmet / 500.0,
        "unmet_per_other": (1000.0 + case.draw) / 500.0,
        "m6_days_to_recover": np.inf if late else 20.0 * factor,
        "exports_lost_eur": 5000.0,
        "cost_eur_per_head_year": 6.0 if arm.cooperation else 0.0,
        "m12_depth": 2.0,
    }


def _series(of: Plan, done: Sequence[int]) -> pa.Table:
    n = len(done) * len(of.arms) * 2
    day = np.arange(DAYS)
    struck = (day >= START) & (day < START + 20)
    blocks = []
    for k in done:
        for arm in of.arms:
            depth = 0.5 if arm.cooperation else 0.6
            blocks.append(1.0 - struck * depth * (1.0 + 0.01 * of.case(k).draw))
            blocks.append(np.ones(DAYS))
    quality = np.concatenate(blocks).astype(np.float32)
    kinds = np.tile(np.repeat(["shocked", "reference"], DAYS), n // 2)
    return pa.table(
        {
            "run_id": np.repeat(np.array(done, np.int64), n // len(done) * DAYS),
            "arm": _words([a.name for _ in done for a in of.arms for _ in range(2 * DAYS)]),
            "kind": _words(list(kinds)),
            "day": np.tile(day, n).astype(np.int16),
            "essential": quality,
            "output": quality * np.float32(1e5),
            "idled_tier1": (1.0 - quality) * np.float32(10.0),
            "idled_tier2": (1.0 - quality) * np.float32(4.0),
            "idled_tier3": (1.0 - quality) * np.float32(1.0),
        }
    )


def _communes(of: Plan, done: Sequence[int]) -> pa.Table:
    arms = len(of.arms)
    day = np.repeat(np.arange(DAYS), len(CODES))
    code = np.tile(np.array(CODES), DAYS)
    met = np.where((day >= START) & (day < START + 20), 0.4, 1.0) - 0.1 * (code == "63178")
    n = len(done) * arms
    return pa.table(
        {
            "run_id": np.repeat(np.array(done, np.int64), arms * len(day)),
            "arm": _words([a.name for _ in done for a in of.arms for _ in day]),
            "day": np.tile(day, n).astype(np.int16),
            "commune": pa.array(list(code) * n, pa.string()),
            "needs_met": np.tile(met, n).astype(np.float32),
        }
    )


def _words(words: Sequence[str]) -> pa.DictionaryArray:
    return pa.array([str(w) for w in words], pa.string()).dictionary_encode()


def store(folder: Path, of: Plan | None = None, only: int | None = None, **more: Any) -> Path:
    """Make a store and fill it, or its first `only` runs; return its folder."""
    of = plan() if of is None else of
    with Store.create(folder, of) as made:
        todo = made.todo()[:only]
        if todo:
            made.save(result(of, todo, **more))
    return folder
