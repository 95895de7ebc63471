"""Every number has its record, every record is read, and rules hold no number of their own."""

from __future__ import annotations

import ast
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.worlds import ROOT

from ressort.branches import BRANCHES
from ressort.errors import InputError
from ressort.parameters import (
    CONFIDENCES,
    FROM_TECHNICAL,
    Behaviour,
    all_records,
    branch_traits,
    farmland_per_head,
    jobs_per_head,
    measure_records,
    read,
    records,
)

PACKAGE = ROOT / "model" / "ressort"
OFFICIAL = ROOT.parent / "shared" / "data" / "official"


# ---------------------------------------------------------------- records
@pytest.mark.parametrize("name", records())
def test_a_record_is_complete(name: str) -> None:
    record = records()[name]
    assert record.unit.strip()
    assert record.source.strip()
    assert record.confidence in CONFIDENCES
    if isinstance(record.value, list):
        assert math.fsum(record.value) == pytest.approx(1.0)
        assert min(record.value) >= 0
        return
    assert record.low is not None
    assert record.high is not None
    assert record.low < record.high
    assert record.low <= record.value <= record.high


@pytest.mark.parametrize(
    ("measure", "name"), [(m, name) for m, found in measure_records().items() for name in found]
)
def test_a_setting_of_a_measure_is_complete(measure: str, name: str) -> None:
    record = measure_records()[measure][name]
    assert record.unit.strip()
    assert record.source.strip()
    assert record.confidence in CONFIDENCES
    if record.choices:
        assert record.value in record.choices
    elif not isinstance(record.value, bool | list | str):
        assert record.low is not None
        assert record.high is not None
        assert record.least <= record.low <= record.value <= record.high <= record.most


def test_what_is_assumed_says_so() -> None:
    """A source that is only an assumption is not passed off as anything better."""
    for record in all_records():
        if record.source.startswith("assumed"):
            assert record.confidence in ("assumed", "recalled"), record.name


@pytest.mark.parametrize("file", ["technical.toml", "jobs_per_head.toml", "farmland.toml"])
def test_a_derived_table_says_where_it_comes_from(file: str) -> None:
    about = read(file)["about"]
    assert about
    for record in about.values():
        assert record["unit"].strip()
        assert record["source"].strip()
        assert record["confidence"] in CONFIDENCES


def test_branch_traits_are_complete() -> None:
    for name, record in read("branch_traits.toml").items():
        assert record["unit"].strip(), name
        assert record["source"].strip(), name
        assert record["confidence"] in CONFIDENCES, name
        assert tuple(record["values"]) == BRANCHES, name
    technical = read("technical.toml")
    for branch in BRANCHES:
        assert set(FROM_TECHNICAL) < set(technical[branch]), branch
        assert not set(technical[branch]["critical"]) & set(technical[branch]["important"])
        rated = {*technical[branch]["critical"], *technical[branch]["important"]}
        assert rated <= set(technical[branch]["inputs"]), branch


def test_branch_traits_make_an_economy() -> None:
    traits = branch_traits()
    assert (traits.value_added_share > 0).all()
    for share in (
        "import_share",
        "final_import_share",
        "public_share",
        "labour_share",
        "owners_local",
        "machine_dependence",
        "committed_share",
        "survival_share",
        "essential_share",
    ):
        values = getattr(traits, share)
        assert ((values >= 0) & (values <= 1)).all(), share
    assert (traits.survival_share <= traits.essential_share).all()
    assert (traits.jobs_minimum <= traits.jobs_per_establishment).all()
    assert (traits.lead_days >= 1).all()
    assert (jobs_per_head() >= 0).all()
    assert jobs_per_head().sum(axis=1).max() < 2  # jobs an inhabitant
    assert all(0 <= hectares < 10 for hectares in farmland_per_head().values())
    assert np.isfinite(jobs_per_head()).all()


# ---------------------------------------------------------------- use
def sources(*folders: str) -> dict[str, str]:
    """Return the text of the package's own files by name."""
    files = [f for folder in folders for f in (PACKAGE / folder).glob("*.py")]
    return {f.relative_to(PACKAGE).as_posix(): f.read_text("utf-8") for f in sorted(files)}


def test_every_record_is_read() -> None:
    """A parameter that no rule reads would be swept for nothing."""
    texts = sources(".", "rules", "measures")
    settings_only = {"settings.py"}  # which passes parameters on to the rules
    read_by_rules = "\n".join(t for n, t in texts.items() if n not in settings_only)
    limits = texts["state.py"]  # names of parameters that limit a substitution
    for name in records():
        used = re.search(rf"\b(settings|behaviour|how)\.{name}\b", read_by_rules)
        assert used or f'"{name}"' in limits, name


