"""The sign table: what was declared before, how cells are run, kept, judged and shown."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ressort import signs_figure, signs_run, signs_table
from ressort.cli import app
from ressort.errors import InputError, RunError
from ressort.measures import COOPERATION, COUNCIL, CURRENCY, PARTNERS
from ressort.paired import live_arm
from ressort.parameters import read
from ressort.signs import (
    CLASSES,
    FILE,
    NUMBERED,
    SWITCHES,
    Declared,
    declared,
    has_key,
    known_mechanisms,
    laid_over,
    missing_part,
)
from ressort.signs_words import SignWords
from ressort.simulation import Stage

LATER = {"E4", "E5"}  # mechanisms whose code may not be in this version yet
LATER_ROWS = {"priority", "smooth_prices", "democracy"}
COARSE = signs_run.Changes(people_per_agent=40.0)


def content() -> dict[str, Any]:
    """Return the file, to be spoiled."""
    return copy.deepcopy(read(FILE))


def small() -> Declared:
    """Return the same table in a village, watched for some days."""
    body = content()
    body["setting"]["scenario"]["territory"] = {"codes": ["63354"], "label": "A", "label_fr": "B"}
    for shock in body["shock"].values():
        shock["days"] = 25
        for one in shock["shocks"]:
            one["days"] = min(one["days"], 15)
    return declared(body)


# ---------------------------------------------------------------- the data
def test_every_mechanism_has_a_switch_in_code() -> None:
    """As a measure that says so, or as a key of scenarios."""
    of_measures = {m.mechanism for m in (*COOPERATION, *COUNCIL, *CURRENCY, *PARTNERS)}
    by_key = {number for number, path in SWITCHES.items() if has_key(path)}
    assert {*NUMBERED} - of_measures - by_key <= LATER
    assert of_measures <= {"", *NUMBERED}


def test_every_mechanism_and_class_has_declared_signs() -> None:
    table = declared()
    assert {m["of"] for m in content()["mechanism"].values()} == {"", *NUMBERED}
    assert set(table.skipped) <= LATER_ROWS
    assert {"organisation", "placebo"} <= set(table.mechanisms)
    for mechanism in table.mechanisms.values():
        assert tuple(mechanism.expected) == CLASSES
        assert mechanism.source
        assert all(e.why for e in mechanism.expected.values())
        assert mechanism.arm.title["fr"] != mechanism.arm.title["en"]


def test_every_switch_makes_a_scenario_and_switches_what_it_names() -> None:
    """The measure that a switch puts on is of the mechanism that the row is of."""
    table = declared()
    for name, mechanism in table.mechanisms.items():
        made = table.scenario(name, mechanism.calm_years)
        numbers = {m.mechanism for m in made.measures()} - {""}
        of_key = mechanism.of in SWITCHES and has_key(SWITCHES[mechanism.of])
        if mechanism.of and not made.cooperation.scic and not of_key:
            assert numbers == {mechanism.of}
        assert made.calm.years == mechanism.calm_years
        table.scenario(mechanism.against, mechanism.calm_years)


def test_what_this_version_lacks_is_told_not_refused() -> None:
    assert missing_part({"cooperation": {"hopes": {}}}) == "cooperation.hopes"
    assert missing_part({"prayer": {}}) == "prayer"
    assert {"pool", "register", "fund"} <= set(known_mechanisms())
    assert missing_part({"cooperation": {"mechanisms": ["pool", "luck"]}}).endswith("luck")
    assert missing_part({"cooperation": {"guarantee": {}}, "parameters": {}}) == ""
    body = content()
    body["mechanism"]["pool"]["switch"] = {"cooperation": {"scic": False, "hopes": {}}}
    body["mechanism"]["careless"]["against"] = "organisation"
    table = declared(body)
    assert table.skipped["pool"] == "cooperation.hopes"
    assert "pool" not in table.mechanisms


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("mechanism", "pool", "of"), "E99", "mechanism.pool.of: 'E99' is none of E1 to E16"),
        (("mechanism", "pool", "against"), "x", "mechanism.pool.against: no arm 'x'"),
        (
            ("mechanism", "pool", "expected", "liquidity"),
            ["+", "+", "maybe", "why"],
            r"mechanism.pool.expected.liquidity: \[members, others, total, why\]",
        ),
        (
            ("mechanism", "pool", "expected", "liquidity"),
            ["+", "+", "+", " "],
            "mechanism.pool.expected.liquidity",
        ),
        (("shock", "liquidity"), None, "shock: exactly idiosyncratic"),
        (("mechanism", "pool", "source"), None, "mechanism.pool.source: missing"),
        (
            ("mechanism", "currency", "switch", "cooperation"),
            None,
            "mechanism.currency.switch.cooperation.scic: missing; set it to true or false",
        ),
    ],
)
def test_faulty_data_are_named(path: tuple[str, ...], value: Any, told: str) -> None:
    body: Any = content()
    *above, last = path
    inner = body
    for key in above:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    with pytest.raises(InputError, match=told) as caught:
        declared(body)
    assert "\n" not in str(caught.value)


def test_mechanisms_are_chosen_by_number_or_name() -> None:
    table = declared()
    assert {m.name for m in table.chosen(["E1"])} == {"pool", "careless"}
    assert [m.name for m in table.chosen(["placebo"])] == ["placebo"]
    assert len(table.chosen([""])) == len(table.mechanisms)
    with pytest.raises(InputError, match="--mechanism: no mechanism 'E17'; choose from E1"):
        table.chosen(["E17"])


# ---------------------------------------------------------------- fair runs
def test_an_arm_differs_only_by_its_switch() -> None:
    """The arm without, twice, on the same economy: the same to the last bit, in each class."""
    table = small()
    stage = Stage.of(table.scenario("without", people_per_agent=40.0))
    trials = {name: shock.trial for name, shock in table.shocks.items()}
    economy = stage.economy(2)
    _, one = live_arm(stage, 2, economy, False, trials)
    _, other = live_arm(stage, 2, stage.economy(2), False, dict(reversed(trials.items())))
    for name in trials:
        assert np.array_equal(one[name].tally.output, other[name].tally.output)
        assert np.array_equal(one[name].tally.unmet, other[name].tally.unmet)
    worst = max(trials, key=lambda name: float(one[name].tally.unmet.sum()))
    assert one[worst].tally.unmet.sum() > 0


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("currency", {"budget_share": 0.0}),
        (
            "clearing",
            {"budget_share": 0.0, "credit_days": 0.0, "clearing": False, "invoice_days": 0},
        ),
    ],
)
def test_a_currency_without_units_is_the_arm_without(name: str, nothing: dict[str, Any]) -> None:
    """The row is of the currency alone: no SCIC and no fund of it come with it."""
    body = content()
    body["mechanism"][name]["switch"]["currency"] |= {
        "dues_person": 0.0,
        "dues_firm": 0.0,
        **nothing,
    }
    table = declared(body)
    trials = {"liquidity": table.shocks["liquidity"].trial}
    arms = [table.scenario(arm, people_per_agent=40.0) for arm in (name, "without")]
    place = Stage.of(arms[1]).place
    lived = []
    for arm in arms:
        stage = Stage(arm, place)
        lived.append(live_arm(stage, 1, stage.economy(1), arm.name == name, trials)[1]["liquidity"])
    assert lived[1].tally.unmet.sum() > 0.0
    assert np.array_equal(lived[0].tally.output, lived[1].tally.output)
    assert np.array_equal(lived[0].tally.unmet, lived[1].tally.unmet)
    assert lived[0].tally.exports == lived[1].tally.exports


def test_communes_are_struck_by_lot_and_the_same_for_all_arms() -> None:
    trial = declared().shocks["idiosyncratic"].trial
    codes = [f"6300{k}" for k in range(10)]
    first = trial.for_seed(codes, 1, 365)
    assert first == trial.for_seed(codes, 1, 365)
    assert {len(shock.communes) for shock in first} == {3}
    assert len({shock.communes for shock in first}) == 1
    assert {shock.start_day for shock in first} == {365 + trial.start_day}
    drawn = {trial.for_seed(codes, seed, 0)[0].communes for seed in range(20)}
    assert len(drawn) > 10


def test_cells_are_kept_and_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run asks for more seeds and lives only those; a torn last line is passed over."""
    table = small()
    chosen, shocks = table.chosen(["E1"]), ["imported_common", "liquidity"]
    first = signs_run.run(table, chosen, shocks, [1], tmp_path, COARSE)
    assert len(first) == 4
    file = tmp_path / signs_run.CELLS
    file.write_text(file.read_text()[:-20])  # the last cell is torn
    lived: list[tuple[int, int]] = []
    do = signs_run.do

    def seen(work: signs_run.Plan, unit: signs_run.Unit) -> list[dict[str, Any]]:
        lived.append((unit.seed, len(unit.cells)))
        return do(work, unit)

    monkeypatch.setattr(signs_run, "do", seen)
    rows = signs_run.run(table, chosen, shocks, [1, 2], tmp_path, COARSE)
    assert lived == [(1, 1), (2, 4)]
    again = [row for row in rows if row["seed"] == 1]
    for one, other in zip(first, again, strict=True):
        assert one == pytest.approx(other, nan_ok=True)
    with pytest.raises(InputError, match="of another version, table or resolution"):
        signs_run.run(table, chosen, shocks, [1], tmp_path, signs_run.Changes(30.0))


