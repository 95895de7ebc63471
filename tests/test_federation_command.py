"""The command `ressort federation`, its library function, and what a federation is refused for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ressort.cli import main
from ressort.describe import describe
from ressort.errors import InputError
from ressort.federation import Federation, change_of, compare_forms, unit_world
from ressort.federation_contracts import Contract
from ressort.scenario import Scenario, check
from ressort.scenario_federation import units_of
from ressort.simulation import compare, simulate
from ressort.words import Words

SMALL = """
[territory]
codes = ["63354", "63338"]
[run]
days = 20
people_per_agent = 20.0
[seeds]
count = 2
[[shocks]]
kind = "import_cut"
start_day = 2
days = 10
[federation]
split = 2
[federation.aid]
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(SMALL, "utf-8")
    return file


def scenario(**sections: Any) -> Scenario:
    content: dict[str, Any] = {
        "territory": {"codes": ["63354", "63338"]},
        "run": {"days": 15, "people_per_agent": 20.0},
        "shocks": [{"kind": "import_cut", "start_day": 2, "days": 10}],
        "federation": {"split": 2, "aid": {}},
    }
    return check(content | sections, "file.toml")


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return left.value.code, out, err


def test_command_prints_each_form_and_the_note_only_where_it_applies(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "federation", small, "--seeds", "1", "--workers", "1")
    assert code == 0
    for form in ("one territory", "units alone", "units federated", "trade between communes"):
        assert form in out
    assert "no SCIC and no measures" in err
    struck = SMALL.replace("split = 2", 'split = 2\nstruck = ["Saint-Gervais-d\'Auvergne"]')
    small.write_text(struck, "utf-8")
    code, out, _ = call(capsys, "federation", small, "--seeds", "1", "--lang", "fr")
    assert code == 0
    assert "unités fédérées" in out
    assert "un seul territoire" not in out
    assert "échanges entre communes" not in out


def test_ctrl_c_leaves_by_one_line(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ressort.federation.compare_forms", interrupted)
    code, out, err = call(capsys, "federation", small)
    assert (code, out) == (130, "")
    assert err.endswith("ressort: interrupted; nothing was written\n")
    assert "Traceback" not in err


def test_workers_do_not_change_the_result() -> None:
    tables = [compare_forms(scenario(), 2, workers=n) for n in (1, 2)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert change_of(tables[0]).seeds == 2


@pytest.mark.parametrize("seeds", [0, [], [1, 1], "12", [1.5], True])
def test_seeds_are_checked_as_those_of_a_comparison(seeds: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        compare_forms(scenario(), seeds)


def test_one_territory_is_not_run_in_place_of_a_federation(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "run", small)
    assert (code, out) == (InputError.exit_code, "")
    assert err.count("\n") == 1
    assert "`ressort federation`" in err
    for run in (simulate, compare):
        with pytest.raises(InputError, match="federation"):
            run(scenario())


def test_a_federation_is_said_in_words() -> None:
    names = [unit.name for unit in units_of(scenario())]
    link = {"contract": "reciprocity", "from": names[0], "to": names[1], "share_out": 0.2}
    federation = {"split": 2, "aid": {}, "contracts": [link], "struck": names[:1]}
    made = scenario(federation=federation | {"delay_days": {names[0]: 3}})
    english, french = (" ".join(describe(made, Words(lang)).split()) for lang in ("en", "fr"))
    assert (
        f"for `ressort federation`: {', '.join(names)}. Shocks strike {names[0]} alone" in english
    )
    assert f"{names[0]} (3 days) later" in english
    assert f"From {names[0]} to {names[1]}: - a unit covers the deficit" in english
    assert "share_out = 0.2 instead of 0.1" in english
    assert "units of a federation send each other goods" in english
    assert "SCIC" not in english  # units have none unless the file says so
    assert f"De {names[0]} à {names[1]} : - une unité couvre le déficit" in french
    assert "SCIC" in describe(scenario(cooperation={}), Words("en"))


# --- Cooperation within units -------------------------------------------------------------------

SECTIONS: dict[str, Any] = {
    "cooperation": {"repair_training": {}},
    "council": {"reserve": {}},
    "partners": [{"contract": "mutual_aid", "partner": "Elsewhere"}],
    "currency": {},
}


def test_each_unit_has_the_cooperation_of_the_file_and_its_links_last() -> None:
    links = {"split": 2, "aid": {}}
    names = [unit.name for unit in units_of(scenario())]
    links["contracts"] = [{"contract": "capability", "from": names[0], "to": names[1]}]
    made = scenario(**SECTIONS, federation=links)
    federation = Federation.of(made, 1, cooperation=True, audit=True)
    for world in federation.worlds:
        assert world.cooperation is not None
        found = [m.name for m in world.measures]
        assert {"repair_training", "reserve", "mutual_aid"} < set(found)
        assert found[-2] == "federation_aid"
        assert isinstance(world.measures[-1], Contract)
    for _ in range(15):
        federation.live_one_day()
    without = Federation.of(made, 1, cooperation=False)
    assert all(world.cooperation is None for world in without.worlds)
    assert all(len(world.measures) == 2 for world in without.worlds)


def test_units_share_no_measure() -> None:
    """A measure holds what it does in its world: two worlds must not share one."""
    worlds = Federation.of(scenario(**SECTIONS), 1, cooperation=True).worlds
    mine, other = ({id(m) for m in world.measures} for world in worlds)
    assert not mine & other


def test_a_unit_alone_with_cooperation_lives_as_its_world_does() -> None:
    made = scenario(**SECTIONS)
    federation = Federation.of(made, 1, linked=False, cooperation=True)
    unit = units_of(made)[1]
    world = unit_world(made, 1, unit, linked=False, cooperation=True)
    from ressort.day import live_one_day

    for _ in range(10):
        federation.live_one_day()
        live_one_day(world)
    assert world.state.firms.tobytes() == federation.worlds[1].state.firms.tobytes()
    assert np.isfinite(world.state.homes.cash).all()


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ((), "has the SCIC"),
        (("--no-cooperation",), "no SCIC"),
        (("--cooperation",), "has the SCIC"),
    ],
)
def test_cooperation_is_on_if_the_file_has_any(
    small: Path, capsys: pytest.CaptureFixture[str], flag: list[str], said: str
) -> None:
    small.write_text(SMALL + "\n[council.reserve]\n", "utf-8")
    code, _, err = call(capsys, "federation", small, "--seeds", "1", *flag)
    assert code == 0
    assert said in err
