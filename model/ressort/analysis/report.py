"""What the analyses of a batch found, as text of a terminal."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Final

from ressort.analysis.analyse import Asked, Found
from ressort.analysis.bootstrap import LEAST_DRAWS
from ressort.analysis.convergence import Convergence
from ressort.analysis.differences import MARGIN, Difference
from ressort.analysis.discovery import DIFFERENCE, Discovery, Limit
from ressort.analysis.emulator import Emulator
from ressort.analysis.scoring import Scores
from ressort.analysis.sensitivity import Index, Sensitivity
from ressort.analysis.survival import Survival
from ressort.analysis.tables import BETTER_IF_MORE, DESCRIPTIVE, UNITS
from ressort.analysis.words import AnalysisWords
from ressort.simulation import COST, SETUP

WIDTH: Final = 100
MOST_ROWS: Final = 20
ALL_UNITS: Final = UNITS | {COST: "EUR/inhabitant/year", SETUP: "EUR/inhabitant"}
LEAST_COVERAGE: Final = 0.8  # of intervals that should hold nine in ten
LEAST_EXPLAINED: Final = 0.5


def report(found: Found, words: AnalysisWords) -> str:
    """Return all that was found, one section an analysis."""
    lines = [*_wrapped([heading(found, words)])]
    if found.restricted is not None:
        lines += _wrapped([words("restricted", words.number(found.restricted))])
    for name, result in found.results.items():
        lines += ["", words(name), *_SECTIONS[name](result, found.asked, words)]
    lines += [""] if found.missing else []
    missing = [words("missing", why) for why in found.missing.values()]
    return "\n".join([*lines, *_wrapped(missing)])


def heading(found: Found, words: AnalysisWords) -> str:
    """Return the metric, its unit, what is compared, and how many runs there are."""
    asked, results = found.asked, found.batch.results
    unit = words.unit(ALL_UNITS[asked.metric]) if asked.metric in ALL_UNITS else "?"
    better = "higher is better" if asked.metric in BETTER_IF_MORE else "lower is better"
    if asked.metric in DESCRIPTIVE:
        better = "describes"
    return words(
        "title",
        asked.metric,
        compared(asked, words),
        f"{unit}, {words(better)}",
        results["run_id"].nunique(),
        found.batch.asked,
        results["scenario_id"].nunique(),
        results["draw"].nunique(),
    )


def compared(asked: Asked, words: AnalysisWords) -> str:
    """Return the arm, or "first less second"."""
    return asked.arms[0] if len(asked.arms) == 1 else words("less", *asked.arms)


def _differences(result: dict[str, Any], asked: Asked, words: AnalysisWords) -> list[str]:
    in_all: Difference = result["in_all"]
    by_point: list[Difference] = result["by_point"]
    known = in_all.both_censored == 0
    sides = "lower shares" if asked.metric in DESCRIPTIVE else "shares"
    head = ["", words("mean"), words("median"), words(sides if known else f"{sides} unknown")]
    rows = [head, _row(words("in all"), in_all, known, words)]
    if len(by_point) > 1:
        rows += [
            _row(words("point", one.scenario_id), one, known, words) for one in by_point[:MOST_ROWS]
        ]
    lines = _aligned(rows)
    if len(by_point) > MOST_ROWS:
        lines.append("  " + words("more points", len(by_point) - MOST_ROWS))
    return [*lines, *_wrapped(_notes(in_all, asked, words))]


def _notes(in_all: Difference, asked: Asked, words: AnalysisWords) -> list[str]:
    absolute = words("or absolute", words.number(asked.absolute)) if asked.absolute else ""
    notes = [words("intervals", words.percent(MARGIN), absolute)]
    if in_all.draws < LEAST_DRAWS:
        notes.append(words("few draws", LEAST_DRAWS))
    if in_all.one_censored or in_all.both_censored:
        notes.append(words("censored", in_all.one_censored, in_all.both_censored))
    if in_all.undefined:
        notes.append(words("undefined", in_all.undefined))
    if asked.metric in DESCRIPTIVE:
        return [*notes, words("say nothing", asked.metric)]
    return [*notes, words("say", *asked.arms, words.percent(in_all.better.value))]


def _row(name: str, one: Difference, known: bool, words: AnalysisWords) -> list[str]:
    shares = [one.better, one.worse, one.equal] + ([] if known else [one.unknown])
    text = " / ".join(words.percent(share.value) for share in shares)
    return [name, words.interval(one.mean, signed=True), words.interval(one.median, signed=True),
            text]  # fmt: skip


def _convergence(result: Convergence, _: Asked, words: AnalysisWords) -> list[str]:
    head = [words("draws"), words(result.statistic), words("widths")]
    rows = [
        [str(step.draws), words.number(step.estimate.value), words.number(step.estimate.width)]
        for step in result.steps
    ]
    notes = [words("law", words.number(result.constant), words.percent(result.misfit))]
    if result.wanted is not None:
        there = result.steps[-1].draws
        needed = words.plain.number(result.needed)
        notes.append(words("needed", words.number(result.wanted), needed, there))
    return [*_aligned([head, *rows]), *_wrapped(notes)]


def _sensitivity(result: Sensitivity, _: Asked, words: AnalysisWords) -> list[str]:
    lines: list[str] = []
    if result.indices:
        head = ["factor", "index", "value", "sampled", "noise"]
        rows = [
            ["" if k else key, name, *_index(index, words)]
            for key, found in result.indices.items()
            for k, (name, index) in enumerate(found.items())
        ]
        lines += _aligned(_filled([[words(key) for key in head], *rows]))
    read = {"morris": "read morris", "none": "no indices"}.get(result.method, "read shares")
    notes = [words(read)]
    if result.lost:
        notes.append(words("lost", result.lost))
    return [*lines, *_wrapped([*notes, _of_seeds(result, words)])]


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return rows without the columns that are empty under their head."""
    kept = [k for k in range(len(rows[0])) if any(row[k] for row in rows[1:])]
    return [[row[k] for k in kept] for row in rows]


