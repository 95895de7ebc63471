"""The dose curve of a local currency: its grid, what it says and draws, and bad input."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.currencies import FREE, FREEZE
from tests.worlds import BOURG
from typer.testing import CliRunner

from ressort import cells, doses, doses_figure, doses_table
from ressort.cli import app
from ressort.doses import EUSKO, LINES, Unit, grid, points_of, with_currency
from ressort.doses_words import DoseWords
from ressort.errors import InputError, RessortError
from ressort.scenario import Scenario, check

ENGLISH, FRENCH = DoseWords("en"), DoseWords("fr")
POINTS = (0.0, EUSKO, 1.0)


def scenario(**more: Any) -> Scenario:
    """Return a freeze in a bourg with a currency of a third of all and purses that matter."""
    return check(
        {
            "name": "bourg",
            "territory": {"name": BOURG},
            "run": {"days": 25, "people_per_agent": 5.0},
            "shocks": [FREEZE | {"start_day": 5, "days": 10}],
            "cooperation": {"scic": False},
            "currency": {"adoption": 0.3, "firm_share": 0.3, "budget_share": 0.3, **FREE}
            | {"join_rate": 0.0},
        }
        | more
    )


@cache
def lived() -> dict[doses.Pair, list[dict[str, Any]]]:
    """Two seeds of all doses, in this process."""
    one = scenario()
    found = grid(one, POINTS)
    work = doses.plan(one, found)
    units = [Unit(seed, tuple(work.stages)) for seed in (1, 2)]
    rows = [row for unit in units for row in doses.do(work, unit)]
    return {p: [r for r in rows if (r["adoption"], r["firm_share"]) == p] for p in work.stages}


# ------------------------------------------------------------------ grid
def test_each_line_moves_one_share_or_both() -> None:
    found = grid(scenario(), POINTS)
    assert len(found) == len(LINES) * len(POINTS)
    by_line = {line: [d.pair for d in found if d.line == line] for line in LINES}
    assert by_line["both"] == [(0.0, 0.0), (EUSKO, EUSKO), (1.0, 1.0)]
    assert by_line["people"] == [(0.0, 0.3), (EUSKO, 0.3), (1.0, 0.3)]
    assert by_line["firms"] == [(0.3, 0.0), (0.3, EUSKO), (0.3, 1.0)]
    assert EUSKO in doses.POINTS
    assert {0.0, 1.0} <= set(doses.POINTS)


def test_a_scenario_without_a_currency_gets_one_of_usual_values() -> None:
    bare = check(scenario().model_dump() | {"currency": None})
    found = with_currency(bare)
    assert found.currency is not None
    assert found.currency.adoption == EUSKO
    one = scenario()
    assert with_currency(one) is one


@pytest.mark.parametrize("text", ["0,1.3", "0,a", "-0.1,1", "nan,1", "0", "", "1,1.0"])
def test_points_that_are_no_shares_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--points: .*give s") as caught:
        points_of(text)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ what is lived
def test_without_people_and_firms_nothing_changes_at_all() -> None:
    for row in lived()[0.0, 0.0]:
        assert row["needs_total"] == row["output_total"] == 0.0
        assert np.isnan(row["needs_members"])


def test_a_currency_of_nobody_or_nowhere_helps_nobody() -> None:
    """Members who can spend units nowhere hold none; firms without members take none.

    Nobody joins later here.
    """
    for pair in ((0.0, 0.3), (0.3, 0.0)):
        assert [row["needs_total"] for row in lived()[pair]] == [0.0, 0.0]


def test_groups_are_those_who_take_part_at_the_dose() -> None:
    """All are members at 100 %: the change of members is that of all; of others there is none."""
    for row in lived()[1.0, 1.0]:
        assert row["needs_members"] == pytest.approx(row["needs_total"])
        assert np.isnan(row["needs_others"])
    for row in lived()[0.3, 1.0]:
        assert row["needs_members"] < row["needs_others"]


def test_more_of_both_changes_more_than_the_reach_of_the_eusko() -> None:
    wide, narrow = lived()[1.0, 1.0], lived()[EUSKO, EUSKO]
    for one, other in zip(wide, narrow, strict=True):
        assert one["needs_total"] < -0.02 < other["needs_total"] < 0.02


def test_each_pair_is_lived_once_and_a_later_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Units ask for what is missing; a cell that fails says why and is tried again."""
    asked: list[tuple[int, int]] = []
    fails = [True]

    def quick(work: doses.Plan, unit: Unit) -> list[dict[str, Any]]:
        asked.append((unit.seed, len(unit.pairs)))
        rows = []
        for people, firms in unit.pairs:
            row: dict[str, Any] = {"adoption": people, "firm_share": firms, "seed": unit.seed}
            bad = fails[0] and (people, firms) == (1.0, 1.0)
            rows.append(row | ({"error": "why"} if bad else {"needs_total": float("nan")}))
        return rows

    monkeypatch.setattr(doses, "do", quick)
    one = scenario()
    found = grid(one, POINTS)
    first = doses.run(one, found, [1], tmp_path)
    assert first[1.0, 1.0][0]["error"] == "why"
    fails[0] = False
    doses.run(one, found, [1, 2], tmp_path)
    assert asked == [(1, 9), (1, 1), (2, 9)]
    more = doses.run(one, grid(one, (*POINTS, 0.5)), [1, 2], tmp_path)
    assert asked[3:] == [(1, 3), (2, 3)]
    assert np.isnan(more[0.5, 0.5][1]["needs_total"])
    other = scenario(run={"days": 30, "people_per_agent": 5.0})
    with pytest.raises(InputError, match="of another version or scenario; choose another folder"):
        doses.run(other, found, [1], tmp_path)


