"""The sign table: what was found in each cell, beside what was expected."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from ressort.arms import MEASURED, OUTPUT_MARGIN
from ressort.metrics_groups import GROUPS
from ressort.paired import LEVEL, MARGIN, Spread, spread
from ressort.signs import Declared, Mechanism
from ressort.signs_words import SignWords
from ressort.words import Words

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One cell for one group. `by`: the outcome that decides; `failed`: seeds without a result."""

    mechanism: Mechanism
    shock: str
    group: str
    needs: Spread
    output: Spread
    closed: float  # median change of the number of closures, all establishments
    exports: float  # median change of what customers beyond the border get, EUR
    added: float  # EUR from outside at the founding, median
    expected: str
    by: str
    failed: int

    @property
    def found(self) -> str:
        """The sign that the deciding outcome supports, "?" if none."""
        return (self.needs if self.by == "needs" else self.output).sign

    @property
    def verdict(self) -> str:
        """Whether what was found is what was expected."""
        return judge(self.expected, self.found)

    def as_record(self) -> dict[str, Any]:
        """Return the cell as one flat row."""
        row: dict[str, Any] = {
            "mechanism": self.mechanism.name,
            "of": self.mechanism.of,
            "against": self.mechanism.against,
            "shock": self.shock,
            "group": self.group,
        }
        for name in MEASURED:
            one: Spread = getattr(self, name)
            row |= {
                f"{name}_median": one.median,
                f"{name}_low": one.low,
                f"{name}_high": one.high,
                f"{name}_better": one.better,
                f"{name}_worse": one.worse,
                f"{name}_equal": one.equal,
                f"{name}_seeds": one.defined,
            }
        row |= {"closed_median": self.closed, "exports_median_eur": self.exports}
        row |= {"added_eur": self.added, "decided_by": self.by}
        expected = self.mechanism.expected[self.shock]
        row |= {"expected": self.expected, "found": self.found, "verdict": self.verdict}
        return row | {"why": expected.why, "failed_seeds": self.failed}


def judge(expected: str, found: str) -> str:
    """Return "agrees", "deviates", "undetermined", or "open" where nothing was expected.

    >>> judge("+", "+"), judge("+", "0"), judge("0", "?"), judge("open", "-")
    ('agrees', 'deviates', 'undetermined', 'open')
    """
    if expected == "open":
        return "open"
    if found == "?":
        return "undetermined"
    return "agrees" if found == expected else "deviates"


def entries(rows: Iterable[Row], table: Declared) -> list[Entry]:
    """Return the cells of the table, by mechanism, shock and group, from those of single seeds."""
    by_cell: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_cell.setdefault((row["mechanism"], row["shock"]), []).append(row)
    found = []
    for (name, shock), of_cell in by_cell.items():
        good = [row for row in of_cell if "error" not in row]
        for group in GROUPS:
            found.append(
                _entry(table.mechanisms[name], shock, group, good, len(of_cell) - len(good))
            )
    return found


def _entry(mechanism: Mechanism, shock: str, group: str, rows: Sequence[Row], failed: int) -> Entry:
    spreads = {
        name: spread(
            np.array([row[f"{name}_{group}"] for row in rows]), more_is_better=good, margin=margin
        )
        for name, (good, margin) in MEASURED.items()
    }
    needs = spreads["needs"]
    moves = 2 * needs.defined > len(rows) and needs.sign != "0"
    return Entry(
        mechanism=mechanism,
        shock=shock,
        group=group,
        needs=spreads["needs"],
        output=spreads["output"],
        closed=_median([row["closed"] for row in rows]),
        exports=_median([row["exports"] for row in rows]),
        added=_median([row["added"] for row in rows]),
        expected=mechanism.expected[shock].signs[group],
        by="needs" if moves else "output",
        failed=failed,
    )


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else math.nan


def frame(cells: Sequence[Entry]) -> pd.DataFrame:
    """Return all cells as a table, one row a mechanism, shock and group."""
    return pd.DataFrame([cell.as_record() for cell in cells])


# ---------------------------------------------------------------- in words
def heading(
    table: Declared, place: str, seeds: int, people_per_agent: float, words: SignWords
) -> list[str]:
    """Return title, place and how to read the table."""
    numbers = Words(words.language)
    lines = [words("title"), words("place", place, seeds, f"{people_per_agent:g}")]
    lines.append(
        words(
            "read",
            numbers.percent(LEVEL),
            numbers.percent(MARGIN),
            numbers.percent(OUTPUT_MARGIN, 1),
        )
    )
    if seeds < 5:
        lines.append(words("few", seeds))
    lines += [words("skipped", name, part) for name, part in table.skipped.items()]
    return [*lines, words("scope")]


