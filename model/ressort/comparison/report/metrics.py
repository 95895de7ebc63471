"""The metrics M1 to M12 by arm, with CEREMA's verbs and what the horizon cut off."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ressort.comparison.report.blocks import Section, Table
from ressort.comparison.report.subject import Subject
from ressort.comparison.report.words import ReportWords
from ressort.metrics import METRICS
from ressort.simulation import COST, SETUP

Floats = NDArray[np.float64]

MOST_TABLES: Final = 4  # cells that have a table each; more are pooled
MOST_RANGES: Final = 4  # arms that leave room for more than medians
VERBS: Final = {m.name: m.verb for m in METRICS}
UNITS: Final = {m.name: m.unit for m in METRICS} | {COST: "EUR/head/year", SETUP: "EUR"}


def section(subject: Subject) -> Section:
    """Return the section of metrics: a table a case, or one of all cases together."""
    say, evidence = subject.say, subject.evidence
    found = Section("metrics", say("metrics"))
    many = len(evidence.arms) > MOST_RANGES
    found.blocks.append(say("metrics note short" if many else "metrics note"))
    names = [
        str(c)
        for c in evidence.results.columns
        if say.knows(f"metric {c}") and evidence.results[c].notna().any()
    ]
    names.sort(key=_order)
    if len(subject.cells) <= MOST_TABLES:
        found.blocks.extend(_table(subject, names, cell) for cell in subject.cells)
    else:
        found.blocks.append(say("metrics pooled"))
        found.blocks.append(_table(subject, names, None))
    return found


def _order(name: str) -> tuple[int, str]:
    """Return the place of a metric: M1 to M12, then the rest."""
    number = name.split("_")[0][1:]
    return (int(number) if name.startswith("m") and number.isdecimal() else 99, name)


def _table(subject: Subject, names: list[str], cell: tuple[str, str] | None) -> Table:
    say, evidence = subject.say, subject.evidence
    results = evidence.results if cell is None else evidence.of(*cell)
    rows = []
    for name in names:
        unit = UNITS.get(name, "")
        row = [say(f"metric {name}"), VERBS.get(name, "–"), unit_of(unit, say)]
        for arm in evidence.arms:
            values = results.loc[results["arm"] == arm, name].to_numpy(float)
            row.append(told_of(values, name, say, len(evidence.arms) <= MOST_RANGES))
        rows.append(row)
    heads = [say("metric"), say("verb"), say("unit"), *map(subject.arm, evidence.arms)]
    caption = say("metrics") if cell is None else subject.cell(*cell)
    return Table(caption, heads, rows, texts=3)


def unit_of(unit: str, say: ReportWords) -> str:
    """Return a unit in words; shares are told in percent."""
    key = {"share": "unit percent"}.get(unit, f"unit {unit}")
    return say(key) if say.knows(key) else unit


def told_of(values: Floats, name: str, say: ReportWords, has_range: bool = True) -> str:
    """Return median, 10 % and 90 % of a metric over runs, with the share that is cut off.

    Infinite values stay in: they are the largest.
    """
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return "–"
    unit = UNITS.get(name, "")
    ranks = (np.array([0.1, 0.5, 0.9]) * (len(known) - 1)).round().astype(int)
    low, _, high = (float(known[k]) for k in ranks)
    median = middle(known)
    texts = [_bare(say.plain(v, unit)) for v in (median, low, high)]
    text = say("band of", *texts) if has_range and len(set(texts)) > 1 else texts[0]
    cut = float(np.isinf(known).mean())
    return say("cut off", text, say.percent(cut)) if cut else text


def middle(known: Floats) -> float:
    """Return the median of sorted values, of which the largest may be infinite."""
    low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
    return float(high) if np.isinf(high) else float(0.5 * (low + high))


def _bare(text: str) -> str:
    """Return a number without the sign of percent, which its column has."""
    return text.rstrip("%").rstrip("\u202f")
