"""The page of the founding document names every row, and what carries each exists."""

from __future__ import annotations

import re

from tests.worlds import ROOT

from ressort.measures import COOPERATION, COUNCIL, CURRENCY, PARTNERS
from ressort.metrics import NAMES
from ressort.scenario_files import find_scenario, read_scenario, scenario_names

PAGE = (ROOT / "docs" / "seed-table.md").read_text("utf-8")
LINES = {line[2:5]: line for line in PAGE.splitlines() if re.match(r"\| S\d\d ", line)}
NOT_ROWS = ("S09", "S18", "S19", "S29", "S39")  # numbers that the table of the seed leaves out


def test_every_row_is_there() -> None:
    wanted = [f"S{k:02d}" for k in range(1, 46) if f"S{k:02d}" not in NOT_ROWS]
    assert list(LINES) == wanted
    for line in LINES.values():
        assert line.count("|") == 6


def test_every_scenario_and_measure_stands_in_the_lines_of_its_rows() -> None:
    for name in scenario_names():
        for row in read_scenario(find_scenario(name)).get("rows", ()):
            assert f"`{name}`" in LINES[row], (name, row)
    for measure in (*COOPERATION, *COUNCIL, *CURRENCY, *PARTNERS):
        for row in measure.rows:
            named = f"`{measure.name}`" in LINES[row] or f"[{measure.name}]" in LINES[row]
            assert named, (measure.name, row)


def test_what_the_page_names_exists() -> None:
    measures = {m.name for m in (*COOPERATION, *COUNCIL, *CURRENCY, *PARTNERS)}
    words = {word for line in LINES.values() for word in re.findall(r"`([^`\s]+)`", line)}
    files = {word for word in words if word.endswith(".py")}
    for file in files:
        assert list(ROOT.glob(f"model/ressort/**/{file}")) or (ROOT / "tests" / file).exists(), file
    dashed = {word for word in words - files if "-" in word}
    assert dashed <= set(scenario_names())
    assert {w for w in words if w.startswith(("m4", "m8"))} <= set(NAMES)
    assert len(measures & words) > 15