def test_a_cell_that_fails_is_recorded_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = small()
    chosen = [*table.chosen(["fund"]), *table.chosen(["machines"])]
    arm = live_arm

    def broken(stage: Stage, *rest: Any) -> Any:
        if stage.scenario.name == "machines":
            raise ValueError("no machines")
        return arm(stage, *rest)

    monkeypatch.setattr(signs_run, "live_arm", broken)
    rows = signs_run.run(table, chosen, ["liquidity"], [1], tmp_path, COARSE)
    assert "error" not in rows[0]
    assert rows[1]["error"] == "machines: ValueError: no machines"
    cells = signs_table.entries(rows, table)
    assert [c.failed for c in cells] == [0, 0, 0, 1, 1, 1]
    assert cells[-1].verdict in ("undetermined", "open")
    monkeypatch.undo()
    rows = signs_run.run(table, chosen, ["liquidity"], [1], tmp_path, COARSE)
    assert not any("error" in row for row in rows)


def test_processes_make_no_difference(tmp_path: Path) -> None:
    table = small()
    chosen = table.chosen(["pool"])
    both = [
        signs_run.run(
            table, chosen, ["imported_common"], [1, 2], tmp_path / str(n), COARSE, workers=n
        )
        for n in (1, 2)
    ]
    for one, other in zip(*both, strict=True):
        assert str(one) == str(other)  # to the last bit, undefined values too


