"""The dose curve in numbers: what each dose changes for whom, as a table and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from ressort.arms import MEASURED
from ressort.doses import EUSKO, LINES, Dose, Pair
from ressort.doses_words import DoseWords
from ressort.labels import label
from ressort.metrics_groups import GROUPS
from ressort.paired import LEVEL, MARGIN, Spread, spread
from ressort.scenario import Scenario
from ressort.signs_table import aligned, interval
from ressort.summary import order_interval
from ressort.words import Words

BAND: Final = (10, 90)  # percentiles of the seeds
DIGITS: Final = {"needs": 1, "output": 2}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Point:
    """One dose. By outcome and group: the spread of paired changes, and the middle of the seeds."""

    dose: Dose
    spreads: Mapping[tuple[str, str], Spread]
    bands: Mapping[tuple[str, str], tuple[float, float]]
    failed: int

    @property
    def needs(self) -> Spread:
        """Unmet need of all."""
        return self.spreads["needs", "total"]


def points(doses: Iterable[Dose], cells: Mapping[Pair, Rows]) -> list[Point]:
    """Return what the cells of single seeds say of each dose."""
    return [_point(dose, cells[dose.pair]) for dose in doses]


def _point(dose: Dose, rows: Rows) -> Point:
    good = [row for row in rows if "error" not in row]
    spreads, bands = {}, {}
    for outcome, (more_is_better, margin) in MEASURED.items():
        for group in GROUPS:
            values = np.array([row[f"{outcome}_{group}"] for row in good], dtype=float)
            spreads[outcome, group] = spread(values, more_is_better=more_is_better, margin=margin)
            bands[outcome, group] = _band(values)
    return Point(dose, spreads, bands, len(rows) - len(good))


def _band(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, BAND)
    return float(low), float(high)


def frame(found: Sequence[Point]) -> pd.DataFrame:
    """Return one row a dose and group; changes as fractions."""
    return pd.DataFrame([row for point in found for row in records(point)])


def records(point: Point) -> list[dict[str, Any]]:
    """Return a point as flat rows, one a group."""
    dose, rows = point.dose, []
    for group in GROUPS:
        row: dict[str, Any] = {"line": dose.line, "dose": dose.share, "adoption": dose.adoption}
        row |= {"firm_share": dose.firm_share, "group": group}
        for outcome in MEASURED:
            one, band = point.spreads[outcome, group], point.bands[outcome, group]
            values = (one.median, one.low, one.high, *band, one.sign, one.defined)
            names = ("median", "low", "high", "p10", "p90", "sign", "seeds")
            row |= {f"{outcome}_{name}": v for name, v in zip(names, values, strict=True)}
        rows.append(row | {"failed_seeds": point.failed})
    return rows


# ---------------------------------------------------------------- in words
def line_name(line: str, scenario: Scenario, words: DoseWords) -> str:
    """Return the name of a line, with what stays fixed in it."""
    assert scenario.currency is not None
    people, firms = scenario.currency.adoption, scenario.currency.firm_share
    return words(line, percent(people, words), percent(firms, words))


def percent(share: float, words: DoseWords) -> str:
    """Return a share as a percentage, with a decimal only where it says something."""
    return Words(words.language).percent(share, 0 if round(100 * share, 1) % 1 == 0 else 1)


def title_of(scenario: Scenario, words: DoseWords) -> str:
    """Return the title of a scenario, in French if there is one."""
    french = scenario.title_fr if words.language == "fr" else ""
    return french or scenario.title or scenario.name


def place_of(scenario: Scenario, words: DoseWords) -> str:
    """Return the name of the territory."""
    return label(scenario.territory, scenario.resolve_territory().name, words.language)


def heading(
    scenario: Scenario, place: str, cells: Mapping[Pair, Rows], words: DoseWords
) -> list[str]:
    """Return title, place, and how to read the table."""
    rows = next(iter(cells.values()))
    lacked = [row["unmet_without"] for row in rows if "error" not in row]
    numbers = Words(words.language)
    unmet = numbers.number(float(np.median(lacked)), 2) if lacked else "."
    agents = f"{scenario.run.people_per_agent:g}"
    confidence = order_interval(max(1, len(lacked)), LEVEL)[1]
    return [
        words("title", title_of(scenario, words)),
        words("place", place, len(rows), agents, unmet),
        words("read doses", numbers.percent(confidence)),
    ]


def text(found: Sequence[Point], scenario: Scenario, head: Sequence[str], words: DoseWords) -> str:
    """Return the table: one block a line, then what it says."""
    lines = [*head, ""]
    columns = [words("dose"), words("all"), words("members"), words("others"), words("output of")]
    for line in LINES:
        of_line = [point for point in found if point.dose.line == line]
        lines.append(line_name(line, scenario, words))
        lines += aligned([columns, *(_cells(point, words) for point in of_line)])
        lines.append("")
    return "\n".join(lines)


def _cells(point: Point, words: DoseWords) -> list[str]:
    needs = [
        interval(point.spreads["needs", group], words, DIGITS["needs"])
        for group in ("total", "members", "others")
    ]
    output = interval(point.spreads["output", "total"], words, DIGITS["output"])
    return [percent(point.dose.share, words), *needs, output]


def conclusions(found: Sequence[Point], scenario: Scenario, words: DoseWords) -> list[str]:
    """Say where unmet need changes by more than the margin, and what it does at a known reach."""
    seeds = max(point.spreads["output", "total"].defined for point in found)
    said = []
    known = [point.needs for point in found if point.needs.defined]
    if known and all(needs.confidence < LEVEL for needs in known):
        said.append(words("few doses", seeds))
    for line in LINES:
        of_line = [point for point in found if point.dose.line == line]
        told = _where(of_line, words)
        said.append(words("says", line_name(line, scenario, words), told))
    return [*said, *_at_the_reach_of_the_eusko(found, words)]


def _where(of_line: Sequence[Point], words: DoseWords) -> str:
    if not any(point.needs.defined for point in of_line):
        return words("nothing lacks")
    parts = []
    for sign in ("0", "+", "-", "?"):
        shares = [percent(p.dose.share, words) for p in of_line if p.needs.sign == sign]
        if shares:
            values = ([percent(MARGIN, words)] if sign == "0" else []) + [_listed(shares, words)]
            parts.append(words(f"sign {sign}", *values))
    return "; ".join(parts) if words.language == "en" else " ; ".join(parts)


def _listed(shares: Sequence[str], words: DoseWords) -> str:
    *most, last = shares
    return f"{', '.join(most)} {words('and')} {last}" if most else last


def _at_the_reach_of_the_eusko(found: Sequence[Point], words: DoseWords) -> list[str]:
    said = {}
    for point in found:
        if point.dose.adoption == EUSKO and point.dose.line != "firms" and point.needs.defined:
            change = interval(point.needs, words, 2)
            told = words(f"reach {point.needs.sign}", percent(MARGIN, words))
            shares = percent(EUSKO, words), percent(point.dose.firm_share, words)
            said[point.dose.pair] = words("reach", *shares, change, told)
    return list(said.values())
