"""What stands behind a report: limits, changed numbers with their sources, and the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ressort import __version__
from ressort.comparison.report.blocks import Bullets, Section, Table
from ressort.comparison.report.subject import Subject
from ressort.comparison.report.words import ReportWords
from ressort.parameters import Record, measure_records, records

FEW_CELLS = 4  # up to so many, one sign among many is no concern


def limits(subject: Subject) -> Section:
    """Return the section of limits."""
    say, cells = subject.say, len(subject.cells)
    lines = [say("limit forecast"), say("limit intervals")]
    if cells > FEW_CELLS:
        lines.append(say("limit cells", cells))
    lines += [say(f"limit {name}") for name in ("censored", "cause", "words")]
    return Section("limits", say("limits"), [Bullets(lines)])


class Changed(NamedTuple):
    """A number that an arm or point sets: its name, value, record, and where it is so."""

    name: str
    value: Any
    record: Record
    where: str


def parameters(subject: Subject) -> Section:
    """Return the section of numbers that differ from their usual values."""
    say = subject.say
    found = Section("parameters", say("parameters"))
    rows = [
        [one.name, _value(one.value), _usual(one.record), one.where, _source(one.record, say)]
        for one in changed(subject)
    ]
    if not rows:
        found.blocks.append(say("no parameters"))
        return found
    heads = [say("parameter"), say("value"), say("usual value"), say("where"), say("source of")]
    found.blocks.append(Table(say("parameters table"), heads, rows, texts=5))
    return found


def changed(subject: Subject) -> list[Changed]:
    """Return the numbers of rules and measures that are not as usual in any arm or point."""
    say, plan = subject.say, subject.evidence.plan
    seen: dict[tuple[str, str], tuple[Changed, list[str]]] = {}
    places = 0
    for arm in plan.arms:
        for point in plan.points:
            places += 1
            where = f"{subject.arm(arm.name)}, {say('point n', point.scenario_id)}"
            for name, value, record in _unusual(plan.content(point, arm), arm.cooperation):
                key = (name, repr(value))
                seen.setdefault(key, (Changed(name, value, record, ""), []))[1].append(where)
    return [
        one._replace(where=_where(subject, places_of, places)) for one, places_of in seen.values()
    ]


def _where(subject: Subject, places: list[str], count: int) -> str:
    """Return where a number holds: everywhere, in an arm, or at some points."""
    if len(places) == count:
        return subject.say("everywhere")
    arms = list(dict.fromkeys(place.rpartition(",")[0] for place in places))
    points = len(subject.evidence.plan.points)
    if len(places) == points * len(arms):
        return ", ".join(arms)
    return "; ".join(places[:3]) + ("; ..." if len(places) > 3 else "")


def _unusual(content: dict[str, Any], cooperates: bool) -> Iterator[tuple[str, Any, Record]]:
    """Give name, value and record of what a scenario changes: rules, and settings of measures."""
    known = records()
    for name, value in (content.get("parameters") or {}).items():
        if name in known and value != known[name].value:
            yield name, value, known[name]
    sections = [content.get(key) or {} for key in ("cooperation", "council")] if cooperates else []
    for measure, settings in measure_records().items():
        for section in sections:
            given = section.get(measure)
            for name, value in given.items() if isinstance(given, dict) else ():
                if name in settings and value != settings[name].value:
                    yield f"{measure}.{name}", value, settings[name]


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else f"{value}"


def _usual(record: Record) -> str:
    span = "" if record.low is None or record.high is None else f" [{record.low:g}–{record.high:g}]"
    return _value(record.value) + span


def _source(record: Record, say: ReportWords) -> str:
    return f"{record.unit}; {say(record.confidence)}: {record.source}"


def manifest(subject: Subject, fingerprint: str) -> Section:
    """Return the section of how the results came about."""
    say, evidence = subject.say, subject.evidence
    about, counts, plan = evidence.manifest, evidence.counts, evidence.plan
    seeds = say("seeds text", plan.draws, plan.first_seed, plan.replicates)
    people = sorted({plan.content(p, plan.arms[0]).get("run", {}).get("people_per_agent", 1.0)
                     for p in plan.points})  # fmt: skip
    rows = [
        [say("version"), str(about["ressort"])],
        [say("report version"), __version__],
        [say("commit"), str(about.get("commit") or "–")],
        [say("date"), str(about.get("date", "–"))],
        [say("command"), str(about.get("command", "–"))],
        [say("seeds"), seeds],
        [say("runs"), say("runs text", counts.done, counts.failed, counts.asked, len(plan.arms))],
        [say("people per agent"), ", ".join(f"{p:g}" for p in people)],
        [say("fingerprint"), fingerprint],
        [say("plan"), str(about.get("plan_sha256", "–"))],
        [say("libraries"), ", ".join(f"{k} {v}" for k, v in about.get("libraries", {}).items())],
    ]
    section = Section("manifest", say("manifest"), [say("again")])
    section.blocks.append(Table(say("manifest"), [say("item"), say("content")], rows, texts=2))
    failed = [f"{cause.kind}: {cause.error} ({cause.count})" for cause in evidence.failures]
    if failed:
        section.blocks.append(say("failed runs", "; ".join(failed)))
    return section
