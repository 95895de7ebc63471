"""The command `ressort report`: what it writes, and what it does with bad input."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.made_comparisons import ARMS, plan, result, store

from ressort.batch.plan import Arm, Kept, Point
from ressort.batch.store import Store
from ressort.cli import main
from ressort.comparison import evidence as reading
from ressort.comparison.report import files, pdf
from ressort.comparison.report.page import page
from ressort.errors import InputError


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["report", *map(str, arguments)])
    return int(left.value.code or 0)


def small(**more: Any) -> Any:
    return plan(("one",), ("cut",), **({"draws": 2} | more))


def test_it_writes_both_languages_whole_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(tmp_path / "store", small())
    assert run(folder, "--out", tmp_path / "out", "--no-pdf") == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "report.en.html",
        "report.fr.html",
    ]
    assert capsys.readouterr().out.count("written: ") == 2

    def fails(*_: object) -> str:
        raise OSError(28, "No space left on device")

    before = (tmp_path / "out" / "report.en.html").read_text("utf-8")
    monkeypatch.setattr(files, "page", fails)
    assert run(folder, "--out", tmp_path / "out", "--no-pdf") == 3
    assert run(folder, "--out", tmp_path / "new", "--no-pdf") == 3
    assert (tmp_path / "out" / "report.en.html").read_text("utf-8") == before
    assert not (tmp_path / "new").exists()


def test_without_pango_there_is_html_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "can_write", lambda: False)
    folder = store(tmp_path / "store", small(draws=6))
    assert run(folder, "--lang", "fr") == 0
    assert [p.name for p in (folder / "report").iterdir()] == ["report.fr.html"]
    err = capsys.readouterr().err
    assert "Pango" in err
    assert err.count("\n") == 1


def test_the_pdf_has_its_sheets(tmp_path: Path) -> None:
    if not pdf.can_write():
        pytest.skip("no Pango")
    folder = store(tmp_path / "store", small())
    assert run(folder, "--lang", "en", "--out", tmp_path / "out") == 0
    assert (tmp_path / "out" / "report.en.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["absent", "other", "empty", "failed"])
def test_bad_folders_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    folder, words = tmp_path / "store", "not a batch of ressort"
    if kind == "other":
        folder.mkdir()
    elif kind == "empty":
        store(folder, small(), only=0)
        words = "0 of 2 runs are done"
    elif kind == "failed":
        store(folder, small(), failed=[0, 1])
        words = "2 failed"
    assert run(folder) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_an_unwritable_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = store(tmp_path / "store", small(draws=6))
    (tmp_path / "file").write_text("mine")
    assert run(folder, "--out", tmp_path / "file", "--no-pdf") == 3
    assert "cannot be written there" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_results_of_another_version_are_reported_and_said(tmp_path: Path) -> None:
    folder = store(tmp_path / "store", small(draws=6))
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text("utf-8")) | {"ressort": "0.0.7"}
    manifest.write_text(json.dumps(content), "utf-8")
    html = page(reading.read(folder), "en")
    assert "These results were made by ressort 0.0.7" in html
    assert "+ helps" in html
    manifest.write_text(json.dumps(content | {"store": 99}), "utf-8")
    with pytest.raises(InputError, match=r"format 99.*0\.0\.7"):
        reading.read(folder)


def test_a_missing_reference_leaves_what_can_be_shown(tmp_path: Path) -> None:
    arms = (Arm("some"), Arm("with"))
    evidence = reading.read(store(tmp_path / "store", small(arms=arms)))
    assert evidence.reference is None
    html = page(evidence, "en")
    assert "The reference arm “without” is not in this batch (arms: some, with)" in html
    assert "+ helps" not in html
    assert "Recovery, day by day" in html
    alone = page(reading.read(store(tmp_path / "alone", small(arms=ARMS[1:]))), "fr")
    assert "Il n'y a qu'un bras" in unescape(alone)
    assert "<figure>" in alone


def test_one_draw_has_values_and_no_interval(tmp_path: Path) -> None:
    html = page(reading.read(store(tmp_path / "store", small(draws=1))), "en")
    assert "One draw only" in html
    assert "−20.0%" in html
    assert "−20.0% to" not in html
    assert "+ helps" not in html
    assert "nan" not in html.replace("finance", "")


def test_half_a_batch_is_reported_and_counted(tmp_path: Path) -> None:
    folder = store(tmp_path / "store", plan(), only=21, failed=[6])
    html = page(reading.read(folder), "en")
    assert "Only 20 of 32 runs are done (1 failed)" in html
    assert "ValueError: no water (1)" in html
    assert "20 done, 1 failed, 32 asked" in html


def test_tables_that_were_not_kept_are_left_out_and_said(tmp_path: Path) -> None:
    of = small(draws=6, kept=Kept((), False, False))
    folder = tmp_path / "store"
    with Store.create(folder, of) as made:
        whole = result(of, made.todo())
        del whole.tables["series"]
        made.save(whole)
    html = page(reading.read(folder), "en")
    assert "Daily series were not kept" in html
    assert "no map" in html
    assert "was not recorded" in html or "M12" in html
    assert "+ helps" in html


def test_any_batch_of_two_arms_is_named_after_its_scenario(tmp_path: Path) -> None:
    points = tuple(Point(k, {"shocks.0.depth": depth}) for k, depth in enumerate((0.5, 1.0)))
    base = {
        "name": "dry-summer",
        "title": "A dry summer",
        "title_fr": "Un été sec",
        "territory": {"codes": ["63005", "63178", "63113"], "label": "Some place"},
        "run": {"days": 60, "jobs": "estimated"},
        "shocks": [{"kind": "import_cut", "start_day": 5, "days": 10}],
    }
    of = plan(("one",), ("a", "b"), draws=6, design={}, points=points, base=base)
    evidence = reading.read(store(tmp_path / "store", of))
    assert evidence.reference == "without"
    assert [territory for territory, _ in evidence.cells] == ["Some place"] * 2
    assert evidence.design["shocks"][evidence.cells[0][1]]["watched"] == 55
    assert "A dry summer (shocks.0.depth = 0.5)" in page(evidence, "en")
    french = page(evidence, "fr")
    assert "Un été sec (shocks.0.depth = 1.0)" in french
    assert "Les points diffèrent aussi par : shocks.0.depth".replace(" :", "\u202f:") in french


def test_a_box_of_conditions_is_told_where_there_are_points_enough(tmp_path: Path) -> None:
    points = tuple(Point(k, {"shocks.0.depth": 0.1 + k / 100}) for k in range(60))
    of = plan(("one",), ("cut",), draws=2, points=points, design={}, kept=Kept((), False, False))
    with Store.create(tmp_path / "store", of) as made:
        whole = result(of, made.todo())
        rows = whole.tables["metrics"].to_pandas()
        depth = 0.1 + (rows["run_id"] % 60) / 100
        helped = (rows["arm"] == "with") & (depth > 0.4)
        rows["m4_unmet_person_days"] = 1000.0 - 200.0 * helped
        columns = [pa.array(rows["m4_unmet_person_days"])]
        table = whole.tables["metrics"].drop_columns(["m4_unmet_person_days"])
        whole.tables["metrics"] = table.append_column("m4_unmet_person_days", columns)
        del whole.tables["series"]
        made.save(whole)
    html = page(reading.read(tmp_path / "store"), "en")
    assert "shocks.0.depth &gt; 0." in html
