"""What a report is made of: sections of paragraphs, lists, tables and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its head, the first `texts` columns are words."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


@dataclass(frozen=True)
class Bullets:
    """A list of sentences; `is_warning`: that must not be missed."""

    lines: Sequence[str]
    is_warning: bool = False


class Key(NamedTuple):
    """What a line, a mark or a shade of a drawing stands for.

    `mark`: "line" (`dashes` as of SVG, none for a full line), "disc", "ring", "diamond", "shade".
    """

    text: str
    colour: str
    mark: str = "line"
    dashes: str = ""


@dataclass(frozen=True)
class Panel:
    """One small drawing with its title, and what it shows in words."""

    name: str
    title: str
    words: str
    figure: Figure


@dataclass(frozen=True)
class Drawing:
    """Small drawings that share a key and a table; `across`: how many stand side by side.

    `is_small`: side by side on a phone, too.
    """

    title: str
    panels: Sequence[Panel]
    keys: Sequence[Key]
    table: Table
    note: str = ""
    across: int = 3
    is_small: bool = False


@dataclass(frozen=True)
class Lead:
    """A paragraph that begins with what it answers."""

    label: str
    text: str


Block = str | Lead | Bullets | Table | Drawing


@dataclass(frozen=True)
class Section:
    """A section under its heading; `name` is its anchor."""

    name: str
    title: str
    blocks: list[Block] = field(default_factory=list)


# Of arms, in their order: Okabe and Ito's (2008), each with a line of its own for grey.
COLOURS: Final = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9")
DASHES: Final = ("5 3", "", "8 2 2 2", "2 2", "10 3")
LINES: Final = (
    (0, (4, 2.5)),
    "-",
    (0, (7, 1.5, 1.5, 1.5)),
    (0, (1.5, 1.5)),
    (0, (9, 2.5)),
)
