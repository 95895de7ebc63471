"""What a portrait says, in English and French."""

from __future__ import annotations

import re
from typing import Final

from ressort import words
from ressort.branches import BRANCHES, INDEX
from ressort.parameters import branch_traits
from ressort.portraits.measure import Measure

# By key: English, French. {0}, {1} ... are filled in.
_TEXTS: Final = {
    "portrait": ("Portrait of a territory", "Portrait de territoire"),
    # kinds of territory
    "commune": ("commune", "commune"),
    "epci": ("EPCI (grouping of communes)", "EPCI"),
    "departement": ("département", "département"),
    "bassin_de_vie": ("bassin de vie (INSEE 2022)", "bassin de vie (Insee 2022)"),
    "codes": ("chosen communes", "communes choisies"),
    "radius": ("communes within a radius", "communes dans un rayon"),
    "synthetic": ("invented territory, nowhere in France", "territoire inventé, nulle part"),
    "sparse": (
        "{0} of the people live in thinly settled communes (under 150 inhabitants a km²; "
        "France {1})",
        "{0} des habitants vivent dans des communes peu denses (moins de 150 habitants au km² ; "
        "France {1})",
    ),
    "middling": (
        "{0} of the people live in communes of middling density (150 to 1,500 inhabitants a km²; "
        "France {1})",
        "{0} des habitants vivent dans des communes de densité intermédiaire (150 à 1 500 "
        "habitants au km² ; France {1})",
    ),
    "dense": (
        "{0} of the people live in dense communes (1,500 inhabitants a km² or more; France {1})",
        "{0} des habitants vivent dans des communes denses (1 500 habitants au km² ou plus ; "
        "France {1})",
    ),
    "one sparse": (
        "thinly settled (under 150 inhabitants a km²), as is that of {1} of the people of France",
        "peu dense (moins de 150 habitants au km²), comme celle de {1} des Français",
    ),
    "one middling": (
        "of middling density (150 to 1,500 inhabitants a km²), as is that of {1} of the people of "
        "France",
        "de densité intermédiaire (150 à 1 500 habitants au km²), comme celle de {1} des Français",
    ),
    "one dense": (
        "dense (1,500 inhabitants a km² or more), as is that of {1} of the people of France",
        "dense (1 500 habitants au km² ou plus), comme celle de {1} des Français",
    ),
    # columns
    "here": ("here", "ici"),
    "France": ("France", "France"),
    "figures": ("In figures", "En chiffres"),
    "range": ("{0}–{1}", "{0}–{1}"),
    "tiny": ("<\u2009{0}", "<\u202f{0}"),
    "state": ("state", "état"),
    "what": ("figure", "grandeur"),
    "observed": ("observed", "observé"),
    "estimated": ("estimated", "estimé"),
    "modelled": ("modelled", "modélisé"),
    "invented": ("invented", "inventé"),
    "unlike": ("–", "–"),
    "million": ("{0} million", "{0} millions"),
    # measures
    "m population": ("Inhabitants", "Habitants"),
    "m communes": ("Communes", "Communes"),
    "m area": ("Area, km²", "Superficie, km²"),
    "m density": ("Inhabitants per km²", "Habitants au km²"),
    "m jobs": ("Jobs per 1,000 inhabitants", "Emplois pour 1 000 habitants"),
    "m commuters_out": (
        "Residents at work who work elsewhere",
        "Actifs d'ici travaillant ailleurs",
    ),
    "m commuters_in": ("Jobs held by people from elsewhere", "Emplois tenus de l'extérieur"),
    "m farmland": ("Farmland, ha", "Surface agricole, ha"),
    "m farmland_per_head": ("Farmland, ha per head", "Surface agricole, ha par habitant"),
    "m food_by_land": ("People this land could feed", "Habitants nourris par cette terre"),
    "m food_by_output": (
        "Food industry (sells elsewhere): output / use",
        "Ind. alimentaire (vend ailleurs) : prod. / usage",
    ),
    "m energy_by_output": (
        "Electricity, gas: output / use",
        "Électricité, gaz : production / usage",
    ),
    "m food_local": ("Food bought that is made here", "Aliments achetés, faits ici"),
    "m energy_local": ("Energy bought that is made here", "Énergie achetée, faite ici"),
    "m purchases_local": ("All residents' purchases made here", "Achats des habitants, faits ici"),
    "m inputs_local": ("Firms' purchases made here", "Achats des entreprises, faits ici"),
    # branches
    "jobs panel": ("Jobs per 1,000 inhabitants", "Emplois pour 1 000 habitants"),
    "purchases panel": (
        "Residents' purchases (%)",
        "Achats des habitants (%)",
    ),
    "branches": ("Jobs and purchases by branch", "Emplois et achats par branche"),
    "branch table": (
        "Jobs per 1,000 inhabitants by branch, and where residents' purchases of its good are made",
        "Emplois pour 1 000 habitants par branche, et où sont faits les achats des habitants",
    ),
    "jobs head": ("jobs here", "emplois ici"),
    "rest": ("rest of France", "reste de la France"),
    "abroad": ("abroad", "étranger"),
    "branch words": (
        "{0}: {1} jobs per 1,000 inhabitants, in France {2}; purchases made here {3}, in the rest "
        "of France {4}, abroad {5}.",
        "{0} : {1} emplois pour 1 000 habitants, en France {2} ; achats faits ici {3}, dans le "
        "reste de la France {4}, à l'étranger {5}.",
    ),
    # missing
    "missing": ("What is missing here", "Ce qui manque ici"),
    "nothing missing": (
        "At least one establishment of each branch and kind of shop is to be expected.",
        "Au moins un établissement de chaque branche et type de commerce est à attendre.",
    ),
    "almost never": (
        "None in nine draws of ten or more: {0}.",
        "Aucun établissement dans neuf tirages sur dix ou plus : {0}.",
    ),
    "often none": (
        "Fewer than one to be expected (number expected): {0}.",
        "Moins d'un à attendre (nombre attendu) : {0}.",
    ),
    "needs alone": (
        "Needs for which, in most draws, nobody here makes or sells anything (share of draws): "
        "{0}.",
        "Besoins pour lesquels, dans la plupart des tirages, personne ici ne fait ni ne vend rien "
        "(part des tirages) : {0}.",
    ),
    "fewer": (
        "Present, but fewest compared with France, per head: {0}.",
        "Présents, mais les plus rares par rapport à la France, par habitant : {0}.",
    ),
    "and next": ("; ", " ; "),  # names of branches have commas
    "presence words": ("{0} ({1})", "{0} ({1})"),
    "rarer": ("{0} ({1} instead of {2})", "{0} ({1} au lieu de {2})"),
    "grocery": ("food shops", "commerces alimentaires"),
    "pharmacy": ("pharmacies", "pharmacies"),
    "station": ("petrol stations", "stations-service"),
    "store": ("other shops", "autres magasins"),
    # stocks
    "stocks": ("How long stocks last", "Ce que durent les stocks"),
    "home": ("at home", "au foyer"),
    "shops": ("in shops", "commerces"),
    "makers": ("at makers", "fabricants"),
    "made": ("made here", "fait ici"),
    "made in France": ("in France", "en France"),
    "lasts": ("lasts, {0}", "dure, {0}"),
    "days": ("days", "jours"),
    "no limit": ("no limit", "sans limite"),
    "need": ("need", "besoin"),
    "water": ("Water", "Eau"),
    "food": ("Food", "Alimentation"),
    "energy": ("Electricity, gas", "Électricité, gaz"),
    "care": ("Care", "Soins"),
    "medicine": ("Medicine", "Médicaments"),
    "building": ("Upkeep: works", "Entretien : travaux"),
    "materials": ("Upkeep: materials", "Entretien : matériaux"),
    "fuel": ("Mobility: fuel", "Mobilité : carburant"),
    "transport": ("Mobility: transport", "Mobilité : transports"),
    "communication": ("Communication", "Communication"),
    "stock note": (
        "Days of residents' usual use; shops with their warehouses. “Lasts” is a formula, not a "
        "simulation: T = S/(a − c), if everything from outside stopped; S = at home + in shops, "
        "c = share made here today, a = share of use that is served, 100% or {0}. It knows neither "
        "hoarding nor that local makers need inputs from outside or could turn exports to local "
        "use. Stocks at makers mostly go elsewhere and are not counted. A service has no stock: 0 "
        "means that a is missed on the first day.",
        "En jours d'usage courant des habitants ; commerces avec leurs entrepôts. « Dure » est une "
        "formule, pas une simulation : T = S/(a − c), si tout ce qui vient de l'extérieur "
        "s'arrêtait ; S = foyer + commerces, c = part faite ici aujourd'hui, a = part de l'usage "
        "servie, 100 % ou {0}. Elle ignore la panique, les intrants extérieurs des fabricants "
        "locaux et leurs exportations, qui pourraient servir ici. Les stocks des fabricants vont "
        "surtout ailleurs et ne sont pas comptés. Un service n'a pas de stock : 0 signifie que a "
        "est manqué dès le premier jour.",
    ),
    # map
    "map": ("Communes", "Communes"),
    "map words": (
        "Map of {0} communes as discs, area by population, colour by density. Largest: {1}.",
        "Carte de {0} communes en disques, surface selon la population, couleur selon la densité. "
        "Les plus grandes : {1}.",
    ),
    "density legend": ("inhabitants per km²", "habitants au km²"),
    "under": ("under {0}", "moins de {0}"),
    "between": ("{0} to {1}", "{0} à {1}"),
    "over": ("{0} or more", "{0} ou plus"),
    "around": ("outside", "hors territoire"),
    "size legend": ("inhabitants", "habitants"),
    # sources
    "sources": ("Sources and limits", "Sources et limites"),
    "s population": (
        "population: INSEE 2023, observed",
        "population : Insee 2023, observée",
    ),
    "s area": ("area: IGN outlines of 2026, observed", "superficie : contours IGN 2026, observée"),
    "s invented": (
        "people and area: invented",
        "population et superficie : inventées",
    ),
    "s invented jobs": (
        "jobs: rates of France or of communes of its kind (census 2018, FLORES 2023)",
        "emplois : taux de la France ou de communes de ce type (recensement 2018, FLORES 2023)",
    ),
    "s invented land": (
        "farmland: French share of land that is not built on (Agreste 2020)",
        "surface agricole : part française du sol non bâti (Agreste 2020)",
    ),
    "s estimated jobs": (
        "jobs: estimated from the kind of commune (census 2018, FLORES 2023, farms by farmland)",
        "emplois : estimés par type de commune (recensement 2018, FLORES 2023, fermes par surface)",
    ),
    "s observed jobs": (
        "jobs: official tables (census 2018; their branches by zone d'emploi, FLORES 2023; farms "
        "by farmland)",
        "emplois : tables officielles (recensement 2018 ; branches par zone d'emploi, FLORES 2023 "
        "; fermes par surface)",
    ),
    "s estimated land": (
        "farmland: estimated, total of the département (Agreste 2020) spread over land that is not "
        "built on",
        "surface agricole : estimée, total du département (Agreste 2020) réparti sur le sol non "
        "bâti",
    ),
    "s observed land": (
        "farmland: official tables (Agreste 2020; outside Puy-de-Dôme a département's total "
        "spread)",
        "surface agricole : tables officielles (Agreste 2020 ; hors Puy-de-Dôme, total "
        "départemental réparti)",
    ),
    "s land need": (
        "need of land: {0} ha per head ({1} to {2}), published cases of the PARCEL calculator; if "
        "all of it fed only the people here",
        "besoin de terre : {0} ha par tête ({1} à {2}), cas publiés du calculateur PARCEL ; si "
        "toute la terre ne nourrissait que les habitants",
    ),
    "s calm": (
        "purchases: means over {0} drawn and solved calm economies of the model, national "
        "input-output table 2014 and assumed reach of sellers; a first round, not counting what "
        "local makers buy outside",
        "achats : moyennes de {0} économies calmes du modèle, tirées et résolues ; table "
        "entrées-sorties nationale 2014, portée des vendeurs supposée ; premier tour, sans ce que "
        "les fabricants locaux achètent dehors",
    ),
    "s output": (
        "output / use: jobs times French output per job over use by residents and firms, if "
        "nothing left; makers here sell elsewhere, so that much output goes with little food made "
        "here; electricity and gas count jobs, networks included, not power stations",
        "production / usage : emplois fois production française par emploi, sur l'usage des "
        "habitants et entreprises, si rien ne sortait ; les fabricants d'ici vendent ailleurs : "
        "beaucoup de production va avec peu d'aliments faits ici ; électricité et gaz : emplois, "
        "réseaux compris, non centrales",
    ),
    "s commuting": (
        "commuting: the same draws, assumed reach of 12 km, not observed flows",
        "navettes : mêmes tirages, portée supposée de 12 km, non des flux observés",
    ),
    "s stocks": (
        "stock days: published (food: Apur 2024, Paris) or recalled, the same everywhere",
        "jours de stock : publiés (alimentation : Apur 2024, Paris) ou de mémoire, les mêmes "
        "partout",
    ),
    "s establishments": (
        "establishments: expected numbers, Poisson",
        "établissements : nombres attendus, loi de Poisson",
    ),
    "s France": (
        "France: all metropolitan communes through the same estimates; “made here” there means "
        "made in France",
        "France : toutes les communes métropolitaines, mêmes estimations ; « fait ici » y veut "
        "dire fait en France",
    ),
    "credit": (
        "Ressort {0}. Data: INSEE, IGN, DILA, Agreste (Licence Ouverte 2.0), WIOD 2016 (CC BY "
        "4.0). A model's estimates, not a survey of this place.",
        "Ressort {0}. Données : Insee, IGN, DILA, Agreste (Licence Ouverte 2.0), WIOD 2016 (CC BY "
        "4.0). Estimations d'un modèle, non une enquête sur ce lieu.",
    ),
    "written": ("portrait in {0}", "portrait dans {0}"),
}


