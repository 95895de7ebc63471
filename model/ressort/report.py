"""The short table that a run prints: what happened, what cooperation changed, how sure that is."""

from __future__ import annotations

import math
import textwrap
from typing import Final

from ressort.simulation import ARMS, COST, SETUP
from ressort.summary import LEVEL, UNITS, Summary, order_interval
from ressort.words import Words

ROWS: Final = (
    "m3_depth",
    "m4_unmet_person_days",
    "unmet_per_member",
    "unmet_per_other",
    "m6_days_to_recover",
    "m3_depth_output",
    "output_lost_members",
    "output_lost_others",
    COST,
    SETUP,
)
PRICES: Final = (COST, SETUP)
WIDTH: Final = 100


def report(summary: Summary, words: Words) -> str:
    """Return the table with its heading and notes, at most 100 characters wide where it can be."""
    heading = [summary.title[words.language], *_wrapped(_place(summary, words))]
    heading += _wrapped(_resolution(summary, words))
    notes = [_interval_note(summary, words), *_censored(summary, words)]
    notes += [*_without_scic(summary, words), *_not_neutral(summary, words), words("scope")]
    return "\n".join(
        [*heading, "", *_table(summary, words), "", *(x for n in notes for x in _wrapped(n))]
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False)


def _place(summary: Summary, words: Words) -> str:
    people = words.number(summary.population)
    name = summary.territory[words.language]
    return words("place", name, people, summary.communes, words(summary.jobs))


def _resolution(summary: Summary, words: Words) -> str:
    return words(
        "resolution",
        summary.days,
        _timing(summary, words),
        len(summary.seeds),
        f"{summary.people_per_agent:g}",
        words.number(summary.households),
        words.number(summary.producers),
    )


def _timing(summary: Summary, words: Words) -> str:
    if summary.at_random:
        return words("at random", summary.start)
    if summary.end == summary.start:
        return words("no shock")
    return words("shock days", summary.start, min(summary.end, summary.days) - 1)


def _interval_note(summary: Summary, words: Words) -> str:
    count = len(summary.seeds)
    confidence = order_interval(count)[1]
    if count == 1:
        return words("one seed")
    if confidence < LEVEL:
        return words("range", count)
    return words("interval", words.percent(confidence))


def _censored(summary: Summary, words: Words) -> list[str]:
    name = "m6_days_to_recover"
    censored = {arm: metrics[name].censored for arm, metrics in summary.arms.items()}
    if not any(censored.values()):
        return []
    limit, count = f"{summary.limits[name]:g}", len(summary.seeds)
    return [words("censored", limit, censored["with"], count, censored["without"])]


def _without_scic(summary: Summary, words: Words) -> list[str]:
    count = summary.seeds_without_scic
    return [words("no scic", count, len(summary.seeds))] if count else []


def _not_neutral(summary: Summary, words: Words) -> list[str]:
    return [] if summary.resource_neutral else [words("not neutral")]


def _table(summary: Summary, words: Words) -> list[str]:
    """Return the lines of the table, columns aligned, units in the first."""
    head = ["", words("arm with"), words("arm without"), words("difference"), ""]
    shown = [name for name in ROWS if name != SETUP or _costs_before(summary)]
    shown = [name for name in shown if summary.arms["with"][name].seeds > 0]  # a group of nobody
    rows = [head, *(_row(name, summary, words) for name in shown)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if k in (0, 4) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _costs_before(summary: Summary) -> bool:
    """Whether measures hold anything that the table would show, as the run begins."""
    return any(metrics[SETUP].median >= 0.005 for metrics in summary.arms.values())


def _row(name: str, summary: Summary, words: Words) -> list[str]:
    """Return one row: label, both medians, difference with interval, what that supports."""
    arms = [summary.arms[arm][name] for arm in ARMS]
    between = summary.difference[name]
    scale, label = _scale(name, [e.median for e in arms], words)
    limit = summary.limits.get(name, math.inf)
    fine = scale > 1 or name in PRICES or UNITS[name] == "days a person"
    digits = 2 if fine else 0 if UNITS[name] == "person-days" else 1
    cells = [
        f">{limit:g}" if math.isinf(e.median) else _number(e.median / scale, digits, words)
        for e in arms
    ]
    gap, low, high = (
        _number(v / scale, digits, words, signed=True)
        for v in (between.median, between.low, between.high)
    )
    if name in PRICES:  # a price, not a finding
        return [label, *cells, gap, ""]
    interval = f" [{low}; {high}]" if between.seeds > 1 else ""
    seen = any(digit in low + high for digit in "123456789∞")
    verdict = between.verdict if seen or between.verdict in ("equal", "few") else "negligible"
    return [label, *cells, gap + interval, words(verdict)]


def _scale(name: str, values: list[float], words: Words) -> tuple[float, str]:
    """Return what a row is divided by, and its label, which says so."""
    if UNITS[name] == "share":
        return 0.01, words(name)
    if UNITS[name] != "person-days":
        return 1.0, words(name)
    largest = max(abs(v) for v in values)
    scale, key = (1e6, "millions") if largest >= 1e6 else (1e3, "thousands")
    return (scale, words(name, words(key))) if largest >= 1e4 else (1.0, words(name, ""))


def _number(value: float, digits: int, words: Words, *, signed: bool = False) -> str:
    """Return a number; what is beyond the horizon as infinite."""
    if math.isnan(value):
        return words("unknown")
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return words.number(value, digits, signed=signed)
