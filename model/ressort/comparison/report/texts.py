"""What a report says, in English and French, by key; {0}, {1} ... are filled in."""

from __future__ import annotations

from typing import Final

from ressort.comparison.report.texts_of_figures import TEXTS as OF_FIGURES
from ressort.comparison.report.texts_of_sources import TEXTS as OF_SOURCES

TEXTS: Final = {
    **OF_FIGURES,
    **OF_SOURCES,
    # page
    "report": ("Recovery with and without cooperation", "Se relever avec et sans coopération"),
    "over": ("Ressort: report of a comparison", "Ressort : rapport de comparaison"),
    "lead": (
        "{0}. {1} of {2} runs done, {3} draws of people and establishments; ressort {4}, {5}.",
        "{0}. {1} simulations faites sur {2}, {3} tirages d'habitants et d'établissements ; "
        "ressort {4}, {5}.",
    ),
    "contents": ("Contents", "Sommaire"),
    "table of": ("Numbers of this figure", "Nombres de cette figure"),
    "and": ("and", "et"),
    "colon": (":", " :"),
    "quoted": ("“{0}”", "« {0} »"),
    "percent": ("{0}%", "{0} %"),
    "interval": ("{0} to {1}", "{0} à {1}"),
    "points": ("{0} pts", "{0} pts"),
    "from nothing": ("from nothing", "à partir de rien"),
    "billions": ("{0} bn", "{0} Md"),
    "millions short": ("{0} M", "{0} M"),
    "thousands short": ("{0} k", "{0} k"),
    "unit days": ("days", "jours"),
    "unit EUR": ("EUR", "€"),
    "unit EUR/head/year": ("EUR/head/year", "€/hab./an"),
    "unit share": ("", ""),
    "sign +": ("+ helps", "+ aide"),
    "sign -": ("− hurts", "− nuit"),
    "sign 0": ("0 no change", "0 sans effet"),
    "sign ?": ("? not settled", "? indécis"),
    # warnings
    "other version": (
        "These results were made by ressort {0}; this report is by ressort {1}. Rules may differ "
        "between the two: the numbers are those of version {0}.",
        "Ces résultats viennent de ressort {0} ; ce rapport est fait par ressort {1}. Les règles "
        "peuvent différer : les nombres sont ceux de la version {0}.",
    ),
    "not all": (
        "Only {0} of {1} runs are done ({2} failed). What follows is about those alone; if many "
        "failed, they may not be like the others.",
        "Seules {0} simulations sur {1} sont faites ({2} en échec). La suite ne parle que de "
        "celles-là ; si beaucoup ont échoué, elles peuvent différer des autres.",
    ),
    "one arm": (
        "There is only one arm, “{0}”: nothing can be compared. What it lived through is shown.",
        "Il n'y a qu'un bras, « {0} » : rien ne peut être comparé. Ce qu'il a vécu est montré.",
    ),
    "no reference": (
        "The reference arm “{0}” is not in this batch (arms: {1}): no difference can be given. "
        "Each arm is shown by itself.",
        "Le bras de référence « {0} » manque dans ce lot (bras : {1}) : aucun écart ne peut être "
        "donné. Chaque bras est montré seul.",
    ),
    "reference unknown": (
        "No arm of this batch is the one without cooperation (arms: {1}): no difference can be "
        "given. Each arm is shown by itself.",
        "Aucun bras de ce lot n'est celui sans coopération (bras : {1}) : aucun écart ne peut être "
        "donné. Chaque bras est montré seul.",
    ),
    "one seed": (
        "One draw only: values are shown, without intervals. Nothing can be said of chance.",
        "Un seul tirage : les valeurs sont montrées, sans intervalle. Rien ne peut être dit du "
        "hasard.",
    ),
    "few seeds": (
        "Some cases have too few draws (least: {0}) for an interval at 90%: 5 are needed.",
        "Certains cas ont trop peu de tirages (au moins : {0}) pour un intervalle à 90 % : il en "
        "faut 5.",
    ),
    "cells lacking": (
        "{0} of {1} points of the design have no run yet; they are left out.",
        "{0} points du plan sur {1} n'ont encore aucune simulation ; ils sont omis.",
    ),
    # answer
    "answer": ("The answer in one page", "La réponse en une page"),
    "asked": ("What was asked", "La question"),
    "asked text": (
        "{0}, facing: {1}. What changes with cooperation (“{2}”), against “{3}”? All arms live "
        "with the same people, establishments, luck and shocks; cooperation alone differs, and "
        "its cost is paid.",
        "{0}, face à : {1}. Que change la coopération (« {2} »), par rapport à « {3} » ? Tous les "
        "bras ont les mêmes habitants, établissements, hasards et chocs ; seule la coopération "
        "diffère, et son coût est payé.",
    ),
    "asked alone": (
        "{0}, facing: {1}. Without an arm to compare with, this does not say what cooperation "
        "changes.",
        "{0}, face à : {1}. Sans bras à comparer, ceci ne dit pas ce que change la coopération.",
    ),
    "territories n": ("{0} territories", "{0} territoires"),
    "shocks n": ("{0} kinds of shock", "{0} types de choc"),
    "came out": ("What came out", "Le résultat"),
    "came out begin": (
        "With these rules, cooperation (“{0}”) changed unmet need so (less is better; no change: "
        "within 2%):",
        "Avec ces règles, la coopération (« {0} ») a changé les besoins non couverts ainsi (moins "
        "vaut mieux ; rien changé : à 2 % près) :",
    ),
    "came out text": (
        "“{0}”: helped in {1} of draws, hurt in {2}, no change in {3}; {4}.",
        "« {0} » : a aidé dans {1} des tirages, nui dans {2}, rien changé dans {3} ; {4}.",
    ),
    "median said": (
        "median change {0}, 90% interval {1}",
        "changement médian {0}, intervalle à 90 % {1}",
    ),
    "median bare": ("median change {0}", "changement médian {0}"),
    "median over": (
        "medians {0} to {1} across territories",
        "médianes de {0} à {1} selon le territoire",
    ),
    "nothing lacked": (
        "“{0}”: next to nothing lacked in either arm; there is no unmet need to change.",
        "« {0} » : presque rien n'a manqué dans aucun bras ; pas de besoin non couvert à changer.",
    ),
    "losses": (
        "Where cooperation left more need unmet: {0}.",
        "Là où la coopération a laissé plus de besoins non couverts : {0}.",
    ),
    "no losses": (
        "In no case does the interval show that cooperation left more need unmet (total).",
        "Dans aucun cas l'intervalle ne montre que la coopération ait laissé plus de besoins non "
        "couverts (total).",
    ),
    "no intervals": (
        "There are too few draws for intervals: no sign is settled, gains and losses alike.",
        "Trop peu de tirages pour des intervalles : aucun signe n'est établi, ni gain ni perte.",
    ),
    "whom": ("For whom", "Pour qui"),
    "whom text": (
        "Median change of unmet need: of members {0}; of other residents {1}.",
        "Changement médian des besoins non couverts : membres, {0} ; autres habitants, {1}.",
    ),
    "across cases": ("{0} to {1} across cases", "{0} à {1} selon le cas"),
    "at their cost": (
        "Members gain and others lose in {0} of {1} cases: that is a shift, not resilience.",
        "Les membres gagnent et les autres perdent dans {0} cas sur {1} : un transfert, non de la "
        "résilience.",
    ),
    "outside": (
        "Customers outside get more in {0} of {1} cases and less in {2}.",
        "Les clients extérieurs reçoivent plus dans {0} cas sur {1}, moins dans {2}.",
    ),
    "no groups": (
        "Members and others are not told apart in these results.",
        "Ces résultats ne distinguent pas membres et autres.",
    ),
    "surely": ("How surely", "Avec quelle sûreté"),
    "surely text": (
        "Of {0} cases (territory and shock) the interval supports: helps {1}, hurts {2}, no "
        "change {3}; not settled {4}. Draws a case: {5}. Intervals tell of chance "
        "alone, not of doubt about the rules or the numbers put in.",
        "Sur {0} cas (territoire et choc), l'intervalle soutient : aide {1}, nuit {2}, sans effet "
        "{3} ; indécis {4}. Tirages par cas : {5}. Les intervalles ne disent que le "
        "hasard, non le doute sur les règles ou les données.",
    ),
    "never back": (
        "In {0} of the runs of “{1}” needs were not back within the days watched: they are "
        "counted as not recovered, not left out.",
        "Dans {0} des simulations de « {1} », les besoins ne sont pas revenus dans les jours "
        "observés : elles comptent comme non relevées, et ne sont pas écartées.",
    ),
    "all back": (
        "In all runs needs were back within the days watched.",
        "Dans toutes les simulations, les besoins sont revenus dans les jours observés.",
    ),
    "price": ("What it costs", "Ce que cela coûte"),
    "cost text": (
        "Running cost {0} EUR a head and year (median; {1} to {2} across cases), paid without the "
        "shock too.",
        "Coût courant {0} € par habitant et par an (médiane ; {1} à {2} selon les cas), payé même "
        "sans choc.",
    ),
    "calm text": (
        "Output of calm times changes by {0} EUR a head and year.",
        "La production des temps calmes change de {0} € par habitant et par an.",
    ),
    "no cost": ("The cost is not in these results.", "Le coût n'est pas dans ces résultats."),
    "words to use": (
        "Results of a model, not a forecast and not a survey of these places. To be said like "
        "this: “with these rules, cooperation helped in x% of draws for that shock”.",
        "Résultats d'un modèle, ni prévision ni enquête sur ces lieux. À dire ainsi : « avec ces "
        "règles, la coopération a aidé dans x % des tirages pour ce choc ».",
    ),
    # signs
    "signs": ("Signs: territory by shock", "Signes : territoires et chocs"),
    "signs note": (
        "Paired by draw. Unmet need: change relative to the other arm, less is better. Output: "
        "points of normal output. Recovery: days, difference of mean min(time, days watched), so "
        "that runs not back count. Sign: “+” or “−” if the whole interval lies on one side of 0 "
        "and the median beyond the margin; “0” if all of it lies within the margin; else “?”. "
        "Margin: 2%; of output 0.2% of normal.",
        "Apparié par tirage. Besoins non couverts : changement relatif à l'autre bras, moins vaut "
        "mieux. Production : points de la normale. Retour : jours, écart des moyennes de "
        "min(durée, jours observés), les simulations non revenues comptant. Signe : « + » ou "
        "« − » si tout l'intervalle est d'un côté de 0 et la médiane au-delà de la marge ; « 0 » "
        "s'il est tout entier dans la marge ; sinon « ? ». Marge : 2 % ; de la production, 0,2 % "
        "de la normale.",
    ),
    "names table": ("What names stand for", "Ce que désignent les noms"),
    "name": ("name", "nom"),
    "meaning": ("meaning", "sens"),
    "sign overview": (
        "Signs: unmet need of all residents; * where it does not move, of output",
        "Signes : besoins non couverts de tous ; * s'ils ne bougent pas, de la production",
    ),
    "output losses": (
        "Where need did not move and output fell with cooperation: {0}.",
        "Là où les besoins n'ont pas bougé et où la production a baissé avec la coopération : {0}.",
    ),
    "sign table": (
        "Unmet need of all residents, “{0}” against “{1}”",
        "Besoins non couverts de tous, « {0} » face à « {1} »",
    ),
    "more signs": (
        "Output and recovery, “{0}” against “{1}”",
        "Production et retour, « {0} » face à « {1} »",
    ),
    "no comparison": (
        "No arm without cooperation to compare with: there are no signs.",
        "Pas de bras sans coopération à comparer : il n'y a pas de signes.",
    ),
    "territory": ("Territory", "Territoire"),
    "shock": ("Shock", "Choc"),
    "case": ("Case", "Cas"),
    "arm": ("Arm", "Bras"),
    "median": ("median", "médiane"),
    "ninety": ("90% interval", "intervalle à 90 %"),
    "shares": ("better / equal / worse", "mieux / égal / pire"),
    "defined": ("draws with a lack", "tirages avec manque"),
    "sign": ("sign", "signe"),
    "output": ("Output", "Production"),
    "recovery": ("Recovery", "Retour"),
    "recovery mean": ("mean", "moyenne"),
    "censored": ("not back: {0} / {1}", "non revenues : {0} / {1}"),
    "cooperating": ("with", "avec"),
    "reference": ("reference", "référence"),
}