_SET_OFF: Final = re.compile("(?<=«) | (?=[;:?!%»])")


class Speaker(words.Words):
    """Texts and numbers of a portrait in one language."""

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in; no line begins with a sign that French sets off."""
        text = _TEXTS[key][self.column].format(*values)
        if self.language == "fr":
            text = _SET_OFF.sub(words.NARROW, text)
        return text

    def branch(self, name: str) -> str:
        """Return the name of a branch or of a kind of shop."""
        if name not in BRANCHES:
            return self(name)
        traits = branch_traits()
        return (traits.label_en, traits.label_fr)[self.column][INDEX[name]]

    def need(self, name: str) -> str:
        """Return the name of a need."""
        return words.Words(self.language)(name)

    def amount(self, value: float) -> str:
        """Return a number with the digits that it deserves: 0.31, 4.6, 120.

        >>> Speaker("en").amount(0.3142), Speaker("en").amount(12.3), Speaker("fr").amount(2e7)
        ('0.31', '12.3', '20,0 millions')
        """
        if value >= 1e6:
            return self("million", self.number(value / 1e6, 1))
        if value == int(value):
            return self.number(value)
        return self.number(value, 2 if value < 1 else 1 if value < 100 else 0)

    def rate(self, value: float) -> str:
        """Return jobs per 1,000 inhabitants, with one digit, or two under 1."""
        return self.number(value, 2 if 0 < value < 1 else 1)

    def share(self, value: float) -> str:
        """Return a share in percent; what is small and not zero does not become zero.

        >>> Speaker("en").share(0.004), Speaker("en").share(0.0), Speaker("en").share(0.42)
        ('0.4%', '0%', '42%')
        """
        if 0 < value < 0.0005:
            return self("tiny", self.percent(0.001, 1))
        return self.percent(value, 1 if 0 < value < 0.0995 else 0)

    def measured(self, measure: Measure, value: float) -> str:
        """Return a value of a measure: people, land and counts in full, shares in percent."""
        if measure.unit == "share":
            return self.share(value)
        if measure.name in ("density", "jobs"):
            return self.number(value, 1 if value < 10 else 0)
        if measure.name in ("population", "communes", "farmland", "area") and value < 1e7:
            return self.number(value, 1 if value < 10 and value != int(value) else 0)
        return self.amount(value)

    def days(self, value: float) -> str:
        """Return a number of days, rounded; "no limit" where it is infinite."""
        if value == float("inf"):
            return self("no limit")
        if 0 < value < 0.05:
            return self("tiny", self.number(0.1, 1))
        return self.number(value, 1 if 0 < value < 2.95 else 0)
