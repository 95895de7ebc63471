"""The map of a portrait: communes as discs at their positions.

Colours are Okabe and Ito's (2008), in an order that also runs from light to dark in grey.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.axes import Axes

from ressort.discs import (
    EDGE,
    FONT,
    LEGEND,
    N_NAMES,
    OUTSIDE,
    Corner,
    Sheet,
    disc,
    fitted,
    free_corners,
    names_of,
    nice_down,
    scale_bar,
    surroundings,
)
from ressort.geography import DENSITY_BOUNDS
from ressort.portraits.words import Speaker

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait

COLOURS: Final = ("#F0E442", "#56B4E9", "#0072B2")


def draw_map(axes: Axes, portrait: Portrait, say: Speaker) -> None:
    """Draw communes as discs at their positions: area by population, colour by density."""
    communes = portrait.territory.communes
    people = communes["population"].to_numpy(float)
    area = communes["area_km2"].to_numpy(float)
    sheet = fitted(axes, communes, people, area)
    xy = sheet.km(communes)
    order = np.argsort(-people)  # the small on top of the large
    colours = [COLOURS[k] for k in np.searchsorted(DENSITY_BOUNDS, people / area)]
    axes.scatter(
        xy[order, 0],
        xy[order, 1],
        s=sheet.areas(people)[order],
        c=[colours[k] for k in order],
        edgecolors=EDGE,
        linewidths=0.4,
        zorder=2,
    )
    corners = free_corners(sheet, xy)
    is_real = portrait.territory.surroundings is None
    _colour_legend(axes, corners[0], is_real, say)
    _area_legend(sheet, corners[1], float(people.max()), say)
    scale_bar(sheet, corners[2], say)
    if is_real:  # the communes of an invented territory are all alike, and nothing is around it
        largest = order[:N_NAMES]
        sheet.taken += sheet.squares(people[largest], xy[largest])  # no other name covers them
        names_of(sheet, communes["name"], people, xy, N_NAMES, "black")
        surroundings(sheet, portrait.territory.codes)


def _colour_legend(axes: Axes, corner: Corner, is_real: bool, say: Speaker) -> None:
    low, high = (say.number(bound) for bound in DENSITY_BOUNDS)
    texts = [say("under", low), say("between", low, high), say("over", high)]
    marks = [disc(colour, 36) for colour in COLOURS]
    if is_real:
        marks.append(disc("none", 36, OUTSIDE))
        texts.append(say("around"))
    legend = axes.legend(marks, texts, loc=corner, title=say("density legend"), **LEGEND)
    axes.add_artist(legend)  # the next one would replace it


def _area_legend(sheet: Sheet, corner: Corner, largest: float, say: Speaker) -> None:
    sizes = [nice_down(largest), nice_down(largest / 9)] if largest >= 20 else [largest]
    sheet.axes.legend(
        [disc("none", size * sheet.scale) for size in sizes],
        [say.number(size) for size in sizes],
        loc=corner,
        title=say("size legend"),
        labelspacing=0.9,
        handlelength=max(2.0, 2.0 * math.sqrt(sizes[0] * sheet.scale / math.pi) / FONT),
        **LEGEND,
    )
