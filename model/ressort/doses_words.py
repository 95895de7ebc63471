"""The words of the dose curve, in English and French."""

from __future__ import annotations

from typing import Final

from ressort.signs_words import SignWords

_TEXTS: Final = {
    "title": (
        "Local currency by dose: {0}",
        "Monnaie locale selon la dose : {0}",
    ),
    "curve": ("Local currency by dose", "Monnaie locale selon la dose"),
    "place": (
        "{0}; seeds: {1}; households per household agent: {2}; needs unmet without a currency: {3} "
        "days a person",
        "{0} ; tirages : {1} ; ménages par agent-ménage : {2} ; besoins non couverts sans "
        "monnaie : {3} jours par personne",
    ),
    "usual": (
        "the scenario has no [currency]: one of usual values is taken (adoption {0}, firms {1})",
        "le scénario n'a pas de [currency] : valeurs usuelles (adhésion {0}, établissements {1})",
    ),
    "running": (
        "running doses: {0}, seeds: {1}",
        "calcul, doses : {0}, tirages : {1}",
    ),
    "both": ("people and firms alike", "habitants et établissements, à parts égales"),
    "people": ("people alone (firms {1})", "habitants seuls (établissements {1})"),
    "firms": ("firms alone (people {0})", "établissements seuls (habitants {0})"),
    "dose": ("dose", "dose"),
    "all": ("all", "tous"),
    "members": ("members", "adhérents"),
    "others": ("others", "autres"),
    "needs panel": ("Unmet need, change", "Besoins non couverts, variation"),
    "output panel": ("Value added, change", "Valeur ajoutée, variation"),
    "needs of": ("unmet need, all", "besoins non couverts, tous"),
    "output of": ("value added", "valeur ajoutée"),
    "read doses": (
        "Change against the same scenario without the currency, %: median over seeds, in brackets "
        "the {0} interval of the median (sign test). Value added: of normal. Members: those who "
        "take part at that dose, the same people in both; they differ from dose to dose.",
        "Variation par rapport au même scénario sans la monnaie, % : médiane des tirages, entre "
        "crochets l'intervalle à {0} de la médiane (test du signe). Valeur ajoutée : de la "
        "normale. Adhérents : ceux de cette dose, les mêmes dans les deux cas ; ils diffèrent "
        "d'une dose à l'autre.",
    ),
    "nothing lacks": (
        "no need goes unmet without a currency, so none can be met better",
        "aucun besoin ne manque sans monnaie : aucun ne peut être mieux couvert",
    ),
    "sign 0": ("within {0} at {1}", "à {0} près à {1}"),
    "sign +": ("lower by more than that at {0}", "en baisse de plus que cela à {0}"),
    "sign -": ("higher by more than that at {0}", "en hausse de plus que cela à {0}"),
    "sign ?": ("neither for certain at {0}", "ni l'un ni l'autre avec certitude à {0}"),
    "says": ("Unmet need of all, {0}: {1}.", "Besoins non couverts de tous, {0} : {1}."),
    "reach": (
        "At {0} of people, the reach of the Eusko ({1} of firms), unmet need of all changes by "
        "{2}%: {3}.",
        "À {0} des habitants, la portée de l'Eusko ({1} des établissements), les besoins non "
        "couverts de tous changent de {2} % : {3}.",
    ),
    "reach 0": ("small, within the margin of {0}", "peu, dans la marge de {0}"),
    "reach +": ("more than the margin of {0}, for the better", "plus que la marge de {0}, en bien"),
    "reach -": ("more than the margin of {0}, for the worse", "plus que la marge de {0}, en mal"),
    "reach ?": (
        "seeds do not tell whether that is within the margin of {0}",
        "les tirages ne disent pas si c'est dans la marge de {0}",
    ),
    "few doses": (
        "{0} seeds are too few for a 90% interval: take 5 or more.",
        "{0} tirages ne suffisent pas à un intervalle à 90 % : en prendre 5 ou plus.",
    ),
    "model": (
        "Results of a model, not a forecast.",
        "Résultats d'un modèle, pas une prévision.",
    ),
    "and": ("and", "et"),
    "axis both": ("members and firms that accept", "adhérents et établissements qui acceptent"),
    "axis people": ("residents who are members", "habitants adhérents"),
    "axis firms": ("firms that accept", "établissements qui acceptent"),
    "reach mark": ("Eusko", "Eusko"),
    "margin": ("margin: counts as no change", "marge : compte comme aucun changement"),
    "caption": (
        "{0}. Seeds: {1}; households per household agent: {2}. Lines: medians of paired changes "
        "against no currency; bands: middle 80% of seeds; value added: all firms, share of normal. "
        "Axis of doses: square root. Ressort {3}. A model, not a forecast.",
        "{0}. Tirages : {1} ; ménages par agent-ménage : {2}. Lignes : médianes des écarts "
        "appariés avec l'absence de monnaie ; bandes : 80 % centraux ; valeur ajoutée : tous les "
        "établissements, part de la normale. Axe des doses : racine carrée. Ressort {3}. Un "
        "modèle, pas une prévision.",
    ),
}


class DoseWords(SignWords):
    """Texts of the dose curve in one language, those of the sign table among them."""

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in."""
        if key in _TEXTS:
            return _TEXTS[key][self.column].format(*values)
        return super().__call__(key, *values)
