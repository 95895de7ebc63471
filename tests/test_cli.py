"""The command line: what it prints, where, and how it fails."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.worlds import ROOT

import ressort
from ressort import metrics, metrics_groups
from ressort.cli import app, main
from ressort.results import read
from ressort.scenario_files import find_scenario
from ressort.simulation import COST, SETUP

SMALL = """
title = "A village without lorries"
title_fr = "Un village sans camions"

[territory]
name = "63005"

[run]
days = 30

[seeds]
first = 7
count = 2

[[shocks]]
kind = "import_cut"
start_day = 5
days = 15
"""
HEAVY = ("numba", "numpy", "pandas", "pyarrow", "scipy", "matplotlib", "mesa")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a small scenario, and work in its folder."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "small.toml"
    file.write_text(SMALL, "utf-8")
    return file


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run the command line; return its exit code, output and errors."""
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    code = left.value.code
    assert isinstance(code, int)
    return code, out, err


def refused(capsys: pytest.CaptureFixture[str], code: int, *arguments: str | Path) -> str:
    """Run a command that must fail by one line on standard error; return the line."""
    got, out, err = call(capsys, *arguments)
    assert got == code, err
    assert out == ""
    assert err.startswith("ressort: error: ")
    assert err.count("\n") == 1
    return err


