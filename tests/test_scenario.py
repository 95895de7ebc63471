"""Scenarios are refused at the door, with the key and the remedy; the ready-made ones all pass."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.worlds import ROOT

from ressort.describe import describe
from ressort.errors import InputError
from ressort.parameters import records
from ressort.scenario import Scenario, check, load
from ressort.scenario_files import scenario_names
from ressort.words import Words

GOOD: dict[str, Any] = {"territory": {"name": "63005"}}


def fault(changes: dict[str, Any]) -> str:
    """Return what is said against a good scenario with some keys changed."""
    with pytest.raises(InputError) as caught:
        check(GOOD | changes, "file.toml")
    message = str(caught.value)
    assert message.startswith("file.toml: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"runn": {}}, ["runn: unknown key", "'run'"]),
        ({"run": {"dayz": 3}}, ["run.dayz: unknown key", "'days'"]),
        ({"run": {"days": "30"}}, ["run.days", "whole number", "'30'"]),
        ({"run": {"days": -30}}, ["run.days", "at least 1", "-30"]),
        ({"run": {"days": True}}, ["run.days"]),
        ({"run": {"people_per_agent": float("nan")}}, ["run.people_per_agent"]),
        ({"run": {"production": "magic"}}, ["run.production", "'half'"]),
        ({"seeds": {"count": 0}}, ["seeds.count"]),
        ({"territory": {}}, ["territory", "exactly one of name, codes, around"]),
        ({"territory": {"name": "63005", "codes": ["63005"]}}, ["territory", "exactly one"]),
        ({"territory": {"codes": []}}, ["empty"]),
        ({"territory": {"name": "Isoire"}}, ["Isoire", "Issoire"]),
        ({"territory": {"name": "97411"}}, ["overseas"]),
        ({"territory": {"name": "55039"}}, ["nobody lives there"]),
        ({"territory": {"around": "63178"}}, ["radius_km"]),
        ({"shocks": [{"kind": "import_cut", "start_day": 1}]}, ["shocks.0.days", "required"]),
        (
            {"shocks": [{"kind": "import_cut", "start_day": 1, "days": -3}]},
            ["shocks.0.days", "-3"],
        ),
        (
            {"shocks": [{"kind": "import_cut", "start_day": 999, "days": 3}]},
            ["shocks.0.start_day", "999", "run.days"],
        ),
        (
            {"shocks": [{"kind": "import_cut", "start_day": 1, "days": 3, "goods": ["fule"]}]},
            ["shocks.0.goods", "'fuel'", "'fule'"],
        ),
        (
            {
                "shocks": [
                    {"kind": "isolation", "start_day": 1, "days": 3, "hits_surroundings": False}
                ]
            },
            ["shocks.0", "hits_surroundings", "isolation", "leave it out"],
        ),
        ({"parameters": {"serch_rate": 0.1}}, ["parameters.serch_rate", "'search_rate'"]),
        ({"parameters": {"search_rate": "much"}}, ["parameters.search_rate", "number"]),
        ({"cooperation": {"mechanisms": ["magic"]}}, ["cooperation.mechanisms", "'pool'"]),
    ],
)
def test_fault_is_named_with_its_remedy(changes: dict[str, Any], said: list[str]) -> None:
    message = fault(changes)
    for part in said:
        assert part in message


def test_all_faults_are_told_at_once() -> None:
    message = fault({"run": {"days": 0}, "seeds": {"count": "two"}})
    assert "run.days" in message
    assert "seeds.count" in message


def test_example_of_the_scenarios_folder_is_valid() -> None:
    text = (ROOT / "scenarios" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    scenario = check(tomllib.loads(example))
    assert scenario.rules().behaviour.search_rate == 0.1
    for name in scenario_names():
        assert f"`{name}`" in text, "the table of scenarios/README.md misses one"


@pytest.mark.parametrize("name", scenario_names())
def test_ready_made_scenario_is_whole_in_both_languages(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    for text in ("title", "title_fr", "description", "description_fr"):
        assert getattr(scenario, text).strip(), f"{text} is missing"
    assert "ssumed" in scenario.description
    assert scenario.resolve_territory().population > 0
    assert scenario.shocks or scenario.random_shocks


def test_the_territory_of_a_scenario_is_its_caller_s_own() -> None:
    """It is looked up once for all scenarios of a place, and handed out as a copy."""
    content = {"territory": {"synthetic": "rural", "size": 3000}}
    found = check(content).resolve_territory()
    found.communes.loc[0, "population"] = 1
    assert found.surroundings is not None
    found.surroundings.loc[0, "population"] = 1
    again = check(content).resolve_territory()
    assert again.population == 3000
    assert again.surroundings is not None
    assert again.surroundings.loc[0, "population"] > 1


def test_scenario_of_a_file_has_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[territory]\nname = "63005"\n', "utf-8")
    assert load(file).name == "mine"


def test_a_scenario_is_said_in_words_with_the_sources_of_what_it_changes() -> None:
    changed = check(
        {
            "name": "mine",
            "title": "A cut",
            "title_fr": "Une coupure",
            "territory": {"name": "63178"},
            "rows": ["S08"],
            "shocks": [
                {"kind": "import_cut", "start_day": 4, "days": 9, "depth": 0.5, "goods": ["fuel"]}
            ],
            "cooperation": {"mechanisms": ["fund"]},
            "parameters": {"search_rate": 0.2},
        }
    )
    record = records()["search_rate"]
    english, french = (describe(changed, Words(language)) for language in ("en", "fr"))
    for text, title, people, good in (
        (english, "A cut", "15,115", "goods: refined fuel"),
        (french, "Une coupure", "15\u202f115", "biens : carburants"),
    ):
        assert text.startswith(title)
        flat = " ".join(text.split())
        for part in ("S08", good, "50", "search_rate = 0.2", str(record.value)):
            assert part in flat
        assert people in text
        assert " ".join(record.source.split()) in flat
    assert "From day 4, for 9 days" in english
    assert "Dès le jour 4, pendant 9 jours" in french
    assert "register" not in english


def test_it_is_said_whether_a_cut_spares_the_surroundings() -> None:
    cut = {"kind": "import_cut", "start_day": 4, "days": 9}
    for spares, english, french in (
        (False, "sell what they have in stock", "vendent leur stock"),
        (True, "stay stocked", "restent approvisionnés"),
    ):
        scenario = check(GOOD | {"shocks": [cut | {"hits_surroundings": not spares}]})
        assert scenario.shock_list(1)[0].hits_surroundings is not spares
        for language, words in (("en", english), ("fr", french)):
            assert words in " ".join(describe(scenario, Words(language)).split())


def test_words_of_a_scenario_are_those_of_its_readers() -> None:
    """No names of the program, no contradiction, singular for one, no range that is not known."""
    content = {
        "territory": {"around": "63430", "radius_km": 10.0},
        "calm": {"years": 1},
        "shocks": [
            {"kind": "import_cut", "start_day": 4, "days": 1},
            {"kind": "labour_loss", "start_day": 4, "days": 2, "branches": ["health_social"]},
        ],
        "council": {"reserve": {"goods": ["fuel", "pharma"], "plan": True}},
    }
    english, french = (
        " ".join(describe(check(content), Words(language)).split()) for language in ("en", "fr")
    )
    wrong = ["?", "health_social", "pharma,", "1 years", "1 années", "1 days", "1 jours", "True"]
    wrong += ["1 households", "1 ménages", "some goods", "certains biens"]
    for text in (english, french):
        assert not [part for part in wrong if part in text]
    assert "nothing is dispatched from outside; all goods" in english
    assert "goods = refined fuel, medicines" in english
    assert "plan = yes instead of no" in english
    assert "days = 5.0, as usual (range 1 to 100)" in english
    assert "plan = oui au lieu de non" in french
    assert "10 km autour de Thiers" in french
    assert "en anglais" in french


def test_a_territory_has_a_french_label() -> None:
    flood = load("flood-issoire")
    assert "8 km autour d'Issoire :" in describe(flood, Words("fr"))
    assert "8 km around Issoire:" in describe(flood, Words("en"))


def test_the_schema_knows_every_section() -> None:
    schema = Scenario.model_json_schema()
    assert set(Scenario.model_fields) == set(schema["properties"])
    assert schema["additionalProperties"] is False