def interval(one: Spread, words: SignWords, digits: int = 1) -> str:
    """Return a median with its interval in percent, "." where no change has a value."""
    if one.defined == 0:
        return "."
    numbers = Words(words.language)
    median, low, high = (
        "∞" if math.isinf(v) else numbers.number(100 * v, digits, signed=True)
        for v in (one.median, one.low, one.high)
    )
    return f"{median} [{low}; {high}]"


def shares(one: Spread) -> str:
    """Return the shares of seeds that are better, worse and equal, in percent."""
    if one.defined == 0:
        return "."
    return "/".join(f"{100 * share:.0f}" for share in (one.better, one.worse, one.equal))


COLUMNS: Final = ("needs", "share", "output", "closed", "expected", "found", "verdict")


def line(cell: Entry, words: SignWords) -> list[str]:
    """Return the columns of a cell, in words."""
    closed = "." if math.isnan(cell.closed) else f"{cell.closed:+g}"
    decides = cell.needs if cell.by == "needs" else cell.output
    verdict = words(cell.verdict)
    if cell.by == "output":
        verdict += f" ({words('by output')})"
    return [
        interval(cell.needs, words), shares(decides), interval(cell.output, words, 2), closed,
        cell.expected if cell.expected != "open" else words("open"), cell.found, verdict,
    ]  # fmt: skip


def text(cells: Sequence[Entry], table: Declared, words: SignWords) -> str:
    """Return the table for a terminal: one block a mechanism, all residents."""
    head = [words("shock"), *(words(column) for column in COLUMNS)]
    total = [cell for cell in cells if cell.group == "total"]
    shown = [[table.shocks[c.shock].title[words.language], *line(c, words)] for c in total]
    widths = [max(len(row[k]) for row in [head, *shown]) for k in range(len(head))]
    lines, last = [], ""
    for cell, row in zip(total, shown, strict=True):
        if cell.mechanism.name != last:
            last = cell.mechanism.name
            lines += ["", _title(cell.mechanism, words), _aligned(head, widths)]
        lines.append(_aligned(row, widths))
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with columns of one width each."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [_aligned(row, widths) for row in rows]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return ("  " + "  ".join(padded)).rstrip()


def _title(mechanism: Mechanism, words: SignWords) -> str:
    name = " ".join(part for part in (mechanism.of, mechanism.name) if part)
    title = mechanism.arm.title[words.language]
    return f"{name}: {title} ({words('against')} {mechanism.against})"


def markdown(cells: Sequence[Entry], table: Declared, head: Sequence[str], words: SignWords) -> str:
    """Return the whole table in Markdown, one section a mechanism, all groups."""
    lines = [
        f"# {head[0]}",
        "",
        *(f"{part}\n" for part in head[1:]),
        *_overview(cells, table, words),
    ]
    last = ""
    for cell in cells:
        mechanism = cell.mechanism
        if mechanism.name != last:
            last = mechanism.name
            names = [words("shock"), "", *(words(column) for column in COLUMNS)]
            lines += ["", f"## {_title(mechanism, words)}", "", mechanism.source]
            lines += ["", mechanism.note] if mechanism.note else []
            lines += ["", _piped(names), _piped(["---"] * len(names))]
        shock = table.shocks[cell.shock].title[words.language]
        lines.append(_piped([shock, words(cell.group), *line(cell, words)]))
    return "\n".join(lines) + "\n"


def _overview(cells: Sequence[Entry], table: Declared, words: SignWords) -> list[str]:
    """Return one line a mechanism: expected and found sign of all residents, by shock."""
    shocks = list(dict.fromkeys(cell.shock for cell in cells))
    names = [words("mechanism"), *(table.shocks[s].title[words.language] for s in shocks)]
    lines = [_piped(names), _piped(["---"] * len(names))]
    total = {(c.mechanism.name, c.shock): c for c in cells if c.group == "total"}
    for name in dict.fromkeys(cell.mechanism.name for cell in cells):
        row = [f"{table.mechanisms[name].of} {name}".strip()]
        for shock in shocks:
            cell = total[name, shock]
            expected = words("open") if cell.expected == "open" else cell.expected
            row.append(f"{expected} → {cell.found} {words(cell.verdict)}")
        lines.append(_piped(row))
    return lines


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
