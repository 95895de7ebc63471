"""Scenario files: finding them, reading them, and building one on another with `extends`."""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from ressort.errors import InputError, named, shown
from ressort.paths import scenario_dir

MOST_BYTES: Final = 1_000_000
MOST_GENERATIONS: Final = 8
MOST_LETTERS: Final = 400  # of a path that a message repeats
OWN: Final = ("name", "title", "title_fr", "description", "description_fr", "rows", "extends")
WHOLE: Final = ("territory",)
# What to do, by what the parser says.
ADVICE: Final = (
    ("overwrite", "give each key and section once, several shocks as [[shocks]]"),
    ("Cannot", "give each key and section once, several shocks as [[shocks]]"),
    ("table declaration", "a section is [name] on a line of its own"),
    ("newline or end", "one `key = value` a line, text in quotes, decimals with a point"),
    ("Expected '='", "a line is `key = value` or `[section]`"),
    ("Invalid statement", "a line is `key = value` or `[section]`"),
    ("Invalid value", "text goes in quotes, lists in brackets, and it is true or false"),
    ("Unescaped", "write / in paths, or single quotes around text with backslashes"),
    ("Illegal character '\\n'", "close the quotes; text of several lines goes in three quotes"),
    ("Illegal character", "take it out"),
    ("nested", "lists within lists, too deep to read; shorten it"),
    ("Unclosed", "close its bracket"),
    ("Unterminated", "close the quotes"),
)


def scenario_names() -> list[str]:
    """Return the names of the ready-made scenarios."""
    return sorted(file.stem for file in scenario_dir().glob("*.toml"))


def find_scenario(name_or_path: str | Path, folder: Path | None = None) -> Path:
    """Return the file of a scenario, by name or path; raises InputError with near names.

    A path is taken from `folder`, or else from the working directory.
    """
    text = str(name_or_path)
    if Path(text).suffix.lower() == ".toml" or "/" in text or "\\" in text:
        path = (folder or Path()) / text
        fault = _path_fault(path)
        if fault:
            raise InputError(f"{named(text, MOST_LETTERS)}: {fault}")
        return path
    if text in scenario_names():
        return scenario_dir() / f"{text}.toml"
    near = difflib.get_close_matches(text, scenario_names(), n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `ressort list` shows them"
    raise InputError(f"{shown(text)}: no scenario of that name{hint}")


def _path_fault(path: Path) -> str:
    """Return why no scenario can be read at a path and what to do; empty if one may be there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such scenario file; `ressort list` shows the ready-made ones"
    except OSError as error:  # a loop of links, a name that is too long, a closed folder
        return f"cannot be read ({error.strerror}); give the path of a .toml file"
    except ValueError:
        return "a character that no path can have; give the path of a .toml file"
    if stat.S_ISDIR(mode):
        return "a folder; give the path of a .toml file in it"
    if path.suffix.lower() != ".toml" or not stat.S_ISREG(mode):
        return "is not a .toml file; `ressort list` shows the ready-made ones"
    return ""


def read_scenario(path: Path) -> dict[str, Any]:
    """Return the content of a scenario file laid over that of the scenarios that it extends.

    Tables are merged key by key, all else replaces what it extends, a territory as a whole; titles
    and the like are each file's own. Raises InputError that names the file.
    """
    content = parse(path)
    content.setdefault("name", path.stem)
    files, layers = [path.resolve()], [content]
    while (parent := layers[-1].get("extends")) is not None:
        here = files[-1]
        if not isinstance(parent, str):
            raise InputError(
                f"{here.name}: extends: the name or path of one scenario is expected in quotes, "
                f"such as extends = {shown(scenario_names()[0])}, not {shown(parent)}"
            )
        try:
            file = find_scenario(parent, here.parent).resolve()
        except InputError as error:
            raise InputError(f"{here.name}: extends: {error}") from None
        if file in files:
            chain = " -> ".join(f.stem for f in [*files[files.index(file) :], file])
            raise InputError(f"{here.name}: extends goes in a circle: {chain}; remove one of them")
        if len(files) == MOST_GENERATIONS:
            raise InputError(
                f"{here.name}: extends: more than {MOST_GENERATIONS} scenarios deep; "
                "write what they add up to into one file"
            )
        files.append(file)
        layers.append(parse(file))
    merged: dict[str, Any] = {}
    for layer in reversed(layers[1:]):
        merged = _laid_over({k: v for k, v in layer.items() if k not in OWN}, merged)
    return _laid_over({k: v for k, v in content.items() if k != "extends"}, merged)


def parse(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; InputError that says where it is wrong and what to do."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path}: over {MOST_BYTES} bytes, too large for a scenario; give its .toml file"
            )
        text = path.read_bytes().decode("utf-8-sig")  # some editors begin with a byte-order mark
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); check that you may read it"
        raise InputError(f"{path}: {reason}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {_advised(str(error), text)}") from None
    except (RecursionError, ValueError):  # absurd nesting, integers of thousands of digits
        reason = "lists within lists, or a number of thousands of digits; shorten it"
        raise InputError(f"{path}: not valid TOML: {reason}") from None


def _advised(message: str, text: str) -> str:
    """Return what is wrong with a TOML text, the line where it is, and what to do."""
    place = re.search(r"line (\d+), column", message)
    at = text.split("\n")[int(place[1]) - 1].strip() if place else ""
    line = f", in {shown(at)}" if at else ""
    advice = next((advice for part, advice in ADVICE if part in message), "")
    return message + line + (f"; {advice}" if advice else "")


def _laid_over(top: dict[str, Any], bottom: dict[str, Any]) -> dict[str, Any]:
    merged = dict(bottom)
    for key, value in top.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and key not in WHOLE:
            merged[key] = _laid_over(value, below)
        else:
            merged[key] = value
    return merged
