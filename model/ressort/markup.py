"""Parts of pages in HTML that are also well-formed XML: tables and drawings with their words."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], classes: Sequence[str]) -> str:
    """Return a table; the first cell of a row is its head, `classes` are of the other cells."""

    def marked(tag: str, kind: str, text: str, scope: str = "") -> str:
        attributes = (f' class="{kind}"' if kind else "") + (f' scope="{scope}"' if scope else "")
        return f"<{tag}{attributes}>{escape(text)}</{tag}>"

    kinds = ("", *("state" if kind == "state" else "" for kind in classes))
    top = "".join(marked("th", k, t, "col") for k, t in zip(kinds, heads, strict=True))
    lines = [
        marked("th", "", row[0], "row")
        + "".join(marked("td", k, t) for k, t in zip(classes, row[1:], strict=True))
        for row in rows
    ]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"


def svg(figure: Figure, style: Mapping[Any, Any]) -> str:
    """Return a figure as SVG, without a date, so that pages can be compared."""
    import matplotlib as mpl

    with mpl.rc_context(dict(style)):
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()


def inline_svg(
    figure: Figure, name: str, title: str, words: Sequence[str], style: Mapping[Any, Any]
) -> str:
    """Return a figure as inline SVG with its title and its content in words."""
    drawing = svg(figure, style)
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    # Two drawings on one page would share identifiers.
    drawing = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", drawing)
    start, end = drawing.split(">", 1)
    labels = f' role="img" aria-labelledby="{name}-title {name}-words"'
    described = (
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-words">{escape(" ".join(words))}</desc>'
    )
    return f"{start}{labels}>{described}{end}"
