"""A scenario in words, English or French, with the source of each number that it changes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ressort.branches import INDEX, NEEDS
from ressort.federation_links import Aid
from ressort.labels import label
from ressort.measures import Measure
from ressort.parameters import Record, branch_traits, measure_records, records
from ressort.scenario import Scenario
from ressort.scenario_federation import (
    FederationSection,
    contract_side,
    cooperates,
    ends_of,
    units_of,
)
from ressort.scenario_shocks import RandomShockSection, ShockSection
from ressort.shocks import CATALOGUE, PHYSICAL
from ressort.words import Words

WIDTH: Final = 92
MAIN: Final = 2  # settings of a measure that are told even if usual: the first of its records

# By key: English, French. {0}, {1} ... are filled in.
_TEXTS: Final = {
    "territory": (
        "{0}: {1} inhabitants, communes: {2}.",
        "{0} : {1} habitants, communes : {2}.",
    ),
    "run": (
        "{0} from day {1} of the year; seeds: {2}, from {3}; a household agent stands for {4}.",
        "{0} à partir du jour {1} de l'année ; tirages : {2}, à partir de {3} ; un agent-ménage "
        "représente {4}.",
    ),
    "no shock": ("No shock.", "Aucun choc."),
    "shock": ("From day {0}, for {1}: {2}", "Dès le jour {0}, pendant {1} : {2}"),
    "struck": ("On day {0}: {1}", "Le jour {0} : {1}"),
    "random": (
        "At random, {0} a year on average, of {1}: {2}",
        "Au hasard, {0} par an en moyenne, de {1} : {2}",
    ),
    "to": ("{0} to {1}", "{0} à {1}"),
    # shocks of which it is said below how much and of which goods
    "import_cut": ("nothing is dispatched from outside", "l'extérieur n'expédie plus rien"),
    "import_cut in part": (
        "{0} less is dispatched from outside",
        "l'extérieur expédie {0} de moins",
    ),
    "import_cut at random": (
        "nothing, or less, is dispatched from outside",
        "l'extérieur n'expédie plus rien, ou moins",
    ),
    "border_closure": (
        "goods no longer cross the border, in or out, nor do those on their way",
        "les biens ne passent plus, dans aucun sens, même déjà en route",
    ),
    "export_loss": ("the outside buys less", "l'extérieur achète moins"),
    "depth": ("; depth {0}", " ; ampleur {0}"),
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
    "ramp": ("; growing over {0}", " ; croissant sur {0}"),
    "pulses": ("; {0} on, {1} off", " ; {0} avec, {1} sans"),
    "federation": (
        "Units that live apart, for `ressort federation`: {0}.",
        "Unités qui vivent à part, pour `ressort federation` : {0}.",
    ),
    "units struck": ("Shocks strike {0} alone.", "Les chocs ne frappent que {0}."),
    "units late": ("They strike {0} later.", "Ils frappent plus tard : {0}."),
    "between": ("From {0} to {1}:", "De {0} à {1} :"),
    "among all": ("Among all units:", "Entre toutes les unités :"),
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
    "priority": (
        "lets members serve members before others: what members gain, other residents and "
        "customers outside lose",
        "fait servir les membres par les membres avant les autres : ce que gagnent les uns, les "
        "autres habitants et les clients extérieurs le perdent",
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
        "{name} = {value} instead of {usual}{range}, {unit}",
        "{name} = {value} au lieu de {usual}{range}, {unit}",
    ),
    "usual": (
        "{name} = {value}, as usual{range}, {unit}",
        "{name} = {value}, l'usuel{range}, {unit}",
    ),
    "range": (" (range {0} to {1})", " (plage {0} à {1})"),
    "True": ("yes", "oui"),
    "False": ("no", "non"),
    "empty": ("none", "rien"),
    "english": ("", "Unités et sources des nombres : en anglais."),
    "source": ("usual value {0}: {1}", "valeur usuelle {0} : {1}"),
    "observed": ("observed", "observée"),
    "published": ("published", "publiée"),
    "recalled": ("recalled, to be verified", "de mémoire, à vérifier"),
    "assumed": ("assumed", "supposée"),
    "measures": ("Measures of the arm with cooperation:", "Mesures du bras avec coopération :"),
    "from year": (", from year {0} on", ", à partir de l'année {0}"),
    "calm": (
        "First, without shock, so that measures may grow: {0}.",
        "D'abord, sans choc, pour que les mesures puissent mûrir : {0}.",
    ),
    "rows": ("Rows of the seed table: {0}.", "Lignes du tableau fondateur : {0}."),
}


class _Speaker:
    """Texts and numbers in one language."""

    def __init__(self, words: Words) -> None:
        self.words, self.number, self.percent = words, words.number, words.percent
        self.counted = words.counted

    def __call__(self, key: str, *values: object, **named: object) -> str:
        return _TEXTS[key][self.words.column].format(*values, **named)

    def value(self, value: object) -> str:
        """Return a setting: goods and branches by their names, yes or no, numbers as in files."""
        if isinstance(value, list | tuple):
            return ", ".join(map(self.value, value)) or self("empty")
        if isinstance(value, bool):
            return self(str(value))
        if value in INDEX:
            traits = branch_traits()
            return (traits.label_en, traits.label_fr)[self.words.column][INDEX[str(value)]]
        return self.words(str(value)) if value in NEEDS else str(value)


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
    if scenario.federation is not None:
        lines += [*_federation(scenario, scenario.federation, say, data), ""]
    within = _cooperation(scenario, say) if cooperates(scenario) else ()
    numbers = [*within, "", *_numbers(scenario, say)]
    foreign = scenario.parameters or scenario.measures() or scenario.federation
    text = "\n".join([*lines, *numbers]).rstrip()
    return f"{text}\n\n{say('english')}".rstrip() if foreign else text


def _situation(scenario: Scenario, say: _Speaker, data: Path | None) -> Iterator[str]:
    place, run, seeds = scenario.resolve_territory(data), scenario.run, scenario.seeds
    name = label(scenario.territory, place.name, say.words.language)
    yield say("territory", name, say.number(place.population), len(place))
    digits = 0 if run.people_per_agent % 1 == 0 else 1
    agent = say.counted(run.people_per_agent, "household", digits)
    situation = say(
        "run", say.counted(run.days, "day"), run.start_day_of_year, seeds.count, seeds.first, agent
    )
    yield from textwrap.wrap(situation, WIDTH)
    choices = say("structure", say(run.production), say(run.rationing), say(run.basket))
    yield from textwrap.wrap(choices, WIDTH)
    if scenario.calm.years:
        yield say("calm", say.counted(scenario.calm.years, "year"))
    if scenario.rows:
        yield say("rows", ", ".join(scenario.rows))


def _shocks(scenario: Scenario, say: _Speaker) -> Iterator[str]:
    sentences = [_shock(shock, say) for shock in scenario.shocks]
    sentences += [_random_shock(section, say) for section in scenario.random_shocks]
    for sentence in sentences or [say("no shock")]:
        yield from textwrap.wrap(sentence + "." * (sentence[-1] != "."), WIDTH)


def _meaning(kind: str, say: _Speaker) -> str:
    if kind in _TEXTS:
        return say(kind)
    found = CATALOGUE[kind]
    return found.meaning_fr if say.words.language == "fr" else found.meaning


def _shock(shock: ShockSection, say: _Speaker) -> str:
    meaning = _meaning(shock.kind, say)
    if shock.kind == "import_cut" and shock.depth < 1.0:
        meaning = say("import_cut in part", say.percent(shock.depth))
    if CATALOGUE[shock.kind].act is None and shock.kind != "employer_closure":
        text = say("struck", shock.start_day, meaning)
    else:
        text = say("shock", shock.start_day, say.counted(shock.days, "day"), meaning)
    if shock.depth < 1.0 and shock.kind != "import_cut":
        text += say("depth", say.percent(shock.depth))
    if shock.shape == "ramp":
        text += say("ramp", say.counted(shock.ramp_days, "day"))
    if shock.shape == "pulses":
        text += say(
            "pulses", *(say.counted(d, "day") for d in (shock.pulse_days, shock.pause_days))
        )
    return text + _target(shock, say)


def _random_shock(section: RandomShockSection, say: _Speaker) -> str:
    days, depth = section.days, section.depth
    often = say.number(section.per_year, 1)
    is_cut = section.kind == "import_cut"
    meaning = say("import_cut at random") if is_cut else _meaning(section.kind, say)
    longest = say.counted(days.high, "day")
    lengths = longest if days.low == days.high else say("to", say.number(days.low), longest)
    text = say("random", often, lengths, meaning)
    deepest = say.percent(depth.high)
    same = depth.low == depth.high
    text += say("depth", deepest if same else say("to", say.percent(depth.low), deepest))
    return text + _target(section, say)


def _target(shock: ShockSection | RandomShockSection, say: _Speaker) -> str:
    """Return which goods, branches and communes a shock hits, where that matters to its kind."""
    text = ""
    if shock.kind in ("import_cut", "border_closure", "export_loss"):
        every = set(shock.goods) == set(PHYSICAL)
        text += say("all goods") if every else say("goods", say.value(shock.goods))
    if shock.kind == "import_cut":
        text += say("cut beyond" if shock.hits_surroundings else "stocked beyond")
    if shock.branches:
        text += say("branches", say.value(shock.branches))
    if shock.communes:
        text += say("communes", ", ".join(shock.communes))
    return text


def _federation(
    scenario: Scenario, section: FederationSection, say: _Speaker, data: Path | None
) -> Iterator[str]:
    """Yield the units, which of them are struck and when, and what links them."""
    names = ", ".join(unit.name for unit in units_of(scenario, data))
    told = [say("federation", names)]
    if section.struck:
        told.append(say("units struck", ", ".join(section.struck)))
    if late := [f"{u} ({say.counted(d, 'day')})" for u, d in section.delay_days.items() if d]:
        told.append(say("units late", ", ".join(late)))
    yield from textwrap.wrap(" ".join(told), WIDTH, break_on_hyphens=False)
    if section.aid is not None:
        yield say("among all")
        yield from _measure(Aid(section.aid.model_dump()), say)
    for contract in section.contracts:
        yield say("between", *ends_of(contract))
        yield from _measure(contract_side(contract), say)


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
    """Yield what a measure is, its main settings and each that is not the usual one, sourced."""
    meaning = measure.meaning_fr if say.words.language == "fr" else measure.meaning
    start = say("from year", f"{measure.set.from_year:g}") if measure.set.from_year > 0 else ""
    yield from textwrap.wrap(f"- {meaning}{start}.", WIDTH, subsequent_indent="  ")
    for k, (name, record) in enumerate(measure_records()[measure.name].items()):
        value = getattr(measure.set, name)
        if k < MAIN or not _is_usual(record, value):
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
    known = record.low is not None and record.high is not None
    return say(
        "usual" if _is_usual(record, value) else "number",
        name=record.name,
        value=say.value(value),
        usual=say.value(record.value),
        unit=record.unit,
        range=say("range", f"{record.low:g}", f"{record.high:g}") if known else "",
    )


def _is_usual(record: Record, value: Any) -> bool:
    usual = tuple(record.value) if isinstance(record.value, list) else record.value
    return bool((tuple(value) if isinstance(value, list) else value) == usual)
