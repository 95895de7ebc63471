"""What a comparison leaves beside its store: tables of findings, and what a terminal shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from ressort.analysis.tables import UNITS
from ressort.comparison import factorial
from ressort.comparison.evidence import Evidence
from ressort.comparison.findings import Finding
from ressort.comparison.report.subject import Subject
from ressort.folders import filling
from ressort.paired import Spread
from ressort.signs_table import aligned
from ressort.simulation import COST

FINDINGS: Final = "findings.csv"
MEASURES: Final = "metrics.csv"
EFFECTS: Final = "effects.csv"
OUTCOME: Final = "m4_unmet_person_days"
QUANTILES: Final = (0.1, 0.5, 0.9)


def write(evidence: Evidence, found: Sequence[Finding], out: Path) -> list[Path]:
    """Write the tables of a comparison; return the files. InputError if they cannot be written.

    `findings.csv`: a row a territory, shock, arm, outcome and group. `metrics.csv`: quantiles of
    each metric over draws by territory, shock and arm, those censored counted. `effects.csv`: what
    each mechanism does, and the interaction of each two, where arms are a factorial design.
    """
    tables = {FINDINGS: frame(found), MEASURES: measures(evidence), EFFECTS: effects(evidence)}
    there = {name: table for name, table in tables.items() if len(table)}
    with filling(out, tuple(there), "tables") as folder:
        for name, table in there.items():
            table.to_csv(folder / name, index=False, float_format="%.6g")
    return [out / name for name in there]


def frame(found: Sequence[Finding]) -> pd.DataFrame:
    """Return findings as a table; shares as fractions, other changes in their unit."""
    rows = []
    for one in found:
        row: dict[str, Any] = {
            "territory": one.territory,
            "shock": one.shock,
            "arm": one.arm,
            "against": one.against,
            "outcome": one.outcome,
            "group": one.group,
            "kind": one.kind,
            "unit": one.unit,
        }
        row |= _numbers(one.spread)
        row |= {
            "censored_arm": one.censored[one.arm],
            "censored_against": one.censored[one.against],
            "pairs": one.runs,
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _numbers(one: Spread) -> dict[str, Any]:
    names = ("median", "low", "high", "better", "worse", "equal", "defined", "sign")  # of Spread
    return {name: getattr(one, name) for name in names}


def measures(evidence: Evidence) -> pd.DataFrame:
    """Return quantiles of all metrics by territory, shock and arm; infinite where censored."""
    names = [name for name in (*UNITS, COST) if name in evidence.results]
    rows = []
    for (territory, shock, arm), part in evidence.results.groupby(
        ["territory", "shock", "arm"], sort=False
    ):
        for name in names:
            values = part[name].to_numpy(float)
            there = values[~np.isnan(values)]
            if not len(there):
                continue
            # Of the sorted values themselves: between a number and infinity there is no mean.
            low, middle, high = (_quantile(there, q) for q in QUANTILES)
            rows.append(
                {
                    "territory": territory,
                    "shock": shock,
                    "arm": arm,
                    "metric": name,
                    "p10": low,
                    "median": middle,
                    "p90": high,
                    "censored": float(np.isinf(there).mean()),
                    "defined": len(there),
                    "runs": len(values),
                }
            )
    return pd.DataFrame(rows)


def _quantile(values: Any, share: float) -> float:
    ordered = np.sort(values)
    return float(ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)])


def effects(evidence: Evidence) -> pd.DataFrame:
    """Return effects and interactions of mechanisms on unmet need, where arms are factorial.

    `mixed_with`: interactions that the design cannot tell from this one.
    """
    names, arms = _factors(evidence)
    if not names:
        return pd.DataFrame()
    rows_of = factorial.design(len(names))
    mixed = factorial.mixed(rows_of)
    rows = []
    for territory, shock in evidence.cells:
        part = evidence.of(territory, shock)
        table = part.pivot_table(index="draw", columns="arm", values=OUTCOME, aggfunc="median")
        if not set(arms) <= set(table.columns):
            continue
        found = factorial.effects(table[arms].dropna(), rows_of, names)
        for name, one in found.items():
            pair = tuple(names.index(part) for part in name.split(" x "))
            others = [" x ".join(names[k] for k in other) for other in mixed.get(pair, ())]
            row = {"territory": territory, "shock": shock, "effect": name}
            rows.append(row | _numbers(one) | {"mixed_with": "; ".join(others)})
    return pd.DataFrame(rows)


def _factors(evidence: Evidence) -> tuple[tuple[str, ...], list[str]]:
    """Return the mechanisms of a factorial design and its arms in order; nothing if it is none."""
    about = evidence.design["arms"]
    sets = {arm: tuple(about.get(arm, {}).get("mechanisms", ())) for arm in evidence.arms}
    names = tuple(dict.fromkeys(name for chosen in sets.values() for name in chosen))
    if len(names) < 2 or len(names) > factorial.MOST or evidence.reference is None:
        return (), []
    wanted = [
        frozenset(name for name, on in zip(names, row, strict=True) if on > 0)
        for row in factorial.design(len(names))
    ]
    by_set = {frozenset(chosen): arm for arm, chosen in sets.items()}
    if len(by_set) < len(sets) or set(wanted) != set(by_set):
        return (), []
    return names, [by_set[one] for one in wanted]


def text(evidence: Evidence, found: Sequence[Finding], lang: str) -> str:
    """Return the answer of a comparison for a terminal: one line a cell and arm."""
    subject = Subject(evidence, lang, found)
    say = subject.say
    heads = ("case", "sign", "median", "ninety", "shares", "output", "ninety")
    rows = [[say(key) for key in heads]]
    for arm in evidence.compared:
        rows.append([subject.arm(arm)] + [""] * (len(heads) - 1))
        for territory, shock in subject.cells:
            needs = subject.find(territory, shock, arm, "needs")
            output = subject.find(territory, shock, arm, "output")
            if needs is None or output is None:
                continue
            rows.append(
                [
                    f"  {territory}, {shock}",
                    say.decided(subject.decides(territory, shock, arm)),
                    say.median(needs),
                    say.interval(needs),
                    say.shares(needs.spread),
                    say.median(output),
                    say.interval(output),
                ]
            )
    return "\n".join([*aligned(rows), "", say("sign overview")])
