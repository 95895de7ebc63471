"""Households whose sellers fail look for others nearby, and go back when old ones work again.

Each judges a seller by how it would itself be served: a seller may serve some customers first.
"""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.goods import TRADE
from ressort.rules.households import tier_at_shop, tier_with
from ressort.rules.purchases import had_beyond
from ressort.rules.sourcing import NOBODY, can_sell, pull, works_again
from ressort.state import N_PROTECTED, Floats, Ints, Rows


@inlined
def provider_works_again(home: Rows, item: Rows, firms: Rows, seller: int, day: Rows) -> bool:
    """Whether a former service provider, or the outside, would serve a household."""
    tier = 0 if seller < 0 else tier_with(home, item, firms[seller])
    return works_again(firms, seller, item.good, tier, day)


@inlined
def shop_works_again(home: Rows, item: Rows, firms: Rows, shop: int, day: Rows) -> bool:
    """Whether a former shop would serve; those beyond the border sell what they have in stock."""
    if shop < 0:
        return had_beyond(item.good, day) >= 1.0
    return works_again(firms, shop, item.good, tier_at_shop(home, item, firms[shop]), day)


@inlined
def service_served(home: Rows, item: Rows, firms: Rows, seller: int, day: Rows) -> float:
    """Share of a household's orders that a service provider, or the outside, serves."""
    if seller < 0:
        return min(1.0, day.outside[item.good])
    return firms[seller].served[tier_with(home, item, firms[seller])]


@inlined
def shop_served(home: Rows, item: Rows, firms: Rows, shelves: Rows, shop: int, day: Rows) -> float:
    """Share of an item that a household would find at a shop, or outside."""
    if shop < 0:
        return min(1.0, had_beyond(item.good, day))
    tier = tier_at_shop(home, item, firms[shop])
    shelf = shelves[firms[shop].first_shelf + item.shelf]
    return min(shelf.served[tier], firms[shop].served[tier])


@inlined
def best_nearby(
    home: Rows,
    firms: Rows,
    shelves: Rows,
    items: Rows,
    i: int,
    sellers: Ints,
    km: Floats,
    decay_km: float,
    day: Rows,
    start: float,
    reach: int,
) -> int:
    """Return the largest seller of an item nearby that serves such a household, or NOBODY."""
    best, best_worth = NOBODY, 0.0
    count = len(sellers)
    for step in range(min(count, reach)):
        p = sellers[(int(start * count) + step) % count]
        if not can_sell(firms[p]):
            continue
        if items[i].service >= 0:
            serves = service_served(home, items[i], firms, p, day)
        else:
            serves = shop_served(home, items[i], firms, shelves, p, day)
        worth = firms[p].output_calm * max(0.0, serves - 0.5)
        if worth > best_worth:  # distance only lowers it: spare the exponential otherwise
            worth *= pull(km[firms[p].commune], decay_km)
        if worth > best_worth:
            best, best_worth = p, worth
    return best


@inlined
def replace_seller(
    home: Rows,
    items: Rows,
    goods: Rows,
    firms: Rows,
    shelves: Rows,
    by_branch: Ints,
    first_branch: Ints,
    outlets: Ints,
    first_format: Ints,
    distance: Floats,
    settings: Rows,
    day: Rows,
    start: float,
) -> None:
    """Replace the seller of the first need that fails, if another is found nearby."""
    km = distance[home.commune]
    for i in range(N_PROTECTED):
        item = items[i]
        if item.need < 0:
            continue
        if item.service >= 0:
            serves = service_served(home, item, firms, home.provider[item.service], day)
            if serves < settings.trouble_fill:
                sellers = by_branch[first_branch[item.good] : first_branch[item.good + 1]]
                other = best_nearby(
                    home,
                    firms,
                    shelves,
                    items,
                    i,
                    sellers,
                    km,
                    goods[item.good].decay_km,
                    day,
                    start,
                    settings.search_reach,
                )
                if other != NOBODY:
                    home.provider[item.service] = other
                return
            continue
        for k in range(2):
            shop = home.outlet[item.format, k]
            if shop_served(home, item, firms, shelves, shop, day) < settings.trouble_fill:
                sellers = outlets[first_format[item.format] : first_format[item.format + 1]]
                other = best_nearby(
                    home,
                    firms,
                    shelves,
                    items,
                    i,
                    sellers,
                    km,
                    goods[TRADE].decay_km,
                    day,
                    start,
                    settings.search_reach,
                )
                if other != NOBODY and other != home.outlet[item.format, 1 - k]:
                    home.outlet[item.format, k] = other
                return


@inlined
def take_back_seller(
    home: Rows, items: Rows, firms: Rows, provider_calm: Ints, outlet_calm: Ints, day: Rows
) -> None:
    """Go back to the first former seller that works again; `*_calm`: this household's rows."""
    for i in range(N_PROTECTED):
        item = items[i]
        if item.service >= 0:
            old = provider_calm[item.service]
            gone = home.provider[item.service] != old
            if gone and provider_works_again(home, item, firms, old, day):
                home.provider[item.service] = old
                return
            continue
        for k in range(2):
            old = outlet_calm[item.format, k]
            gone = home.outlet[item.format, k] != old
            if gone and shop_works_again(home, item, firms, old, day):
                home.outlet[item.format, k] = old
                return


@compiled
def search_sellers(
    homes: Rows,
    items: Rows,
    goods: Rows,
    firms: Rows,
    shelves: Rows,
    by_branch: Ints,
    first_branch: Ints,
    outlets: Ints,
    first_format: Ints,
    distance: Floats,
    provider_calm: Ints,
    outlet_calm: Ints,
    settings: Rows,
    day: Rows,
    luck: Floats,
) -> None:
    """Let each household replace or take back at most one seller; luck has shape (H,)."""
    for h in range(len(homes)):
        if luck[h] < settings.household_search_rate:
            replace_seller(
                homes[h],
                items,
                goods,
                firms,
                shelves,
                by_branch,
                first_branch,
                outlets,
                first_format,
                distance,
                settings,
                day,
                luck[h] / settings.household_search_rate,
            )
        elif luck[h] > 1.0 - 1.0 / settings.return_days:
            take_back_seller(homes[h], items, firms, provider_calm[h], outlet_calm[h], day)