# ---------------------------------------------------------------- judging
def rows_of(needs: list[float], output: list[float], name: str = "pool") -> list[dict[str, Any]]:
    """Return cells of single seeds, the same for all groups."""
    return [
        {
            "mechanism": name,
            "shock": "idiosyncratic",
            "seed": k,
            "closed": 0.0,
            "exports": 0.0,
            "added": 0.0,
        }
        | {f"needs_{g}": n for g in ("members", "others", "total")}
        | {f"output_{g}": o for g in ("members", "others", "total")}
        for k, (n, o) in enumerate(zip(needs, output, strict=True))
    ]


def verdicts(rows: list[dict[str, Any]]) -> Mapping[str, tuple[str, str, str]]:
    """Return what decides, sign and verdict by group."""
    cells = signs_table.entries(rows, declared())
    return {c.group: (c.by, c.found, c.verdict) for c in cells}


def test_a_cell_is_judged_by_needs() -> None:
    """The pool is expected to help members and all in idiosyncratic shocks, others: open."""
    found = verdicts(rows_of([-0.2] * 6, [0.0] * 6))
    assert found["total"] == ("needs", "+", "agrees")
    assert found["others"] == ("needs", "+", "open")
    assert verdicts(rows_of([0.2] * 6, [0.1] * 6))["total"] == ("needs", "-", "deviates")
    assert verdicts(rows_of([0.2, -0.2] * 3, [0.1] * 6))["total"][2] == "undetermined"


