"""A scenario in words, English or French, with the source of each number that it changes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ressort.measures import Measure
from ressort.parameters import Record, measure_records, records
from ressort.scenario import RandomShockSection, Scenario, ShockSection
from ressort.shocks import CATALOGUE, PHYSICAL
from ressort.words import Words

WIDTH: Final = 92

# By key: English, French. {0}, {1} ... are filled in.
_TEXTS: Final = {
    "territory": (
        "{0}: {1} inhabitants, communes: {2}.",
        "{0} : {1} habitants, communes : {2}.",
    ),
    "run": (
        "{0} days from day {1} of the year; seeds: {2}, from {3}; a household agent stands for "
        "{4} households.",
        "{0} jours à partir du jour {1} de l'année ; tirages : {2}, à partir de {3} ; un "
        "agent-ménage représente {4} ménages.",
    ),
    "no shock": ("No shock.", "Aucun choc."),
    "shock": ("From day {0}, for {1} days: {2}", "Dès le jour {0}, pendant {1} jours : {2}"),
    "struck": ("On day {0}: {1}", "Le jour {0} : {1}"),
    "random": (
        "At random, {0} a year on average, of {1} to {2} days: {3}",
        "Au hasard, {0} par an en moyenne, de {1} à {2} jours : {3}",
    ),
    "depth": ("; depth {0}", " ; ampleur {0}"),
    "depths": ("; depth {0} to {1}", " ; ampleur {0} à {1}"),
    "goods": ("; goods: {0}", " ; biens : {0}"),
    "all goods": ("; all goods that come by lorry", " ; tous les biens qui viennent par camion"),
    "cut beyond": (
        "; shops beyond the border get none either, and sell what they have in stock",
        " ; les magasins au-delà de la limite n'en reçoivent plus non plus et vendent leur stock",
    ),
    "stocked beyond": (
        "; shops beyond the border stay stocked",
        " ; les magasins au-delà de la limite restent approvisionnés",
    ),
    "branches": ("; branches: {0}", " ; branches : {0}"),
    "communes": ("; communes: {0}", " ; communes : {0}"),
    "ramp": ("; growing over {0} days", " ; croissant sur {0} jours"),
    "pulses": ("; {0} days on, {1} off", " ; {0} jours sur {1}"),
    "cooperation": (
        "With cooperation, a SCIC of local establishments and households:",
        "Avec coopération, une SCIC d'établissements et de ménages du territoire :",
    ),
    "pool": (
        "puts a part of its members' stocks in common, and grants it to those who run out",
        "met en commun une part des stocks des membres, et la cède à ceux qui en manquent",
    ),
    "register": (
        "keeps a register of spare capacity, and matches members who lack a supplier (comptoir)",
        "tient un registre des capacités libres et met en relation les membres sans fournisseur "
        "(comptoir)",
    ),
    "fund": (
        "lends from a solidarity fund to members short of cash",
        "prête, sur un fonds de solidarité, aux membres à court de trésorerie",
    ),
    "none": ("does nothing, and costs what it costs", "ne fait rien, et coûte ce qu'elle coûte"),
    "structure": (
        "Production: {0}. Rationing: {1}. Basket: {2}.",
        "Production : {0}. Rationnement : {1}. Panier : {2}.",
    ),
    "leontief": ("every input binds", "tout intrant est limitant"),
    "strict": ("critical and important inputs bind", "intrants critiques et importants limitants"),
    "half": (
        "critical inputs bind, a lack of important ones halves output",
        "intrants critiques limitants, importants à moitié",
    ),
    "critical": ("only critical inputs bind", "seuls les intrants critiques sont limitants"),
    "linear": ("inputs replace each other", "les intrants se remplacent"),
    "proportional": ("all are served alike", "tous servis dans la même proportion"),
    "producers_first": ("producers are served first", "les producteurs d'abord"),
    "essential_first": ("essential needs are served first", "les besoins essentiels d'abord"),
    "members_first": ("members are served first", "les membres d'abord"),
    "survival": ("survival", "survie"),
    "essential": ("essential", "essentiel"),
    "current": ("current consumption", "consommation courante"),
    "changed": ("Changed numbers:", "Nombres modifiés :"),
    "number": (
        "{name} = {value} instead of {usual} (range {low} to {high}), {unit}",
        "{name} = {value} au lieu de {usual} (plage {low} à {high}), {unit}",
    ),
    "source": ("usual value {0}: {1}", "valeur usuelle {0} : {1}"),
    "observed": ("observed", "observée"),
    "published": ("published", "publiée"),
    "recalled": ("recalled, to be verified", "de mémoire, à vérifier"),
    "assumed": ("assumed", "supposée"),
    "measures": ("Measures of the arm with cooperation:", "Mesures du bras avec coopération :"),
    "from year": (", from year {0} on", ", à partir de l'année {0}"),
    "calm": (
        "{0} years without shock come first, in which measures may grow.",
        "{0} années sans choc précèdent, pendant lesquelles les mesures peuvent mûrir.",
    ),
    "rows": ("Rows of the seed table: {0}.", "Lignes du tableau fondateur : {0}."),
}


class _Speaker:
    """Texts and numbers in one language."""

    def __init__(self, words: Words) -> None:
        self.words, self.number, self.percent = words, words.number, words.percent

    def __call__(self, key: str, *values: object, **named: object) -> str:
        return _TEXTS[key][self.words.column].format(*values, **named)


def describe(scenario: Scenario, words: Words | None = None, data: Path | None = None) -> str:
    """Return a scenario in words: territory, shocks, cooperation, choices and changed numbers.

    `data`: folder of the official tables, for a bassin de vie; RESSORT_DATA if None.
    """
    say = _Speaker(words or Words())
    french = say.words.language == "fr"
    title = (scenario.title_fr if french else scenario.title) or scenario.name
    text = (scenario.description_fr if french else "") or scenario.description
    lines = [title, "=" * len(title), *textwrap.wrap(" ".join(text.split()), WIDTH), ""]
    lines += [*_situation(scenario, say, data), "", *_shocks(scenario, say), ""]
    lines += [*_cooperation(scenario, say), "", *_numbers(scenario, say)]
    return "\n".join(lines).rstrip()


def _situation(scenario: Scenario, say: _Speaker, data: Path | None) -> Iterator[str]:
    place, run, seeds = scenario.resolve_territory(data), scenario.run, scenario.seeds
    yield say("territory", place.name, say.number(place.population), len(place))
    agent = say.number(run.people_per_agent, 0 if run.people_per_agent % 1 == 0 else 1)
    situation = say("run", run.days, run.start_day_of_year, seeds.count, seeds.first, agent)
    yield from textwrap.wrap(situation, WIDTH)
    choices = say("structure", say(run.production), say(run.rationing), say(run.basket))
    yield from textwrap.wrap(choices, WIDTH)
    if scenario.calm.years:
        yield say("calm", scenario.calm.years)
    if scenario.rows:
        yield say("rows", ", ".join(scenario.rows))


def _shocks(scenario: Scenario, say: _Speaker) -> Iterator[str]:
    sentences = [_shock(shock, say) for shock in scenario.shocks]
    sentences += [_random_shock(section, say) for section in scenario.random_shocks]
    for sentence in sentences or [say("no shock")]:
        yield from textwrap.wrap(sentence + "." * (sentence[-1] != "."), WIDTH)


def _meaning(kind: str, say: _Speaker) -> str:
    found = CATALOGUE[kind]
    return found.meaning_fr if say.words.language == "fr" else found.meaning


def _shock(shock: ShockSection, say: _Speaker) -> str:
    meaning = _meaning(shock.kind, say)
    if CATALOGUE[shock.kind].act is None and shock.kind != "employer_closure":
        text = say("struck", shock.start_day, meaning)
    else:
        text = say("shock", shock.start_day, shock.days, meaning)
    if shock.depth < 1.0:
        text += say("depth", say.percent(shock.depth))
    if shock.shape == "ramp":
        text += say("ramp", shock.ramp_days)
    if shock.shape == "pulses":
        text += say("pulses", shock.pulse_days, shock.pause_days)
    return text + _target(shock, say)


def _random_shock(section: RandomShockSection, say: _Speaker) -> str:
    days, depth = section.days, section.depth
    often = say.number(section.per_year, 1)
    meaning = _meaning(section.kind, say)
    text = say("random", often, say.number(days.low), say.number(days.high), meaning)
    text += say("depths", say.percent(depth.low), say.percent(depth.high))
    return text + _target(section, say)


def _target(shock: ShockSection | RandomShockSection, say: _Speaker) -> str:
    """Return which goods, branches and communes a shock hits, where that matters to its kind."""
    text = ""
    if shock.kind in ("import_cut", "border_closure", "export_loss"):
        every = set(shock.goods) == set(PHYSICAL)
        text += say("all goods") if every else say("goods", ", ".join(shock.goods))
    if shock.kind == "import_cut":
        text += say("cut beyond" if shock.hits_surroundings else "stocked beyond")
    if shock.branches:
        text += say("branches", ", ".join(shock.branches))
    if shock.communes:
        text += say("communes", ", ".join(shock.communes))
    return text


def _cooperation(scenario: Scenario, say: _Speaker) -> Iterator[str]:
    if scenario.cooperation.scic:
        yield say("cooperation")
        for mechanism in scenario.cooperation.mechanisms or ("none",):
            yield from textwrap.wrap(
                "- " + say(mechanism) + ".", WIDTH, initial_indent="  ", subsequent_indent="    "
            )
    measures = scenario.measures()
    if measures:
        yield say("measures")
    for measure in measures:
        yield from _measure(measure, say)


def _measure(measure: Measure, say: _Speaker) -> Iterator[str]:
    """Yield what a measure is, and each setting that is not the usual one, with its source."""
    meaning = measure.meaning_fr if say.words.language == "fr" else measure.meaning
    start = say("from year", f"{measure.set.from_year:g}") if measure.set.from_year > 0 else ""
    yield from textwrap.wrap(f"- {meaning}{start}.", WIDTH, subsequent_indent="  ")
    for name, record in measure_records()[measure.name].items():
        value = getattr(measure.set, name)
        usual = tuple(record.value) if isinstance(record.value, list) else record.value
        if value != usual:
            for line in (_number(record, value, say), _source(record, say)):
                yield from textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _numbers(scenario: Scenario, say: _Speaker) -> Iterator[str]:
    known = records()
    if scenario.parameters:
        yield say("changed")
    for name, value in scenario.parameters.items():
        yield from textwrap.wrap(
            _number(known[name], value, say), WIDTH, initial_indent="- ", subsequent_indent="  "
        )
        source = _source(known[name], say)
        yield from textwrap.wrap(source, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _source(record: Record, say: _Speaker) -> str:
    return say("source", say(record.confidence), record.source)


def _number(record: Record, value: Any, say: _Speaker) -> str:
    limits = {"low": record.low, "high": record.high}
    return say(
        "number",
        name=record.name,
        value=value,
        usual=record.value,
        unit=record.unit,
        **{k: "?" if v is None else f"{v:g}" for k, v in limits.items()},
    )
