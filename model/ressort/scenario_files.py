"""Scenario files: finding them, reading them, and building one on another with `extends`."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, Final

from ressort.errors import InputError
from ressort.paths import scenario_dir

MOST_BYTES: Final = 1_000_000
MOST_GENERATIONS: Final = 8
OWN: Final = ("name", "title", "title_fr", "description", "description_fr", "rows", "extends")
WHOLE: Final = ("territory",)


def scenario_names() -> list[str]:
    """Return the names of the ready-made scenarios."""
    return sorted(file.stem for file in scenario_dir().glob("*.toml"))


def find_scenario(name_or_path: str | Path, folder: Path | None = None) -> Path:
    """Return the file of a scenario, by name or path; raises InputError with near names.

    A path is taken from `folder`, or else from the working directory.
    """
    text = str(name_or_path)
    if Path(text).suffix == ".toml" or "/" in text or "\\" in text:
        path = (folder or Path()) / text
        if path.is_file() and path.suffix == ".toml":
            return path
        reason = "is not a .toml file" if path.exists() else "no such scenario file"
        raise InputError(f"{text}: {reason}; `ressort list` shows the ready-made ones")
    if text in scenario_names():
        return scenario_dir() / f"{text}.toml"
    near = difflib.get_close_matches(text, scenario_names(), n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `ressort list` shows them"
    raise InputError(f"{text!r}: no scenario of that name{hint}")


def read_scenario(path: Path) -> dict[str, Any]:
    """Return the content of a scenario file laid over that of the scenarios that it extends.

    Tables are merged key by key, all else replaces what it extends, a territory as a whole; titles
    and the like are each file's own. Raises InputError that names the file.
    """
    content = _parse(path)
    content.setdefault("name", path.stem)
    files, layers = [path.resolve()], [content]
    while (parent := layers[-1].get("extends")) is not None:
        here = files[-1]
        if not isinstance(parent, str):
            raise InputError(f"{here.name}: extends: the name or path of one scenario is expected")
        try:
            file = find_scenario(parent, here.parent).resolve()
        except InputError as error:
            raise InputError(f"{here.name}: extends: {error}") from None
        if file in files:
            chain = " -> ".join(f.stem for f in [*files[files.index(file) :], file])
            raise InputError(f"{here.name}: extends goes in a circle: {chain}; remove one of them")
        if len(files) == MOST_GENERATIONS:
            raise InputError(f"{here.name}: extends more than {MOST_GENERATIONS} scenarios deep")
        files.append(file)
        layers.append(_parse(file))
    merged: dict[str, Any] = {}
    for layer in reversed(layers[1:]):
        merged = _laid_over({k: v for k, v in layer.items() if k not in OWN}, merged)
    return _laid_over({k: v for k, v in content.items() if k != "extends"}, merged)


def _parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: over {MOST_BYTES} bytes, too large for a scenario")
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    except (RecursionError, ValueError):  # absurd nesting, integers of thousands of digits
        raise InputError(f"{path}: not valid TOML: a value is beyond any use") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _laid_over(top: dict[str, Any], bottom: dict[str, Any]) -> dict[str, Any]:
    merged = dict(bottom)
    for key, value in top.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and key not in WHOLE:
            merged[key] = _laid_over(value, below)
        else:
            merged[key] = value
    return merged
