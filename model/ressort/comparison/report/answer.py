"""The answer in one page: what was asked, what came out, for whom, how surely, at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ressort.comparison.findings import Finding
from ressort.comparison.report.blocks import Block, Bullets, Lead, Section
from ressort.comparison.report.signs import overview
from ressort.comparison.report.subject import Subject
from ressort.comparison.report.words import known

MOST_NAMED = 4  # territories or shocks that a sentence names
MOST_CASES = 6  # cases that are named one by one


def section(subject: Subject) -> Section:
    """Return the first section; sentences only, each from the findings of the main arm."""
    say, evidence = subject.say, subject.evidence
    found = Section("answer", say("answer"))
    blocks: list[Block] = found.blocks
    warnings = [say(note.key, *note.values) for note in evidence.warnings]
    if warnings:
        blocks.append(Bullets(warnings, is_warning=True))
    blocks.append(Lead(say("asked"), _asked(subject)))
    needs = list(subject.of("needs"))
    if needs:
        blocks.append(Lead(say("came out"), say("came out begin", subject.arm(subject.main or ""))))
        blocks.append(Bullets(_came_out(subject, needs)))
        table = overview(subject)
        blocks.extend([table] if table is not None else [])
        blocks.append(Lead(say("whom"), _for_whom(subject)))
    blocks.append(Lead(say("surely"), _how_surely(subject, needs)))
    if subject.main is not None:
        blocks.append(Lead(say("price"), _cost(subject)))
    blocks.append(say("words to use"))
    return found


def _asked(subject: Subject) -> str:
    say, evidence = subject.say, subject.evidence
    territories = list(dict.fromkeys(subject.territory(t) for t, _ in subject.cells))
    shocks = list(dict.fromkeys(say("quoted", subject.shock(s)) for _, s in subject.cells))
    names = [
        say.listed(items) if len(items) <= MOST_NAMED else say(key, len(items))
        for items, key in ((territories, "territories n"), (shocks, "shocks n"))
    ]
    if subject.main is None or evidence.reference is None:
        return say("asked alone", *names)
    arms = (subject.arm(name) for name in (subject.main, evidence.reference))
    return say("asked text", *names, *arms)


def _came_out(subject: Subject, needs: Sequence[Finding]) -> list[str]:
    """Return a sentence a case, or a shock where there are many; then where it hurt."""
    say = subject.say
    by_name: dict[str, list[Finding]] = {}
    for one in needs:
        few = len(needs) <= MOST_CASES
        name = subject.cell(one.territory, one.shock) if few else subject.shock(one.shock)
        by_name.setdefault(name, []).append(one)
    lines = [_sentence(subject, name, found) for name, found in by_name.items()]
    losses = [one for one in needs if one.spread.sign == "-"]
    decided = [subject.decides(*cell, subject.main or "") for cell in subject.cells]
    of_output = [
        one
        for one in decided
        if one is not None and one.outcome == "output" and one.spread.sign == "-"
    ]
    if losses:
        lines.append(say("losses", _told(subject, losses)))
    else:
        has_intervals = any(known(one.spread) for one in needs)
        lines.append(say("no losses" if has_intervals else "no intervals"))
    return [*lines, say("output losses", _told(subject, of_output))] if of_output else lines


def _told(subject: Subject, losses: Sequence[Finding]) -> str:
    """Return cases with their median change, the largest first."""
    return "; ".join(
        f"{subject.cell(one.territory, one.shock)} ({subject.say.median(one)})"
        for one in sorted(losses, key=lambda one: -abs(one.spread.median))
    )


def _sentence(subject: Subject, name: str, found: Sequence[Finding]) -> str:
    say = subject.say
    spreads = [one.spread for one in found if one.spread.defined]
    if not spreads:
        return say("nothing lacked", name)
    weights = np.array([s.defined for s in spreads], float)
    shares = (
        say.part(float(np.average([getattr(s, side) for s in spreads], weights=weights)))
        for side in ("better", "worse", "equal")
    )
    return say("came out text", name, *shares, _median(subject, found))


def _median(subject: Subject, found: Sequence[Finding]) -> str:
    say = subject.say
    defined = [one for one in found if one.spread.defined]
    if len(defined) == 1:
        (one,) = defined
        if known(one.spread):
            return say("median said", say.median(one), say.interval(one))
        return say("median bare", say.median(one))
    medians = sorted(one.spread.median for one in defined)
    ends = (say.size(v, "relative", "share") for v in (medians[0], medians[-1]))
    return say("median over", *ends)


def _for_whom(subject: Subject) -> str:
    say = subject.say
    members, others = (list(subject.of("needs", group)) for group in ("members", "others"))
    told = [_range_of(subject, group) for group in (members, others)]
    if "" in told:
        return say("no groups")
    text = say("whom text", *told)
    pairs = list(zip(members, others, strict=False))
    shifted = sum(m.spread.sign == "+" and o.spread.sign == "-" for m, o in pairs)
    lines = [text]
    if shifted:
        lines.append(say("at their cost", shifted, len(pairs)))
    outside = list(subject.of("exports", "outside"))
    if outside:
        signs = [one.spread.sign for one in outside]
        lines.append(say("outside", signs.count("+"), len(signs), signs.count("-")))
    return " ".join(lines)


def _range_of(subject: Subject, found: Sequence[Finding]) -> str:
    """Return the median of a case, or the least and the largest of several; "" if none has one."""
    say = subject.say
    medians = sorted(one.spread.median for one in found if one.spread.defined)
    ends = [say.size(v, "relative", "") for v in (medians[:1] + medians[-1:])]
    if len(set(ends)) < 2:
        return "".join(ends[:1])
    return say("across cases", *ends)


def _how_surely(subject: Subject, needs: Sequence[Finding]) -> str:
    say, lines = subject.say, []
    if needs:
        decided = [subject.decides(*cell, subject.main or "") for cell in subject.cells]
        signs = [one.spread.sign for one in decided if one is not None]
        counts = (signs.count(sign) for sign in ("+", "-", "0", "?"))
        lines.append(say("surely text", len(signs), *counts, subject.draws))
    metric = "m6_days_to_recover"
    results = subject.evidence.results
    if metric in results:
        late = {
            arm: float(np.isinf(results.loc[results["arm"] == arm, metric]).mean())
            for arm in subject.evidence.arms
        }
        told = [
            say("never back", say.percent(share, 1 if share < 0.1 else 0), subject.arm(arm))
            for arm, share in late.items()
            if share > 0.0
        ]
        lines += told or [say("all back")]
    return " ".join(lines)


def _cost(subject: Subject) -> str:
    say = subject.say
    medians = [one.spread.median for one in subject.of("cost")]
    if not medians:
        return say("no cost")
    ends = (say.number(v, 1) for v in (np.median(medians), min(medians), max(medians)))
    lines = [say("cost text", *ends)]
    calm = [one.spread.median for one in subject.of("calm")]
    if calm:
        lines.append(say("calm text", say.number(float(np.median(calm)), 1, signed=True)))
    return " ".join(lines)