# --- Starting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["list"]])
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom ressort.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as left:\n    assert not left.code\n"
        f"sys.exit(sorted(set({HEAVY!r}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version") == (0, f"ressort {ressort.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing command"),
        (["rnu"], "rnu"),
        (["run"], "Missing"),
        (["run", "small.toml", "--dyas", "3"], "--dyas"),
        (["run", "small.toml", "--days", "-3"], "--days"),
        (["run", "small.toml", "--days", "many"], "--days"),
        (["run", "small.toml", "--seeds", "0"], "--seeds"),
        (["run", "small.toml", "--seed", "1", "--seeds", "2"], "--seed"),
        (["run", "small.toml", "--lang", "de"], "--lang"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(
    small: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert said in refused(capsys, 2, *arguments)


# --- Running -------------------------------------------------------------------------------------


def test_run_prints_a_table_and_writes_results(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "run", small, "--audit", "--workers", "1")
    assert code == 0
    assert "A village without lorries" in out
    assert "63005" not in out.splitlines()[1], "a place is shown by its name"
    assert "413 inhabitants" in out
    assert "jobs by branch estimated" in out
    assert re.search(r"with cooperation +without +difference", out)
    assert "too few seeds to tell" in out
    assert "results in results/small" in out
    assert all(line.startswith("ressort: ") for line in err.splitlines())
    result = read("results/small")
    assert result.manifest["seeds"] == [7, 8]
    assert {f.name for f in result.folder.iterdir()} == {
        "daily.parquet", "communes.parquet", "metrics.parquet", "summary.json", "scenario.json",
        "manifest.json", "figure.png", "figure.svg",
    }  # fmt: skip
    assert os.listdir("results") == ["small"]


def test_table_shows_the_medians_of_the_results(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = call(capsys, "run", small, "--workers", "1")
    values = read("results/small").metrics
    depth = values[values.metric == "m3_depth"].groupby("arm", observed=True).value.median() * 100
    (row,) = (line for line in out.splitlines() if line.startswith("Deepest fall of worst"))
    shown = re.findall(r"\d+\.\d", row)[:2]
    assert shown == [f"{depth['with']:.1f}", f"{depth['without']:.1f}"]


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_is_one_strict_object_and_nothing_else(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, "run", small, "--json", "--seeds", "3", "--workers", "1")
    assert code == 0
    found = strict(out)
    assert found["scenario"] == "small"
    assert set(found["territory"]) == {"name", "population", "households", "producers", "jobs"}
    assert found["territory"]["population"] == 413
    assert found["territory"]["jobs"] == "estimated"
    assert found["seeds"] == [7, 8, 9]
    assert set(found["arms"]) == {"with", "without"}
    for table in (found["arms"]["with"], found["arms"]["without"], found["difference"]):
        assert set(table) == {*metrics.NAMES, *metrics_groups.NAMES, COST, SETUP}
        for value in table.values():
            assert {"median", "low", "high", "censored"} <= set(value)
    for name, file in found["files"].items():
        assert Path(file).name == name
        assert Path(file).is_file()
    assert {"scenario", "arms", "files"} <= set(
        strict(Path("results/small/summary.json").read_text())
    )


def test_options_change_the_scenario(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--seed", "3", "--days", "20", "--people-per-agent", "2", "--out", "there")
    code, out, _ = call(capsys, "run", small, *options)
    assert code == 0
    result = read("there/small")
    assert result.scenario["run"]["days"] == 20
    assert result.scenario["run"]["people_per_agent"] == 2
    assert result.manifest["seeds"] == [3]
    assert result.daily.day.max() == 19
    assert "One seed" in out


def test_stored_scenario_gives_the_same_results(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "run", small, "--workers", "1", "--out", "one")
    again = ("run", "one/small/scenario.json", "--workers", "2", "--out", "two")
    assert call(capsys, *again)[0] == 0
    for name in ("daily.parquet", "metrics.parquet", "communes.parquet", "scenario.json"):
        one, two = (Path(out, "small", name).read_bytes() for out in ("one", "two"))
        assert one == two, name


def test_french(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "run", small, "--seed", "1", "--lang", "fr")
    assert code == 0
    assert "Un village sans camions" in out
    assert "413 habitants" in out
    assert "avec coopération" in out
    assert "without" not in out + err


# --- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "63005"', 'name = "Isoire"', "Issoire"),
        ('name = "63005"', 'name = "97411"', "overseas"),
        ('name = "63005"', 'name = "55039"', "nobody lives there"),
        ("days = 30", "dayz = 30", "run.dayz: unknown key, did you mean 'days'?"),
        ("days = 30", 'days = "30"', "run.days"),
        ("days = 30", "days = -30", "run.days"),
        ("days = 30", "days = ", "not valid TOML"),
    ],
)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_bad_scenario_is_one_line_and_exit_3(
    small: Path, capsys: pytest.CaptureFixture[str], command: str, old: str, new: str, said: str
) -> None:
    small.write_text(SMALL.replace(old, new), "utf-8")
    line = refused(capsys, 3, command, "small.toml")
    assert said in line
    assert "small.toml" in line
    assert os.listdir() == ["small.toml"]


def test_missing_file_and_unknown_name(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such scenario file" in refused(capsys, 3, "run", "absent.toml")
    assert "clermont-import-cut" in refused(capsys, 3, "run", "clermont-import-cutt")
    assert "absent.json" in refused(capsys, 3, "run", "absent.json")


def test_unwritable_folder_is_told_before_the_run(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("simulated although nothing can be written")

    monkeypatch.setattr("ressort.simulation.compare", never)
    Path("taken").write_text("mine")
    assert "taken" in refused(capsys, 3, "run", small, "--out", "taken")
    Path("results").mkdir()
    Path("results/small").write_text("mine")
    assert "--out" in refused(capsys, 3, "run", small)
    assert Path("taken").read_text() == Path("results/small").read_text() == "mine"


def test_fault_of_the_program_keeps_its_traceback_and_leaves_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ressort.simulation.compare", broken)
    with pytest.raises(ZeroDivisionError):
        main(["run", str(small)])
    assert os.listdir() == ["small.toml"]


# --- Interrupting --------------------------------------------------------------------------------


def living(session: int) -> set[int]:
    """Return the processes of a session that are not dead already."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,sess=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in table.stdout.splitlines())
    return {int(pid) for pid, sess, stat in rows if int(sess) == session and "Z" not in stat}


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_is_one_line_and_leaves_nothing(small: Path, number: str, workers: int) -> None:
    small.write_text(SMALL.replace("days = 30", "days = 9000").replace("= 2\n", "= 20\n"), "utf-8")
    code = "from ressort.cli import main; main()"
    command = ["run", "small.toml", "--workers", str(workers)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        while "running" not in process.stderr.readline():
            assert process.poll() is None
        # A terminal interrupts the workers too; a request to end goes to the command alone.
        while workers > 1 and len(living(process.pid)) < 1 + workers:
            time.sleep(0.05)
        if number == "SIGINT":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "ressort: interrupted; nothing was written\n"
    assert os.listdir() == ["small.toml"]
    patience = time.monotonic() + 10
    while living(process.pid) and time.monotonic() < patience:
        time.sleep(0.05)  # the tracker of shared memory ends a moment later
    assert living(process.pid) == set()


# --- Telling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_example_of_the_readme_runs(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, name, "exec"), names)
    assert len(names["run"].daily) == names["scenario"].run.days
    assert len(names["comparison"].table()) == 6


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_readme_names_commands_and_files_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    commands = set(re.findall(r"^    ressort (\w+)", text, re.MULTILINE))
    assert commands == {
        c.name or c.callback.__name__ for c in app.registered_commands if c.callback
    }
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), link
    for scenario in re.findall(r"ressort (?:run|describe) ([\w-]+)(?![\w.-])", text):
        find_scenario(scenario)


# --- Looking things up ---------------------------------------------------------------------------


def test_list_names_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "list", "--json")
    scenarios = strict(out)
    assert (code, err) == (0, "")
    assert "clermont-import-cut" in [s["name"] for s in scenarios]
    assert all(s["title"] and s["title_fr"] and s["description"] for s in scenarios)
    _, text, _ = call(capsys, "list")
    assert [line.split()[0] for line in text.splitlines()] == [s["name"] for s in scenarios]


def test_list_has_french_titles(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "list", "--lang", "fr")
    assert "Clermont-Ferrand : trente jours sans approvisionnement extérieur" in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["list"], ["parameters"], ["--help"]])
def test_full_disk_is_one_line_and_exit_1(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "ressort.cli", *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("ressort: error: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["list", "parameters"])
def test_closed_pipe_is_quiet(command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "ressort.cli", command],
        stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)
    assert ended.returncode == 141
    assert ended.stderr == ""


def test_replacing_earlier_results_is_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = call(capsys, "run", small, "--workers", "1")
    assert "replacing" not in err
    assert "seeds done: 2 of 2" in err
    _, _, err = call(capsys, "run", small, "--seed", "7")
    today = read("results/small").manifest["date"][:10]
    assert f"replacing results of 2 seeds of {today} in results/small" in err
    _, _, err = call(capsys, "run", small, "--seed", "7", "--lang", "fr")
    assert "remplacement des résultats de 1 tirage du" in err


def test_validate_says_what_is_valid(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "validate", "small.toml")
    assert code == 0
    assert "small.toml: valid; Antoingt, 413 inhabitants" in out


def test_scenario_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert "15,115 inhabitants" in call(capsys, "show", "issoire-import-cut")[1]
    assert "habitants" in call(capsys, "show", "issoire-import-cut", "--lang", "fr")[1]


def test_territories_are_found_by_near_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "territories", "isoire")
    assert code == 0
    assert "63178" in out.splitlines()[0]
    assert "Issoire" in out.splitlines()[0]
    found = strict(call(capsys, "territories", "631", "--json", "--limit", "3")[1])
    assert len(found) == 3
    assert all(place["code"].startswith("631") for place in found)
    assert "looks like" in refused(capsys, 3, "territories", "99999")


def test_parameters_show_unit_range_source_and_confidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    everything = strict(call(capsys, "parameters", "--json")[1])
    assert all(p["unit"] and p["source"] and p["confidence"] for p in everything)
    (one,) = (p for p in everything if p["name"] == "search_rate")
    _, text, _ = call(capsys, "parameters", "search_rate")
    assert f"search_rate = {one['value']} [{one['low']} to {one['high']}]  {one['unit']}" in text
    assert f"{one['confidence']}: {one['source']}" in text
    assert "no parameter" in refused(capsys, 3, "parameters", "zzz")
