"""The plain model as tables like the engine's, and where the two differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tests.reference.plain_things import NEEDS, PANTRY, SHELVES, Shelf

from ressort.branches import BRANCHES
from ressort.branches import NEEDS as NEED_ORDER
from ressort.state import FORMATS, ITEMS, OUTSIDE, RING, SERVICES, STORED
from ressort.world import World

if TYPE_CHECKING:
    from tests.reference.plain_mesa import PlainModel
    from tests.reference.plain_producer import Producer

CLOSE = 1e-9  # of the number, or of one euro, job, day or whole share if the number is smaller
Columns = dict[str, np.ndarray]

OF_PRODUCERS = (
    *("alive", "member", "broken", "staff", "able", "intact", "stock", "crop", "demand_expected"),
    *("exports_kept", "orders", "served", "possible", "production", "sold", "exported"),
    *("activity", "slack_days", "want_days", "vacancy", "cash", "cash_target", "restraint"),
    "credit",
    *("short_days", "loan"),
)
OF_PURCHASES = ("stock", "stock_target", "in_transit", "order", "lean", "trouble")
OF_SHELVES = ("asked", "served", "sales_expected")
OF_HOUSEHOLDS = ("hoard", "income", "income_expected", "cash")
OF_SCIC = ("active", "open", "cash", "fund", "unpaid_days")


def _columns(agents: Any, names: tuple[str, ...]) -> Columns:
    return {name: np.array([getattr(agent, name) for agent in agents]) for name in names}


def _row(seller: Producer | None) -> int:
    return OUTSIDE if seller is None else seller.row


def plain_tables(model: PlainModel) -> dict[str, Columns]:
    """Return the state of a plain model by table and column, rows in the order of the start."""
    producers = sorted(model.producers, key=lambda agent: agent.row)
    households = sorted(model.households, key=lambda agent: agent.row)
    purchases = [purchase for producer in producers for purchase in producer.purchases]
    tables = {
        "producers": _columns(producers, OF_PRODUCERS),
        "purchases": _columns(purchases, OF_PURCHASES),
        "shelves": _columns([p for p in purchases if isinstance(p, Shelf)], OF_SHELVES),
        "jobs": _columns([job for producer in producers for job in producer.job_rows], ("held",)),
        "households": _columns(households, OF_HOUSEHOLDS),
    }
    tables["scic"] = _columns([model.scic], OF_SCIC)
    tables["beyond"] = {
        "stock": np.array([model.stock_beyond[good] for good in BRANCHES]),
        "served": np.array([model.today.beyond[good] for good in BRANCHES]),
    }
    tables["scic"]["pool"] = np.array([[model.scic.pool[name] for name in BRANCHES]])
    tables["purchases"] |= {
        "source": np.array([[_row(source) for source in p.sources] for p in purchases]),
        "arrivals": np.array([_arrivals(p.arrivals, model.tick) for p in purchases]),
        "pooled": np.array([p.pooled for p in purchases]),
    }
    tables["households"] |= {
        "order": np.array([[h.wants[name] for name in ITEMS] for h in households]),
        "pantry": np.array([[h.pantry[name] for name in STORED] for h in households]),
        "gap": np.array([list(h.gap.values()) for h in households]),
        "met": np.array([[h.met[need] for need in NEED_ORDER] for h in households]),
        "unmet": np.array([[h.unmet[need] for need in NEED_ORDER] for h in households]),
        "lean": np.array([[h.lean[kind] for kind in FORMATS] for h in households]),
        "provider": np.array([[_row(h.provider[name]) for name in SERVICES] for h in households]),
        "outlet": np.array(
            [[[_row(p) for p in h.outlets[kind]] for kind in FORMATS] for h in households]
        ),
    }
    return tables


def _arrivals(by_day: dict[int, float], tomorrow: int) -> list[float]:
    return [by_day.get(tomorrow + k, 0.0) for k in range(RING)]


def engine_tables(world: World) -> dict[str, Columns]:
    """Return the same tables of the engine."""
    state = world.state
    rows = {
        "producers": (state.firms, OF_PRODUCERS),
        "purchases": (state.slots, (*OF_PURCHASES, "source")),
        "shelves": (state.shelves, OF_SHELVES),
        "jobs": (state.jobs, ("held",)),
        "scic": (state.scic, (*OF_SCIC, "pool")),
        "households": (
            state.homes,
            (
                *OF_HOUSEHOLDS,
                *("order", "pantry", "gap", "met", "unmet", "lean", "provider", "outlet"),
            ),
        ),
    }
    tables = {
        name: {column: np.asarray(table[column]) for column in columns}
        for name, (table, columns) in rows.items()
    }
    tables["beyond"] = {"stock": state.beyond, "served": np.asarray(world.day.beyond)}
    ring = [(world.tick + k) % RING for k in range(RING)]
    tables["purchases"]["arrivals"] = state.transit[ring].T
    tables["purchases"]["pooled"] = state.pooled
    return tables


def differences(model: PlainModel, world: World) -> list[str]:
    """Return a line for each column in which reference and engine are not the same numbers."""
    plain, engine = plain_tables(model), engine_tables(world)
    lines = []
    for table, columns in engine.items():
        assert plain[table].keys() == columns.keys()
        for name, theirs in columns.items():
            ours = plain[table][name].reshape(theirs.shape)  # of an empty table too
            same = np.isclose(ours, theirs, rtol=CLOSE, atol=CLOSE)
            if not same.all():
                where = tuple(np.argwhere(~same)[0])
                lines.append(
                    f"day {world.tick - 1}, {table}.{name}{list(map(int, where))}: "
                    f"{ours[where]!r} by the page, {theirs[where]!r} by the engine "
                    f"({(~same).sum()} of {same.size} differ)"
                )
    return lines


assert set(NEED_ORDER) == set(NEEDS)
assert PANTRY == STORED
assert tuple(SHELVES) == FORMATS
