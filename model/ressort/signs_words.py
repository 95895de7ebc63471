"""The words of the sign table and of arms, in English and French."""

from __future__ import annotations

from typing import Final

from ressort.words import LANGUAGES

_TEXTS: Final = {
    "title": (
        "Signs of cooperation by class of shock",
        "Signes de la coopération par type de choc",
    ),
    "place": (
        "{0}; seeds: {1}; households per household agent: {2}",
        "{0} ; tirages : {1} ; ménages par agent-ménage : {2}",
    ),
    "read": (
        "Change against the arm named, on the same people, luck and shocks: median over seeds, in "
        "brackets the {0} interval of the median (sign test). + helps: less unmet need, more value "
        "added. Equal: within {1} (value added: {2} of normal). "
        "Where unmet need does not move, value added decides.",
        "Changement par rapport au bras nommé, mêmes personnes, hasard et chocs : médiane des "
        "tirages, entre crochets l'intervalle à {0} de la médiane (test du signe). + aide : moins "
        "de besoins non couverts, plus de valeur ajoutée. Égal : à {1} près (valeur ajoutée : {2} "
        "de la normale). Si les besoins ne bougent pas, la valeur ajoutée décide.",
    ),
    "few": (
        "{0} seeds are too few for a 90% interval: take 5 or more. All verdicts are undetermined.",
        "{0} tirages ne suffisent pas à un intervalle à 90 % : en prendre 5 ou plus. Tous les "
        "verdicts sont indéterminés.",
    ),
    "scope": (
        "Words to use: with these rules and settings, it helped in x % of draws for this shock. "
        "Results of a model, not a forecast.",
        "À dire ainsi : avec ces règles et réglages, elle a aidé dans x % des tirages pour ce "
        "choc. Résultats d'un modèle, pas une prévision.",
    ),
    "skipped": ("{0}: not in this version ({1})", "{0} : absent de cette version ({1})"),
    "failed": ("failed cells: {0}; the first: {1}", "cellules en échec : {0} ; la première : {1}"),
    "cells": ("cells done: {0} of {1}", "cellules faites : {0} sur {1}"),
    "running": (
        "running mechanisms: {0}, classes of shock: {1}, seeds: {2}",
        "calcul, mécanismes : {0}, types de choc : {1}, tirages : {2}",
    ),
    "kept": (
        "interrupted; what is done is kept in {0}: run the same again to go on",
        "interrompu ; ce qui est fait est gardé dans {0} : relancer pour continuer",
    ),
    "written": ("results in {0}", "résultats dans {0}"),
    "mechanism": ("mechanism", "mécanisme"),
    "against": ("against", "comparé à"),
    "shock": ("shock", "choc"),
    "members": ("members", "membres"),
    "others": ("others", "autres"),
    "total": ("total", "total"),
    "needs": ("unmet need", "besoins non couverts"),
    "output": ("value added", "valeur ajoutée"),
    "closed": ("closures", "fermetures"),
    "share": ("better/worse/equal", "mieux/pire/égal"),
    "expected": ("expected", "attendu"),
    "found": ("found", "trouvé"),
    "verdict": ("verdict", "verdict"),
    "agrees": ("agrees", "conforme"),
    "deviates": ("deviates", "non conforme"),
    "undetermined": ("undetermined", "indéterminé"),
    "open": ("open", "ouvert"),
    "by output": ("by value added", "par la valeur ajoutée"),
    "why": ("why", "pourquoi"),
    "legend +": ("helps", "aide"),
    "legend -": ("hurts", "nuit"),
    "legend 0": ("no change", "sans effet"),
    "legend ?": ("undetermined", "indéterminé"),
    "legend x": ("not as expected", "non conforme à l'attente"),
    "caption": (
        "{0}. Seeds: {1}. Mark: sign of the 90% interval of the median paired change, all "
        "residents; beside it the sign expected (? none). Ressort {2}. A model, not a forecast.",
        "{0}. Tirages : {1}. Marque : signe de l'intervalle à 90 % du changement médian, tous "
        "les habitants ; à côté, le signe attendu (? aucun). Ressort {2}. Un modèle, pas une "
        "prévision.",
    ),
    "arm": ("arm", "bras"),
    "not neutral": (
        "not resource-neutral: {0} EUR came from outside (median over seeds)",
        "non neutre en ressources : {0} € sont venus de l'extérieur (médiane des tirages)",
    ),
    "arms title": (
        "Arms of {0} against the arm without cooperation",
        "Bras de {0} par rapport au bras sans coopération",
    ),
    "exports": ("customers beyond get, EUR", "reçu par les clients voisins, €"),
}


class SignWords:
    """Texts of the sign table in one language: `words(key, *values)`."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.column = LANGUAGES.index(language)

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in."""
        return _TEXTS[key][self.column].format(*values)
