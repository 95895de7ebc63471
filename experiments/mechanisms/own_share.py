"""Whether the pool helps by sharing: a SCIC in which each member gets back its own stock alone.

    python experiments/mechanisms/own_share.py [--seeds N] [--days N] [--people N]

The grant of the pool is replaced by one that gives each purchase at most what it handed in, at the
same time, by the same haul, at the same cost. What is left of the effect of the pool is that of
holding stock back; what is gone is that of sharing. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from ressort.compiled import compiled
from ressort.rules import cooperation as rules
from ressort.rules.cooperation import is_active_member, lack
from ressort.scenario import Scenario, check, load
from ressort.simulation import Stage, run_arm
from ressort.state import Floats, Rows

METRIC: Final = "m4_unmet_person_days"
SEARCH_RATES: Final = (0.05, 0.2)
HEADER: Final = (
    "| search_rate | seed | without, million person-days | pool, % | own share only, % |\n"
    "| --- | --- | --- | --- | --- |"
)


@compiled
def give_back(
    firms: Rows,
    slots: Rows,
    goods: Rows,
    scic: Rows,
    pooled: Floats,
    due: Floats,
    settings: Rows,
    flows: Rows,
    own: Floats,
) -> None:
    """Grant members nearly out of a good what they put in of it; `own`: what is left, by slot."""
    price = 1.0 + settings.haul_cost
    for p in range(len(firms)):
        firm = firms[p]
        if not is_active_member(firm):
            continue
        for s in range(firm.first_slot, firm.end_slot):
            good = slots[s].good
            grant = min(lack(slots[s], goods[good], pooled[s], settings.pool_floor), own[s])
            grant = min(grant, scic.pool[good], max(0.0, firm.cash + firm.credit) / price)
            own[s] -= grant
            scic.pool[good] -= grant
            scic.cash += grant
            firm.cash -= grant * price
            flows.haulage -= grant * settings.haul_cost
            pooled[s] += grant
            due[s] += grant


def unmet(stage: Stage, seed: int) -> list[float]:
    """Return needs unmet of a seed: without a SCIC, with a pool, with own shares only."""
    economy = stage.economy(seed)
    runs = [run_arm(stage, seed, scic, economy=economy) for scic in (False, True)]
    own = stage.world(seed, True, economy).state.given.copy()
    kernel: Any = give_back
    with patch.object(rules, "grant_from_pool", lambda *tables: kernel(*tables[:-1], own)):
        runs.append(run_arm(stage, seed, True, economy=economy))
    return [run.metrics[METRIC] for run in runs]


def scenario_of(base: Scenario, rate: float, days: int, people: float) -> Scenario:
    """Return a scenario with a pool only, and a search rate, length and resolution of its own."""
    content = base.model_dump()
    content["run"] |= {"days": days, "people_per_agent": people}
    content["parameters"] |= {"search_rate": rate}
    content["cooperation"] |= {"mechanisms": ("pool",)}
    return check(content, base.name)


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--people", type=float, default=100.0, help="people an agent")
    given = parser.parse_args()
    lines = [HEADER]
    base = load("clermont-import-cut")
    for rate in SEARCH_RATES:
        stage = Stage.of(scenario_of(base, rate, given.days, given.people))
        for seed in range(base.seeds.first, base.seeds.first + given.seeds):
            found = np.array(unmet(stage, seed))
            change = 100 * (found[1:] / found[0] - 1)
            lines.append(
                f"| {rate} | {seed} | {found[0] / 1e6:.2f} | {change[0]:+.2f} | {change[1]:+.2f} |"
            )
            print(lines[-1], file=sys.stderr)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
