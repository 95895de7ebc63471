"""A folder of results is whole or not there, holds what was computed, and can be run again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ressort
from ressort import indicators, results
from ressort.errors import InputError
from ressort.scenario import check
from ressort.simulation import ARMS, Comparison, compare
from ressort.summary import UNITS, summarise

SEEDS = (4, 5)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    scenario = check(
        {
            "name": "small",
            "territory": {"name": "63005"},
            "run": {"days": 25},
            "seeds": {"first": SEEDS[0], "count": len(SEEDS)},
            "shocks": [{"kind": "isolation", "start_day": 5, "days": 10}],
            "parameters": {"search_rate": 0.07},
        }
    )
    return compare(scenario)


@pytest.fixture(scope="module")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write results once, without figure."""
    out = tmp_path_factory.mktemp("results")
    with results.new_folder(out, "small") as filling:
        results.write_tables(filling, comparison)
        results.write_scenario(filling, comparison, 1.5, 1)
        results.write_json(filling / "summary.json", summarise(comparison).as_json({}))
    return out / "small"


def left_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_daily_series_are_read_back_bit_for_bit(folder: Path, comparison: Comparison) -> None:
    daily = results.read(folder).daily
    assert list(daily.columns) == ["arm", "run", "seed", "day", *indicators.NAMES]
    assert len(daily) == len(ARMS) * 2 * len(SEEDS) * 25
    for arm in ARMS:
        for run in comparison.runs[arm]:
            for kind, series in (("shocked", run.series), ("reference", run.reference_series)):
                rows = daily[(daily.arm == arm) & (daily.seed == run.seed) & (daily.run == kind)]
                assert np.array_equal(rows[[*indicators.NAMES]].to_numpy(), series.indicators)


def test_metrics_are_one_row_a_value_with_unit(folder: Path, comparison: Comparison) -> None:
    metrics = results.read(folder).metrics.astype({"arm": "str", "metric": "str"})
    assert list(metrics.columns) == ["arm", "seed", "metric", "unit", "value"]
    assert dict(zip(metrics.metric, metrics.unit, strict=True)) == UNITS
    wide = metrics.pivot(index=["seed", "arm"], columns="metric", values="value")
    expected = comparison.table().set_index(["seed", "arm"])
    for name in UNITS:
        assert np.array_equal(wide[name].loc[expected.index], expected[name], equal_nan=True), (
            name
        )  # infinite where censored, as computed


def test_needs_by_commune_are_kept(folder: Path, comparison: Comparison) -> None:
    table = results.read(folder).communes
    assert set(table.commune) == {"63005"}
    first = table[(table.arm == "with") & (table.seed == SEEDS[0])].sort_values("day")
    run = comparison.runs["with"][0]
    assert np.array_equal(first.needs_met, run.communes["63005"].astype("float32"))


def test_stored_scenario_runs_again_to_the_same_bits(folder: Path, comparison: Comparison) -> None:
    scenario = results.scenario_of(folder / "scenario.json")
    again = compare(scenario)
    assert again.seeds == SEEDS
    pd.testing.assert_frame_equal(again.table(), comparison.table(), check_exact=True)


def test_stored_scenario_writes_out_communes_and_parameters(folder: Path) -> None:
    scenario = results.read(folder).scenario
    assert scenario["territory"]["codes"] == ["63005"]
    assert scenario["parameters"]["search_rate"] == 0.07
    assert len(scenario["parameters"]) > 50


def again(comparison: Comparison, data: Path | None = None) -> Comparison:
    """Write the scenario of a comparison out, read it back and run it."""
    stored = json.loads(json.dumps(results.resolved(comparison)))
    return compare(check(stored, data=data), data=data)


def test_a_synthetic_territory_stays_one() -> None:
    """Its communes are nowhere: no list of codes could bring them back."""
    first = compare(
        check(
            {
                "territory": {"synthetic": "slice", "size": 900, "label": "Nulle-Part"},
                "run": {"days": 12, "people_per_agent": 5.0},
                "seeds": {"count": 2},
                "shocks": [{"kind": "isolation", "start_day": 2, "days": 5}],
            }
        )
    )
    stored = results.resolved(first)
    assert stored["territory"] == {"synthetic": "slice", "size": 900, "label": "Nulle-Part"}
    assert stored["run"]["jobs"] == "estimated"
    second = again(first)
    assert second.place.territory.name == "Nulle-Part"
    pd.testing.assert_frame_equal(second.table(), first.table(), check_exact=True)