def _index(index: Index, words: AnalysisWords) -> list[str]:
    half = "" if math.isnan(index.sampled) else f"±{words.number(index.sampled)}"
    return [words.interval(index.seeds), half, words.number(index.noise)]


def _of_seeds(result: Sensitivity, words: AnalysisWords) -> str:
    found = result.noise
    if found is None:
        return words("no noise")
    points, seeds = words.share(found.points), words.share(found.seeds)
    if not found.replicated:
        return words("of draws", points, seeds)
    return words("of seeds", points, seeds, words.share(found.draws), words.share(found.replicates))


def _scoring(result: Scores, _: Asked, words: AnalysisWords) -> list[str]:
    rows = [[words("factor"), words("score")]]
    rows += [[key, words.number(score)] for key, score in result.scores.items()]
    rows.append([f"({words('baseline')})", words.number(result.baseline)])
    chance = [key for key in result.scores if not result.above(key)]
    names = ", ".join(chance) or words("none")
    return [
        *_aligned(rows),
        *_wrapped([words("explained", words.percent(result.explained), names)]),
    ]


def _discovery(result: Discovery, asked: Asked, words: AnalysisWords) -> list[str]:
    notes = [box_in_words(result, asked, words)]
    if result.box is not None:
        share = words.percent(result.share)
        notes.append(words("box size", result.box.points, result.points, share, result.draws))
    if result.unknown:
        notes.append(words("open", result.unknown))
    return _wrapped(notes)


def box_in_words(result: Discovery, asked: Asked, words: AnalysisWords) -> str:
    """Return the box as a sentence, or that there is none."""
    what = str(result.condition)
    better = ">" if asked.metric in BETTER_IF_MORE else "<"
    if what == f"{DIFFERENCE} {better} 0":
        what = words("helps", *asked.arms)
    box = result.box
    if box is None:
        return words("no box", what, words.percent(result.share))
    where = words("and").join(_limit(limit, words) for limit in box.limits)
    shares = (box.density, box.coverage, box.elsewhere, box.held_out)
    return words("box", what, where, *(words.percent(share) for share in shares))


def _limit(limit: Limit, words: AnalysisWords) -> str:
    if isinstance(limit.value, str):
        return words(limit.sign, limit.key, limit.value)
    number = f"{limit.value:.15g}"  # as it was chosen, with as few digits as tell points apart
    return f"{limit.key} {limit.sign} {number.replace('.', ',') if words.column else number}"


def _emulator(result: Emulator, _: Asked, words: AnalysisWords) -> list[str]:
    sizes = (words.number(v) for v in (result.rmse, result.spread, result.seed_error))
    share, inside = words.percent(result.explained), words.percent(result.coverage)
    lengths = ", ".join(f"{key} {words.number(v)}" for key, v in result.lengths.items())
    notes = [words("error", *sizes, share, inside), words("lengths", lengths)]
    if result.explained < LEAST_EXPLAINED or result.coverage < LEAST_COVERAGE:
        notes.append(words("no emulator"))
    return _wrapped(notes)


def _survival(result: Survival, _: Asked, words: AnalysisWords) -> list[str]:
    day = words.number(result.horizon)
    rows = [[words("arm"), words("restricted mean", day), words("waiting", day)]]
    rows += [
        [c.arm, words.interval(c.restricted_mean), words.share(c.censored)] for c in result.curves
    ]
    rows.append([words("difference"), words.interval(result.difference, signed=True), ""])
    notes = [words("logrank", words.number(result.logrank))]
    if result.undefined:
        notes.append(words("undefined", result.undefined))
    return [*_aligned(rows), *_wrapped(notes)]


_SECTIONS: Final[dict[str, Callable[[Any, Asked, AnalysisWords], list[str]]]] = {
    "differences": _differences,
    "convergence": _convergence,
    "sensitivity": _sensitivity,
    "scoring": _scoring,
    "discovery": _discovery,
    "emulator": _emulator,
    "survival": _survival,
}


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        ("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _wrapped(lines: Sequence[str]) -> list[str]:
    """Return lines of a readable width; French signs stay with the word before them."""
    parts = []
    for line in lines:
        for sign in ":;?!»":
            line = line.replace(f" {sign}", f"\u00a0{sign}")
        found = textwrap.wrap(line.replace("« ", "«\u00a0"), WIDTH, break_on_hyphens=False)
        parts += [part.replace("\u00a0", " ") for part in found]
    return parts
