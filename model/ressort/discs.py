"""Maps of discs: communes at their positions, true to shape, with names that hide nothing.

There are no outlines of communes: each is a disc at its town hall, or at the middle of its area.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ressort.data import EARTH_RADIUS_KM, communes_table
from ressort.figures import GREY
from ressort.words import Words

Floats = NDArray[np.float64]

EDGE: Final = "0.15"
OUTSIDE: Final = "0.72"
LEAST_HALF_KM: Final = 4.0  # half the width of the map of a small place
MARGIN: Final = 1.12  # around the outermost positions
AROUND_ONE: Final = 2.2  # around the largest commune, in radii of a disc of its area
LARGEST_DISC: Final = 0.0042  # of the map, for the largest commune
MOST_COVERED: Final = 0.12  # of the map, for all communes together
SMALLEST_POINT: Final = 2.5  # points^2: a hamlet stays visible
N_NAMES, N_OUTSIDE = 6, 4  # places named, in the territory and around
NAME_WIDTH, NAME_HEIGHT = 4.2, 8.5  # points: a letter, a line
MOST_AROUND: Final = 3000  # communes beyond which the surroundings are left out
Corner = Literal["upper left", "lower left", "lower right", "upper right"]
CORNERS: Final[tuple[Corner, ...]] = ("upper left", "lower left", "lower right", "upper right")
CORNER_SIZES: Final = ((92.0, 66.0), (66.0, 54.0), (62.0, 20.0))  # points: colours, areas, bar
HALO: Final = [withStroke(linewidth=2, foreground="white")]
FONT: Final = 7  # points
LEGEND: Final[dict[str, Any]] = {
    "fontsize": FONT,
    "title_fontsize": FONT,
    "frameon": False,
    "alignment": "left",
    "borderpad": 0.3,
    "handletextpad": 0.6,
}


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles overlap."""
        beside = self.right < other.left or other.right < self.left
        return not (beside or self.top < other.bottom or other.top < self.bottom)


@dataclass
class Sheet:
    """The axes of a map with its middle (degrees), half sizes (km) and scale (points² a head)."""

    axes: Axes
    middle: tuple[float, float]
    halves: tuple[float, float]
    scale: float
    corners: list[Box]  # kept free for explanations
    taken: list[Box]  # where no name may go

    @property
    def pixels(self) -> float:
        """Pixels a point."""
        return float(self.axes.figure.dpi) / 72.0

    @property
    def frame(self) -> Box:
        """The whole map."""
        return Box(*self.axes.get_window_extent().extents)

    def km(self, places: pd.DataFrame) -> Floats:
        """Return positions in km from the middle, true to shape."""
        return km_from(self.middle, places)

    def at(self, xy: Floats) -> Floats:
        """Return positions in pixels."""
        return np.asarray(self.axes.transData.transform(xy), dtype=np.float64)

    def areas(self, people: Floats) -> Floats:
        """Return areas of discs in points²."""
        return np.maximum(SMALLEST_POINT, people * self.scale)

    def squares(self, people: Floats, xy: Floats) -> list[Box]:
        """Return the squares within discs, in pixels."""
        halves = np.sqrt(self.areas(people) / math.pi / 2.0) * self.pixels
        return [
            Box(x - half, y - half, x + half, y + half)
            for (x, y), half in zip(self.at(xy), halves, strict=True)
        ]


def fitted(axes: Axes, communes: pd.DataFrame, people: Floats, area: Floats) -> Sheet:
    """Fit the axes to the communes, as many km a cm in both directions."""
    lon, lat = communes["lon"].to_numpy(float), communes["lat"].to_numpy(float)
    middle = (0.5 * (lon.min() + lon.max()), 0.5 * (lat.min() + lat.max()))
    reach = MARGIN * np.abs(km_from(middle, communes)).max(axis=0)
    least = max(LEAST_HALF_KM, AROUND_ONE * math.sqrt(area.max() / math.pi))
    box = axes.get_window_extent()
    km_a_pixel = max(2 * max(reach[0], least) / box.width, 2 * max(reach[1], least) / box.height)
    halves = (0.5 * km_a_pixel * box.width, 0.5 * km_a_pixel * box.height)
    axes.set(xlim=(-halves[0], halves[0]), ylim=(-halves[1], halves[1]), xticks=[], yticks=[])
    axes.set_aspect("equal")
    for spine in axes.spines.values():
        spine.set_visible(False)
    points = (72.0 / float(axes.figure.dpi)) ** 2 * box.width * box.height
    scale = points * min(LARGEST_DISC / nice_down(people.max()), MOST_COVERED / people.sum())
    return Sheet(axes, middle, halves, scale, [], [])


def km_from(middle: tuple[float, float], places: pd.DataFrame) -> Floats:
    """Return positions in km from a middle in degrees, shape (n, 2)."""
    km = EARTH_RADIUS_KM * np.pi / 180.0
    east = (places["lon"].to_numpy(float) - middle[0]) * math.cos(math.radians(middle[1]))
    return km * np.column_stack([east, places["lat"].to_numpy(float) - middle[1]])


