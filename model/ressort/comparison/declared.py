"""The territories, classes of shock and arms that a comparison may take, as data.

`parameters/recovery.toml` has them with their titles; any other territory is taken by its name or
code, any other mechanism from the table of signs.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ressort.arms import dosed
from ressort.errors import InputError, listed, shown
from ressort.labels import label
from ressort.paired import communes_struck
from ressort.parameters import read
from ressort.scenario import Scenario, check
from ressort.scenario_files import find_scenario, read_scenario, scenario_names
from ressort.signs import Mechanism, laid_over
from ressort.signs import declared as signs_declared
from ressort.territories import Territory, territory

FILE: Final = "recovery.toml"
STRUCK: Final = 1  # seed of the draw of struck communes: the same for all seeds of a comparison
Content = Mapping[str, Any]
Names = Mapping[str, str]  # by language


@dataclass(frozen=True)
class Where:
    """A territory of a comparison: its section in scenarios, its communes, its title."""

    name: str
    title: Names
    section: Content
    communes: Territory

    @property
    def people(self) -> float:
        """Inhabitants."""
        return float(self.communes.population)


@dataclass(frozen=True)
class What:
    """A class of shock. `shocks`: sections of scenarios, whose `after` counts from the start."""

    name: str
    title: Names
    meaning: Names
    of_class: str
    days: int
    shocks: tuple[Content, ...]
    communes_share: float | None

    def sections(self, where: Where, start: int) -> list[dict[str, Any]]:
        """Return the shocks as sections of a scenario in a territory."""
        struck = self._struck(where)
        found = []
        for shock in self.shocks:
            content = {k: v for k, v in shock.items() if k != "after"}
            content["start_day"] = start + shock.get("after", 0)
            found.append(content | ({"communes": struck} if struck else {}))
        return found

    def _struck(self, where: Where) -> list[str]:
        """Return the codes of the communes that are struck; none means all."""
        codes = where.communes.codes
        if self.communes_share is None or len(codes) == 1:
            return []
        return list(communes_struck(codes, self.communes_share, STRUCK))


@dataclass(frozen=True)
class Choice:
    """An arm: what it lays over the scenario, and the mechanisms that it has."""

    name: str
    title: Names
    mechanisms: tuple[str, ...]
    changes: Content
    calm_years: int = 0
    dose: float | None = None
    meaning: Names = field(default_factory=lambda: {"en": "", "fr": ""})


def setting() -> Content:
    """Return what holds for all comparisons: days of start and watching, agents."""
    return dict(read(FILE)["setting"])


def _titles(body: Content) -> Names:
    return {"en": body["title"], "fr": body["title_fr"]}


def _meanings(body: Content) -> Names:
    return {"en": body.get("meaning", ""), "fr": body.get("meaning_fr", "")}


def where(text: str) -> Where:
    """Return a territory by its name here, by a scenario, or by any name or code of France.

    InputError, with near names, if there is none.
    """
    table = read(FILE)["territory"]
    if text in table:
        body = table[text]
        section = body["where"] if "where" in body else _of_scenario(body["scenario"])
        return Where(text, _titles(body), section, _probe(section).resolve_territory())
    if text in scenario_names() or text.endswith(".toml"):
        section = _of_scenario(text)
        probe = _probe(section)
        found = probe.resolve_territory()
        name = section.get("label") or found.name
        french = label(probe.territory, name, "fr")
        return Where(text, {"en": name, "fr": french}, section, found)
    try:
        found = territory(text)
    except InputError as error:
        near = difflib.get_close_matches(text, table, 2)
        told = f"; ready here: {listed(near or table)}"
        raise InputError(f"{error}{told}") from None
    section = {"codes": list(found.codes), "label": found.name}
    return Where(text, {"en": found.name, "fr": found.name}, section, found)


def _of_scenario(name: str) -> Content:
    return dict(read_scenario(find_scenario(name))["territory"])


def _probe(section: Content) -> Scenario:
    """Return a checked scenario that has this territory and nothing else."""
    return check({"name": "place", "territory": dict(section)}, f"{FILE}: territory")


def what(names: Sequence[str]) -> tuple[What, ...]:
    """Return classes of shock by name, all of them if none is named; InputError if unknown."""
    table = read(FILE)["shock"]
    return tuple(
        What(
            name,
            _titles(table[name]),
            _meanings(table[name]),
            table[name]["class"],
            table[name]["days"],
            tuple(table[name]["shocks"]),
            table[name].get("communes_share"),
        )
        for name in _known(names or list(table), table, "--shock", "class of shock")
    )


def arms(names: Sequence[str]) -> tuple[Choice, ...]:
    """Return arms by name; InputError if unknown."""
    table = read(FILE)["arm"]
    return tuple(
        Choice(
            name,
            _titles(body),
            tuple(body["mechanisms"]),
            body["set"],
            meaning=_meanings(body),
        )
        for name in _known(names, table, "--arms", "arm")
        for body in (table[name],)
    )


def _known(names: Sequence[str], table: Content, option: str, kind: str) -> list[str]:
    found = list(dict.fromkeys(names))
    for name in found:
        if name not in table:
            near = difflib.get_close_matches(name, table, 1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {listed(table)}"
            raise InputError(f"{option}: no {kind} {shown(name)}; {hint}")
    return found


def at_dose(one: Choice, share: float) -> Choice:
    """Return an arm in which that share of establishments are members, of all that it has."""
    titles = {lang: f"{title} ({share:.0%})" for lang, title in one.title.items()}
    name = f"{one.name}-{share:g}"
    return replace(one, name=name, title=titles, changes=dosed(one.changes, share), dose=share)


def mechanism(text: str) -> Mechanism:
    """Return a mechanism of the table of signs by its name or number.

    Of a number that several mechanisms share it is the first. InputError if unknown.
    """
    known = signs_declared().mechanisms
    for name, one in known.items():
        if text in (name, one.of):
            return one
    near = difflib.get_close_matches(text, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"choose from {listed(known)}"
    raise InputError(f"--mechanisms: no mechanism {shown(text)}; {hint}")


def together(chosen: Sequence[Mechanism], years: int) -> Choice:
    """Return the arm that has several mechanisms at once; a SCIC if one of them is a part of it."""
    changes: dict[str, Any] = {}
    parts: list[str] = []
    has_scic = False
    for one in chosen:
        switch = one.arm.switch
        changes = laid_over(changes, switch)
        parts += switch.get("cooperation", {}).get("mechanisms", ())
        has_scic |= switch["cooperation"]["scic"]
    own = {"scic": has_scic} | ({"mechanisms": list(dict.fromkeys(parts))} if has_scic else {})
    changes = laid_over(changes, {"cooperation": own})
    if has_scic:  # its members take part in all of it: measures have no lot of their own
        for section in changes["cooperation"].values():
            if isinstance(section, dict):
                section.pop("member_share", None)
    else:
        changes["cooperation"].pop("mechanisms", None)
    names = tuple(one.name for one in chosen)
    meaning = {lang: "; ".join(one.arm.title[lang] for one in chosen) for lang in ("en", "fr")}
    title = " + ".join(names)
    titles = {"en": title, "fr": title}
    return Choice("+".join(names), titles, names, changes, years, meaning=meaning)
