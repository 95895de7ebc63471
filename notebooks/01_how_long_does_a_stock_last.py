# %% [markdown]
# # How long does a stock last? / Combien de temps dure un stock ?
#
# **Question.** A household keeps S days of medicine. Only a share c of what it uses still arrives.
# When does it run out? / *Un ménage garde S jours de médicaments. Seule une part c de son usage
# arrive encore. Quand en manque-t-il ?*
#
# **Predict first.** With S = 15 days and c = 0.4: 15 days, 25 days, or 37 days? Write it down.
# / *Devinez d'abord, par écrit.*

# %%
from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import ressort

# %% [markdown]
# **By hand.** Each day the pantry loses what is used, 1, less what arrives, c. So it lasts
# T = S / (1 - c) days. / *Chaque jour la réserve perd l'usage moins l'arrivée.*


# %%
def days_until_empty(stock: float, share: float) -> float:
    """Return the days that a stock lasts (days of use) when a share of the use still arrives."""
    return float("inf") if share >= 1.0 else stock / (1.0 - share)


# %% [markdown]
# **By the model.** A village of 413 people. From day 0 on, medicine is dispatched at a share c. Its
# shops and those around it have stocks too, hence it runs out later than the pantry alone would.
# / *Un village de 413 habitants : les magasins ont aussi des stocks.*


# %%
def first_day_short(share: float, days: int = 120) -> int:
    """Return the first day on which less than 95 % of the need of medicine is met."""
    from ressort.scenario import check

    shock = {"kind": "import_cut", "start_day": 0, "days": days, "goods": ["pharma"]}
    scenario = check(
        {
            "territory": {"name": "63005"},
            "run": {"days": days, "people_per_agent": 2.0, "basket": "current"},
            "shocks": [shock | {"depth": 1.0 - share}],
            "cooperation": {"scic": False},
        }
    )
    met = ressort.simulate(scenario, seed=1, cooperation=False).daily["need_medicine"].to_numpy()
    return int(np.argmax(met < 0.95)) if (met < 0.95).any() else days


# %%
SHARES = (0.0, 0.2, 0.4, 0.6)
PANTRY = 15.0  # days of medicine at home, `ressort parameters`
by_hand = [days_until_empty(PANTRY, share) for share in SHARES]
by_model = [first_day_short(share) for share in SHARES]
for share, hand, model in zip(SHARES, by_hand, by_model, strict=True):
    print(f"c = {share:.1f}: pantry alone {hand:5.1f} days, village {model:3d} days")

# %%
figure = Figure(figsize=(6, 3.5), layout="constrained")
axes = figure.add_subplot()
axes.plot(SHARES, by_hand, "o--", color="#d55e00", label="pantry alone: S / (1 - c)")
axes.plot(SHARES, by_model, "o-", color="#0072b2", label="village with its shops")
axes.set_xlabel("share that still arrives, c")
axes.set_ylabel("days until medicine lacks")
axes.set_ylim(bottom=0)
axes.legend(frameon=False)
figure

# %% [markdown]
# **What happened.** The two curves have the same form: the village behaves like one large pantry.
# What its shops hold adds days, and how many more you can read off. / *Les deux courbes ont la même
# forme : le village se comporte comme une grande réserve ; les magasins y ajoutent des jours.*
#
# **Exercise.** From c = 0 alone, how many days do the shops add? Predict the village at c = 0.5,
# then run `first_day_short(0.5)`. / *Prédisez, puis vérifiez.*