def test_every_trait_is_read() -> None:
    texts = sources(".", "rules")
    declared = texts.pop("parameters.py")
    for name in branch_traits().__dataclass_fields__:
        if name.startswith("label_"):
            continue  # names for readers, no numbers
        derived = re.search(rf"\bself\.{name}\b", declared)
        assert derived or any(re.search(rf"\.{name}\b", t) for t in texts.values()), name


# ---------------------------------------------------------------- overrides
def test_overrides_replace_defaults() -> None:
    behaviour = Behaviour({"search_rate": 0.1, "hoard_days": 3.0})
    assert behaviour.search_rate == 0.1
    assert behaviour.hoard_days == 3
    assert isinstance(behaviour.hoard_days, int)
    assert Behaviour().search_rate == records()["search_rate"].value
    assert set(behaviour.as_dict()) == set(records())


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"serch_rate": 0.1}, "did you mean 'search_rate'"),
        ({"nothing_like_it_at_all": 1}, "no such parameter"),
        ({"search_rate": "0.1"}, "search_rate: a number from 0 to 1"),
        ({"search_rate": True}, "search_rate: a number from 0 to 1"),
        ({"search_rate": math.nan}, "search_rate: a number from 0 to 1"),
        ({"search_rate": math.inf}, "search_rate: a number from 0 to 1"),
        ({"search_rate": -0.1}, "search_rate: a number from 0 to 1"),
        ({"restock_days": 0.0}, "restock_days: a number of at least 1"),
        ({"haul_days": 8}, "haul_days: a number from 1 to 7"),
        ({"establishment_spread": 60.0}, "establishment_spread: a number from 0 to 3"),
        ({"tax_rate": 0.6, "saving_rate": 0.5}, "leave nothing to spend"),
        ({"harvest_first_day": 300}, "within the year"),
        ({"trouble_days": 90, "match_delay_days": 11}, "100 days of trouble that are counted"),
        ({"hoard_days": 2.5}, "hoard_days: a whole number"),
        ({"household_size_shares": 0.5}, "household_size_shares: a list of 6"),
        ({"household_size_shares": [0.5, 0.5]}, "household_size_shares: a list of 6"),
        ({"household_size_shares": [0.5, 0, 0, 0, 0, 0.6]}, "sum to 1"),
        ({"household_size_shares": [1.5, -0.5, 0, 0, 0, 0]}, "at least 0"),
    ],
)
def test_a_bad_override_is_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Behaviour(overrides)


def test_an_unknown_parameter_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no parameter named 'serch_rate'"):
        _ = Behaviour().serch_rate


# ---------------------------------------------------------------- numbers in rules
# Counts, halves and the ends of shares need no record. The others are thresholds of docs/one-day.md
# and of numerical accuracy; a number that is not here belongs in a parameter file.
PLAIN: set[float] = {0, 1, 2, 0.5, -1}
NAMED: dict[str, set[float]] = {
    "arrivals.py": set(),
    "cooperation.py": {1e-9},  # rounding is no debt
    "delivery.py": {0.999, 0.05, 0.95},  # served in full; bounds of the lean
    "firms.py": {0.98},  # local orders are met
    "households.py": {1e-12},  # rounding is not hunger
    "idling.py": set(),
    "introductions.py": {7919},  # a prime, to start with another member
    "invoices.py": set(),
    "observation.py": {3, 4, 5},  # places in an array of sums
    "passes.py": set(),
    "prices.py": {1e-9},  # rounding is no scarcity
    "production.py": {5},  # the number of production functions
    "purchases.py": set(),
    "sellers.py": set(),
    "sourcing.py": {0.98, 7919},  # a source works again; a prime, to start with another member
    "trading.py": {4, 5},  # kinds of purchase, and sums
    "units.py": set(),
    "work.py": {0.999, 0.99, 0.9},  # paid and ordered in full; near enough to the usual
    "__init__.py": set(),
}


@pytest.mark.parametrize("path", sorted((PACKAGE / "rules").glob("*.py")), ids=lambda p: p.name)
def test_rules_hold_no_number_of_their_own(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = {
        node.value: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    }
    allowed = PLAIN | NAMED[path.name]
    hidden = {value: f"line {line}" for value, line in found.items() if value not in allowed}
    assert not hidden, f"{path.name}: make these parameters, or allow them here with a reason"
    assert NAMED[path.name] <= set(found), f"{path.name}: allowed here and no longer used"


# ---------------------------------------------------------------- derivation
@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="needs the official tables, not shipped")
def test_derived_tables_are_what_the_official_ones_give() -> None:
    script = ROOT / "experiments" / "parameters" / "derive.py"
    done = subprocess.run(
        [sys.executable, str(script), str(OFFICIAL), "--check"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_the_page_of_parameters_is_up_to_date() -> None:
    script = ROOT / "experiments" / "parameters" / "table.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0, "run `python experiments/parameters/table.py`"