def test_where_unmet_need_does_not_move_value_added_decides() -> None:
    """A 0 is found only where neither moves."""
    assert verdicts(rows_of([0.0] * 6, [0.1] * 6))["total"] == ("output", "+", "agrees")
    assert verdicts(rows_of([0.01] * 6, [0.001] * 6))["total"] == ("output", "0", "deviates")
    assert verdicts(rows_of([math.nan] * 6, [0.1] * 6))["total"] == ("output", "+", "agrees")
    few = [math.nan] * 4 + [-0.5] * 2
    assert verdicts(rows_of(few, [-0.1] * 6))["total"] == ("output", "-", "deviates")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_table_is_shown(language: str, tmp_path: Path) -> None:
    table, words = declared(), SignWords(language)
    cells = signs_table.entries(rows_of([-0.125] * 6, [math.inf] * 6), table)
    head = signs_table.heading(table, "Here", 6, 4.0, words)
    text = signs_table.text(cells, table, words)
    page = signs_table.markdown(cells, table, head, words)
    assert words("agrees") in text
    assert "100/0/0" in text
    assert ("−12.5" if language == "en" else "−12,5") in page
    assert page.count("\n| ") >= 2 + 2 + 3
    file = tmp_path / "signs.png"
    signs_figure.save(signs_figure.draw(cells, table, "Here", words), file)
    assert file.stat().st_size > 5000


# ---------------------------------------------------------------- commands
def test_the_command_writes_the_table(tmp_path: Path) -> None:
    arguments = ["--mechanism", "machines", "--shock", "isolation", "--seeds", "1"]
    arguments += ["--people", "40", "--workers", "1", "--out", str(tmp_path), "--json"]
    result = CliRunner().invoke(app, ["signs", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    cells = json.loads(result.stdout)
    assert [c["group"] for c in cells] == ["members", "others", "total"]
    assert {c["verdict"] for c in cells} <= {"undetermined", "open"}  # of one seed
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"cells.jsonl", "signs.csv", "signs.md", "signs.png"}


def test_a_failed_cell_ends_in_exit_code_4_after_the_table_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("flood in the machine room")

    monkeypatch.setattr(signs_run, "live_arm", broken)
    arguments = ["--mechanism", "machines", "--shock", "isolation", "--seeds", "1"]
    result = CliRunner().invoke(
        app, ["signs", *arguments, "--workers", "1", "--out", str(tmp_path)]
    )
    assert isinstance(result.exception, RunError)
    assert RunError.exit_code == 4
    assert "flood in the machine room" in str(result.exception)
    assert (tmp_path / "signs.md").exists()


def test_strange_names_are_one_line() -> None:
    for option, value in (("--mechanism", "E99"), ("--shock", "meteor")):
        result = CliRunner().invoke(app, ["signs", option, value])
        assert isinstance(result.exception, InputError)
        assert f"{option}: no" in str(result.exception)


def test_the_arms_command_marks_what_is_not_neutral() -> None:
    arguments = ["arms", "village-isolation", "--arms", "observed", "--seeds", "1"]
    result = CliRunner().invoke(app, [*arguments, "--workers", "1"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "not resource-neutral" in result.stdout
    assert "observed" in result.stdout


def test_laying_over_leaves_both_as_they_were() -> None:
    below = {"a": {"b": 1}, "c": 2}
    assert laid_over(below, {"a": {"d": 3}}) == {"a": {"b": 1, "d": 3}, "c": 2}
    assert below == {"a": {"b": 1}, "c": 2}
