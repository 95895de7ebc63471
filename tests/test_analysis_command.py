"""`ressort analyse`: what it prints and writes, in both languages; and how it reads a store."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.made_runs import batch_of, results_of

from ressort.analysis import reading
from ressort.analysis.reading import Batch
from ressort.batch.plan import Arm, Plan, Point
from ressort.batch.records import DONE, ChunkResult, Record
from ressort.batch.store import Store
from ressort.cli import main

UNMET, DAYS = "m4_unmet_person_days", "m6_days_to_recover"
Call = Callable[..., tuple[int, str, str]]


def made() -> Batch:
    """Sixty points where the first arm helps in a box, and times of which some are censored."""
    rng = np.random.default_rng(3)
    points = pd.DataFrame({"shocks.0.depth": rng.random(60), "scic.share": rng.random(60)})
    depth, share = points.to_numpy().T[:, :, None]
    without = 1000 * depth * rng.lognormal(0, 0.2, (1, 12))
    helped = np.where((depth > 0.5) & (share > 0.4), 0.8, 1.01)
    results = results_of(UNMET, **{"with": without * helped, "without": without})
    days = rng.exponential(15, len(results)).round()
    results[DAYS] = np.where(days > 40, math.inf, days)
    results["m4_unmet_gini"] = np.where(results["arm"] == "with", 0.3, 0.2)
    return batch_of(results, points, "latin_hypercube", m6_days_to_recover=40.0)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    batch = made()
    monkeypatch.setattr(reading, "read", lambda folder: batch)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["analyse", "made", *map(str, arguments)])
        return (int(left.value.code or 0), *capsys.readouterr())

    return run


def test_all_is_said_on_standard_output(call: Call) -> None:
    code, out, err = call("--metric", UNMET, "--width", 10)
    assert (code, err) == (0, "")
    assert "“with” less “without” (person-days, lower is better); runs: 720 of 720" in out
    for said in ("Paired difference", "Law fitted", "seeds alone", "shuffled copies", "left out"):
        assert said in out
    assert "does better than “without” where shocks.0.depth > 0.5" in " ".join(out.split())
    assert all(len(line) <= 100 for line in out.splitlines())


def test_french_has_french_words_and_numbers(call: Call) -> None:
    code, out, _ = call("--metric", UNMET, "--what", "differences,discovery", "--lang", "fr")
    assert code == 0
    assert "« with » moins « without » (jours-personnes, moins vaut mieux)" in out
    assert "« with » fait mieux que « without » là où shocks.0.depth > 0,5" in " ".join(out.split())
    assert "Un modèle" not in out
    assert "pas une prévision" in " ".join(out.split())


def test_a_metric_that_describes_is_called_neither_better_nor_worse(call: Call) -> None:
    """A rescue of half of the people raises the Gini coefficient of what lacks."""
    code, out, _ = call("--metric", "m4_unmet_gini", "--what", "differences")
    assert code == 0
    assert "neither more nor less is better" in out
    assert "lower/higher/equal" in out
    assert "0% / 100% / 0%" in out
    assert "was better" not in " ".join(out.split())


def test_one_object_of_strict_json(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("--metric", DAYS, "--json", "--out", tmp_path / "new" / "there")
    assert code == 0
    content = json.loads(out, parse_constant=pytest.fail)
    assert content["restricted_to_days"] == 40.0
    assert content["differences"]["in_all"]["mean"]["value"] is None  # censored
    assert content["survival"]["curves"][0]["arm"] == "with"
    assert len(content["differences"]["by_point"]) == 60
    written = {file.name for file in (tmp_path / "new" / "there").iterdir()}
    assert written == {"analysis.json", "differences.csv", "differences.png", "survival.png"}
    table = pd.read_csv(tmp_path / "new" / "there" / "differences.csv")
    assert len(table) == 61


def test_figures_are_the_same_byte_for_byte(call: Call, tmp_path: Path) -> None:
    for name in ("a", "b"):
        call("--metric", DAYS, "--what", "differences,survival", "--out", tmp_path / name)
    for file in ("differences.png", "survival.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_one_arm_has_no_difference_but_the_rest(call: Call) -> None:
    code, out, _ = call(
        "--metric", UNMET, "--arms", "without", "--condition", f"{UNMET} > 600",
        "--what", "discovery,sensitivity",
    )  # fmt: skip
    assert code == 0
    assert f"{UNMET} > 600 where shocks.0.depth >" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--metric", "m4"), 3, "metric: no m4"),
        (("--metric", UNMET, "--what", "colour"), 3, "--what: no 'colour'"),
        (("--metric", UNMET, "--what", "survival"), 3, "is no time"),
        (("--metric", UNMET, "--arms", "a,b,c"), 3, "--arms: 3 arms"),
        (("--metric", UNMET, "--arms", "with", "--what", "differences"), 3, "--arms FIRST,SECOND"),
        (("--metric", UNMET, "--what", "discovery", "--condition", "x"), 3, "condition: 'x'"),
        ((), 2, "--metric"),
    ],
)
def test_faults_are_one_line(call: Call, arguments: tuple[str, ...], code: int, words: str) -> None:
    left, out, err = call(*arguments)
    assert (left, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1


def plan() -> Plan:
    base = {
        "territory": {"synthetic": "slice", "size": 300},
        "run": {"days": 60, "people_per_agent": 10},
        "shocks": [{"kind": "import_cut", "start_day": 10, "days": 20}],
    }
    points = tuple(Point(k, {"shocks.0.start_day": day}) for k, day in enumerate((10, 25)))
    return Plan("made", base, (Arm("with"), Arm("without", False)), points, draws=3)


def test_times_are_seen_as_long_as_at_the_point_watched_least() -> None:
    found = reading.horizons(plan())
    assert found == {DAYS: 21.0, "m6_days_to_recover_output": 21.0, "m8_autonomy_days": 28.0}


def test_a_store_is_read_with_its_factors(tmp_path: Path) -> None:
    asked = plan()
    runs = range(5)  # the sixth is not done
    table = pa.table(
        {
            "run_id": pa.array(np.repeat(runs, 2), pa.int64()),
            "arm": pa.array(["with", "without"] * 5).dictionary_encode(),
            UNMET: pa.array(np.arange(10.0)),
        }
    )
    records = tuple(Record(run, DONE, 0.1) for run in runs)
    with Store.create(tmp_path / "store", asked) as opened:
        opened.save(ChunkResult(records, {"metrics": table}))
    batch = reading.read(tmp_path / "store")
    assert (batch.arms, batch.asked) == (("with", "without"), 6)
    assert list(batch.results["scenario_id"]) == [0, 0, 1, 1, 0, 0, 1, 1, 0, 0]
    assert list(batch.results["draw"]) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    assert list(batch.results["shocks.0.start_day"][:4]) == [10, 10, 25, 25]
    assert list(batch.results[UNMET]) == list(np.arange(10.0))