def nice_down(value: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20 ... that is not above a value.

    >>> nice_down(7.3), nice_down(143), nice_down(2)
    (5.0, 100.0, 2.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return float(max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)))


# --- Explanations --------------------------------------------------------------------------------


def free_corners(sheet: Sheet, xy: Floats) -> list[Corner]:
    """Return corners for the legend of colours, that of areas and the bar: where least is hidden.

    Also keeps names out of them.
    """
    dots, frame = sheet.at(xy), sheet.frame

    def box(corner: Corner, size: tuple[float, float]) -> Box:
        width, height = (v * sheet.pixels for v in size)
        left = frame.left if "left" in corner else frame.right - width
        bottom = frame.bottom if "lower" in corner else frame.top - height
        return Box(left, bottom, left + width, bottom + height)

    chosen: list[Corner] = []
    for size in CORNER_SIZES:
        free = [corner for corner in CORNERS if corner not in chosen]
        hidden = {c: sum(box(c, size).meets(Box(x, y, x, y)) for x, y in dots) for c in free}
        chosen.append(min(free, key=hidden.__getitem__))
        sheet.corners.append(box(chosen[-1], size))
    sheet.taken += sheet.corners
    return chosen


def disc(colour: str, points: float, edge: str = EDGE) -> Line2D:
    """Return a disc for a legend; `points`: its area in points²."""
    mark = Line2D([], [], ls="", marker="o", mfc=colour, mec=edge, mew=0.5)
    mark.set_markersize(math.sqrt(max(SMALLEST_POINT, points)))
    return mark


def scale_bar(sheet: Sheet, corner: Corner, say: Words) -> None:
    """Draw a bar of so many km in a corner."""
    east, north = sheet.halves
    km = nice_down(0.5 * east)
    x = -0.95 * east if "left" in corner else 0.95 * east - km
    y = -0.93 * north if "lower" in corner else 0.88 * north
    sheet.axes.plot([x, x + km], [y, y], color="black", lw=2, solid_capstyle="butt", zorder=5)
    sheet.axes.annotate(
        f"{say.number(km)}\u00a0km",
        (x + km / 2, y),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        fontsize=FONT,
        path_effects=HALO,
        zorder=5,
    )


# --- Places --------------------------------------------------------------------------------------


def surroundings(sheet: Sheet, codes: tuple[str, ...]) -> None:
    """Draw the communes around as empty discs, and name the largest."""
    table = communes_table()
    table = table[(table["zone"] == "metro") & ~table["code"].isin(codes)]
    xy = sheet.km(table)
    seen = np.flatnonzero((np.abs(xy) < np.array(sheet.halves)).all(axis=1))
    if not 0 < len(seen) <= MOST_AROUND:
        return
    people = table["population"].to_numpy(float)
    squares = zip(seen, sheet.squares(people[seen], xy[seen]), strict=True)
    free = [k for k, square in squares if not any(square.meets(c) for c in sheet.corners)]
    names, people, xy = table["name"].iloc[free], people[free], xy[free]
    east, north = xy.T
    sheet.axes.scatter(
        east,
        north,
        s=sheet.areas(people),
        facecolors="none",
        edgecolors=OUTSIDE,
        linewidths=0.5,
        zorder=1,
    )
    names_of(sheet, names, people, xy, N_OUTSIDE, GREY)


def names_of(
    sheet: Sheet, names: pd.Series[str], people: Floats, xy: Floats, most: int, colour: str
) -> None:
    """Name the largest places, above or below their discs, where no name hides another."""
    dots, areas, named = sheet.at(xy), sheet.areas(people), 0
    for k in np.argsort(-people)[: 4 * most]:
        radius = math.sqrt(areas[k] / math.pi) + 1.0
        found = _free_place(sheet, dots[k], radius, len(names.iloc[k]))
        if found is None:
            continue
        shift, side = found
        sheet.axes.annotate(
            names.iloc[k],
            xy[k],
            xytext=(shift / sheet.pixels, side * radius),
            textcoords="offset points",
            ha="center",
            va="bottom" if side > 0 else "top",
            fontsize=FONT,
            color=colour,
            path_effects=HALO,
            zorder=4,
        )
        named += 1
        if named == most:
            return


def _free_place(sheet: Sheet, dot: Floats, radius: float, letters: int) -> tuple[float, int] | None:
    """Return how far a name moves sideways, in pixels, and its side (1 above), and take it."""
    frame, (x, y) = sheet.frame, dot
    half, height = 0.5 * NAME_WIDTH * letters * sheet.pixels, NAME_HEIGHT * sheet.pixels
    inner = max(frame.left + half, frame.right - half)
    middle = float(np.clip(x, frame.left + half, inner))
    for side in (1, -1):
        low, top = sorted(y + side * (radius * sheet.pixels + rise) for rise in (0.0, height))
        box = Box(middle - half, low, middle + half, top)
        inside = frame.bottom <= low and top <= frame.top
        if inside and not any(box.meets(other) for other in sheet.taken):
            sheet.taken.append(box)
            return middle - float(x), side
    return None
