"""The figure of a portrait: map, jobs by branch beside France, and where purchases are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ressort import figures
from ressort.figures import GREY
from ressort.portraits.content import credit, kind_words, speaker
from ressort.portraits.map import draw_map
from ressort.portraits.words import Speaker

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait

HERE: Final = "#0072B2"
SHARES: Final = ("#0072B2", "#56B4E9", "#E8E8E8")  # Okabe and Ito's: dark to light in grey too
STYLE: Final[dict[Any, Any]] = {**figures.STYLE, "font.size": 8, "axes.titlesize": 9}
ABOVE: Final[dict[str, Any]] = {
    "loc": "lower left",
    "bbox_to_anchor": (-0.02, 0.985),
    "ncols": 3,
    "fontsize": 7.5,
    "frameon": False,
    "columnspacing": 1.2,
    "handlelength": 1.0,
    "handletextpad": 0.4,
    "borderaxespad": 0.1,
}


def draw(portrait: Portrait, lang: str) -> Figure:
    """Draw the whole figure: map on the left, branches on the right."""
    say = speaker(lang)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.7, 6.6))
        figure.text(0.02, 0.955, portrait.territory.name, fontsize=14, fontweight="bold")
        figure.text(0.02, 0.92, kind_words(portrait, say), fontsize=8.5, color=GREY)
        draw_map(figure.add_axes((0.02, 0.07, 0.39, 0.82)), portrait, say)
        left, right = (figure.add_axes((x, 0.105, 0.2, 0.735)) for x in (0.565, 0.78))
        draw_branches(left, right, portrait, say)
        figure.text(0.02, 0.02, credit(say), fontsize=7, color=GREY)
    return figure


def map_figure(portrait: Portrait, say: Speaker) -> Figure:
    """Draw the map alone, as the page has it."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(3.3, 3.3))
        draw_map(figure.add_axes((0.01, 0.01, 0.98, 0.98)), portrait, say)
    return figure


def branch_figure(portrait: Portrait, say: Speaker) -> Figure:
    """Draw jobs and purchases by branch alone, as the page has them."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.4, 3.1))
        left, right = (figure.add_axes((x, 0.075, 0.36, 0.82)) for x in (0.23, 0.62))
        draw_branches(left, right, portrait, say)
    return figure


def draw_branches(jobs: Axes, purchases: Axes, portrait: Portrait, say: Speaker) -> None:
    """Draw jobs per 1,000 inhabitants here and in France, and where purchases are made."""
    rows = np.arange(len(portrait.branches))
    _jobs(jobs, rows, portrait, say)
    _purchases(purchases, rows, portrait, say)
    for axes in (jobs, purchases):
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color="0.9", lw=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(axis="x", labelsize=7.5)
        axes.legend(**ABOVE)


def _jobs(axes: Axes, rows: Any, portrait: Portrait, say: Speaker) -> None:
    here = np.array([b.jobs for b in portrait.branches])
    france = np.array([b.jobs_france for b in portrait.branches])
    axes.hlines(rows, here, france, color="0.7", lw=1.2, zorder=1)
    axes.plot(here, rows, "o", color=HERE, ms=4.5, label=say("here"))
    axes.plot(france, rows, "o", mfc="none", mec="black", ms=4.5, mew=0.9, label=say("France"))
    axes.set_yticks(rows, [say.branch(b.name) for b in portrait.branches], color="black")
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    most = float(max(here.max(), france.max()))
    axes.set_xlim(-0.02 * most, 1.04 * most)
    axes.set_title(say("jobs panel"), pad=16)


def _purchases(axes: Axes, rows: Any, portrait: Portrait, say: Speaker) -> None:
    parts = np.array([(b.here, b.rest_of_france, b.abroad) for b in portrait.branches])
    left = np.zeros(len(rows))
    names = (say("here"), say("rest"), say("abroad"))
    for part, colour, name in zip(100 * parts.T, SHARES, names, strict=True):
        axes.barh(rows, part, left=left, height=0.72, color=colour, label=name, ec="white", lw=0.4)
        left += part
    axes.set_yticks([])
    axes.set_xlim(0, 100)
    axes.set_title(say("purchases panel"), pad=16)
