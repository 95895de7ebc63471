"""The command `ressort portrait`: what it refuses, prints and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.worlds import VILLAGE

import ressort
from ressort import compiled
from ressort.cli import main
from ressort.errors import InputError
from ressort.portraits.folder import FILES, filling
from ressort.portraits.portrait import named, portrait


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Isoire"], "Issoire"),
        (["clermont-import-cu"], "scenarios: clermont-import-cut"),
        (["Issoire", "--kind", "bassin_de_vie"], "official tables"),
        (["97411"], "overseas"),
        (["absent.toml"], "no such scenario file"),
        ([VILLAGE, "--data", "absent"], "no such folder"),
    ],
)
def test_a_wrong_name_is_told_in_one_line(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RESSORT_DATA", raising=False)
    monkeypatch.setattr(compiled, "IS_COLD", False)  # or it would say so, on a second line
    with pytest.raises(SystemExit) as left:
        main(["portrait", *arguments])
    out, err = capsys.readouterr()
    assert left.value.code == 3
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_a_wrong_argument_is_refused() -> None:
    for draws in (0, True, 2.5):
        with pytest.raises(InputError, match="draws"):
            portrait(VILLAGE, draws=draws)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="lang"):
        portrait(VILLAGE, draws=1).text("de")
    with pytest.raises(AttributeError, match="farmland_per_head"):
        _ = portrait(VILLAGE, draws=1).farmland_a_head


def test_the_command_writes_four_files_and_prints_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "folder"
    with pytest.raises(SystemExit) as left:
        main(["portrait", VILLAGE, "--out", str(out), "--json", "--lang", "fr"])
    printed, err = capsys.readouterr()
    assert left.value.code == 0, err
    assert sorted(file.name for file in out.iterdir()) == sorted(FILES)
    content = json.loads(printed)
    assert json.loads((out / "portrait.json").read_text("utf-8")) == content
    assert 'lang="fr"' in (out / "portrait.html").read_text("utf-8")
    assert (out / "portrait.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.parse(out / "portrait.svg")


def _fail_half_way(out: Path) -> None:
    with filling(out) as aside:
        (aside / FILES[0]).write_text("half", "utf-8")
        raise ZeroDivisionError


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kept.txt").write_text("mine", "utf-8")
    with filling(tmp_path) as aside:
        (aside / FILES[0]).write_text("whole", "utf-8")
        assert not (tmp_path / FILES[0]).exists()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["kept.txt", FILES[0]]
    file = tmp_path / "kept.txt"
    with pytest.raises(InputError, match=r"kept\.txt: the portrait cannot be written"):
        filling(file).__enter__()
    (tmp_path / "x" / FILES[1]).mkdir(parents=True)
    with pytest.raises(InputError, match="choose another by --out"):
        filling(tmp_path / "x").__enter__()
    assert file.read_text("utf-8") == "mine"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ressort.cli import app\n"
        "try: app(['portrait', '--help'], standalone_mode=False)\n"
        "finally: print(sorted({'numpy', 'pandas', 'matplotlib', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
    assert "TERRITORY|SCENARIO" in done.stdout


def test_no_module_hides_the_function() -> None:
    named(VILLAGE)  # has imported the package
    assert callable(ressort.portrait)
    assert isinstance(ressort.portrait(VILLAGE, draws=1), ressort.Portrait)