def test_estimated_jobs_stay_estimated(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tables that turn up later, here in a folder that is not even there, change nothing."""
    monkeypatch.setenv("RESSORT_DATA", str(tmp_path / "later"))
    assert results.resolved(comparison)["run"]["jobs"] == "estimated"
    pd.testing.assert_frame_equal(again(comparison).table(), comparison.table(), check_exact=True)


def test_manifest_says_how_results_came_about(folder: Path) -> None:
    manifest = results.read(folder).manifest
    assert manifest["seeds"] == list(SEEDS)
    assert manifest["simulation_seconds"] == 1.5
    digest = hashlib.sha256((folder / "scenario.json").read_bytes()).hexdigest()
    assert manifest["scenario_sha256"] == digest
    assert {"ressort", "date", "command", "python", "platform", "libraries"} <= set(manifest)
    assert all(manifest["libraries"].values())


def test_a_result_says_in_one_line_what_it_is(folder: Path) -> None:
    found = ressort.results.read(folder)
    assert found.measures is None
    assert "'small', seeds=2, days=25" in repr(found)
    assert "\n" not in repr(found)


def test_measures_are_read_back(tmp_path: Path) -> None:
    content = {"name": "kept", "territory": {"name": "63005"}, "run": {"days": 2}}
    found = compare(check(content | {"council": {"reserve": {}}}), seeds=1)
    with results.new_folder(tmp_path, "kept") as filling:
        results.write_tables(filling, found)
        results.write_scenario(filling, found, 1.0, 1)
        results.write_json(filling / "summary.json", summarise(found).as_json({}))
    read = results.read(tmp_path / "kept").measures
    assert read is not None
    assert len(read) == 2
    assert "reserve.cost" in read.columns


def test_summary_is_strict_json(folder: Path) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    text = (folder / "summary.json").read_text("utf-8")
    summary = json.loads(text, parse_constant=refuse)
    assert summary["scenario"] == "small"
    assert summary["territory"]["jobs"] == "estimated"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_failed_run_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    out = tmp_path / "results"

    def fail_halfway() -> None:
        with results.new_folder(out, "small") as filling:
            (filling / "daily.parquet").write_text("half")
            raise error

    with pytest.raises(error):
        fail_halfway()
    assert left_in(tmp_path) == []


def fill(out: Path, text: str) -> None:
    with results.new_folder(out, "small") as filling:
        results.write_json(filling / results.MANIFEST, {"ressort": text})


def test_failed_run_keeps_the_earlier_result(tmp_path: Path) -> None:
    fill(tmp_path, "first")
    with pytest.raises(KeyboardInterrupt), results.new_folder(tmp_path, "small"):
        raise KeyboardInterrupt
    assert left_in(tmp_path) == ["small"]
    assert "first" in (tmp_path / "small" / results.MANIFEST).read_text()


def test_new_result_replaces_the_earlier_whole(tmp_path: Path) -> None:
    fill(tmp_path, "first")
    (tmp_path / "small" / "old.png").write_text("")
    fill(tmp_path, "second")
    assert left_in(tmp_path) == ["small"]
    assert left_in(tmp_path / "small") == [results.MANIFEST]
    assert "second" in (tmp_path / "small" / results.MANIFEST).read_text()


def test_failure_while_replacing_puts_the_earlier_result_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "first")
    rename = Path.rename
    target = tmp_path / "small"

    def interrupted(self: Path, to: Path) -> Path:
        if to == target and self.name != "old":
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, "second")
    assert left_in(tmp_path) == ["small"]
    assert "first" in (target / results.MANIFEST).read_text()


@pytest.mark.parametrize("kind", ["file", "other folder", "file above"])
def test_what_is_not_a_result_is_refused_before_the_run_and_left(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "file above":
        out.write_text("mine")
    else:
        out.mkdir()
        if kind == "file":
            (out / "small").write_text("mine")
        else:
            (out / "small").mkdir()
            (out / "small" / "thesis.txt").write_text("mine")
    reached = False
    with pytest.raises(InputError) as caught, results.new_folder(out, "small"):
        reached = True
    assert not reached
    assert str(out) in str(caught.value)
    (kept,) = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert kept.read_text() == "mine"


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    fill(tmp_path, "first")
    assert results.is_result(tmp_path / "small")


def test_folder_without_results_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder of results"):
        results.read(tmp_path)
    fill(tmp_path, "first")
    with pytest.raises(InputError, match="cannot be read"):
        results.read(tmp_path / "small")


@pytest.mark.parametrize("text", ["{", "[1]", '{"territory": {"name": "Isoire"}}'])
def test_bad_stored_scenario_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"scenario\.json"):
        results.scenario_of(file)
