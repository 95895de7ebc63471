"""The report of a comparison: what its pages hold, and what it does with bad input."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.made_comparisons import plan, store

from ressort.comparison import evidence as reading
from ressort.comparison.findings import findings
from ressort.comparison.report import pdf
from ressort.comparison.report.drivers import shares_of
from ressort.comparison.report.page import page
from ressort.comparison.report.texts import TEXTS
from ressort.metrics import METRICS
from ressort.words import LANGUAGES

SECTIONS = (
    *("answer", "signs", "curves", "times", "maps", "cascades"),
    *("gains", "drivers", "metrics", "limits", "parameters", "manifest"),
)


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html.removeprefix("<!DOCTYPE html>\n"))


def text_of(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def rows_of(root: ElementTree.Element, section: str) -> list[list[str]]:
    found = root.find(f".//section[@id='{section}']")
    assert found is not None
    return [[text_of(cell) for cell in row] for row in found.iter("tr")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store(tmp_path_factory.mktemp("made") / "store")


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, str]:
    evidence = reading.read(folder)
    return {lang: page(evidence, lang, "abc") for lang in LANGUAGES}


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_well_formed_and_needs_nothing_else(pages: dict[str, str], lang: str) -> None:
    html = pages[lang]
    root = parsed(html)
    assert root.get("lang") == lang
    assert tuple(s.get("id") for s in root.iter("section")) == SECTIONS
    assert not list(root.iter("script"))
    assert not re.search(r"\b(src|action|formaction)=|@import|javascript:", html)
    assert not re.search(r"url\((?!#)|href=\"(?!#)", html)
    outside = re.sub(r"http://www\.w3\.org/[\w/.-]+|http://www\.w3\.org/1999/xlink", "", html)
    assert "http" not in outside
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert not re.search(r"\{\d", html)  # a text that was not filled in
    assert "nan" not in re.findall(r"[\w.−]+", text_of(root))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_figure_has_a_table_and_each_drawing_its_words(
    pages: dict[str, str], lang: str
) -> None:
    root = parsed(pages[lang])
    figures = list(root.iter("figure"))
    assert len(figures) >= 5
    svg = "{http://www.w3.org/2000/svg}"
    for figure in figures:
        assert figure.find(".//details//table") is not None
        drawings = [e for e in figure.iter() if e.tag == f"{svg}svg" and e.get("role") == "img"]
        assert drawings
        for drawing in drawings:
            told = (drawing.find(f"{svg}title"), drawing.find(f"{svg}desc"))
            assert all(t is not None and (t.text or "").strip() for t in told)
            named = (drawing.get("aria-labelledby") or "").split()
            assert named == [t.get("id") for t in told if t is not None]
    for table in root.iter("table"):
        assert table.get("aria-label")
        heads = [head.get("scope") for head in table.iter("th")]
        assert set(heads) <= {"col", "row", "rowgroup"}


def test_all_texts_are_there_in_both_languages() -> None:
    for key, pair in TEXTS.items():
        assert len(pair) == 2, key
        assert all(pair) or key == "unit share", key
        places = [sorted(set(re.findall(r"\{\d\}", text))) for text in pair]
        assert places[0] == places[1], key
    for metric in METRICS:
        is_single_need = (
            metric.name.startswith("m4_unmet_") and f"metric {metric.name}" not in TEXTS
        )
        assert f"metric {metric.name}" in TEXTS or is_single_need, metric.name


def test_no_text_claims_that_cooperation_makes_resilient(pages: dict[str, str]) -> None:
    for lang, words in (("en", "with these rules"), ("fr", "avec ces règles")):
        text = text_of(parsed(pages[lang])).lower()
        assert words in text
        assert "makes territories resilient" not in text
        assert "rend les territoires résilients" not in text


# --- Numbers -------------------------------------------------------------------------------------


def test_numbers_on_the_page_are_those_of_the_store(pages: dict[str, str]) -> None:
    rows = rows_of(parsed(pages["en"]), "signs")
    assert rows[1] == [
        "Place one", "Shock cut", "+ helps", "−20.0%", "−20.0% to −20.0%", "100 / 0 / 0%", "8/8",
    ]  # fmt: skip
    loss = rows[2]
    assert loss == ["Shock strike", "− hurts", "+20.0%", *loss[3:]]
    assert "0 / 0 / 100%" in loss
    answer = text_of(parsed(pages["en"]).find(".//section[@id='answer']"))  # type: ignore[arg-type]
    assert "Place one: Shock strike (+20.0%)" in answer
    assert "6.0 EUR a head and year" in answer


def test_runs_that_never_recover_are_counted_and_told(folder: Path, pages: dict[str, str]) -> None:
    evidence = reading.read(folder)
    rows = evidence.of("one", "strike")
    late = rows[rows["arm"] == "without"]["m6_days_to_recover"]
    assert int(np.isinf(late).sum()) == 3
    times = text_of(parsed(pages["en"]).find(".//section[@id='times']"))  # type: ignore[arg-type]
    assert (
        "Place one: Shock strike, “arm without”: 3 of 8 runs were not back within 41 days" in times
    )
    found = {(f.territory, f.shock): f for f in findings(evidence) if f.outcome == "recovery"}
    one = found["one", "strike"]
    assert one.censored == {"with": 0.0, "without": 0.375}
    expected = np.mean(24.0 - np.minimum(late.to_numpy(float), 41.0))  # 20, or cut off
    assert one.spread.median == pytest.approx(expected)
    assert one.spread.low <= one.spread.median <= one.spread.high
    assert found["two", "cut"].spread.sign == "+"


def test_a_sign_of_recovery_never_contradicts_its_interval(tmp_path: Path) -> None:
    made = reading.read(store(tmp_path / "many", plan(draws=30)))
    for one in findings(made):
        if one.outcome == "recovery" and one.spread.sign in "+-":
            assert (one.spread.high < 0.0) == (one.spread.sign == "+")


def test_variation_is_split_between_shocks_and_places() -> None:
    import pandas as pd

    cells = [("a", "x", 0.0), ("a", "y", 2.0), ("b", "x", 0.0), ("b", "y", 2.0)]
    table = pd.DataFrame(cells * 2, columns=["territory", "shock", "value"])
    assert shares_of(table) == pytest.approx((1.0, 0.0, 0.0, 0.0))
    table["value"] = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    assert shares_of(table) == pytest.approx((0.0, 0.0, 0.0, 1.0))
    assert shares_of(table.head(1)) is None


def test_maps_tell_before_during_and_after(pages: dict[str, str]) -> None:
    rows = rows_of(parsed(pages["en"]), "maps")
    issoire = next(row for row in rows if row[0] == "Issoire")
    assert issoire[1:] == ["15,115", "10% / 70% / 10%", "10% / 70% / 10%"]


def test_the_pdf_of_four_cases_has_few_sheets(folder: Path, tmp_path: Path) -> None:
    if not pdf.can_write():
        pytest.skip("no Pango")
    html = page(reading.read(folder), "fr", "abc")
    assert pdf.write(html, tmp_path / "report.pdf") <= 8
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
