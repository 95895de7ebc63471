"""The words and numbers that users read, in English and French."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "fr")
NARROW: Final = "\u202f"  # French sets off thousands, % and : by a narrow space

# By key: English, French. {0}, {1} ... are filled in.
_TEXTS: Final = {
    # progress
    "compiling": (
        "compiling the rules, once: about 15 s",
        "compilation des règles, une seule fois : 15 s environ",
    ),
    "running": (
        "running with and without cooperation, seeds: {0}",
        "calcul avec et sans coopération, tirages : {0}",
    ),
    "seeds done": ("seeds done: {0} of {1}", "tirages faits : {0} sur {1}"),
    "interrupted": (
        "interrupted; nothing was written",
        "interrompu ; rien n'a été écrit",
    ),
    # federation
    "federation running": ("running the forms, seeds: {0}", "calcul des formes, tirages : {0}"),
    "federation with": (
        "each unit has the SCIC and measures of the file (--no-cooperation leaves them out)",
        "chaque unité a la SCIC et les mesures du fichier (--no-cooperation les retire)",
    ),
    "federation without": (
        "the units have no SCIC and no measures (--cooperation gives them those of the file)",
        "les unités n'ont ni SCIC ni mesure (--cooperation leur donne celles du fichier)",
    ),
    "federation form": ("Form (medians over seeds)", "Forme (médianes des tirages)"),
    "federation single": ("one territory", "un seul territoire"),
    "federation isolated": ("units alone", "unités isolées"),
    "federation federated": ("units federated", "unités fédérées"),
    "federation worst": ("Unmet in the worst unit", "Dont l'unité la plus touchée"),
    "federation note": (
        "In one territory trade between communes is internal: its calm state differs too.",
        "En un seul territoire, les échanges entre communes sont internes : l'état calme diffère.",
    ),
    # table
    "arm with": ("with cooperation", "avec coopération"),
    "arm without": ("without", "sans"),
    "difference": ("difference", "écart"),
    "m3_depth": ("Deepest fall of worst-met need, %", "Creux du besoin le moins couvert, %"),
    "m3_depth_output": ("Deepest fall of value added, %", "Creux de la valeur ajoutée, %"),
    "m4_unmet_person_days": ("Needs unmet,{0} person-days", "Besoins non couverts,{0} jours-pers."),
    "unmet_per_member": ("... of members, days a person", "... des membres, jours par pers."),
    "unmet_per_other": ("... of others, days a person", "... des autres, jours par personne"),
    "output_lost_members": ("Value added lost by members, %", "Val. ajoutée perdue, membres, %"),
    "output_lost_others": ("... by other firms, %", "... par les autres, %"),
    "m6_days_to_recover": ("Days to recover 95% of needs", "Jours de retour à 95 % des besoins"),
    "cost_eur_per_head_year": ("Running cost, EUR/head/year", "Coût courant, €/habitant/an"),
    "setup_eur_per_head": ("Bought before day 0, EUR/head", "Mise de départ, €/habitant"),
    "thousands": (" thousand", " milliers de"),
    "millions": (" million", " millions de"),
    "lower": ("lower with cooperation", "plus bas avec coopération"),
    "higher": ("higher with cooperation", "plus haut avec coopération"),
    "equal": ("no difference", "aucun écart"),
    "negligible": ("negligible difference", "écart négligeable"),
    "unclear": ("no clear difference", "pas d'écart net"),
    "few": ("too few seeds to tell", "trop peu de tirages pour conclure"),
    "place": (
        "{0}: {1} inhabitants, communes: {2}; jobs by branch {3}",
        "{0} : {1} habitants, communes : {2} ; emplois par branche {3}",
    ),
    "observed": ("observed", "observés"),
    "estimated": ("estimated", "estimés"),
    "resolution": (
        "{0} days, {1}; seeds: {2}; households per household agent: {3}; {4} household agents, "
        "{5} establishments",
        "{0} jours, {1} ; tirages : {2} ; ménages par agent-ménage : {3} ; {4} agents-ménages, "
        "{5} établissements",
    ),
    "shock days": ("shock on days {0} to {1}", "choc du jour {0} au jour {1}"),
    "at random": ("shocks at random from day {0} on", "chocs au hasard à partir du jour {0}"),
    "no shock": ("no shock", "aucun choc"),
    "interval": (
        "Medians over seeds; in brackets the {0} interval of the median (sign test), for the "
        "difference seed by seed.",
        "Médianes sur les tirages ; entre crochets, l'intervalle à {0} de la médiane (test du "
        "signe), pour l'écart tirage par tirage.",
    ),
    "range": (
        "Medians over seeds; in brackets their range. {0} seeds are too few for a 95% interval: "
        "take 6 or more.",
        "Médianes sur les tirages ; entre crochets, leur étendue. {0} tirages ne suffisent pas à "
        "un intervalle à 95 % : en prendre 6 ou plus.",
    ),
    "one seed": (
        "One seed: nothing can be said of chance; take 6 seeds or more.",
        "Un seul tirage : rien ne peut être dit du hasard ; en prendre 6 ou plus.",
    ),
    "censored": (
        "Not back within {0} days of the shock: {1} of {2} seeds with cooperation, {3} without.",
        "Pas de retour dans les {0} jours après le choc : {1} tirages sur {2} avec coopération, "
        "{3} sans.",
    ),
    "no scic": (
        "In {0} of {1} seeds no establishment is drawn as a member: there is no SCIC in either "
        "arm, and no difference.",
        "Dans {0} tirages sur {1}, aucun établissement n'est tiré comme membre : il n'y a de SCIC "
        "dans aucun bras, donc aucun écart.",
    ),
    "not neutral": (
        "Not resource-neutral: with cooperation, goods, money or credit come from outside.",
        "Ressources inégales : avec coopération, biens, argent ou crédit viennent de l'extérieur.",
    ),
    "unknown": ("unknown", "inconnu"),
    "scope": (
        "Each need counts by itself: a person short of two needs counts twice. Running cost: what "
        "members and residents pay for cooperation without the shock. Results of a model, not a "
        "forecast.",
        "Chaque besoin compte à part : qui manque de deux besoins compte deux fois. Coût courant : "
        "ce que sociétaires et habitants paient pour la coopération sans le choc. Résultats d'un "
        "modèle, pas une prévision.",
    ),
    "replacing": (
        "replacing results of {0} of {1} in {2}",
        "remplacement des résultats de {0} du {1} dans {2}",
    ),
    "written": ("results in {0}", "résultats dans {0}"),
    # figure
    "needs panel": (
        "Worst-met need: share met, mean over people",
        "Besoin le moins couvert : part satisfaite, moyenne des habitants",
    ),
    "output panel": ("Value added, % of no shock", "Valeur ajoutée,\n% du niveau sans choc"),
    "need panel": ("{0}, % met", "{0}, % couvert"),
    "days": ("days since the shock began", "jours depuis le début du choc"),
    "shock": ("shock", "choc"),
    "paired panel": (
        "Change with cooperation, % of the median without",
        "Changement avec coopération, % de la médiane sans",
    ),
    "caption": (
        "Lines: medians over {0} seeds; bands: middle 80% of seeds. Dots: median paired "
        "difference, bars: {1}. Households per household agent: {2}; jobs by branch "
        "{3}. Scenario {4}, Ressort {5}. Data: INSEE, IGN, DILA, Agreste (Licence Ouverte 2.0), "
        "WIOD 2016 (CC BY 4.0). A model, not a forecast.",
        "Lignes : médianes sur {0} tirages ; bandes : 80 % centraux. Points : écart médian "
        "tirage par tirage, barres : {1}. Ménages par agent-ménage : {2} ; "
        "emplois par branche {3}. Scénario {4}, Ressort {5}. Données : INSEE, IGN, DILA, Agreste "
        "(Licence Ouverte 2.0), WIOD 2016 (CC BY 4.0). Un modèle, pas une prévision.",
    ),
    "bars": ("its {0} interval", "son intervalle à {0}"),
    "grey bars": (
        "its range, in grey: seeds are too few for a 95% interval, take 6 or more",
        "son étendue, en gris : trop peu de tirages pour un intervalle à 95 %, en prendre 6 ou "
        "plus",
    ),
    "short m3_depth": ("Deepest fall of needs", "Creux des besoins"),
    "short m4_unmet_person_days": ("Needs unmet", "Besoins non couverts"),
    "short m4_unmet_worst_tenth": ("... of the worst-off tenth", "... du dixième le plus touché"),
    "short m6_days_to_recover": ("Days to recover needs", "Jours de retour des besoins"),
    "short m3_depth_output": ("Deepest fall of value added", "Creux de la valeur ajoutée"),
    "water": ("Water", "Eau"),
    "food": ("Food", "Alimentation"),
    "energy": ("Energy", "Énergie"),
    "care": ("Care", "Soins"),
    "medicine": ("Medicine", "Médicaments"),
    "shelter": ("Upkeep of homes", "Entretien du logement"),
    "mobility": ("Mobility", "Mobilité"),
    "communication": ("Communication", "Communication"),
}


# By key: English singular and plural, French singular and plural.
_NOUNS: Final = {
    "day": ("day", "days", "jour", "jours"),
    "year": ("year", "years", "année", "années"),
    "household": ("household", "households", "ménage", "ménages"),
    "seed": ("seed", "seeds", "tirage", "tirages"),
}


class Words:
    """Texts and numbers in one language: `words(key, *values)`, `words.number(0.5)`."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.column = LANGUAGES.index(language)

    def __call__(self, key: str, *values: object) -> str:
        """Return the text of a key, filled in."""
        return _TEXTS[key][self.column].format(*values)

    def number(self, value: float, digits: int = 0, *, signed: bool = False) -> str:
        """Return a number with separated thousands, a decimal sign and a true minus.

        >>> Words("fr").number(-12345.67, 1), Words("en").number(3, signed=True)
        ('−12\\u202f345,7', '+3')
        """
        text = f"{abs(value):,.{digits}f}"
        if self.language == "fr":
            text = text.replace(",", NARROW).replace(".", ",")
        is_zero = not any(c in text for c in "123456789")
        sign = "" if is_zero else "−" if value < 0 else "+" if signed else ""
        return sign + text

    def counted(self, value: float, noun: str, digits: int = 0) -> str:
        """Return a number with what it counts, in singular or plural.

        >>> Words("en").counted(1, "day"), Words("fr").counted(1.5, "year", 1)
        ('1 day', '1,5 année')
        """
        many = value >= 2 if self.language == "fr" else value != 1
        return f"{self.number(value, digits)} {_NOUNS[noun][2 * self.column + many]}"

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share as a percentage.

        >>> Words("en").percent(0.25)
        '25%'
        """
        space = NARROW if self.language == "fr" else ""
        return f"{self.number(100 * share, digits)}{space}%"
