"""Which sign each mechanism of cooperation is expected to have in each class of shock, as data.

`parameters/signs.toml` was written before measuring: for each mechanism how it is switched on, what
it is compared with, and whether members, others and all together are expected to gain ("+"), lose
("-"), see no change ("0"), or whether theory does not say ("open").
"""

from __future__ import annotations

import copy
import hashlib
import json
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from ressort.arms import at_dose
from ressort.errors import InputError, listed
from ressort.metrics_groups import GROUPS
from ressort.paired import Trial
from ressort.parameters import read
from ressort.scenario import CooperationSection, Scenario, check

FILE: Final = "signs.toml"
SIGNS: Final = ("+", "-", "0", "open")
CLASSES: Final = ("idiosyncratic", "local_common", "imported_common", "liquidity", "isolation")
NUMBERED: Final = tuple(f"E{k}" for k in range(1, 17))
# Where the code has each mechanism that is not a measure of its own: a key of scenarios, or one of
# the names that `cooperation.mechanisms` may hold.
SWITCHES: Final[Mapping[str, str]] = {
    "E1": "cooperation.mechanisms.pool",
    "E2": "currency.clearing",
    "E4": "cooperation.mechanisms.priority",
    "E16": "cooperation.on_failure",
}
_KEYS: Final = {
    "arm": {"title", "title_fr", "switch"},
    "shock": {"title", "title_fr", "meaning", "days", "shocks"},
    "mechanism": {"of", "title", "title_fr", "against", "source", "switch", "expected"},
}


@dataclass(frozen=True)
class Expected:
    """Signs by group, and the reason."""

    signs: Mapping[str, str]
    why: str


@dataclass(frozen=True)
class Arm:
    """One way to set the territory up; `switch` is laid over the setting."""

    name: str
    title: Mapping[str, str]
    switch: Mapping[str, Any]


@dataclass(frozen=True)
class Mechanism:
    """One row of the table: an arm, what it is compared with, and what is expected."""

    arm: Arm
    of: str  # "E1" to "E16", "" for controls
    against: str
    calm_years: int
    source: str
    note: str
    expected: Mapping[str, Expected]

    @property
    def name(self) -> str:
        """Its name in the file."""
        return self.arm.name


@dataclass(frozen=True)
class ShockClass:
    """One column of the table."""

    name: str
    title: Mapping[str, str]
    meaning: str
    trial: Trial


