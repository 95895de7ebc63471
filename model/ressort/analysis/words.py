"""The words of analyses, in English and French."""

from __future__ import annotations

import math
from typing import Final

from ressort.analysis.bootstrap import Interval
from ressort.words import LANGUAGES, Words

_TEXTS: Final = {
    "title": (
        "{0}: {1} ({2}); runs: {3} of {4}, points: {5}, draws: {6}",
        "{0} : {1} ({2}) ; simulations : {3} sur {4}, points : {5}, tirages : {6}",
    ),
    "less": ("“{0}” less “{1}”", "« {0} » moins « {1} »"),
    "lower is better": ("lower is better", "moins vaut mieux"),
    "higher is better": ("higher is better", "plus vaut mieux"),
    "describes": ("neither more nor less is better", "ni plus ni moins ne vaut mieux"),
    "restricted": (
        "Times that the horizon cut off count as {0} days, but for the paired difference.",
        "Les durées coupées par l'horizon comptent {0} jours, sauf dans l'écart apparié.",
    ),
    "missing": ("not done: {0}", "non fait : {0}"),
    "differences": ("Paired difference", "Écart apparié"),
    "convergence": ("Convergence", "Convergence"),
    "sensitivity": ("Sensitivity", "Sensibilité"),
    "scoring": ("Feature scores", "Scores des facteurs"),
    "discovery": ("Discovery", "Découverte"),
    "emulator": ("Emulator", "Émulateur"),
    "survival": ("Times until the end", "Durées jusqu'au terme"),
    "in all": ("in all", "ensemble"),
    "point": ("point {0}", "point {0}"),
    "mean": ("mean", "moyenne"),
    "median": ("median", "médiane"),
    "shares": ("better/worse/equal", "mieux/pire/égal"),
    "shares unknown": ("better/worse/equal/unknown", "mieux/pire/égal/inconnu"),
    "lower shares": ("lower/higher/equal", "moins/plus/égal"),
    "lower shares unknown": ("lower/higher/equal/unknown", "moins/plus/égal/inconnu"),
    "more points": (
        "... and {0} more points: --out DIR writes them all",
        "... et {0} autres points : --out DOSSIER les écrit tous",
    ),
    "intervals": (
        "In brackets 90% intervals, draws resampled; each point has the same weight. Equal: within "
        "{0} of the larger side{1}.",
        "Entre crochets les intervalles à 90 %, tirages rééchantillonnés ; chaque point a le même "
        "poids. Égal : à {0} près du plus grand des deux{1}.",
    ),
    "or absolute": (", or {0}", ", ou {0}"),
    "few draws": (
        "With fewer than {0} draws there is no interval.",
        "À moins de {0} tirages, pas d'intervalle.",
    ),
    "censored": (
        "In {0} pairs the horizon ended first in one arm (a sign, no size), in {1} in both "
        "(neither). No mean is given: of the others alone it would flatter. See survival.",
        "Dans {0} paires l'horizon a coupé un bras (un signe, pas de taille), dans {1} les deux "
        "(ni l'un ni l'autre). Pas de moyenne : celle des autres seules flatterait. Voir survival.",
    ),
    "undefined": (
        "{0} pairs are left out: the metric means nothing there.",
        "{0} paires sont omises : la mesure n'y a pas de sens.",
    ),
    "say": (
        "Words to use: with these rules and settings, “{0}” was better than “{1}” in {2} of pairs. "
        "Results of a model, not a forecast.",
        "À dire ainsi : avec ces règles et réglages, « {0} » a fait mieux que « {1} » dans {2} des "
        "paires. Résultats d'un modèle, pas une prévision.",
    ),
    "say nothing": (
        "{0} describes: that it is lower or higher is no gain and no loss.",
        "{0} décrit : plus haut ou plus bas n'est ni un gain ni une perte.",
    ),
    "widths": ("width of the 90% interval of the mean", "largeur de l'intervalle à 90 %"),
    "draws": ("draws", "tirages"),
    "law": (
        "Law fitted: width = {0} / √draws; the last width lies {1} from it.",
        "Loi ajustée : largeur = {0} / √tirages ; la dernière largeur s'en écarte de {1}.",
    ),
    "needed": (
        "A width of {0} needs about {1} draws by that law (there are {2}).",
        "Une largeur de {0} demande environ {1} tirages selon cette loi (il y en a {2}).",
    ),
    "factor": ("factor", "facteur"),
    "noise": ("without effect", "sans effet"),
    "index": ("index", "indice"),
    "value": ("value [over draws]", "valeur [selon les tirages]"),
    "sampled": ("± over points", "± selon les points"),
    "read morris": (
        "mu_star: mean size of the effect over the whole range; sigma: how much it depends on the "
        "other factors, or bends. 'Without effect': what seeds alone would show.",
        "mu_star : taille moyenne de l'effet sur toute la plage ; sigma : sa dépendance aux autres "
        "facteurs, ou sa courbure. « Sans effet » : ce que montreraient les tirages seuls.",
    ),
    "read shares": (
        "S1: share of the variance between points by the factor alone; ST: with all it interacts "
        "with. 'Without effect': what seeds alone would show.",
        "S1 : part de la variance entre points due au facteur seul ; ST : avec ses interactions. "
        "« Sans effet » : ce que montreraient les tirages seuls.",
    ),
    "no indices": (
        "This design gives no indices (morris, saltelli or a full factorial do): see scores.",
        "Ce plan ne donne pas d'indices (morris, saltelli ou un factoriel complet oui) : voir les "
        "scores.",
    ),
    "lost": (
        "{0} points are left out: runs of their trajectory or sample failed or are not done.",
        "{0} points sont omis : leur trajectoire ou échantillon a des simulations manquantes.",
    ),
    "of seeds": (
        "Variance between runs: points {0}, seeds alone {1} (draws {2}, replicates {3}).",
        "Variance entre simulations : points {0}, tirages seuls {1} (tirages {2}, répliques {3}).",
    ),
    "of draws": (
        "Variance between runs: points {0}, seeds alone {1} (one replicate: people and luck "
        "together).",
        "Variance entre simulations : points {0}, tirages seuls {1} (une réplique : habitants et "
        "hasard ensemble).",
    ),
    "no noise": (
        "One draw: what seeds alone make of the variance is not known.",
        "Un seul tirage : la part des tirages dans la variance est inconnue.",
    ),
    "explained": (
        "The trees predict {0} of the variance between unseen points; no better than chance: {1}.",
        "Les arbres prédisent {0} de la variance entre points non vus ; pas mieux que le hasard : "
        "{1}.",
    ),
    "score": ("score", "score"),
    "baseline": ("shuffled copies", "copies mélangées"),
    "none": ("none", "aucun"),
    "and": (" and ", " et "),
    "is": ("{0} is {1}", "{0} vaut {1}"),
    "is not": ("{0} is not {1}", "{0} ne vaut pas {1}"),
    "helps": ("“{0}” does better than “{1}”", "« {0} » fait mieux que « {1} »"),
    "box": (
        "{0} where {1}: {2} of runs there (coverage {3}), {4} elsewhere; on points left out {5}.",
        "{0} là où {1} : {2} des simulations (couverture {3}), {4} ailleurs ; sur points laissés "
        "de côté {5}.",
    ),
    "box size": (
        "The box holds {0} of {1} points; the condition holds in {2} of all runs; draws: {3}.",
        "La boîte contient {0} des {1} points ; la condition tient dans {2} des simulations ; "
        "tirages : {3}.",
    ),
    "no box": (
        "{0}: nothing found; no box holds up on points left out (in all: {1} of runs).",
        "{0} : rien trouvé ; aucune boîte ne tient sur les points laissés de côté (ensemble : {1} "
        "des simulations).",
    ),
    "open": (
        "{0} runs leave the condition open (censored or undefined) and are left out.",
        "{0} simulations laissent la condition ouverte (coupées ou sans valeur) et sont omises.",
    ),
    "error": (
        "Error at points left out: {0} (points differ by {1}, seeds leave {2}); it predicts {3} of "
        "the variance. In its 90% interval lie {4} of them.",
        "Erreur aux points laissés de côté : {0} (les points diffèrent de {1}, les tirages "
        "laissent {2}) ; il prédit {3} de la variance. Son intervalle à 90 % en contient {4}.",
    ),
    "no emulator": (
        "Do not use it: it predicts next to nothing, or its intervals are too narrow.",
        "Ne pas l'utiliser : il ne prédit presque rien, ou ses intervalles sont trop étroits.",
    ),
    "lengths": ("Lengths, in ranges: {0}.", "Longueurs, en plages : {0}."),
    "arm": ("arm", "bras"),
    "restricted mean": ("mean up to day {0}", "moyenne jusqu'au jour {0}"),
    "waiting": ("beyond day {0}", "au-delà du jour {0}"),
    "difference": ("difference", "écart"),
    "logrank": (
        "Log-rank test: p = {0}, as if arms were not paired and runs independent; the interval of "
        "the difference is what counts.",
        "Test du log-rank : p = {0}, comme si les bras n'étaient pas appariés et les simulations "
        "indépendantes ; c'est l'intervalle de l'écart qui compte.",
    ),
    "beyond": ("beyond", "au-delà"),
    "unknown": ("?", "?"),
    "written": ("results in {0}", "résultats dans {0}"),
    "wait axis": ("share of runs still waiting", "part des simulations en attente"),
    "day axis": ("days after the shock", "jours après le choc"),
    "figure": (
        "{0}, {1}; {2}. 90% intervals, draws resampled. Ressort {3}. A model, not a forecast.",
        "{0}, {1} ; {2}. Intervalles à 90 %, tirages rééchantillonnés. Ressort {3}. Un modèle, pas "
        "une prévision.",
    ),
    "width panel": ("Interval width, mean", "Largeur, moyenne"),
    "law line": ("{0} / √draws", "{0} / √tirages"),
}
_UNITS: Final = {
    "person-days": "jours-personnes",
    "days": "jours",
    "days a person": "jours par personne",
    "share": "part",
    "share/day": "part/jour",
    "EUR": "€",
    "EUR/inhabitant/year": "€/habitant/an",
    "EUR/inhabitant": "€/habitant",
}
DIGITS: Final = 3
LEAST: Final = 1e-9  # what nine digits can show


