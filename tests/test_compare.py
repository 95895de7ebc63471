"""The command `compare`: what is declared, the plan, factorial designs, and a whole run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests import made_comparisons

from ressort import parameters
from ressort.cli import main
from ressort.comparison import declared, evidence, factorial, tables
from ressort.comparison.findings import Finding, deciding, findings
from ressort.comparison.plan import Asked, plan
from ressort.errors import InputError
from ressort.paired import Spread

SHOCKS = (
    "import-cut", "isolation", "fuel", "grid", "labour", "disaster-part", "disaster-all", "freeze",
)  # fmt: skip
TERRITORIES = ("village", "rural", "clermont", "dense", "departement")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


# ---------------------------------------------------------------- what is declared
def test_all_that_is_declared_makes_scenarios() -> None:
    made = plan(Asked(TERRITORIES, arms=("scic", "placebo", "broad")))
    assert len(made.points) == 40
    assert [arm.name for arm in made.arms] == ["without", "scic", "placebo", "broad"]
    assert tuple(made.design["shocks"]) == SHOCKS
    scenario = made.scenario(made.points[0], made.arms[0])
    assert (scenario.shock_day(), scenario.run.days) == (20, 150)
    assert not scenario.cooperation.scic
    sizes = [declared.where(name).people for name in TERRITORIES]
    assert sizes == [1192, 27687, 341230, 290890, 201417]


@pytest.mark.parametrize("name", TERRITORIES)
def test_what_is_said_of_a_territory_is_its_size(name: str) -> None:
    told = parameters.read(declared.FILE)["territory"][name]["meaning"]
    assert f"{declared.where(name).people:,.0f}" in told


def test_a_disaster_in_a_part_strikes_three_communes_of_ten_the_same_for_all_seeds() -> None:
    where = declared.where("rural")
    (part,) = declared.what(["disaster-part"])
    struck = [section["communes"] for section in part.sections(where, 20)]
    assert struck[0] == struck[1] == sorted(struck[0])
    assert len(struck[0]) == round(0.3 * len(where.communes.codes))
    assert "communes" not in part.sections(declared.where("village"), 20)[0]
    (everywhere,) = declared.what(["disaster-all"])
    assert "communes" not in everywhere.sections(where, 20)[0]


def test_a_panic_begins_a_day_after_its_shock() -> None:
    (fuel,) = declared.what(["fuel"])
    assert [s["start_day"] for s in fuel.sections(declared.where("village"), 20)] == [20, 20, 21]


def test_a_dose_sets_the_share_of_members_of_all_that_an_arm_has() -> None:
    (broad,) = declared.arms(["broad"])
    dose = declared.at_dose(broad, 0.5).changes
    assert dose["parameters"]["member_share"] == dose["currency"]["firm_share"] == 0.5
    assert broad.changes["currency"]["firm_share"] == 0.3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked(("clermnt",)), "clermnt"),
        (Asked(("village",), shocks=("import",)), "did you mean import-cut?"),
        (Asked(("village",), arms=("scik",)), "did you mean scic?"),
        (Asked(("village",), mechanisms=("pol",)), "did you mean pool?"),
        (Asked(("village",), mechanisms=("pool", "E1")), "twice"),
        (Asked(("village",), mechanisms=("pool",), arms=("scic",)), "neither"),
        (Asked(("village",), doses=(1.5,)), "--dose: 1.5"),
        (Asked(()), "TERRITORY"),
    ],
)
def test_what_is_unknown_is_told_before_anything_runs(asked: Asked, told: str) -> None:
    with pytest.raises(InputError, match=told):
        plan(asked)


# ---------------------------------------------------------------- factorial designs
@pytest.mark.parametrize("count", range(1, 8))
def test_designs_are_balanced_and_begin_with_everything_off(count: int) -> None:
    rows = factorial.design(count)
    assert len(rows) == min(2**count, 16)
    assert (rows[0] == -1).all()
    assert len(np.unique(rows, axis=0)) == len(rows)
    np.testing.assert_array_equal(rows.T @ rows, len(rows) * np.eye(count))


def test_fractions_leave_main_effects_clear_of_interactions() -> None:
    for count in (5, 6, 7):
        rows = factorial.design(count)
        for first in range(count):
            for second in range(first):
                product = rows[:, first] * rows[:, second]
                assert (product @ rows == 0).all(), (count, first, second)
    assert not any(factorial.mixed(factorial.design(5)).values())
    assert all(factorial.mixed(factorial.design(7)).values())


def test_effects_are_those_that_were_put_in() -> None:
    """A spares 10 of 100, B costs 4, both together spare 6 more: contrasts by hand."""
    rows = factorial.design(2)
    a, b = (rows > 0).T
    base = 100 - 10 * a + 4 * b - 6 * (a & b)
    table = pd.DataFrame([base + noise for noise in (0.0, 1.0, -1.0, 2.0, -2.0)])
    found = factorial.effects(table, rows, ("A", "B"))
    assert {name: round(one.median, 12) for name, one in found.items()} == {
        "A": -0.13,
        "B": 0.01,
        "A x B": -0.03,
    }
    assert found["A"].sign == "+"
    assert found["B"].sign == "0"


def test_mechanisms_together_are_one_scic_with_all_its_parts() -> None:
    made = plan(Asked(("village",), ("freeze",), mechanisms=("pool", "E11", "guarantee")))
    assert [arm.name for arm in made.arms][:4] == ["without", "pool", "fund", "pool+fund"]
    by_name = {arm.name: made.scenario(made.points[0], arm).cooperation for arm in made.arms}
    assert len(by_name) == 8
    assert by_name["pool+fund"].mechanisms == ("pool", "fund")
    assert not by_name["guarantee"].scic
    assert by_name["fund+guarantee"].scic
    assert "guarantee" in by_name["fund+guarantee"].model_dump(exclude_none=True)


# ---------------------------------------------------------------- tables
def test_metrics_are_quantiles_of_which_censored_ones_are_no_part_left_out(tmp_path: Path) -> None:
    folder = made_comparisons.store(tmp_path / "made", made_comparisons.plan())
    table = tables.measures(evidence.read(folder))
    late = table[(table.metric == "m6_days_to_recover") & (table.arm == "without")]
    assert late.censored.max() > 0.0
    assert np.isinf(late.p90).any()


def test_effects_are_told_of_factorial_arms_alone(tmp_path: Path) -> None:
    folder = made_comparisons.store(tmp_path / "made", made_comparisons.plan())
    read = evidence.read(folder)
    assert tables.effects(read).empty
    design = dict(read.design) | {"arms": {"without": {}, "with": {"mechanisms": ["pool", "fund"]}}}
    assert tables.effects(replace(read, design=design)).empty


def test_output_decides_where_need_does_not_move() -> None:
    nan = float("nan")
    moved = Spread(-0.1, -0.2, -0.05, 0.95, 1.0, 0.0, 0.0, 8, "+")
    still = Spread(0.0, 0.0, 0.0, 0.95, 0.0, 0.0, 1.0, 8, "0")
    unsure = Spread(-0.01, -0.05, 0.03, 0.95, 0.5, 0.3, 0.2, 8, "?")
    nothing = Spread(nan, nan, nan, 0.0, nan, nan, nan, 0, "?")
    lost = Spread(-0.01, -0.02, -0.005, 0.95, 0.0, 1.0, 0.0, 8, "-")

    def finding(outcome: str, spread: Spread) -> Finding:
        kind = "relative" if outcome == "needs" else "points"
        cell = ("here", "cut", "with", "without", outcome, "total", "share")
        return Finding(*cell, spread, {"with": 0.0, "without": 0.0}, 8, kind, draws=8)

    output = finding("output", lost)
    decided = [deciding(finding("needs", s), output) for s in (moved, still, unsure, nothing)]
    assert [one.outcome for one in decided] == ["needs", "output", "needs", "output"]
    assert deciding(finding("needs", still), None).spread.sign == "0"


# ---------------------------------------------------------------- the command
@pytest.mark.slow
def test_a_comparison_runs_is_gone_on_with_and_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "small"
    command = ["compare", "63006", "--shock", "freeze,grid", "--mechanisms", "fund,guarantee"]
    command += ["--seeds", "5", "--people-per-agent", "4", "--out", str(folder), "--no-report"]
    assert run(*command) == 0
    told = capsys.readouterr()
    assert "63006, freeze" in told.out
    effects = pd.read_csv(folder / "tables" / "effects.csv")
    assert effects.effect.tolist() == ["fund", "guarantee", "fund x guarantee"] * 2
    found = findings(evidence.read(folder))
    assert {(f.shock, f.arm) for f in found} >= {("freeze", "fund"), ("grid", "fund+guarantee")}
    first = (folder / "tables" / "findings.csv").read_bytes()
    assert run(*command) == 0  # nothing is left to do: the same tables
    assert "0 are left" in capsys.readouterr().err
    assert (folder / "tables" / "findings.csv").read_bytes() == first
    assert run(*command[:-1], "--seeds", "6") == 3  # another plan
    assert "another plan" in capsys.readouterr().err
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["ressort"]
