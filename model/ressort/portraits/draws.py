"""How the model's calm economy of a territory trades, in several draws."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ressort.branches import N_BRANCHES
from ressort.calm import Economy, Solution, solve
from ressort.goods import TRADE, Rationing, goods_table, items_table
from ressort.parameters import Behaviour, branch_traits
from ressort.place import Place
from ressort.state import N_SOURCES, Rows
from ressort.world import draw_economy

Floats = NDArray[np.float64]

MOST_AGENTS = 4000  # persons that stand for the people of a territory


@dataclass(frozen=True)
class Draws:
    """What was seen in each draw; shape (draws, 22) by good or branch, (draws,) for people.

    Money at basic prices, EUR a day; in the row of trade, shop margins. `use`: by residents, in
    calm times; `here`: of which made here (and, if it is sold in shops, sold here). `firm_use`,
    `firm_here`: the same for what firms buy to produce. Stocks in EUR: `home`, `shops`, `makers`.
    """

    use: Floats
    here: Floats
    firm_use: Floats
    firm_here: Floats
    home: Floats
    shops: Floats
    makers: Floats
    establishments: Floats
    workers: Floats
    commuters_out: Floats
    jobs: Floats
    commuters_in: Floats


def draw_calm(place: Place, behaviour: Behaviour, draws: int) -> Draws:
    """Draw and solve the calm economy of a place with seeds 1 to `draws`."""
    seen = [_one_draw(place, behaviour, seed) for seed in range(1, draws + 1)]
    return Draws(**{f.name: np.stack([s[f.name] for s in seen]) for f in fields(Draws)})


def _one_draw(place: Place, behaviour: Behaviour, seed: int) -> dict[str, Floats]:
    traits = branch_traits()
    a_person = max(1.0, float(place.population.sum()) / MOST_AGENTS)
    economy = draw_economy(place, behaviour, a_person, seed)
    items = items_table(traits, behaviour, "essential", Rationing.PROPORTIONAL)
    solution = solve(economy, traits, behaviour, items, seed)
    goods = goods_table(traits, behaviour)
    branch, slots = economy.firms.branch, economy.slots
    local = (economy.links.source >= 0).mean(axis=1)
    wanted = slots.coefficient * solution.output[slots.producer]
    return {
        **_purchases(economy, solution, items, goods.margin, local),
        "firm_use": _by(slots.good, wanted),
        "firm_here": _by(slots.good, wanted * local),
        "shops": _by(slots.good, solution.shelf_sales) * goods.shelf_days,
        "makers": _by(branch, solution.output) * goods.stock_days,
        "establishments": _by(branch, np.ones(len(branch))),
        **_commuting(economy),
    }


def _by(keys: NDArray[np.int16], values: Floats) -> Floats:
    return np.bincount(keys, weights=values, minlength=N_BRANCHES).astype(np.float64)


def _purchases(
    economy: Economy, solution: Solution, items: Rows, margin: Floats, local: Floats
) -> dict[str, Floats]:
    """Return what residents use and keep at home, and how much of it is made here."""
    homes, links, slots = economy.homes, economy.links, economy.slots
    people = homes.weight * homes.size
    use, here, home = (np.zeros(N_BRANCHES) for _ in range(3))
    for item in items:
        wanted = people * item.committed + solution.discretionary * item.variable
        use[item.good] = wanted.sum()
        home[item.good] = item.pantry_days * wanted.sum()
        if item.service >= 0:
            here[item.good] = wanted[links.provider[:, item.service] >= 0].sum()
            continue
        for k in range(N_SOURCES):
            shop = links.outlet[:, item.format, k]
            at_home = shop >= 0
            sold = wanted[at_home] / N_SOURCES
            here[item.good] += (sold * local[slots.first_shelf[shop[at_home]] + item.shelf]).sum()
            here[TRADE] += sold.sum() * margin[item.good]
        use[TRADE] += wanted.sum() * margin[item.good]
    return {"use": use, "here": here, "home": home}


def _commuting(economy: Economy) -> dict[str, Floats]:
    work, homes = economy.work, economy.homes
    return {
        "workers": np.asarray((homes.workers * homes.weight).sum()),
        "commuters_out": np.asarray(work.outside_slots.sum()),
        "jobs": np.asarray(work.slots.sum()),
        "commuters_in": np.asarray(work.slots[work.household < 0].sum()),
    }
