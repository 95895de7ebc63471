"""Households decide what they want, shop, use it, and are paid."""

from __future__ import annotations

from ressort.branches import N_NEEDS
from ressort.compiled import compiled, inlined
from ressort.goods import TRADE
from ressort.rules.delivery import leaning
from ressort.rules.purchases import dispatched, had_beyond, spendable
from ressort.state import N_ITEMS, N_PROTECTED, OUTSIDE, Rows


@inlined
def calm_use(home: Rows, item: Rows) -> float:
    """Normal consumption of an item: a part per person, a part that grows with income."""
    return home.people * item.committed + home.discretionary * item.variable


@inlined
def requirement(home: Rows, item: Rows) -> float:
    """What the household requires of an item under the basket of the run."""
    if item.need < 0:
        return 0.0
    return calm_use(home, item) if item.current else home.people * item.required


@inlined
def need_requirement(home: Rows, items: Rows, item: Rows) -> float:
    """What the household requires of all goods that meet the same need as an item."""
    if not item.current:
        return home.people * item.need_required
    total = 0.0
    for i in range(N_PROTECTED):
        if items[i].need == item.need:
            total += calm_use(home, items[i])
    return total


@inlined
def counted_at_most(home: Rows, items: Rows, item: Rows) -> float:
    """Most of an item that counts towards its need: its own requirement, or its cap as stand-in."""
    return max(requirement(home, item), item.cap * need_requirement(home, items, item))


@inlined
def spending_plan(home: Rows, settings: Rows) -> float:
    """Spend what income leaves after tax and saving, and work off unusual cash (buffer stock)."""
    kept = 1.0 - settings.tax_rate - settings.saving_rate
    unusual = home.cash - home.cash_target
    return kept * home.income_expected + unusual / settings.cash_adjust_days


@inlined
def wanted(home: Rows, items: Rows, item: Rows, settings: Rows) -> float:
    """Want the usual amount, refill or fill up the pantry, and replace what lacked yesterday."""
    use = calm_use(home, item)
    want = use
    if item.stored >= 0:
        target = item.pantry_days * use
        if home.hoard > 0:
            target *= settings.hoard_multiple
        gap = target - home.pantry[item.stored]
        want = max(0.0, use + gap / settings.pantry_restock_days)
    if item.stands_in >= 0:
        most = item.cap * need_requirement(home, items, item)
        want += min(home.gap[item.stands_in], most)
    return want


@inlined
def shop_share(home: Rows, item: Rows, k: int) -> float:
    """Share of a household's custom that goes to one of the two shops that it knows."""
    return home.lean[item.format] if k == 0 else 1.0 - home.lean[item.format]


@inlined
def surcharge(firm: Rows) -> float:
    """Share of the base price that a seller asks of households on top of it."""
    return firm.premium * (1.0 - firm.held_back)


@inlined
def price_of(home: Rows, item: Rows, firms: Rows, settings: Rows) -> float:
    """Price that a household reckons with: that of its sellers here, the base price outside."""
    if settings.dear == 0:
        return item.price
    more = 0.0
    if item.service >= 0:
        if home.provider[item.service] >= 0:
            more = surcharge(firms[home.provider[item.service]])
    else:
        for k in range(2):
            if home.outlet[item.format, k] >= 0:
                more += shop_share(home, item, k) * surcharge(firms[home.outlet[item.format, k]])
    return item.price * (1.0 + more)


@inlined
def optional_scale(home: Rows, items: Rows, firms: Rows, settings: Rows, room: float) -> float:
    """Optional spending of the day over its habit, given the money left for it."""
    habit = 0.0
    for i in range(N_PROTECTED, N_ITEMS):
        habit += calm_use(home, items[i]) * price_of(home, items[i], firms, settings)
    return min(settings.spending_boost, max(0.0, room / habit))


@inlined
def share_taken(home: Rows, item: Rows, firms: Rows) -> float:
    """Share of a household's custom of an item that goes to sellers who take local currency."""
    if item.service >= 0:
        seller = home.provider[item.service]
        return 1.0 if seller >= 0 and firms[seller].accepts else 0.0
    share = 0.0
    for k in range(2):
        shop = home.outlet[item.format, k]
        if shop >= 0 and firms[shop].accepts:
            share += shop_share(home, item, k)
    return share


@inlined
def left_for_options(
    home: Rows, items: Rows, firms: Rows, settings: Rows, money: float, units: float
) -> float:
    """Money left for what is optional: euros, and units as far as its sellers take them."""
    if units <= 0.0:
        return money
    cost, taken = 0.0, 0.0
    for i in range(N_PROTECTED, N_ITEMS):
        usual = calm_use(home, items[i]) * price_of(home, items[i], firms, settings)
        cost += usual
        taken += usual * share_taken(home, items[i], firms)
    return spendable(money, units, cost, taken)


