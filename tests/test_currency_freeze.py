"""Why a local currency can cost output in a freeze of payments (docs/measures-currency.md)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from tests.currencies import FREE, FREEZE, WIDE, run
from tests.rows import FUEL, calm_day, one, plant, recipe, rules_of

from ressort.goods import GOOD
from ressort.rules import purchases
from ressort.state import FLOWS, RING, SHELF

DEEP: Final = FREEZE | {"depth": 0.99}
ALL: Final = WIDE | FREE | {"adoption": 1.0, "firm_share": 1.0}
EMPTIED: Final = {"change_days": 1.0, "idle_accepted": 0.0, "keep_days": 5.0}
CLOSED: Final = ["water", "energy", "finance", "public_admin", "trade", "real_estate"]


def ordered_outside(units: float) -> float:
    """Return what a producer with 102 EUR orders outside when a tenth of euros may be spent.

    It wants 24 and wages are 2; `units` of its money are of the local currency.
    """
    firm, day = plant(cash=102.0, units=units, at_hand=units, wage_bill=2.0, end_slot=1), calm_day()
    slots = recipe([0.0], [0.2], [2])
    slots.good, slots.stock, slots.stock_target, day.payments = FUEL, 200.0, 240.0, 0.1
    goods = GOOD.rows(22, storable=True, lead_days=1)
    transit = np.zeros((RING, 1))
    purchases.order_inputs(
        firm, slots, SHELF.rows(0), goods, np.zeros(1), transit, rules_of(), day, one(FLOWS)
    )
    return float(slots.order[0])


def test_units_that_suppliers_do_not_take_are_missing_among_the_euros_of_a_freeze() -> None:
    assert ordered_outside(0.0) == pytest.approx(10.0)
    assert ordered_outside(20.0) == pytest.approx(8.0)


def output_lost(currency: dict[str, Any] | None, seed: int) -> float:
    return float(run(currency, seed, DEEP).metrics["m5_loss_area_output"])


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_deep_freeze_units_in_the_tills_of_shops_cost_output(seed: int) -> None:
    """With all residents and producers in it, and nothing to pay for it.

    Less is lost where tills are emptied into euros before; output is saved where shops and
    landlords, who buy little from those who take units, do not accept.
    """
    bare = output_lost(None, seed)
    full = output_lost(ALL, seed)
    assert full > bare
    assert output_lost(ALL | EMPTIED, seed) < full
    assert output_lost(ALL | {"excluded": CLOSED}, seed) < bare
