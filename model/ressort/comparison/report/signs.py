"""The table of signs: territory by shock, losses as plain as gains."""

from __future__ import annotations

from collections.abc import Sequence

from ressort.comparison.findings import Finding
from ressort.comparison.report.blocks import Section, Table
from ressort.comparison.report.subject import Subject


def section(subject: Subject) -> Section:
    """Return the section of signs, a table an arm."""
    say, evidence = subject.say, subject.evidence
    found = Section("signs", say("signs"))
    if not subject.found or evidence.reference is None:
        found.blocks.append(say("no comparison"))
        return found
    names = _names(subject)
    found.blocks.extend([names] if names.rows else [])
    found.blocks.append(say("signs note"))
    against = subject.arm(evidence.reference)
    first = subject.main
    for arm in sorted(evidence.compared, key=lambda name: name != first):
        found.blocks.append(_needs(subject, arm, against))
    for arm in sorted(evidence.compared, key=lambda name: name != first):
        found.blocks.append(_others(subject, arm, against))
    return found


def _names(subject: Subject) -> Table:
    """Return what short names of arms and shocks stand for."""
    say, design = subject.say, subject.evidence.design
    told = [*design["arms"].values(), *design["shocks"].values()]
    rows = []
    for one in told:
        title = one.get("title", {}).get(say.language, "")
        meaning = one.get("meaning", {}).get(say.language, "")
        if meaning and meaning != title:
            rows.append([title, meaning])
    return Table(say("names table"), [say("name"), say("meaning")], rows, texts=2)


def overview(subject: Subject) -> Table | None:
    """Return one sign a cell, of the main arm; None where there is but one row or column."""
    say = subject.say
    shocks = list(dict.fromkeys(s for _, s in subject.cells))
    if len(shocks) < 2 or len({t for t, _ in subject.cells}) < 2:
        return None
    rows = [
        [
            subject.territory(territory),
            *(say.decided(subject.decides(territory, s, subject.main or "")) for s in shocks),
        ]
        for territory in dict.fromkeys(t for t, _ in subject.cells)
    ]
    heads = [say("territory"), *(subject.shock(s) for s in shocks)]
    return Table(say("sign overview"), heads, rows, texts=len(heads))


def _needs(subject: Subject, arm: str, against: str) -> Table:
    say = subject.say
    rows = []
    for territory, shock in subject.cells:
        one = subject.find(territory, shock, arm, "needs")
        numbers = ["–"] * 4 if one is None else _numbers(subject, one)
        rows.append([subject.territory(territory), subject.shock(shock), say.sign(one), *numbers])
    keys = ("territory", "shock", "sign", "median", "ninety", "shares", "defined")
    caption = say("sign table", subject.arm(arm), against)
    return Table(caption, [say(key) for key in keys], rows, texts=3)


def _numbers(subject: Subject, one: Finding) -> list[str]:
    say = subject.say
    spread = one.spread
    return [
        say.median(one),
        say.interval(one),
        say.shares(spread),
        f"{spread.defined}/{_draws(subject, one)}",
    ]


def _draws(subject: Subject, one: Finding) -> int:
    return int(subject.evidence.of(one.territory, one.shock)["draw"].nunique())


def _others(subject: Subject, arm: str, against: str) -> Table:
    say = subject.say
    rows = []
    for territory, shock in subject.cells:
        row = [subject.territory(territory), subject.shock(shock)]
        for outcome in ("output", "recovery"):
            one = subject.find(territory, shock, arm, outcome)
            row += ["–"] * 3 if one is None else [say.sign(one), say.median(one), say.interval(one)]
        rows.append([*row, _censored(subject, subject.find(territory, shock, arm, "recovery"))])
    ninety = say("ninety")
    heads: Sequence[str] = [
        say("territory"),
        say("shock"),
        say("output"),
        say("median"),
        ninety,
        say("recovery"),
        say("recovery mean"),
        ninety,
    ]
    never = say("censored", say("cooperating"), say("reference"))
    return Table(say("more signs", subject.arm(arm), against), [*heads, never], rows, texts=2)


def _censored(subject: Subject, one: Finding | None) -> str:
    if one is None:
        return "–"
    return " / ".join(subject.say.percent(one.censored[arm]) for arm in (one.arm, one.against))
