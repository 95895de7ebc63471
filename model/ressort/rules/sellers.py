"""Households whose sellers fail look for others nearby, and go back when old ones work again."""

from __future__ import annotations

from ressort.compiled import compiled, inlined
from ressort.goods import TRADE
from ressort.rules.purchases import had_beyond
from ressort.rules.sourcing import NOBODY, can_sell, pull, works_again
from ressort.state import N_PROTECTED, Floats, Ints, Rows


@inlined
def shop_works_again(firms: Rows, shop: int, good: int, day: Rows) -> bool:
    """Whether a former shop would serve; those beyond the border sell what they have in stock."""
    if shop < 0:
        return had_beyond(good, day) >= 1.0
    return works_again(firms, shop, good, day)


@inlined
def service_served(firms: Rows, seller: int, good: int, day: Rows) -> float:
    """Share of orders that a service provider, or the outside, serves."""
    if seller < 0:
        return min(1.0, day.outside[good])
    return min(firms[seller].served[0], firms[seller].served[1])


@inlined
def shop_served(firms: Rows, shelves: Rows, shop: int, item: Rows, day: Rows) -> float:
    """Share of an item asked for that is found at a shop, or outside."""
    if shop < 0:
        return min(1.0, had_beyond(item.good, day))
    shelf = shelves[firms[shop].first_shelf + item.shelf]
    on_shelf = min(shelf.served[0], shelf.served[1])
    return min(on_shelf, min(firms[shop].served[0], firms[shop].served[1]))


@inlined
def best_nearby(
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
    """Return the largest seller of an item nearby that serves its customers, or NOBODY."""
    best, best_worth = NOBODY, 0.0
    count = len(sellers)
    for step in range(min(count, reach)):
        p = sellers[(int(start * count) + step) % count]
        if not can_sell(firms[p]):
            continue
        if items[i].service >= 0:
            serves = service_served(firms, p, items[i].good, day)
        else:
            serves = shop_served(firms, shelves, p, items[i], day)
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
            serves = service_served(firms, home.provider[item.service], item.good, day)
            if serves < settings.trouble_fill:
                sellers = by_branch[first_branch[item.good] : first_branch[item.good + 1]]
                other = best_nearby(
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
            if shop_served(firms, shelves, home.outlet[item.format, k], item, day) < (
                settings.trouble_fill
            ):
                sellers = outlets[first_format[item.format] : first_format[item.format + 1]]
                other = best_nearby(
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
            if home.provider[item.service] != old and works_again(firms, old, item.good, day):
                home.provider[item.service] = old
                return
            continue
        for k in range(2):
            old = outlet_calm[item.format, k]
            if home.outlet[item.format, k] != old and shop_works_again(firms, old, item.good, day):
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
