"""A portrait as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ressort.portraits.content import (
    SHOWN,
    credit,
    kind_words,
    measure_cells,
    missing_sentences,
    source_sentences,
    speaker,
    stock_cells,
    stock_heads,
    stock_note,
)

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait
    from ressort.portraits.words import Speaker

WIDTH: Final = 100


def text(portrait: Portrait, lang: str) -> str:
    """Return the portrait as text, at most 100 characters wide but for long names."""
    say = speaker(lang)
    name = portrait.territory.name
    lines = [name, "=" * len(name), *_wrapped(kind_words(portrait, say)), ""]
    head = (say("figures"), say("here"), say("France"), say("state"))
    rows = [measure_cells(portrait.measures[key], say) for key in SHOWN]
    lines += [*columns([head, *rows], "<>><"), ""]
    lines += [*_branches(portrait, say), ""]
    lines += [say("missing"), *(x for s in missing_sentences(portrait, say) for x in _item(s)), ""]
    lines += [f"{say('stocks')} ({say('days')})"]
    lines += columns([stock_heads(say), *stock_cells(portrait, say)], "<>>>>>>>")
    lines += [*_wrapped(stock_note(say)), ""]
    lines += [say("sources"), *(x for s in source_sentences(portrait, say) for x in _item(s))]
    return "\n".join([*lines, "", *_wrapped(credit(say))])


def columns(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Return rows as lines of aligned columns, `align` "<" or ">" for each."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (f"{c:{a}{w}}" for c, a, w in zip(row, align, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return lines


def _branches(portrait: Portrait, say: Speaker) -> list[str]:
    head = ["", say("jobs head"), say("France"), say("made"), say("rest"), say("abroad")]
    rows = [
        (
            say.branch(b.name),
            *(say.rate(v) for v in (b.jobs, b.jobs_france)),
            *(say.share(v) for v in (b.here, b.rest_of_france, b.abroad)),
        )
        for b in portrait.branches
    ]
    return [*_wrapped(say("branch table")), *columns([head, *rows], "<>>>>>")]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False)


def _item(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
