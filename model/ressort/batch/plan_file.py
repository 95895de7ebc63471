"""A plan as JSON and back, exact: what is read equals what was written, floats to the last bit.

What JSON has no form for (tuples, infinite numbers, dates) is a mapping with one key that begins
with $, such as {"$float": "inf"}.
"""

from __future__ import annotations

import datetime
import json
import math
from typing import Any, Final

import numpy as np

from ressort.batch.plan import Arm, Kept, Plan, Point, Stop
from ressort.errors import InputError, shown

_TIMES: Final[dict[str, Any]] = {
    "$datetime": datetime.datetime,
    "$date": datetime.date,
    "$time": datetime.time,
}


def written(plan: Plan) -> str:
    """Return a plan as JSON, one key a line at the top. InputError for a value of another kind."""
    content = {
        "name": plan.name,
        "base": plan.base,
        "arms": [[arm.name, arm.cooperation, arm.changes] for arm in plan.arms],
        "points": [[point.scenario_id, point.factors] for point in plan.points],
        "first_seed": plan.first_seed,
        "draws": plan.draws,
        "replicates": plan.replicates,
        "kept": vars(plan.kept),
        "stop": vars(plan.stop) if plan.stop is not None else None,
        "design": plan.design,
    }
    lines = [f"{json.dumps(key)}: {_text(value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    """Return what JSON can hold, from which `_restored` makes the same value."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str | None):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(float(value))}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [_plain(item) for item in value]}
    for tag, kind in _TIMES.items():
        if isinstance(value, kind):
            return {tag: value.isoformat()}
    if not hasattr(value, "items") or not all(isinstance(key, str) for key in value):
        raise InputError(f"plan: {shown(value)} cannot be stored; give numbers, texts and lists")
    plain = {key: _plain(item) for key, item in value.items()}
    if any(key.startswith("$") for key in plain):
        return {"$items": list(plain.items())}
    return plain


def read(text: str) -> Plan:
    """Return the plan of a text that `written` gave; ValueError, KeyError, TypeError if not."""
    content = _restored(json.loads(text))
    arms = tuple(Arm(*arm) for arm in content.pop("arms"))
    points = tuple(Point(*point) for point in content.pop("points"))
    kept = Kept(**content.pop("kept"))
    stop = content.pop("stop")
    return Plan(
        **content, arms=arms, points=points, kept=kept, stop=None if stop is None else Stop(**stop)
    )


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, item),) = value.items()
        if tag == "$float":
            return float(item)
        if tag == "$tuple":
            return tuple(_restored(part) for part in item)
        if tag == "$items":
            return {key: _restored(part) for key, part in item}
        if tag in _TIMES:
            return _TIMES[tag].fromisoformat(item)
    return {key: _restored(item) for key, item in value.items()}
