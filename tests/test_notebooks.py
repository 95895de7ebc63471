"""Lessons run from top to bottom, and show what they say."""

from __future__ import annotations

import runpy

import pytest
from tests.worlds import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.stem)
def test_a_lesson_runs(file: object) -> None:
    runpy.run_path(str(file))


def test_a_village_is_one_large_pantry() -> None:
    """Lesson 1: what the village holds lasts S / (1 - c) as a pantry does, within a day."""
    lesson = runpy.run_path(str(LESSONS[0]))
    stock = lesson["by_model"][0]
    assert stock > lesson["by_hand"][0]
    for share, days in zip(lesson["SHARES"], lesson["by_model"], strict=True):
        assert abs(days - lesson["days_until_empty"](stock, share)) <= 1.0


def test_every_lesson_is_listed() -> None:
    text = (ROOT / "notebooks" / "README.md").read_text("utf-8")
    assert LESSONS
    assert all(f"({file.name})" in text for file in LESSONS)