@dataclass(frozen=True)
class Declared:
    """All that was declared. `skipped`: mechanisms that this version lacks, with what it lacks."""

    setting: Mapping[str, Any]
    shocks: Mapping[str, ShockClass]
    arms: Mapping[str, Arm]
    mechanisms: Mapping[str, Mechanism]
    skipped: Mapping[str, str]
    fingerprint: str

    def arm(self, name: str) -> Arm:
        """Return an arm by its name, also one that is a mechanism."""
        return self.arms[name] if name in self.arms else self.mechanisms[name].arm

    def scenario(
        self,
        arm: str,
        calm_years: int = 0,
        people_per_agent: float | None = None,
        member_share: float | None = None,
    ) -> Scenario:
        """Return the scenario of an arm, without shocks; None leaves what was declared."""
        content = laid_over(self.setting["scenario"], self.arm(arm).switch)
        content["name"] = arm
        content["calm"] = {"years": calm_years}
        if people_per_agent is not None:
            content["run"]["people_per_agent"] = people_per_agent
        checked = check(content, f"{FILE}: {arm}")
        return checked if member_share is None else at_dose(checked, member_share)

    def chosen(self, wanted: Iterable[str]) -> tuple[Mechanism, ...]:
        """Return mechanisms by name or number; all where none is wanted. InputError if unknown."""
        wanted = [text.strip() for text in wanted if text.strip()]
        names = {*self.mechanisms, *(m.of for m in self.mechanisms.values())} - {""}
        names |= {*self.skipped, *NUMBERED}
        strange = [text for text in wanted if text not in names]
        if strange:
            raise InputError(
                f"--mechanism: no mechanism '{strange[0]}'; choose from "
                + ", ".join([*NUMBERED, *self.mechanisms])
            )
        found = tuple(
            m for m in self.mechanisms.values() if not wanted or {m.of, m.name} & {*wanted}
        )
        if not found:
            raise InputError(f"--mechanism: this version does not have {listed(wanted)} yet")
        return found


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested mappings, those of `above` over those of `below`.

    >>> laid_over({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    result = copy.deepcopy(dict(below))
    for key, value in above.items():
        under = result.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            result[key] = laid_over(under, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def declared(content: Mapping[str, Any] | None = None) -> Declared:
    """Return what `parameters/signs.toml` declares; InputError that names the key if it is faulty.

    `content`: the same from elsewhere.
    """
    content = read(FILE) if content is None else content
    faults = list(_faults(content))
    if faults:
        raise InputError(f"{FILE}: " + "; ".join(faults[:12]))
    every = {name: _mechanism(name, body) for name, body in content["mechanism"].items()}
    lacking = {name: missing_part(m.arm.switch) for name, m in every.items()}
    return Declared(
        setting=content["setting"],
        shocks={n: _shock_class(content, n, body) for n, body in content["shock"].items()},
        arms={name: _arm(name, body) for name, body in content["arm"].items()},
        mechanisms={name: m for name, m in every.items() if not lacking[name]},
        skipped={name: part for name, part in lacking.items() if part},
        fingerprint=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16],
    )


def _titles(name: str, body: Mapping[str, Any]) -> dict[str, str]:
    return {"en": body.get("title", name), "fr": body.get("title_fr", name)}


def _arm(name: str, body: Mapping[str, Any]) -> Arm:
    return Arm(name, _titles(name, body), body["switch"])


def _mechanism(name: str, body: Mapping[str, Any]) -> Mechanism:
    return Mechanism(
        arm=_arm(name, body),
        of=body["of"],
        against=body["against"],
        calm_years=body.get("calm_years", 0),
        source=body["source"],
        note=body.get("note", ""),
        expected={
            shock: Expected(dict(zip(GROUPS, entry, strict=False)), entry[-1])
            for shock, entry in body["expected"].items()
        },
    )


def _shock_class(content: Mapping[str, Any], name: str, body: Mapping[str, Any]) -> ShockClass:
    start = content["setting"]["start_day"]
    shocks = [{**shock, "start_day": start} for shock in body["shocks"]]
    scenario = laid_over(
        content["setting"]["scenario"],
        {"run": {"days": start + body["days"]}, "shocks": shocks},
    )
    checked = check(scenario, f"{FILE}: shock.{name}")
    trial = Trial(checked.shock_list(0), start, body["days"], body.get("communes_share"))
    return ShockClass(name, _titles(name, body), body["meaning"], trial)


# ---------------------------------------------------------------- what this version has
def missing_part(switch: Mapping[str, Any], model: type[BaseModel] = Scenario) -> str:
    """Return the first section or mechanism of a switch that this version lacks, or nothing."""
    for key, value in switch.items():
        if key == "mechanisms":
            strange = [name for name in value if name not in known_mechanisms()]
            if strange:
                return f"cooperation.mechanisms: {strange[0]}"
        if not isinstance(value, Mapping) or key == "parameters":
            continue
        if key not in model.model_fields:
            return key
        section = _section(model.model_fields[key].annotation)
        deeper = missing_part(value, section) if section is not None else ""
        if deeper:
            return deeper if ":" in deeper else f"{key}.{deeper}"
    return ""


def known_mechanisms() -> tuple[str, ...]:
    """Return the names that `cooperation.mechanisms` may hold in this version."""
    many = CooperationSection.model_fields["mechanisms"].annotation
    return tuple(name for one in typing.get_args(many) for name in typing.get_args(one))


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the section that a key may hold, None if it holds something else."""
    for kind in (annotation, *typing.get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def has_key(path: str) -> bool:
    """Whether scenarios of this version have a key, such as "currency.clearing"."""
    *sections, last = path.split(".")
    model: type[BaseModel] | None = Scenario
    for name in sections:
        if name == "mechanisms":
            return last in known_mechanisms()
        if model is None or name not in model.model_fields:
            return False
        model = _section(model.model_fields[name].annotation)
    return model is not None and last in model.model_fields


# ---------------------------------------------------------------- what may be wrong with the file
def _faults(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the file, each with its key and remedy."""
    for part in ("setting", "shock", "arm", "mechanism"):
        if part not in content:
            yield f"{part}: missing; add a section [{part}]"
            return
    for part, needed in _KEYS.items():
        for name, body in content[part].items():
            for key in sorted(needed - {*body}):
                yield f"{part}.{name}.{key}: missing; add it"
    if set(content["shock"]) != set(CLASSES):
        yield f"shock: exactly {', '.join(CLASSES)} are expected"
    for part in ("arm", "mechanism"):
        for name, body in content[part].items():
            if "scic" not in body.get("switch", {}).get("cooperation", {}):
                # Scenarios have a SCIC unless told otherwise: the row would be of both.
                yield f"{part}.{name}.switch.cooperation.scic: missing; set it to true or false"
    arms = {*content["arm"], *content["mechanism"]}
    for name, body in content["mechanism"].items():
        yield from (f"mechanism.{name}.{fault}" for fault in _faults_of(body, arms))


def _faults_of(body: Mapping[str, Any], arms: set[str]) -> Iterator[str]:
    if body.get("of", "") not in ("", *NUMBERED):
        yield f"of: '{body['of']}' is none of E1 to E16; leave it empty for a control"
    if body.get("against", "") not in arms:
        yield f"against: no arm '{body.get('against')}'; choose from {', '.join(sorted(arms))}"
    expected = body.get("expected", {})
    for shock in CLASSES:
        entry = expected.get(shock, ())
        if len(entry) != 4 or any(sign not in SIGNS for sign in entry[:3]) or not entry[3].strip():
            yield (
                f"expected.{shock}: [members, others, total, why] with signs out of "
                f"{', '.join(SIGNS)} is expected"
            )