class AnalysisWords:
    """Texts and numbers of analyses in one language: `words(key, *values)`."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.column = LANGUAGES.index(language)
        self.plain = Words(language)

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in."""
        return _TEXTS[key][self.column].format(*values)

    def unit(self, unit: str) -> str:
        """Return a unit of a metric."""
        return _UNITS[unit] if self.language == "fr" else unit

    def number(self, value: float, *, signed: bool = False) -> str:
        """Return a number with three digits that count.

        What is less than nine digits can show is the rounding of sums, and 0.

        >>> AnalysisWords().number(-1234.5), AnalysisWords("fr").number(0.01234)
        ('−1,234', '0,0123')
        >>> AnalysisWords().number(-3e-12)
        '0.00'
        """
        if math.isnan(value):
            return self("unknown")
        if math.isinf(value):
            return ("−" if value < 0 else "+" if signed else "") + self("beyond")
        size = math.floor(math.log10(abs(value))) if abs(value) >= LEAST else 0
        return self.plain.number(value, min(9, max(0, DIGITS - 1 - size)), signed=signed)

    def interval(self, found: Interval, *, signed: bool = False) -> str:
        """Return an estimate and its interval, if it has one."""
        text = self.number(found.value, signed=signed)
        if math.isnan(found.low) or math.isnan(found.high):
            return text
        ends = (self.number(end, signed=signed) for end in (found.low, found.high))
        return f"{text} [{'; '.join(ends)}]"

    def share(self, found: Interval) -> str:
        """Return a share and its interval in percent."""
        if math.isnan(found.value):
            return self("unknown")
        text = self.plain.percent(found.value)
        if math.isnan(found.low):
            return text
        low, high = (self.plain.number(100 * end) for end in (found.low, found.high))
        return f"{text} [{low}; {high}]"

    def percent(self, share: float) -> str:
        """Return a share in percent, "?" if it is not known."""
        return self("unknown") if math.isnan(share) else self.plain.percent(share)