# ------------------------------------------------------------------ what is said
def made(change: dict[float, float], seeds: int = 8) -> list[doses_table.Point]:
    """Return points whose unmet need changes by a share that hangs on the dose alone."""
    found = grid(scenario(), tuple(change))
    cells: dict[doses.Pair, list[dict[str, Any]]] = {}
    for dose in found:
        row = {f"needs_{g}": change[dose.share] for g in ("members", "others", "total")}
        row |= {f"output_{g}": 0.0 for g in ("members", "others", "total")}
        cells[dose.pair] = [row] * seeds
    return doses_table.points(found, cells)


def test_it_says_where_the_effect_is_within_the_margin() -> None:
    found = made({0.0: 0.0, EUSKO: -0.001, 0.3: -0.05, 1.0: 0.04})
    both, people, firms, *reach = doses_table.conclusions(found, scenario(), ENGLISH)
    assert both == (
        "Unmet need of all, people and firms alike: within 2% at 0% and 1.3%; lower by more than "
        "that at 30%; higher by more than that at 100%."
    )
    assert "people alone (firms 30%)" in people
    assert "firms alone (people 30%)" in firms
    assert [line.split(": ")[1] for line in reach] == ["small, within the margin of 2%."] * 2
    assert reach[0].startswith("At 1.3% of people, the reach of the Eusko (1.3% of firms), ")


@pytest.mark.parametrize(("change", "told"), [(-0.05, "better"), (0.05, "worse")])
def test_a_large_effect_at_a_small_reach_is_not_called_small(change: float, told: str) -> None:
    said = doses_table.conclusions(made({EUSKO: change, 1.0: 0.0}), scenario(), ENGLISH)
    assert f"more than the margin of 2%, for the {told}" in said[-1]
    assert not any("small" in line for line in said)


def test_too_few_seeds_and_nothing_lacking_are_told() -> None:
    few = doses_table.conclusions(made({0.0: 0.0, 1.0: -0.1}, 2), scenario(), ENGLISH)
    assert few[0] == "2 seeds are too few for a 90% interval: take 5 or more."
    assert "neither for certain at 0% and 100%" in few[1]
    none = doses_table.conclusions(made({0.0: np.nan, 1.0: np.nan}), scenario(), ENGLISH)
    assert all("no need goes unmet without a currency" in line for line in none)


def test_french_is_french() -> None:
    said = doses_table.conclusions(made({EUSKO: -0.001, 1.0: -0.05}), scenario(), FRENCH)
    assert said[0] == (
        "Besoins non couverts de tous, habitants et établissements, à parts égales : à 2\u202f% "
        "près à 1,3\u202f% ; en baisse de plus que cela à 100\u202f%."
    )


# ------------------------------------------------------------------ table, figure, command
def curves(axes: Any) -> int:
    """Return how many lines have a value at each dose."""
    return sum(len(line.get_xdata()) == len(POINTS) for line in axes.get_lines())


def test_figure_and_table_hold_all_groups(tmp_path: Path) -> None:
    found = doses_table.points(grid(scenario(), POINTS), lived())
    figure = doses_figure.draw(found, "Freeze", "a bourg", 5.0, ENGLISH)
    assert len(figure.axes) == 2 * len(LINES)
    above, below = figure.axes[0], figure.axes[len(LINES)]
    assert [curves(above), curves(below)] == [3, 1]
    doses_figure.save(figure, tmp_path)
    assert (tmp_path / "doses.png").stat().st_size > 10_000
    table = doses_table.frame(found)
    assert len(table) == len(LINES) * len(POINTS) * 3
    whole = table[(table.line == "both") & (table.dose == 1.0) & (table.group == "total")].iloc[0]
    assert whole.needs_low <= whole.needs_median <= whole.needs_high < 0.0
    assert whole.needs_p10 <= whole.needs_median <= whole.needs_p90


def test_the_command_writes_all_and_says_what_it_took(tmp_path: Path) -> None:
    """Without a currency in the file; a freeze of few days in a coarse bourg."""
    file = tmp_path / "bourg.toml"
    file.write_text(
        f'name = "bourg"\nterritory = {{ name = "{BOURG}" }}\n'
        "run = { days = 8, people_per_agent = 40.0 }\ncooperation = { scic = false }\n"
        '[[shocks]]\nkind = "payment_freeze"\nstart_day = 2\ndays = 4\ndepth = 0.99\n'
    )
    words = ["doses", str(file), "--points", "0,0.013,1", "--seeds", "1", "--workers", "1"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "the scenario has no [currency]: one of usual values is taken" in result.stderr
    assert "Local currency by dose: bourg" in result.stdout
    assert "Results of a model, not a forecast." in result.stdout
    folder = tmp_path / "bourg-doses"
    names = {"cells.jsonl", "doses.csv", "doses.txt", "doses.png", "doses.svg"}
    assert {file.name for file in folder.iterdir()} == names
    assert len(pd.read_csv(folder / "doses.csv")) == 27
    again = CliRunner().invoke(app, [*words, "--out", str(tmp_path), "--json"])
    assert len(json.loads(again.stdout)) == 27


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["currency-freeze", "--points", "0,13"], "--points: '13' is no share from 0 to 1"),
        (["currency-freez"], "currency-freez"),
        (["federation-local-shock"], "federation"),
    ],
)
def test_bad_input_is_told_in_one_line(options: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doses", *options, "--out", str(tmp_path)])
    assert isinstance(result.exception, RessortError)
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", "utf-8")
    with pytest.raises(InputError, match="choose another folder by --out"):
        list(cells.run_missing(None, lambda *_: [], [1], in_the_way / "out", {}))
