"""The report as one page of HTML: no script, nothing from elsewhere, made for screen and paper."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Final

import jinja2
from markupsafe import Markup

from ressort import __version__
from ressort.comparison.evidence import Evidence
from ressort.comparison.findings import Finding
from ressort.comparison.report import (
    answer,
    cascades,
    curves,
    drivers,
    gains,
    maps,
    metrics,
    signs,
    sources,
    times,
)
from ressort.comparison.report.blocks import Panel, Section
from ressort.comparison.report.subject import Subject
from ressort.markup import inline_svg

TEMPLATES: Final = "ressort.comparison.templates"
TONES: Final = {"+ ": "gain", "− ": "loss", "0 ": "even", "? ": "even"}  # of signs in words
_LONG: Final = re.compile(r"-?\d+\.\d{3,}")


def sections(subject: Subject, fingerprint: str) -> tuple[Section, ...]:
    """Return the sections of a report in their order."""
    return (
        answer.section(subject),
        signs.section(subject),
        curves.section(subject),
        times.section(subject),
        maps.section(subject),
        cascades.section(subject),
        gains.section(subject),
        drivers.section(subject),
        metrics.section(subject),
        sources.limits(subject),
        sources.parameters(subject),
        sources.manifest(subject, fingerprint),
    )


def page(
    evidence: Evidence,
    lang: str,
    fingerprint: str = "",
    found: Sequence[Finding] | None = None,
) -> str:
    """Return the page in a language; it is also well-formed XML. `found`: if known already."""
    subject = Subject(evidence, lang, found)
    say, counts = subject.say, evidence.counts
    date = str(evidence.manifest.get("date", ""))[:10]
    lead = say(
        "lead", evidence.plan.name, counts.done, counts.asked, evidence.plan.draws,
        evidence.manifest["ressort"], date,
    )  # fmt: skip
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_read("report.html.j2")).render(
        lang=lang,
        title=say("report"),
        lead=lead,
        is_long=len(subject.cells) > curves.MOST_LARGE,
        css=Markup(_read("report.css")),
        say=say,
        sections=sections(subject, fingerprint or f"ressort {__version__}"),
        kind_of=lambda block: type(block).__name__,
        tone_of=lambda text: TONES.get(text[:2], "") if text[2:] in _sign_words(subject) else "",
        drawn=drawn,
        spanned=spanned,
    )


def _sign_words(subject: Subject) -> set[str]:
    return {subject.say(f"sign {sign}")[2:] for sign in "+-0?"}


def spanned(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Give rows with how many share the head of the first of them; 0 for those that follow it.

    >>> list(spanned([("a", "1"), ("a", "2"), ("b", "3")]))
    [(2, ('a', '1')), (0, ('a', '2')), (1, ('b', '3'))]
    """
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        alike = list(group)
        yield from zip((len(alike), *[0] * (len(alike) - 1)), alike, strict=True)


def drawn(panel: Panel) -> Markup:
    """Return a panel as inline SVG, its coordinates to a hundredth of a point."""
    text = inline_svg(panel.figure, panel.name, panel.title, [panel.words], curves.STYLE)
    return Markup(_LONG.sub(lambda number: f"{float(number[0]):.2f}", text))


def _read(name: str) -> str:
    return (resources.files(TEMPLATES) / name).read_text("utf-8")
