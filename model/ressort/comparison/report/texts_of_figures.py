"""What figures and tables of a report say, in English and French; see `texts`."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # recovery curves
    "curves": ("Recovery, day by day", "Le retour, jour après jour"),
    "curves note": (
        "Share of needs met (the need that is met worst), relative to the same run without the "
        "shock. Lines: medians over draws; bands: 10% to 90% of draws (first two arms). Hatched: "
        "what is lost in “{0}” (resilience triangle of Bruneau et al. 2003); grey: days of the "
        "shock.",
        "Part des besoins couverts (le moins bien couvert), relative à la même simulation sans "
        "choc. Lignes : médianes des tirages ; bandes : 10 % à 90 % des tirages (deux "
        "premiers bras). Hachures : ce qui est perdu dans « {0} » (triangle de résilience de "
        "Bruneau et al. 2003) ; gris : jours du choc.",
    ),
    "curves note raw": (
        "The runs without the shock were not kept: curves are not relative to them.",
        "Les simulations sans choc n'ont pas été gardées : les courbes ne leur sont pas relatives.",
    ),
    "needs curve": ("Needs met", "Besoins couverts"),
    "output curve": ("Output, relative to no shock", "Production, relative à l'absence de choc"),
    "no series": (
        "Daily series were not kept in this batch (keep.series): no curves.",
        "Les séries par jour n'ont pas été gardées dans ce lot (keep.series) : pas de courbes.",
    ),
    "days after": ("days after the shock began", "jours après le début du choc"),
    "curve words": (
        "{0}. Median share of needs met at the lowest: {1}.",
        "{0}. Part médiane des besoins couverts au plus bas : {1}.",
    ),
    "arm at": ("{0} {1}, day {2}", "{0} {1}, jour {2}"),
    "lowest": ("lowest", "au plus bas"),
    "on day": ("day", "jour"),
    "after days": ("day {0}", "jour {0}"),
    "loss area": ("loss area", "aire perdue"),
    "band of": ("{0} ({1} to {2})", "{0} ({1} à {2})"),
    "band share": ("{0} ({1}–{2})", "{0} ({1}–{2})"),
    "curve table": (
        "In %: median (10% to 90% of draws); loss area: mean loss over all days watched",
        "En % : médiane (10 % à 90 % des tirages) ; aire perdue : perte moyenne, jours observés",
    ),
    # times
    "times": ("When needs are back", "Quand les besoins reviennent"),
    "times figure": ("Share of runs not yet back", "Part des simulations non revenues"),
    "times note": (
        "Kaplan-Meier: share of runs in which needs are not yet back at 95% for good. A run that "
        "the horizon cuts off stays in the curve to the end. Bands: 90% intervals over draws.",
        "Kaplan-Meier : part des simulations où les besoins ne sont pas encore revenus à 95 % "
        "durablement. Une simulation coupée par l'horizon reste dans la courbe jusqu'au bout. "
        "Bandes : intervalles à 90 % selon les tirages.",
    ),
    "none censored": (
        "In every run needs came back within the days watched; no time is cut off, so that means "
        "and medians of the days to recover hold as they stand.",
        "Dans chaque simulation, les besoins sont revenus dans les jours observés ; aucune durée "
        "n'est coupée : moyennes et médianes des jours de retour valent telles quelles.",
    ),
    "never": (
        "{0}, “{1}”: {2} of {3} runs were not back within {4} days.",
        "{0}, « {1} » : {2} simulations sur {3} n'étaient pas revenues en {4} jours.",
    ),
    "waiting words": (
        "{0}. Not back within {1} days: {2}.",
        "{0}. Non revenues en {1} jours : {2}.",
    ),
    "waiting at": ("not back, day {0}", "non revenues, jour {0}"),
    "restricted": ("mean of min(time, {0}), days", "moyenne de min(durée, {0}), jours"),
    "times table": (
        "Share of runs whose needs are not yet back, and restricted mean",
        "Part des simulations dont les besoins ne sont pas revenus, et moyenne restreinte",
    ),
    # maps
    "maps": ("Unmet need by commune", "Besoins non couverts par commune"),
    "map title": ("{0}: {1}", "{0} : {1}"),
    "maps note": (
        "Discs at the communes, area by population. Share of the worst-met need that is unmet, "
        "median of runs. Before: last day before the shock; during: day {0}, the worst in “{1}”; "
        "after: day {2}, the last. Days count from the start of the shock.",
        "Disques aux communes, surface selon la population. Part non couverte du besoin le moins "
        "bien couvert, médiane des simulations. Avant : veille du choc ; pendant : jour {0}, le "
        "pire dans « {1} » ; après : jour {2}, le dernier. Jours comptés depuis le début du choc.",
    ),
    "maps days": (
        "During: day {0}, the worst in “{1}”; after: day {2}.",
        "Pendant : jour {0}, le pire dans « {1} » ; après : jour {2}.",
    ),
    "before": ("before", "avant"),
    "during": ("during", "pendant"),
    "after": ("after", "après"),
    "under share": ("under {0}", "moins de {0}"),
    "share to share": ("{0} to {1}", "{0} à {1}"),
    "share or more": ("{0} or more", "{0} ou plus"),
    "map words": (
        "Map of {0} communes, {1}, {2}. Most unmet: {3} ({4}).",
        "Carte de {0} communes, {1}, {2}. Le plus de besoins non couverts : {3} ({4}).",
    ),
    "map table": (
        "Unmet need by commune, {0}: before / during / after",
        "Besoins non couverts par commune, {0} : avant / pendant / après",
    ),
    "commune": ("Commune", "Commune"),
    "inhabitants": ("inhabitants", "habitants"),
    "other communes": ("{0} other communes (mean)", "{0} autres communes (moyenne)"),
    "no communes": (
        "Needs by commune were not kept in this batch (keep.communes): no map.",
        "Les besoins par commune n'ont pas été gardés dans ce lot (keep.communes) : pas de carte.",
    ),
    "maps chosen": (
        "Mapped is, for each territory, the shock with most unmet need.",
        "La carte montre, par territoire, le choc aux besoins non couverts les plus grands.",
    ),
    "no territory": (
        "{0}: its communes cannot be told without the official tables; no map.",
        "{0} : ses communes ne peuvent être trouvées sans les tables officielles ; pas de carte.",
    ),
    # cascades
    "cascades": ("Cascades along supply chains", "Cascades le long des chaînes"),
    "no cascades": (
        "How far lacks spread from firm to firm (tiers, M12) was not recorded in this batch.",
        "La propagation des manques d'un établissement à l'autre (rangs, M12) n'a pas été "
        "enregistrée dans ce lot.",
    ),
    "cascade note": (
        "Establishments idled by a lack of inputs, by tier from those hit directly; medians over "
        "draws, “{0}”.",
        "Établissements arrêtés faute d'intrants, par rang depuis les touchés directs ; médianes "
        "des tirages, « {0} ».",
    ),
    "cascade figure": ("Idled for lack of inputs", "Arrêtés faute d'intrants"),
    "tier": ("tier {0}", "rang {0}"),
    "tier more": ("tier {0} or more", "rang {0} ou plus"),
    "cascade words": (
        "{0}. Most idled on one day: {1}.",
        "{0}. Le plus d'arrêts un même jour : {1}.",
    ),
    "cascade table": (
        "Cascades by case and arm: medians over runs (10% to 90%)",
        "Cascades par cas et bras : médianes des simulations (10 % à 90 %)",
    ),
    "no idled": (
        "In no run is a firm idled by a lack of inputs.",
        "Dans aucune simulation un établissement n'est arrêté faute d'intrants.",
    ),
    # gains
    "gains": ("Who gains, who loses", "Qui gagne, qui perd"),
    "gains note": (
        "Change of unmet need by group, “{0}” against “{1}”; median and 90% interval. Left of 0: "
        "less unmet. The same people in both arms.",
        "Changement des besoins non couverts par groupe, « {0} » face à « {1} » ; médiane et "
        "intervalle à 90 %. À gauche de 0 : moins de manques. Mêmes personnes dans les deux bras.",
    ),
    "gains figure": ("Unmet need by group", "Besoins non couverts par groupe"),
    "gains table": (
        "Medians: unmet need, output (points of normal), sales outside, cost",
        "Médianes : besoins non couverts, production (points de la normale), ventes, coût",
    ),
    "members": ("members", "membres"),
    "others": ("others", "autres"),
    "total": ("all", "tous"),
    "unmet of": ("unmet need, {0}", "manques, {0}"),
    "output of": ("output, {0}", "production, {0}"),
    "sales outside": ("sales outside, EUR", "ventes dehors, €"),
    "calm": ("calm times, EUR/head/year", "temps calme, €/hab./an"),
    "cost": ("cost, EUR/head/year", "coût, €/hab./an"),
    "gains words": ("{0}. {1}.", "{0}. {1}."),
    # drivers
    "drivers": ("What drives the result", "Ce qui fait le résultat"),
    "spread note": (
        "Of the variation of the change of unmet need between runs (“{0}”): {1} lies between "
        "shocks, {2} between territories, {3} in both together, {4} between draws of one case.",
        "De la variation du changement des besoins non couverts entre simulations (« {0} ») : "
        "{1} entre chocs, {2} entre territoires, {3} des deux ensemble, {4} entre tirages d'un "
        "même cas.",
    ),
    "one case": (
        "One case only: what varies is chance alone. The change of unmet need lies between {0} "
        "and {1} over draws.",
        "Un seul cas : seul le hasard varie. Le changement des besoins non couverts va de {0} à "
        "{1} selon les tirages.",
    ),
    "no spread": (
        "The change of unmet need has a value in too few runs to split its variation.",
        "Le changement des besoins non couverts n'a de valeur que dans trop peu de simulations "
        "pour en partager la variation.",
    ),
    "arms table": (
        "Change of unmet need of all residents by arm, medians over draws",
        "Changement des besoins non couverts de tous par bras, médianes des tirages",
    ),
    "dose note": (
        "Arms differ in dose: change of unmet need by dose, median and 90% interval.",
        "Les bras diffèrent par la dose : changement des besoins non couverts selon la dose, "
        "médiane et intervalle à 90 %.",
    ),
    "dose": ("Dose", "Dose"),
    "together": (
        "Mechanisms together and apart, “{0}”: change of unmet need in the arm with all, less the "
        "sum of those with one alone (less than 0: together they do more)",
        "Mécanismes ensemble et seuls, « {0} » : changement des besoins dans le bras complet, "
        "moins la somme des bras à un seul (sous 0 : ensemble ils font plus)",
    ),
    "all together": ("all together", "tous ensemble"),
    "sum of each": ("sum of each alone", "somme de chacun seul"),
    "interaction": ("interaction", "interaction"),
    "factors note": (
        "Points also differ by: {0}. `ressort analyse --what sensitivity,scoring` ranks them.",
        "Les points diffèrent aussi par : {0}. `ressort analyse --what sensitivity,scoring` les "
        "classe.",
    ),
    "no box": (
        "{0} points are too few to look for conditions in which cooperation helps ({1} are "
        "needed).",
        "{0} points : trop peu pour chercher dans quelles conditions la coopération aide (il en "
        "faut {1}).",
    ),
}
