"""How much of what members owe each other clears, alone and with mutual credit, and on what.

    python experiments/currency/clearing.py [--seeds N] [--places issoire clermont]

Writes tables in Markdown to results/currency-clearing.md; what they mean is in
docs/measures-currency.md. Each network is a graph of debts. `net` is the net internal debt as a
share of all debts: what members owe beyond what others owe them, which no netting can lower.
`alone` is the share of all debts on the largest circulation. `line x` is the share that clears when
every member may owe, and may be owed, units up to a line.

Random networks have the published size of Sardex, 1,477 firms and 48,170 transactions (Iosifidis et
al. 2018), or of the invoices of Fleischman, Dini and Littera (2020), 3,199 firms and 138,378. All
else is assumed and varied: how unequal members are, whether who sells much buys much, how unequal
payments are, and how many of the transactions are cleared at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ressort.day import live_one_day
from ressort.measures.base import Floats
from ressort.measures.currency import Currency
from ressort.measures.currency.clearing import Longs, cleared, net_debt, usual_trade
from ressort.progress import say
from ressort.rules.units import count_custom
from ressort.scenario import check, load
from ressort.simulation import Stage
from ressort.streams import stream
from ressort.world import World

OUT: Final = Path("results/currency-clearing.md")
SARDEX: Final = (1477, 48170)
INVOICES: Final = (3199, 138378)
SHARES: Final = (0.1, 0.25, 0.5, 1.0)  # lines of random networks, in shares of what a member owes
DAYS: Final = (5.0, 15.0, 30.0)  # lines of the model's networks, in days of usual outlays
MONTH: Final = 30.0  # days of usual trade among the model's producers that are open
PLACES: Final = {"issoire": "issoire-import-cut", "clermont": "clermont-import-cut"}


class Network(NamedTuple):
    """Debts by pair, and how many members there are."""

    debtor: Longs
    creditor: Longs
    amount: Floats
    members: int


class Kind(NamedTuple):
    """A kind of random network; spreads are of logarithms, `alike` the correlation of two of them.

    `part`: share of the transactions that is open when debts are cleared.
    """

    name: str
    size: tuple[int, int] = SARDEX
    spread: float = 1.0
    alike: float = 0.5
    amounts: float = 1.0
    part: float = 1.0


KINDS: Final = (
    Kind("Sardex, usual assumptions"),
    Kind("members all alike", spread=0.0),
    Kind("members more unequal", spread=2.0),
    Kind("who sells much buys no more", alike=0.0),
    Kind("who sells much buys as much", alike=1.0),
    Kind("all payments equal", amounts=0.0),
    Kind("payments more unequal", amounts=2.0),
    Kind("a twelfth at once", part=1 / 12),
    Kind("a twenty-fourth at once", part=1 / 24),
    Kind("a twenty-fourth, members more unequal", spread=2.0, part=1 / 24),
    Kind("size of the paper of 2020", INVOICES),
    Kind("the same, a twelfth at once", INVOICES, part=1 / 12),
)


# ---------------------------------------------------------------- networks
def pairs_of(debtor: Longs, creditor: Longs, amount: Floats, count: int) -> Network:
    """Return a network with one debt a pair, and none to oneself."""
    key = (debtor * count + creditor)[debtor != creditor]
    pairs, place = np.unique(key, return_inverse=True)
    summed = np.bincount(place, weights=amount[debtor != creditor])
    return Network(*np.divmod(pairs, count), np.asarray(summed, float), count)


def random_network(kind: Kind, seed: int) -> Network:
    """Draw a network: buyers and sellers in proportion to log-normal weights, log-normal sums."""
    rng = stream(seed, f"clearing of {kind.name}")
    n, m = kind.size[0], round(kind.part * kind.size[1])
    common, own = rng.standard_normal((2, n))
    buys = kind.spread * common
    sells = kind.spread * (kind.alike * common + np.sqrt(1.0 - kind.alike**2) * own)
    who = [rng.choice(n, m, p=np.exp(w) / np.exp(w).sum()) for w in (buys, sells)]
    return pairs_of(who[0], who[1], rng.lognormal(0.0, kind.amounts, m), n)


def world_of(name: str, share: float, seed: int) -> World:
    """Return a place of the model after one day, with a share of its producers accepting."""
    content = load(PLACES[name]).model_dump() | {
        "cooperation": {"scic": False},
        "currency": {"adoption": 0.1, "firm_share": share},
    }
    world = Stage.of(check(content)).world(seed, True)
    live_one_day(world)
    return world


def joined(world: World) -> NDArray[np.bool_]:
    """Return who accepts."""
    (currency,) = (m for m in world.measures if isinstance(m, Currency))
    return currency.joined


def with_households(world: World, debts: Network) -> Network:
    """Add all residents as one more member: accepting employers owe it wages, it owes customs."""
    state, inside = world.state, joined(world)
    homes = debts.members
    custom, rest = np.zeros(homes), np.zeros(homes)
    everyone = np.ones(len(state.homes))
    count_custom(state.homes, world.items, state.firms, everyone, custom, rest)
    jobs = state.jobs
    here = jobs.household >= 0
    net = float(world.settings.net_wage_share)
    wages = np.bincount(jobs.producer[here], weights=net * jobs.wage[here], minlength=homes)
    rows = np.flatnonzero(inside)
    hub = np.full(len(rows), homes)
    return pairs_of(
        np.concatenate([debts.debtor, rows, hub]),
        np.concatenate([debts.creditor, hub, rows]),
        np.concatenate([debts.amount, MONTH * wages[rows], MONTH * custom[rows]]),
        homes + 1,
    )


# ---------------------------------------------------------------- what clears
def shares_cleared(net: Network, lines: Sequence[Floats], room: Floats | None = None) -> Floats:
    """Return, as shares of all debts: the net debt, what clears alone, and with each line.

    `room`: units that members may be owed; by default as many as they may owe.
    """
    debts = (net.debtor, net.creditor, net.amount, net.members)
    whole = net.amount.sum()
    found = [net_debt(*debts), cleared(*debts).sum()]
    for line in lines:
        found.append(cleared(*debts, line, line if room is None else room).sum())
    return np.array(found) / whole


def of_random(kind: Kind, seed: int) -> Floats:
    """Return what clears of a random network."""
    net = random_network(kind, seed)
    owes = np.bincount(net.debtor, weights=net.amount, minlength=net.members)
    owed = np.bincount(net.creditor, weights=net.amount, minlength=net.members)
    return shares_cleared(net, [s * np.maximum(owes, owed) for s in SHARES])


def of_model(name: str, share: float, seed: int) -> tuple[Floats, Floats, int]:
    """Return what clears of a network of the model, the same with households, and its debts."""
    world = world_of(name, share, seed)
    firms = world.state.firms
    debtor, creditor, a_day = usual_trade(world, joined(world))
    net = Network(debtor, creditor, MONTH * a_day, len(firms))
    lines = [days * np.asarray(firms.outlays_calm) for days in DAYS]
    alone = shares_cleared(net, lines)
    closed = shares_cleared(with_households(world, net), [np.append(line, 0.0) for line in lines])
    return alone, closed, len(a_day)


# ---------------------------------------------------------------- tables
def row(name: str, found: Sequence[Floats]) -> str:
    """Return a row: percent, means over seeds."""
    return f"| {name} | " + " | ".join(f"{100 * x:.0f}" for x in np.mean(found, axis=0)) + " |"


def head(first: str, lines: Sequence[str]) -> str:
    """Return the head of a table."""
    cells = [first, "net", "alone", *(f"line {line}" for line in lines)]
    return f"| {' | '.join(cells)} |\n|{' --- |' * len(cells)}"


def tables(seeds: int, places: Sequence[str]) -> Iterator[str]:
    """Yield the lines of both tables, percent of all debts."""
    yield head("random network", [f"{s:g} of debts" for s in SHARES])
    for kind in KINDS:
        say(f"random network: {kind.name}")
        yield row(kind.name, [of_random(kind, seed) for seed in range(1, seeds + 1)])
    yield ""
    yield head("network of the model", [f"{d:g} days" for d in DAYS])
    for name in places:
        for share in (0.3, 1.0):
            say(f"network of the model: {name}, {share:g} accepting")
            found = [of_model(name, share, seed) for seed in range(1, seeds + 1)]
            debts = np.mean([f[2] for f in found])
            label = f"{name}, {100 * share:.0f} % accepting ({debts:.0f} pairs)"
            yield row(label, [f[0] for f in found])
            yield row(f"{label}, and households", [f[1] for f in found])


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--places", nargs="+", choices=PLACES, default=["issoire"])
    asked = parser.parse_args()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(tables(asked.seeds, asked.places)) + "\n", encoding="utf-8")
    say(f"tables: {OUT}")


if __name__ == "__main__":
    main()
