"""The commands `ressort status`, `ressort query` and `ressort export`."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from tests.batches import filled, plan, result

from ressort.batch.status import status
from ressort.batch.store import Store
from ressort.cli import main


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Twenty runs: 17 done, 2 failed, 1 left."""
    folder = tmp_path / "batch"
    with Store.create(folder, plan()) as store:
        store.save(result(range(10), failed=[7]))
        store.save(result(range(10, 19), failed=[12]))
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return left.value.code, out, err


def test_status(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "status", batch)
    assert (code, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == f"by-hand, batch in {batch}"
    assert lines[1:5] == ["17  done", "2  failed", "1  left", "20  asked"]
    assert f"nobody is writing; `ressort resume {batch}` goes on" in lines
    assert "2  ValueError: no water" in lines
    assert f"runs 7 12; once more, books checked: `ressort replay {batch} 7`" in lines


def test_status_in_french(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "status", batch, "--lang", "fr")
    assert code == 0
    assert f"by-hand, lot dans {batch}" in out
    assert "2  en échec" in out
    assert "personne n'écrit" in out


def test_status_for_programs(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "status", batch, "--json")
    told = json.loads(out)
    assert code == 0
    assert [told[k] for k in ("asked", "done", "failed", "left")] == [20, 17, 2, 1]
    (cause,) = told["failures"]
    assert cause == {
        "kind": "ValueError",
        "error": "no water",
        "count": 2,
        "run_ids": [7, 12],
        "replay": f"ressort replay {batch} 7",
    }
    assert told["writer"] is None
    assert told["seconds_a_run"] == pytest.approx(0.1)
    assert told["seconds_left"] == pytest.approx(told["left"] / told["runs_a_second"])
    assert told["bytes"] == sum(f.stat().st_size for f in (batch / "chunks").iterdir())


def test_status_while_it_is_written(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(batch, writing=True):
        _, out, _ = call(capsys, "status", batch)
        told = status(batch)
    assert f"being written now by process {os.getpid()} on" in out
    assert told.pace is None  # nothing was stored since it was opened
    assert told.seconds_left is None


def test_pace_is_of_the_last_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of one run every 2 s, then, after a break of a day, of two runs every second."""
    now = 1e9
    monkeypatch.setattr("ressort.batch.index.time.time", lambda: now)
    folder = tmp_path / "batch"
    with Store.create(folder, plan()) as store:
        for run_id in range(4):
            now += 2.0
            store.save(result([run_id]))
        assert status(folder).pace == pytest.approx(0.5)
    now += 86_400.0
    with Store.open(folder, writing=True) as store:
        for run_id in range(4, 10, 2):
            now += 1.0
            store.save(result([run_id, run_id + 1]))
        told = status(folder)
    assert told.pace == pytest.approx(2.0)
    assert told.seconds_left == pytest.approx(5.0)


def test_status_of_a_complete_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path / "b").close()
    _, out, _ = call(capsys, "status", tmp_path / "b")
    assert "complete; nobody is writing" in out
    assert "Failures" not in out
    assert "at that pace" not in out
    assert status(tmp_path / "b").seconds_left == 0.0


def test_query_as_a_table(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = (
        "SELECT scenario_id, count(*) AS n, 0.25 AS q, NULL AS none FROM runs GROUP BY 1 ORDER BY 1"
    )
    code, out, err = call(capsys, "query", batch, sql)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["scenario_id", "n", "q", "none"]
    assert lines[2].split() == ["0", "4", "0.25"]
    assert len(lines) == 7


def test_long_answers_are_cut_as_a_table_only(
    batch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, err = call(capsys, "query", batch, "FROM series")
    assert len(out.splitlines()) == 62
    assert "--csv or --json gives all" in err
    sql = "SELECT * EXCLUDE (arm) FROM series ORDER BY run_id"
    _, out, err = call(capsys, "query", batch, sql, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (len(rows), err) == (17 * 20, "")
    assert list(rows[0]) == ["run_id", "kind", "day", "essential", "output"]


def test_query_for_programs(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT run_id, arm, m6_days_to_recover FROM metrics WHERE run_id = 3 ORDER BY arm"
    _, out, _ = call(capsys, "query", batch, sql, "--json")
    assert json.loads(out) == [
        {"run_id": 3, "arm": "with", "m6_days_to_recover": 3.0},
        {"run_id": 3, "arm": "without", "m6_days_to_recover": None},
    ]
    _, out, _ = call(capsys, "query", batch, sql, "--csv")
    assert out == "run_id,arm,m6_days_to_recover\n3,with,3.0\n3,without,inf\n"
    _, out, _ = call(capsys, "query", batch, "FROM runs WHERE run_id < 0", "--json")
    assert json.loads(out) == []
    _, out, _ = call(
        capsys, "query", batch, "SELECT [1, 2] AS list, {'a': 'nan'::DOUBLE} s", "--json"
    )
    assert json.loads(out) == [{"list": [1, 2], "s": {"a": None}}]
    _, out, _ = call(capsys, "query", batch, "FROM series", "--json")
    assert len(json.loads(out)) == 17 * 20


def test_faults_are_one_line(batch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, exit_code, told in (
        (("query", batch, "SELECT m3_dept FROM metrics"), 3, "m3_depth"),
        (("query", batch, "SELECT 1", "--csv", "--json"), 2, "exclude each other"),
        (("query", batch / "none", "SELECT 1"), 3, "no such folder"),
        (("status", batch / "chunks"), 3, "not a batch of ressort"),
        (("export", batch, "--to", "csv", "--out", batch), 3, "outside of it"),
        (("export", batch, "--to", "excel", "--out", "x"), 2, "netcdf"),
    ):
        code, out, err = call(capsys, *arguments)
        assert (code, out) == (exit_code, "")
        assert told in err
        assert len(err.splitlines()) == 1


def test_export(batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tables"
    code, printed, err = call(capsys, "export", batch, "--to", "csv", "--out", out)
    assert (code, printed) == (0, f"runs exported: 17 to {out}\n")
    assert "not exported: 3" in err
    assert sorted(f.name for f in out.iterdir()) == [
        "metrics.csv",
        "points.csv",
        "runs.csv",
        "series.csv",
    ]
    _, printed, _ = call(capsys, "export", batch, "--to", "parquet", "--out", out, "--json")
    told = json.loads(printed)
    assert (told["runs"], told["not_exported"]) == (17, 3)
    assert all(Path(file).exists() for file in told["files"])