@inlined
def write_list(home: Rows, items: Rows, firms: Rows, settings: Rows, day: Rows) -> None:
    """Write the shopping list: what must be, by priority, while money lasts; then the rest."""
    money = max(0.0, home.cash - home.units) * day.payments
    units = home.at_hand
    room = spending_plan(home, settings)
    for i in range(N_PROTECTED):
        item = items[i]
        want = wanted(home, items, item, settings) * day.demand[item.good]
        cost = want * price_of(home, item, firms, settings)
        taken = cost * share_taken(home, item, firms) if units > 0.0 else 0.0
        means = spendable(money, units, cost, taken)
        if cost > means:
            want *= means / cost
            taken *= means / cost
            cost = means
        in_units = min(units, taken)
        units -= in_units
        money = max(0.0, money - (cost - in_units))
        room -= cost
        home.order[i] = want
    left = min(left_for_options(home, items, firms, settings, money, units), room)
    scale = optional_scale(home, items, firms, settings, left)
    for i in range(N_PROTECTED, N_ITEMS):
        home.order[i] = scale * calm_use(home, items[i]) * day.demand[items[i].good]


@inlined
def tier_of(home: Rows, item: Rows) -> int:
    """Tier in which a household's order of an item is served."""
    if item.tier == 2:
        return 0 if home.member else 1
    return item.tier


@inlined
def tier_with(home: Rows, item: Rows, seller: Rows) -> int:
    """Tier in which a household is served by a seller, which may put members of the SCIC first."""
    if seller.priority:
        return 0 if home.member else 1
    return tier_of(home, item)


@inlined
def tier_at_shop(home: Rows, item: Rows, shop: Rows) -> int:
    """Tier in which a household is served at a shop, which may have its own members."""
    if shop.members_first:
        return 0 if home.store_member else 1
    return tier_with(home, item, shop)


@compiled
def decide_purchases(
    homes: Rows, items: Rows, firms: Rows, shelves: Rows, settings: Rows, day: Rows
) -> None:
    """Let all households write their lists and take them to the sellers here."""
    for h in range(len(homes)):
        home = homes[h]
        write_list(home, items, firms, settings, day)
        for i in range(N_ITEMS):
            item = items[i]
            if item.service >= 0:
                seller = home.provider[item.service]
                if seller >= 0:
                    tier = tier_with(home, item, firms[seller])
                    firms[seller].orders[tier] += home.order[i]
                continue
            for k in range(2):
                shop = home.outlet[item.format, k]
                if shop >= 0:
                    tier = tier_at_shop(home, item, firms[shop])
                    part = home.order[i] * shop_share(home, item, k)
                    shelves[firms[shop].first_shelf + item.shelf].asked[tier] += part
                    firms[shop].orders[tier] += part * item.margin


@inlined
def seen_at_shop(
    home: Rows, item: Rows, firms: Rows, shelves: Rows, day: Rows, k: int, part: float
) -> float:
    """Share of a part of an order that stands on the shelf of one of the two shops known."""
    shop = home.outlet[item.format, k]
    if shop >= 0:
        tier = tier_at_shop(home, item, firms[shop])
        return shelves[firms[shop].first_shelf + item.shelf].served[tier]
    if part <= 0.0:
        return 1.0
    normal = calm_use(home, item) * shop_share(home, item, k)
    return dispatched(part, normal, had_beyond(item.good, day)) / part


@inlined
def found_at_shop(
    home: Rows, item: Rows, firms: Rows, shelves: Rows, day: Rows, k: int, part: float
) -> float:
    """Share of a part of an order that is taken home from one of the two shops known."""
    seen = seen_at_shop(home, item, firms, shelves, day, k, part)
    shop = home.outlet[item.format, k]
    if shop < 0:
        return seen
    return min(seen, firms[shop].served[tier_at_shop(home, item, firms[shop])])


@inlined
def sees_empty_shelves(
    home: Rows, item: Rows, want: float, firms: Rows, shelves: Rows, day: Rows, trigger: float
) -> bool:
    """Whether the shelves lack the goods; a long queue at the till is no reason to hoard."""
    seen = 0.0
    for k in range(2):
        part = want * shop_share(home, item, k)
        seen += part * seen_at_shop(home, item, firms, shelves, day, k, part)
    return seen < trigger * want


@inlined
def pay_for(home: Rows, item: Rows, here: float, beyond: float, flows: Rows) -> None:
    """Pay the household's part; the state pays the public part; count what came from outside."""
    bought = here + beyond
    home.cash -= bought * item.price
    flows.public_purchases += bought * item.public_price
    flows.consumed[TRADE] += bought * item.margin
    flows.household_imports -= beyond * (1.0 + item.margin)
    flows.imported[item.good] += beyond
    flows.imported[TRADE] += beyond * item.margin


@inlined
def pay_premium(home: Rows, item: Rows, here: float, seller: Rows) -> None:
    """Pay a local seller what it asks over the base price; the state's part stays at that price."""
    if seller.premium <= 0.0:
        return
    sales = here * item.price
    seller.dear_sales += sales
    home.cash -= sales * surcharge(seller)
    seller.cash += sales * surcharge(seller)


