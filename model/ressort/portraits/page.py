"""A portrait as one page of HTML: no script, nothing from elsewhere, printed on one sheet of A4."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final

from ressort.markup import inline_svg, table
from ressort.portraits.content import (
    SHOWN,
    branch_sentences,
    credit,
    kind_words,
    map_words,
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

CSS: Final = """
@page { size: A4; margin: 9mm; }
* { box-sizing: border-box; }
body { font: 7.5pt/1.3 "Source Sans 3", "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif;
  color: #111; background: #fff; max-width: 192mm; margin: 4mm auto; }
h1 { font-size: 17pt; line-height: 1.1; margin: 0; }
h2 { font-size: 9pt; margin: 0 0 .8mm; }
p, ul, figure { margin: 0; }
.lead { color: #444; margin: .6mm 0 2.2mm; font-size: 8pt; }
.over { color: #444; text-transform: uppercase; letter-spacing: .06em; font-size: 7pt; }
.row { display: grid; gap: 5mm; margin-bottom: 2.2mm; }
.first { grid-template-columns: 1fr 74mm; }
.last { grid-template-columns: 1fr 1.75fr; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .16mm 1mm; border-bottom: .2mm solid #ddd; text-align: right;
  font-weight: 400; white-space: nowrap; }
th:first-child, td:last-child.state, th:last-child.state { text-align: left; }
th:first-child { padding-left: 0; }
thead th { border-bottom: .3mm solid #111; color: #444; vertical-align: bottom;
  white-space: normal; padding-top: 0; }
td.here { font-weight: 600; }
td.state { color: #444; }
svg { width: 100%; height: auto; display: block; }
ul { padding-left: 3.2mm; }
li { margin-bottom: .5mm; }
.note { color: #333; font-size: 6.7pt; line-height: 1.25; margin-top: .8mm; }
footer { border-top: .3mm solid #111; padding-top: 1mm; color: #333; font-size: 6.5pt;
  line-height: 1.25; }
footer h2 { display: inline; font-size: 6.9pt; }
@media print { body { margin: 0 auto; } .row, footer { break-inside: avoid; } }
"""


def page(portrait: Portrait, lang: str) -> str:
    """Return the page in a language; it is also well-formed XML."""
    say = speaker(lang)
    name = escape(portrait.territory.name)
    title = f"{name}, {escape(say('portrait').lower())}"
    body = "\n".join([*_head(portrait, say), *_first(portrait, say), *_chart(portrait, say)])
    rest = "\n".join([*_last(portrait, say), *_foot(portrait, say)])
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}" xml:lang="{lang}">\n<head>\n'
        '<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n{rest}\n</main>\n</body>\n</html>\n"
    )


def _head(portrait: Portrait, say: Speaker) -> Iterable[str]:
    yield f'<header><p class="over">{escape(say("portrait"))}</p>'
    yield f"<h1>{escape(portrait.territory.name)}</h1>"
    yield f'<p class="lead">{escape(kind_words(portrait, say))}</p></header>'


def _first(portrait: Portrait, say: Speaker) -> Iterable[str]:
    from ressort.portraits.figure import STYLE, map_figure

    rows = [measure_cells(portrait.measures[key], say) for key in SHOWN]
    heads = (say("what"), say("here"), say("France"), say("state"))
    yield '<div class="row first">'
    yield f'<section aria-labelledby="figures"><h2 id="figures">{escape(say("figures"))}</h2>'
    yield table(heads, rows, ("here", "", "state"))
    yield "</section>"
    words = [map_words(portrait, say)]
    picture = inline_svg(map_figure(portrait, say), "map", say("map"), words, STYLE)
    yield f"<figure>{picture}</figure></div>"


def _chart(portrait: Portrait, say: Speaker) -> Iterable[str]:
    from ressort.portraits.figure import STYLE, branch_figure

    words = branch_sentences(portrait, say)
    picture = inline_svg(branch_figure(portrait, say), "branch", say("branches"), words, STYLE)
    yield f'<div class="row"><figure>{picture}</figure></div>'


def _last(portrait: Portrait, say: Speaker) -> Iterable[str]:
    yield '<div class="row last">'
    yield f'<section aria-labelledby="missing"><h2 id="missing">{escape(say("missing"))}</h2><ul>'
    yield from (f"<li>{escape(text)}</li>" for text in missing_sentences(portrait, say))
    yield "</ul></section>"
    head = f"{say('stocks')} ({say('days')})"
    yield f'<section aria-labelledby="stocks"><h2 id="stocks">{escape(head)}</h2>'
    yield table(stock_heads(say), stock_cells(portrait, say), ("",) * 7)
    yield f'<p class="note">{escape(stock_note(say))}</p></section></div>'


def _foot(portrait: Portrait, say: Speaker) -> Iterable[str]:
    texts = " ".join(source_sentences(portrait, say))
    yield f"<footer><h2>{escape(say('sources'))}.</h2> {escape(texts)}"
    yield f"<p>{escape(credit(say))}</p></footer>"
