"""The commands `ressort batch`, `resume` and `replay`, as a user calls them."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ressort.cli import main

TEXT = """
name = "small"
[base]
territory = {synthetic = "slice", size = 300}
run = {days = 20, people_per_agent = 10.0}
[[base.shocks]]
kind = "import_cut"
start_day = 2
days = 10
[[factors]]
key = "shocks.0.depth"
values = [0.5, 1.0]
[seeds]
draws = 2
[engine]
executor = "serial"
"""
DOCS = Path(__file__).parents[1] / "docs" / "batches.md"


def file_of(folder: Path, more: str = "") -> str:
    file = folder / "small.toml"
    file.write_text(TEXT + more, "utf-8")
    return str(file)


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    told = capsys.readouterr()
    return int(end.value.code or 0), told.out, told.err


def test_a_batch_is_run_once_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = file_of(tmp_path), str(tmp_path / "out")
    code, text, _ = called(capsys, "batch", file, "--out", out, "--json")
    first = json.loads(text)
    assert (code, first["asked"], first["done"], first["failed"]) == (0, 4, 4, 0)
    for again in (("batch", file, "--out", out), ("resume", out)):
        code, text, errors = called(capsys, *again, "--json")
        assert code == 0
        assert json.loads(text) == first
        assert "4 runs are there already, 0 are left" in errors
    code, text, _ = called(capsys, "replay", out, "3")
    assert code == 0
    assert "the books close every day" in text
    assert "same results as stored, bit for bit" in text


def test_another_plan_is_not_mixed_into_a_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert called(capsys, "batch", file_of(tmp_path), "--out", out)[0] == 0
    code, _, errors = called(capsys, "batch", file_of(tmp_path, "chunk = 3"), "--out", out)
    assert code == 0  # where it is computed is no part of the plan
    file = file_of(tmp_path, '[keep]\nseries = ["essential"]\n')
    code, _, errors = called(capsys, "batch", file, "--out", out)
    assert code == 3
    assert "another plan" in errors.splitlines()[-1]


def test_runs_that_fail_leave_the_others_and_exit_code_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first run has time to compile; none of the others can be done in a microsecond."""
    out = str(tmp_path / "out")
    file = file_of(tmp_path, "seconds_a_run = 1e-6")
    code, text, errors = called(capsys, "batch", file, "--out", out)
    assert code == 4
    assert "runs stored: 1" in text
    assert re.search(r"3 of 4 runs failed.*ressort status.*ressort replay \S+ 1", errors)
    code, text, _ = called(capsys, "status", out)
    assert "TimedOut" in text
    code, text, errors = called(capsys, "replay", out, "1")
    assert code == 0  # here it has all the time it needs
    assert "no result of it" in text
    code, _, errors = called(capsys, "replay", out, "9")
    assert code == 3
    assert "no run 9" in errors


def test_a_replay_tells_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert called(capsys, "batch", file_of(tmp_path), "--out", str(out))[0] == 0
    with sqlite3.connect(out / "index.sqlite") as index:  # as if run 1 were run 0
        chunk = index.execute("SELECT chunk FROM runs WHERE run_id = 0").fetchone()
        index.execute("UPDATE runs SET chunk = ? WHERE run_id = 1", chunk)
    index.close()
    code, _, errors = called(capsys, "replay", str(out), "1")
    assert code == 4
    assert "differs from what is stored" in errors


@pytest.mark.parametrize(("lang", "said"), [("en", "Simulated days"), ("fr", "Jours simulés")])
def test_a_dry_run_says_what_a_batch_takes_and_stores_nothing(
    lang: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(tmp_path)
    code, text, _ = called(capsys, "batch", file, "--dry-run", "--lang", lang)
    assert code == 0
    assert said in text
    assert list(tmp_path.iterdir()) == [Path(file)]
    code, text, _ = called(capsys, "batch", file, "--dry-run", "--json", "--workers", "2")
    found: dict[str, Any] = json.loads(text)
    assert (found["runs"], found["points"], found["arms"], found["workers"]) == (4, 2, 2, 2)
    assert found["days"] == 4 * 2 * (20 + 18)  # with the shock, and without it from its day on
    assert 0 < found["disk_bytes"] < 1e6


def test_the_file_of_the_docs_is_read(tmp_path: Path) -> None:
    from ressort.batch.design import load

    (block,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "docs.toml"
    file.write_text(block, "utf-8")
    plan, engine = load(file)
    assert len(plan.points) == 100
    assert engine.cluster.kind == "slurm"
