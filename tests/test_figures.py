"""The figure shows what the results say, is the same each time, and nothing in it overlaps."""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ressort.branches import NEEDS
from ressort.figures import COLOURS, PALE, draw, needs_to_show, save
from ressort.results import daily_table
from ressort.scenario import check
from ressort.simulation import compare
from ressort.summary import Summary, summarise
from ressort.words import LANGUAGES, Words

Case = tuple[pd.DataFrame, Summary]
SHOCKS = {
    "isolation": [{"kind": "isolation", "start_day": 5, "days": 15}],
    "no shock": [],
    "until the end": [{"kind": "labour_loss", "start_day": 0, "days": 40, "depth": 0.2}],
}


@pytest.fixture(scope="module", params=SHOCKS)
def case(request: pytest.FixtureRequest) -> Case:
    """Return the days and the summary of a small run."""
    scenario = check(
        {
            "name": "small",
            "title": "A village cut off for fifteen days, without lorries and commuters",
            "title_fr": "Un village coupé pendant quinze jours, sans camions ni navetteurs",
            "territory": {"name": "63005"},
            "run": {"days": 40},
            "seeds": {"count": 2},
            "shocks": SHOCKS[request.param],
        }
    )
    comparison = compare(scenario)
    return daily_table(comparison), summarise(comparison)


def boxes(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bbox]]:
    """Return every text that is drawn with its place in pixels."""
    drawn: list[Text] = []
    draw_text = Text.draw

    def record(self: Text, *arguments: Any, **options: Any) -> None:
        drawn.append(self)
        draw_text(self, *arguments, **options)

    monkeypatch.setattr(Text, "draw", record)
    figure.savefig(io.BytesIO())
    return [(t.get_text(), t.get_window_extent()) for t in drawn if t.get_text().strip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_neither_overlap_nor_leave_the_page(
    case: Case, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = draw(*case, Words(language))
    found = boxes(figure, monkeypatch)
    page = figure.bbox
    assert len(found) > 30
    for text, box in found:
        assert page.x0 <= box.x0, text
        assert box.x1 <= page.x1, text
        assert page.y0 <= box.y0, text
        assert box.y1 <= page.y1, text
    for (one, a), (other, b) in itertools.combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(across, along) <= 1, f"{one!r} and {other!r} overlap"


def test_lines_are_medians_over_seeds(case: Case) -> None:
    daily, summary = case
    axes = draw(daily, summary, Words()).axes[0]
    lines = {line.get_color(): line for line in axes.get_lines()}
    for arm, colour in COLOURS.items():
        rows = daily[(daily.arm == arm) & (daily.run == "shocked")]
        medians = rows.groupby("day")["essential"].median()
        assert np.allclose(lines[colour].get_ydata(), medians, rtol=0, atol=1e-12)
        assert np.array_equal(lines[colour].get_xdata(), medians.index - summary.start)


def test_files_are_the_same_each_time_and_hold_no_date(case: Case, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        save(draw(*case, Words()), folder)
    for name in ("figure.png", "figure.svg"):
        one, two = ((folder / name).read_bytes() for folder in folders)
        assert one == two
    assert b"dc:date" not in (folders[0] / "figure.svg").read_bytes()


def test_bars_of_few_seeds_are_grey_and_called_a_range(case: Case) -> None:
    daily, summary = case
    figure = draw(daily, summary, Words("en"))
    bars = [line for line in figure.axes[1].get_lines()[1:] if line.get_marker() != "o"]
    assert {line.get_color() for line in bars} <= {PALE}
    caption = " ".join(figure.texts[-1].get_text().split())
    assert "its range, in grey: seeds are too few" in caption
    assert "interval," in caption
    assert "0%" not in caption.replace("80%", "")


def days_of_needs(failing: dict[str, tuple[int, float]]) -> pd.DataFrame:
    """Return days in which each need given falls to a level from a day on."""
    return pd.DataFrame(
        {"arm": arm, "run": run, "seed": 1, "day": day}
        | {
            f"need_{need}": failing[need][1]
            if run == "shocked" and need in failing and day >= failing[need][0]
            else 1.0
            for need in NEEDS
        }
        for arm in COLOURS
        for run in ("shocked", "reference")
        for day in range(20)
    )


def test_needs_are_shown_in_the_order_in_which_they_fail() -> None:
    failing = {need: (2 * k, 0.5) for k, need in enumerate(reversed(NEEDS), 1)}
    assert needs_to_show(days_of_needs(failing)) == [*reversed(NEEDS)][:3]


def test_the_deepest_need_is_shown_though_it_fails_late() -> None:
    failing = {"food": (2, 0.5), "care": (3, 0.5), "energy": (4, 0.5), "water": (9, 0.1)}
    assert needs_to_show(days_of_needs(failing)) == ["food", "care", "water"]
