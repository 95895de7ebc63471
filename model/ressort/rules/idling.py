"""Who stands idle tonight for want of inputs, and whose failure that goes back to.

It only looks: nothing here changes the world. Establishments are looked at first, and only the
purchases of the few that are idle.
"""

from __future__ import annotations

import numpy as np

from ressort.compiled import compiled, inlined
from ressort.goods import AGRI
from ressort.rules.production import HALF, LEONTIEF, LINEAR, STRICT, without_inputs
from ressort.state import OUTSIDE, Ints, Rows

SERVES = -2  # in the place of a source that does not fail
NOBODY = -2  # root of what goes back to no other establishment


@inlined
def is_idled(firm: Rows, goods: Rows, share: float) -> bool:
    """Whether it can make far less than plant and hands allow, and less than it is asked for.

    Farms do not wait for orders: they are asked for what they make in calm times.
    """
    asked = firm.orders[0] + firm.orders[1]
    if firm.branch == AGRI:
        asked = firm.output_calm * firm.intact
    return firm.possible < share * without_inputs(firm, goods) and firm.possible < asked


@compiled
def find_idled(firms: Rows, goods: Rows, share: float) -> Ints:
    """Return the rows of establishments idled today; `share`: see `is_idled`.

    One that opened this evening has not worked yet: its activity is still 1.
    """
    found = np.empty(len(firms), dtype=np.int32)
    count = 0
    for p in range(len(firms)):
        firm = firms[p]
        if firm.possible >= share * firm.capacity:
            continue  # the quick way out, for nearly all
        if firm.alive and firm.activity != 1.0 and is_idled(firm, goods, share):
            found[count] = p
            count += 1
    return found[:count]


@inlined
def allowed(slot: Rows, limit: float, function: int) -> float:
    """Output that tonight's stock of an input would allow, EUR a day; infinite if none hangs on it.

    Where inputs replace each other all of them bind.
    """
    if slot.shelf >= 0 or slot.coefficient <= 0.0:
        return np.inf
    output = slot.stock / slot.coefficient
    if function in (LEONTIEF, LINEAR) or slot.rating == 2:
        return output
    if slot.rating == 1 and function == STRICT:
        return output
    if slot.rating == 1 and function == HALF:
        return 0.5 * (output + limit)
    return np.inf


@compiled
def find_causes(idled: Ints, firms: Rows, slots: Rows, goods: Rows, settings: Rows) -> Rows:
    """Return the failing sources of the scarcest failing input of each, shape (idled, 2).

    SERVES stands where a source does not fail, both where an input lacks though no source fails:
    it was not ordered, for want of means, or is on its way.
    """
    causes = np.full((len(idled), 2), SERVES, dtype=np.int32)
    for i in range(len(idled)):
        firm = firms[idled[i]]
        limit = without_inputs(firm, goods)
        least = limit
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            if slot.trouble[0] == 0 and slot.trouble[1] == 0:
                continue
            output = allowed(slot, limit, settings.production)
            if output < least:
                least = output
                for k in range(2):
                    causes[i, k] = slot.source[k] if slot.trouble[k] > 0 else SERVES
    return causes


@inlined
def settle_at(
    level: int, i: int, idled: Ints, causes: Rows, struck: Rows, tier: Rows, root: Rows
) -> bool:
    """Give the i-th idled establishment a tier if one of its failing sources is one level up."""
    for k in range(2):
        source = causes[i, k]
        if source == SERVES:
            continue
        if source == OUTSIDE or struck[source]:
            if level == 1:
                tier[idled[i]] = 1
                root[idled[i]] = source
                return True
        elif level > 1 and tier[source] == level - 1:
            tier[idled[i]] = level
            root[idled[i]] = root[source]
            return True
    return False


@compiled
def settle(idled: Ints, causes: Rows, struck: Rows, tier: Rows, root: Rows) -> None:
    """Set tiers, the lowest first: 1 after the outside or one struck, else one more than a seller.

    Those that have a tier already (`tier` above 0) keep it. `root`: where it begins.
    """
    deepest = 1
    for i in range(len(idled)):
        for k in range(2):
            if causes[i, k] >= 0:
                deepest = max(deepest, tier[causes[i, k]] + 1)
    level = 1
    while level <= deepest:
        for i in range(len(idled)):
            if tier[idled[i]] == 0 and settle_at(level, i, idled, causes, struck, tier, root):
                deepest = max(deepest, level + 1)
        level += 1


@compiled
def settle_rest(idled: Ints, causes: Rows, tier: Rows, root: Rows) -> None:
    """Let sellers that fail for other reasons be roots: asked for more than they can, or closed."""
    is_idle = np.zeros(len(tier), dtype=np.bool_)
    is_idle[idled] = True
    for i in range(len(idled)):
        for k in range(2):
            source = causes[i, k]
            if tier[idled[i]] == 0 and source >= 0 and not is_idle[source]:
                tier[idled[i]] = 1
                root[idled[i]] = source


@compiled
def mark_exposed(firms: Rows, slots: Rows, cut: Rows, function: int, exposed: Rows) -> None:
    """Mark who buys outside an input on which its output hangs, of a good of which less comes.

    `cut`: by good. Inputs that bind not at all are no exposure, nor are goods of shelves.
    """
    for p in range(len(firms)):
        firm = firms[p]
        if not firm.alive or exposed[p]:
            continue
        for s in range(firm.first_slot, firm.end_slot):
            slot = slots[s]
            outside = slot.source[0] == OUTSIDE or slot.source[1] == OUTSIDE
            if outside and cut[slot.good] and allowed(slot, 0.0, function) < np.inf:
                exposed[p] = True
                break


@compiled
def people_hoarding(homes: Rows) -> float:
    """Return the persons of households that hoard tonight."""
    people = 0.0
    for h in range(len(homes)):
        if homes[h].hoard > 0:
            people += homes[h].people
    return people
