"""Agent-based simulation of supply-chain shocks to a territory.

    import ressort

    run = ressort.simulate("clermont-import-cut", seed=1)
    run.daily, run.metrics, run.model

Names load on first use, so that `import ressort` and the command line start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "ressort.simulation",
    "Household": "ressort.mesa_model",
    "InputError": "ressort.errors",
    "LedgerError": "ressort.errors",
    "Portrait": "ressort.portraits.portrait",
    "Producer": "ressort.mesa_model",
    "RessortError": "ressort.errors",
    "Run": "ressort.simulation",
    "Scenario": "ressort.scenario",
    "Territory": "ressort.territories",
    "TerritoryModel": "ressort.mesa_model",
    "compare": "ressort.simulation",
    "load": "ressort.scenario",
    "portrait": "ressort.portraits.portrait",
    "simulate": "ressort.simulation",
    "synthetic": "ressort.profiles",
    "territory": "ressort.territories",
}
_MODULES = ("indicators", "metrics", "results")
__all__ = [
    "Comparison",
    "Household",
    "InputError",
    "LedgerError",
    "Portrait",
    "Producer",
    "RessortError",
    "Run",
    "Scenario",
    "Territory",
    "TerritoryModel",
    "__version__",
    "compare",
    "indicators",
    "load",
    "metrics",
    "portrait",
    "results",
    "simulate",
    "synthetic",
    "territory",
]

if TYPE_CHECKING:
    from ressort import indicators, metrics, results
    from ressort.errors import InputError, LedgerError, RessortError
    from ressort.mesa_model import Household, Producer, TerritoryModel
    from ressort.portraits.portrait import Portrait, portrait
    from ressort.profiles import synthetic
    from ressort.scenario import Scenario, load
    from ressort.simulation import Comparison, Run, compare, simulate
    from ressort.territories import Territory, territory


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"ressort.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'ressort' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
