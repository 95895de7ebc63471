"""What a report says of metrics, limits, parameters and runs, in both languages; see `texts`."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    # metrics
    "metrics": ("Metrics M1 to M12", "Métriques M1 à M12"),
    "metrics note": (
        "Medians over runs (10% to 90%). Verbs: what CEREMA asks of resilience. In brackets the "
        "share of runs that the horizon cut off or that never met the event; ∞ where that is half "
        "or more.",
        "Médianes des simulations (10 % à 90 %). Verbes : ce que le CEREMA attend de la "
        "résilience. Entre crochets la part des simulations coupées par l'horizon ou qui n'ont "
        "jamais connu l'événement ; ∞ si c'est la moitié ou plus.",
    ),
    "metrics note short": (
        "Medians over runs. Verbs: what CEREMA asks of resilience. In brackets the share of runs "
        "that the horizon cut off or that never met the event; ∞ where that is half or more.",
        "Médianes des simulations. Verbes : ce que le CEREMA attend de la résilience. Entre "
        "crochets la part des simulations coupées par l'horizon ou qui n'ont jamais connu "
        "l'événement ; ∞ si c'est la moitié ou plus.",
    ),
    "metrics pooled": (
        "All cases together: ranges mix shocks and territories.",
        "Tous les cas ensemble : les étendues mêlent chocs et territoires.",
    ),
    "metric": ("Metric", "Métrique"),
    "verb": ("CEREMA verb", "verbe du CEREMA"),
    "unit": ("unit", "unité"),
    "cut off": ("{0} [{1}]", "{0} [{1}]"),
    "metric m1_readiness": ("M1 readiness", "M1 préparation"),
    "metric m1_stock_days": ("M1 days of stock", "M1 jours de stock"),
    "metric m2_warning_days": ("M2 warning lead", "M2 avance de l'alerte"),
    "metric m3_depth": ("M3 depth, needs", "M3 creux, besoins"),
    "metric m3_depth_output": ("M3 depth, output", "M3 creux, production"),
    "metric m4_unmet_person_days": ("M4 unmet need", "M4 besoins non couverts"),
    "metric m4_unmet_worst_tenth": ("M4 worst tenth", "M4 dixième le plus touché"),
    "metric m4_unmet_gini": ("M4 inequality (Gini)", "M4 inégalité (Gini)"),
    "metric m5_loss_area": ("M5 loss area, needs", "M5 aire perdue, besoins"),
    "metric m5_loss_area_output": ("M5 loss area, output", "M5 aire perdue, production"),
    "metric m6_days_to_recover": ("M6 days to recover, needs", "M6 jours de retour, besoins"),
    "metric m6_days_to_recover_output": (
        "M6 days to recover, output",
        "M6 jours de retour, production",
    ),
    "metric m7_rapidity": ("M7 rapidity, needs", "M7 rapidité, besoins"),
    "metric m7_rapidity_output": ("M7 rapidity, output", "M7 rapidité, production"),
    "metric m8_autonomy_days": ("M8 days of autonomy", "M8 jours d'autonomie"),
    "metric m9_change_essential": ("M9 lasting change, needs", "M9 changement durable, besoins"),
    "metric m9_change_output": (
        "M9 lasting change, output",
        "M9 changement durable, production",
    ),
    "metric m9_services_lost": ("M9 services lost", "M9 services perdus"),
    "metric m9_structure": ("M9 change of flows", "M9 changement des flux"),
    "metric m10_new_links": ("M10 trade on new links", "M10 échanges sur liens nouveaux"),
    "metric m10_concentration": (
        "M10 concentration of suppliers",
        "M10 concentration des fournisseurs",
    ),
    "metric m10_local_coverage": ("M10 new local coverage", "M10 couverture locale nouvelle"),
    "metric m11_local_share": ("M11 local share", "M11 part locale"),
    "metric m11_import_dependence": ("M11 import dependence", "M11 dépendance aux importations"),
    "metric m11_lm3": ("M11 local multiplier (LM3)", "M11 multiplicateur local (LM3)"),
    "metric m11_velocity": (
        "M11 velocity, local currency",
        "M11 vitesse, monnaie locale",
    ),
    "metric m11_reconversion": ("M11 reconversion", "M11 reconversion"),
    "metric m11_alpha": (
        "M11 order of flows α (descriptive)",
        "M11 ordre des flux α (descriptif)",
    ),
    "metric m11_robustness": (
        "M11 Ulanowicz's F (descriptive)",
        "M11 F d'Ulanowicz (descriptif)",
    ),
    "metric m12_idled_per_hit": ("M12 idled per firm hit", "M12 arrêts par établissement touché"),
    "metric m12_depth": ("M12 depth of cascade", "M12 profondeur de la cascade"),
    "metric m12_largest": ("M12 largest cascade", "M12 plus grande cascade"),
    "metric calm_output": ("Output of calm times", "Production des temps calmes"),
    "metric consulted_share": ("Members consulted", "Membres consultés"),
    "metric decision_days": ("Days to decide", "Jours pour décider"),
    "metric cost_eur_per_head_year": ("Running cost", "Coût courant"),
    "metric setup_eur_per_head": ("Bought before day 0", "Mise de départ"),
    "unit person-days": ("person-days", "jours-pers."),
    "unit days a person": ("days/person", "jours/pers."),
    "unit share/day": ("%/day", "%/jour"),
    "unit index": ("index", "indice"),
    "unit index (0-1)": ("0-1", "0-1"),
    "unit EUR a head and year": ("EUR/head/year", "€/hab./an"),
    "unit count": ("count", "nombre"),
    "unit ratio": ("ratio", "rapport"),
    "unit tiers": ("tiers", "rangs"),
    "unit 1/year": ("1/year", "1/an"),
    "unit 0-1": ("0-1", "0-1"),
    "unit percent": ("%", "%"),
    # limits
    "limits": ("What this cannot say", "Ce que ceci ne dit pas"),
    "limit forecast": (
        "A model with written rules, not a forecast: no place is calibrated to its own records. "
        "Sizes of effects hang on parameters, of which many are recalled or assumed.",
        "Un modèle aux règles écrites, pas une prévision : aucun lieu n'est calé sur ses propres "
        "relevés. La taille des effets dépend de paramètres dont beaucoup sont de mémoire ou "
        "supposés.",
    ),
    "limit intervals": (
        "Intervals at 90% (sign test, pairs of the same draw) hold the chance of who lives there "
        "and what happens; doubt about rules and parameters is not in them.",
        "Les intervalles à 90 % (test du signe, paires du même tirage) contiennent le hasard des "
        "habitants et des événements ; le doute sur les règles et paramètres n'y est pas.",
    ),
    "limit cells": (
        "{0} cases are looked at; with 90% intervals up to one in ten may show a sign by chance "
        "were there no effect at all. One sign among many is weak evidence.",
        "{0} cas sont examinés ; à 90 %, jusqu'à un sur dix peut montrer un signe par hasard sans "
        "aucun effet. Un signe isolé parmi beaucoup est un indice faible.",
    ),
    "limit censored": (
        "No mean or median is taken over recovered runs only: times that the horizon cuts off are "
        "counted as at least the days watched.",
        "Aucune moyenne ni médiane n'est prise sur les seules simulations relevées : les durées "
        "coupées par l'horizon comptent au moins les jours observés.",
    ),
    "limit cause": (
        "A loss or gain says what this set of rules does; which mechanism causes it is shown only "
        "by a run with that mechanism switched off.",
        "Une perte ou un gain dit ce que font ces règles ; quel mécanisme en est la cause n'est "
        "montré que par une simulation où il est coupé.",
    ),
    "limit words": (
        "Who quotes this should say “with these rules” and name the shock; nothing here shows "
        "that cooperation helps in general.",
        "Qui cite ceci devrait dire « avec ces règles » et nommer le choc ; rien ici ne montre que "
        "la coopération aide en général.",
    ),
    # parameters
    "parameters": ("Numbers that differ from default", "Nombres changés par rapport au défaut"),
    "no parameters": (
        "All parameters of the rules have their usual values.",
        "Tous les paramètres des règles ont leur valeur usuelle.",
    ),
    "parameter": ("Parameter", "Paramètre"),
    "value": ("value", "valeur"),
    "usual value": ("usual [range]", "usuel [plage]"),
    "where": ("where", "où"),
    "source of": ("unit; source of the usual value", "unité ; source de la valeur usuelle"),
    "everywhere": ("everywhere", "partout"),
    "point n": ("point {0}", "point {0}"),
    "parameters table": (
        "Changed numbers (units and sources in English)",
        "Nombres changés (unités et sources en anglais)",
    ),
    "observed": ("observed", "observé"),
    "published": ("published", "publié"),
    "recalled": ("recalled", "de mémoire"),
    "assumed": ("assumed", "supposé"),
    # manifest
    "manifest": ("How this was made", "Comment ceci a été fait"),
    "item": ("Item", "Élément"),
    "content": ("content", "contenu"),
    "version": ("Ressort, results", "Ressort, résultats"),
    "report version": ("Ressort, this report", "Ressort, ce rapport"),
    "commit": ("Source commit", "Version du code"),
    "date": ("Begun", "Commencé le"),
    "command": ("Command", "Commande"),
    "seeds": ("Seeds", "Graines"),
    "seeds text": (
        "{0} draws from {1}, {2} replicates",
        "{0} tirages à partir de {1}, {2} réplications",
    ),
    "runs": ("Runs", "Simulations"),
    "runs text": (
        "{0} done, {1} failed, {2} asked; {3} arms each",
        "{0} faites, {1} en échec, {2} demandées ; {3} bras chacune",
    ),
    "failed runs": ("Failed: {0}", "En échec : {0}"),
    "people per agent": ("Households an agent", "Ménages par agent"),
    "fingerprint": ("Fingerprint", "Empreinte"),
    "plan": ("Plan (SHA-256)", "Plan (SHA-256)"),
    "libraries": ("Libraries", "Bibliothèques"),
    "again": (
        "The same plan, version and seeds give the same fingerprint.",
        "Le même plan, la même version et les mêmes graines donnent la même empreinte.",
    ),
    # command
    "written to": ("written: {0}", "écrit : {0}"),
    "no pango": (
        "no PDF: the system library Pango is missing; install it (Debian: apt-get install "
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0) or give --no-pdf",
        "pas de PDF : la bibliothèque système Pango manque ; l'installer (Debian : apt-get install "
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0) ou donner --no-pdf",
    ),
}