@inlined
def buy(
    home: Rows,
    item: Rows,
    want: float,
    firms: Rows,
    shelves: Rows,
    settings: Rows,
    day: Rows,
    flows: Rows,
) -> float:
    """Collect one item from its sellers here and outside, pay, and return what was found."""
    here, beyond = 0.0, 0.0
    if item.service >= 0:
        seller = home.provider[item.service]
        if seller >= 0:
            here = want * firms[seller].served[tier_with(home, item, firms[seller])]
            if settings.dear:
                pay_premium(home, item, here, firms[seller])
        else:
            beyond = dispatched(want, calm_use(home, item), day.outside[item.good])
    else:
        part_0 = want * shop_share(home, item, 0)
        part_1 = want * shop_share(home, item, 1)
        found_0 = found_at_shop(home, item, firms, shelves, day, 0, part_0)
        found_1 = found_at_shop(home, item, firms, shelves, day, 1, part_1)
        if home.outlet[item.format, 0] == OUTSIDE:
            beyond += part_0 * found_0
        else:
            here += part_0 * found_0
            if settings.dear:
                pay_premium(home, item, part_0 * found_0, firms[home.outlet[item.format, 0]])
        if home.outlet[item.format, 1] == OUTSIDE:
            beyond += part_1 * found_1
        else:
            here += part_1 * found_1
            if settings.dear:
                pay_premium(home, item, part_1 * found_1, firms[home.outlet[item.format, 1]])
    pay_for(home, item, here, beyond, flows)
    return here + beyond


@inlined
def prefer_shops(
    home: Rows, items: Rows, firms: Rows, shelves: Rows, day: Rows, settings: Rows
) -> None:
    """Lean towards the better supplied of two shops, judged by the first good on their shelves."""
    for i in range(N_ITEMS):
        item = items[i]
        if item.shelf != 0:
            continue
        part_0 = home.order[i] * shop_share(home, item, 0)
        part_1 = home.order[i] * shop_share(home, item, 1)
        found_0 = found_at_shop(home, item, firms, shelves, day, 0, part_0)
        found_1 = found_at_shop(home, item, firms, shelves, day, 1, part_1)
        home.lean[item.format] = leaning(home.lean[item.format], found_0, found_1, settings)


@inlined
def use_pantry(home: Rows, item: Rows, found: float, stretch_below: float) -> float:
    """Put purchases away and take the day's use; a low pantry is stretched to what is required."""
    usual = calm_use(home, item)
    held = home.pantry[item.stored] + found
    # Judged before the day's use, hence the day that is added to the usual pantry.
    low = held < (stretch_below * item.pantry_days + 1.0) * usual
    use = min(held, min(usual, requirement(home, item)) if low else usual)
    home.pantry[item.stored] = held - use
    return use


@inlined
def note_needs(home: Rows, items: Rows) -> None:
    """Turn the amounts in `met` into shares of the requirement, and add up what was unmet."""
    done = -1
    for i in range(N_PROTECTED):
        need = items[i].need
        if need < 0 or need == done:
            continue
        done = need  # goods of one need follow each other
        required = need_requirement(home, items, items[i])
        share = 1.0 if required <= 0.0 else home.met[need] / required
        # Rounding must not count as hunger: a full need is exactly 1.
        home.met[need] = 1.0 if share > 1.0 - 1e-12 else share
        home.unmet[need] += home.people * (1.0 - home.met[need])


@compiled
def shop_and_consume(
    homes: Rows, items: Rows, firms: Rows, shelves: Rows, settings: Rows, day: Rows, flows: Rows
) -> int:
    """Bring home what was found, pay for it, use it, and record the needs left unmet.

    Returns the number of purchases for a need that failed.
    """
    failing = 0
    for h in range(len(homes)):
        home = homes[h]
        for n in range(N_NEEDS):
            home.met[n] = 0.0
        panic = False
        for i in range(N_ITEMS):
            item = items[i]
            want = home.order[i]
            found = buy(home, item, want, firms, shelves, settings, day, flows)
            used = found
            if item.stored >= 0:
                panic = panic or sees_empty_shelves(
                    home, item, want, firms, shelves, day, settings.hoard_trigger
                )
                used = use_pantry(home, item, found, settings.stretch_below)
            flows.consumed[item.good] += used
            if item.need >= 0:
                failing += found < settings.trouble_fill * want
                home.met[item.need] += min(used, counted_at_most(home, items, item))
            if item.replaced >= 0:
                home.gap[item.replaced] = max(0.0, calm_use(home, item) - used)
        if panic:
            home.hoard = settings.hoard_days
        elif home.hoard > 0:
            home.hoard -= 1
        note_needs(home, items)
        prefer_shops(home, items, firms, shelves, day, settings)
    return failing
