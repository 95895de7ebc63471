"""Faulty scenario files are refused by one line with file, key and remedy, and nothing happens.

The texts are in `faulty_scenarios.txt`; here are the faults of files, folders and paths.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.worlds import ROOT

from ressort import simulation
from ressort.cli import main
from ressort.errors import InputError, shown
from ressort.results import scenario_of
from ressort.scenario import load
from ressort.scenario_files import MOST_BYTES, MOST_GENERATIONS, find_scenario, read_scenario

GOOD = '[territory]\nname = "63005"\n'
SHORT = {
    "<long>": "x" * 5000,
    "<digits>": "9" * 400,
    "<more digits>": "9" * 5000,
    "<deep>": "[" * 4000 + "]" * 4000,
    "<NUL>": "\0",
}
MOST_LETTERS = 700  # of an answer, without the path of the file


class Faulty(NamedTuple):
    """A file and what is said of it."""

    name: str
    words: list[str]
    text: str


def _faulty() -> list[Faulty]:
    stored = (ROOT / "tests" / "faulty_scenarios.txt").read_text("utf-8")
    found = []
    for part in re.split(r"^--- ", stored, flags=re.MULTILINE)[1:]:
        name, words, text = (*part.split("\n", 2), "")[:3]
        for short, long in SHORT.items():
            text = text.replace(short, long)
        found.append(Faulty(name, words.removeprefix("+++ ").split(" | "), text))
    return found


FAULTY = _faulty()


def refused(file: Path) -> str:
    """Return what is said against a file: one line that begins with its name."""
    with pytest.raises(InputError) as caught:
        load(file)
    message = str(caught.value)
    assert message.isprintable()
    where = str(file) if message.startswith(str(file)) else file.name
    assert message.startswith(f"{where}: ")
    message = message.removeprefix(f"{where}: ")
    assert len(message) < MOST_LETTERS
    return message


def test_there_are_many() -> None:
    assert len(FAULTY) >= 170
    assert len({faulty.name for faulty in FAULTY}) == len(FAULTY)


@pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.name)
def test_text_is_refused_with_key_and_remedy(faulty: Faulty, tmp_path: Path) -> None:
    file = tmp_path / "faulty.toml"
    file.write_bytes(faulty.text.encode())
    message = refused(file)
    for word in faulty.words:
        assert word in message


@pytest.mark.parametrize("faulty", FAULTY[::12], ids=lambda faulty: faulty.name)
@pytest.mark.parametrize("command", ["run", "validate", "show"])
def test_command_line_leaves_with_3_and_writes_nothing(
    faulty: Faulty,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "faulty.toml").write_bytes(faulty.text.encode())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(simulation, "compare", lambda *_, **__: pytest.fail("it runs"))
    with pytest.raises(SystemExit) as left:
        main([command, "faulty.toml"])
    out, err = capsys.readouterr()
    assert left.value.code == 3
    assert out == ""
    assert err.startswith("ressort: error: faulty.toml: ")
    assert err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["faulty.toml"]


# --- Encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "cp1252", "utf-32"])
def test_other_encodings_are_told(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "faulty.toml"
    file.write_bytes(('title = "Crédit gelé"\n' + GOOD).encode(encoding))
    message = refused(file)
    assert "save it as UTF-8" in message or "take it out" in message


def test_a_byte_order_mark_and_the_line_ends_of_other_systems_are_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "good.toml"
    file.write_bytes(('title = "Crédit gelé"\n' + GOOD).replace("\n", "\r\n").encode("utf-8-sig"))
    assert load(file).title == "Crédit gelé"


# --- Files and folders ---------------------------------------------------------------------------


def _folder(at: Path) -> Path:
    (at / "faulty.toml").mkdir()
    return at / "faulty.toml"


def _loop(at: Path) -> Path:
    (at / "faulty.toml").symlink_to(at / "other.toml")
    (at / "other.toml").symlink_to(at / "faulty.toml")
    return at / "faulty.toml"


def _dangling(at: Path) -> Path:
    (at / "faulty.toml").symlink_to(at / "nowhere.toml")
    return at / "faulty.toml"


def _pipe(at: Path) -> Path:
    os.mkfifo(at / "faulty.toml")
    return at / "faulty.toml"


def _yaml(at: Path) -> Path:
    (at / "faulty.yaml").write_text(GOOD, "utf-8")
    return at / "faulty.yaml"


def _huge(at: Path) -> Path:
    (at / "faulty.toml").write_bytes(b"#" * (MOST_BYTES + 1))
    return at / "faulty.toml"


def _many_faults(at: Path) -> Path:
    (at / "faulty.toml").write_text(GOOD + "[[shocks]]\n" * 20_000, "utf-8")
    return at / "faulty.toml"


def _strange_name(at: Path) -> Path:
    (at / "île de france.toml").write_text(GOOD, "utf-8")
    return at / "île de france.toml"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_folder, "a folder; give the path of a .toml file in it"),
        (_loop, "give the path of a .toml file"),
        (_dangling, "no such scenario file; `ressort list`"),
        (_pipe, "is not a .toml file"),
        (_yaml, "is not a .toml file"),
        (_huge, "too large for a scenario; give its .toml file"),
        (_many_faults, "and 59988 more faults"),
        (_strange_name, "name: at most 80 letters without accents"),
        (lambda at: at / "nowhere.toml", "no such scenario file; `ressort list`"),
        (lambda at: at / "nowhere" / "faulty.toml", "no such scenario file; `ressort list`"),
    ],
)
def test_what_is_no_scenario_file_is_told(
    make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    assert said in refused(make(tmp_path))


def test_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed to its reader; feigned, since an administrator may read all."""
    file = tmp_path / "faulty.toml"
    file.write_text(GOOD, "utf-8")

    def closed(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", closed)
    assert "Permission denied); check that you may read it" in refused(file)


def test_file_in_a_closed_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "stat", closed)
    assert "Permission denied); give the path" in refused(tmp_path / "faulty.toml")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "no scenario of that name; `ressort list`"),
        ("isoire-import-cut", "did you mean issoire-import-cut"),
        (".", "no scenario of that name"),
        ("..", "no scenario of that name"),
        ("../issoire-import-cut", "no such scenario file"),
        ("/etc/passwd", "is not a .toml file"),
        ("/", "a folder"),
        ("/dev/zero", "is not a .toml file"),
        ("a/" * 3000 + "a.toml", "give the path of a .toml file"),
        ("a" * 5000 + ".toml", "give the path of a .toml file"),
        ("a\0.toml", "a character that no path can have"),
        ("x" * 5000, "no scenario of that name"),
    ],
)
def test_tricks_with_names_find_nothing(name: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        find_scenario(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < MOST_LETTERS


# --- extends -------------------------------------------------------------------------------------


def _written(folder: Path, **parents: str) -> Path:
    """Write files that extend each other; return the first."""
    for name, parent in parents.items():
        (folder / f"{name}.toml").write_text(f"extends = {parent}\n{GOOD}", "utf-8")
    return folder / f"{next(iter(parents))}.toml"


@pytest.mark.parametrize(
    ("parent", "said"),
    [
        ('"nowhere.toml"', "nowhere.toml: no such scenario file"),
        ('"isoire-import-cut"', "did you mean issoire-import-cut"),
        ('"../../../etc/passwd"', "no such scenario file"),
        ('"/etc/passwd"', "is not a .toml file"),
        ('"/dev/zero"', "is not a .toml file"),
        ('"."', "no scenario of that name"),
        ('"./"', "a folder"),
        ('""', "no scenario of that name"),
        ('"a\\u0000.toml"', "a character that no path can have"),
        ('"' + "a" * 5000 + '.toml"', "give the path of a .toml file"),
        ('"' + "a" * 5000 + '"', "no scenario of that name"),
        ("3", "the name or path of one scenario is expected in quotes"),
        ("[]", "the name or path of one scenario is expected in quotes"),
        ("true", "the name or path of one scenario is expected in quotes"),
    ],
)
def test_extending_what_is_not_there_is_told(tmp_path: Path, parent: str, said: str) -> None:
    message = refused(_written(tmp_path, faulty=parent))
    assert message.startswith("extends: ")
    assert said in message


def test_circles_and_long_chains_are_told(tmp_path: Path) -> None:
    itself = _written(tmp_path, itself='"itself.toml"')
    assert "extends goes in a circle: itself -> itself; remove one of them" in refused(itself)
    first = _written(tmp_path, a='"b.toml"', b='"c.toml"', c='"b.toml"')
    with pytest.raises(InputError, match=r"c\.toml: extends goes in a circle: b -> c -> b"):
        load(first)
    chain = {f"s{k}": f'"s{k + 1}.toml"' for k in range(MOST_GENERATIONS + 2)}
    with pytest.raises(InputError, match=r"extends: more than 8 scenarios deep; write what they"):
        load(_written(tmp_path, **chain))


def test_a_fault_in_what_is_extended_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text("days = 3 weeks\n", "utf-8")
    with pytest.raises(InputError, match=r"parent\.toml: not valid TOML.*one `key = value` a line"):
        load(_written(tmp_path, child='"parent.toml"'))


def test_deep_but_readable_lists_are_refused_too(tmp_path: Path) -> None:
    """Between what the parser bears and what checking bears lies no traceback."""
    file = tmp_path / "faulty.toml"
    for depth in (50, 150, 250, 350, 450):
        file.write_text(f"rows = {'[' * depth}{']' * depth}\n{GOOD}", "utf-8")
        refused(file)


def test_a_value_is_shown_short() -> None:
    assert shown("a" * 5000).count("a") < 100
    assert shown(10**4000) == "a number of more than 30 digits"
    assert len(shown(["x" * 500] * 500)) < MOST_LETTERS


def test_extending_still_works(tmp_path: Path) -> None:
    """The refusals above are not refusals of everything."""
    file = tmp_path / "mine.toml"
    file.write_text('extends = "issoire-import-cut"\n[run]\ndays = 30\n', "utf-8")
    content = read_scenario(file)
    assert content["run"] == {"days": 30, "people_per_agent": 10.0}
    assert load(file).name == "mine"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"[]", "not a scenario; give the scenario.json of a result"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"run": {"days": NaN}, "territory": {"name": "63005"}}', "run.days: a whole number"),
        (b'{"territory": {"name": "Isoire"}}', "territory.name: no commune"),
    ],
)
def test_stored_scenario_that_was_spoilt_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "scenario.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        scenario_of(file)
    assert str(caught.value).startswith(f"{file}: ")
