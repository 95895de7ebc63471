"""Sentences and rows that the text and the page have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ressort import __version__
from ressort.metrics import AUTONOMY_LEVEL
from ressort.portraits.measure import Measure, Presence, land_need
from ressort.portraits.words import Speaker
from ressort.words import LANGUAGES

if TYPE_CHECKING:
    from ressort.portraits.portrait import Portrait

SHOWN: Final = (
    *("population", "communes", "area", "density", "jobs", "commuters_out", "commuters_in"),
    *("farmland", "farmland_per_head", "food_by_land", "food_by_output", "food_local"),
    *("energy_by_output", "energy_local", "purchases_local", "inputs_local"),
)
CLASSES: Final = ("sparse", "middling", "dense")
ALMOST_NEVER: Final = 0.9
RARER: Final = 0.75  # of France's number a head: what is fewer is named
N_RARER: Final = 4


def speaker(lang: str) -> Speaker:
    """Return the speaker of a language; raises InputError for an unknown one."""
    from ressort.errors import InputError

    if lang not in LANGUAGES:
        raise InputError(f"lang: one of {', '.join(LANGUAGES)} is expected, got {lang!r}")
    return Speaker(lang)


def kind_words(portrait: Portrait, say: Speaker) -> str:
    """Return what sort of territory it is: administrative kind, density of its communes."""
    top = max(range(3), key=lambda k: portrait.classes[k])
    shares = (portrait.classes[top], portrait.classes_france[top])
    percents = [say.percent(v) for v in shares]
    kind = say(portrait.territory.kind)
    kind = kind[:1].upper() + kind[1:]
    if len(portrait.territory) == 1:
        return f"{kind}, {say(f'one {CLASSES[top]}', *percents)}."
    return f"{kind}. {say(CLASSES[top], *percents)}."


def measure_cells(measure: Measure, say: Speaker) -> tuple[str, str, str, str]:
    """Return label, value here with its range, value in France, and how it is known."""
    here = say.measured(measure, measure.value)
    if measure.name == "food_by_land" and measure.value > 0:
        assert measure.low is not None
        assert measure.high is not None
        low, high = say.number(100 * measure.low), say.share(measure.high)
        here += f" ({say('range', low, high)})"
    france = "" if measure.france is None else say.measured(measure, measure.france)
    label = say(f"m {measure.name}")
    return label, here, france or say("unlike"), say(measure.status)


def missing_sentences(portrait: Portrait, say: Speaker) -> list[str]:
    """Return in words what is missing here, and what is rarer than in France."""
    never = [say.branch(p.name) for p in portrait.missing if p.none >= ALMOST_NEVER]
    often = [_counted(p, say) for p in portrait.missing if p.none < ALMOST_NEVER]
    alone = [
        say("presence words", say.need(need).lower(), say.percent(chance))
        for need, chance in portrait.alone.items()
        if chance > 0.5
    ]
    found = [(key, names) for key, names in (
        ("needs alone", alone), ("almost never", never), ("often none", often),
        ("fewer", _rarer(portrait, say)),
    ) if names]  # fmt: skip
    sentences = [say(key, say("and next").join(names)) for key, names in found]
    return sentences if portrait.missing else [say("nothing missing"), *sentences]


def _counted(presence: Presence, say: Speaker) -> str:
    return say("presence words", say.branch(presence.name), say.number(presence.expected, 1))


def _rarer(portrait: Portrait, say: Speaker) -> list[str]:
    def ratio(presence: Presence) -> float:
        return presence.expected / presence.at_french_rate

    few = sorted((p for p in portrait.presences if p.expected >= 1), key=ratio)
    return [
        say("rarer", say.branch(p.name), _count(p.expected, say), _count(p.at_french_rate, say))
        for p in few[:N_RARER]
        if ratio(p) < RARER
    ]


def _count(value: float, say: Speaker) -> str:
    return say.number(value, 1 if value < 10 else 0)


def stock_cells(portrait: Portrait, say: Speaker) -> list[tuple[str, ...]]:
    """Return the rows of the table of stocks, see `stock_heads`."""
    return [
        (
            say(s.name),
            *(say.days(v) for v in (s.home, s.shops, s.makers)),
            say.share(s.made_here),
            say.share(s.made_in_france),
            *(say.days(s.lasts(level)) for level in (1.0, AUTONOMY_LEVEL)),
        )
        for s in portrait.stocks
    ]


def stock_heads(say: Speaker) -> tuple[str, ...]:
    """Return the heads of the table of stocks."""
    levels = (say("lasts", say.percent(level)) for level in (1.0, AUTONOMY_LEVEL))
    keys = ("need", "home", "shops", "makers", "made", "made in France")
    return (*(say(key) for key in keys), *levels)


def stock_note(say: Speaker) -> str:
    """Return what the days of stock mean."""
    return say("stock note", say.percent(AUTONOMY_LEVEL))


def source_sentences(portrait: Portrait, say: Speaker) -> list[str]:
    """Return sources, vintages and limits of all that is shown."""
    need = land_need()
    land = [say.number(v, 2) for v in (need.value, need.low or 0.0, need.high or 0.0)]
    keys = list(dict.fromkeys(m.source for m in portrait.measures.values()))
    values = {"land need": land, "calm": [say.number(portrait.draws)]}
    known = [say(f"s {key}", *values.get(key, [])) for key in keys]
    known += [say(f"s {key}") for key in ("stocks", "establishments", "France")]
    return [text[:1].upper() + text[1:] + "." for text in known]


def credit(say: Speaker) -> str:
    """Return who made the data and the program."""
    return say("credit", __version__)


def map_words(portrait: Portrait, say: Speaker) -> str:
    """Return the map in words."""
    communes = portrait.territory.communes
    largest = communes.nlargest(5, "population")
    pairs = zip(largest["name"], largest["population"], strict=True)
    towns = ", ".join(say("presence words", name, say.number(people)) for name, people in pairs)
    return say("map words", say.number(len(communes)), towns)


def branch_sentences(portrait: Portrait, say: Speaker) -> list[str]:
    """Return the chart of branches in words, one sentence a branch."""
    return [
        say(
            "branch words",
            say.branch(b.name),
            say.rate(b.jobs),
            say.rate(b.jobs_france),
            *(say.share(v) for v in (b.here, b.rest_of_france, b.abroad)),
        )
        for b in portrait.branches
    ]
