"""The Mesa model behaves as Mesa users expect, and lives the same days as the plain engine."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import tracemalloc
import weakref
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from tests.states import differences
from tests.worlds import BOURG, VILLAGE, live, place_of

from ressort import mesa_model
from ressort.branches import BRANCHES
from ressort.day import live_one_day
from ressort.errors import InputError, RessortError
from ressort.indicators import NAMES
from ressort.mesa_model import Household, Producer, Ptce, Scic, TerritoryModel
from ressort.scenario import check
from ressort.scic import Cooperation
from ressort.shocks import Shock
from ressort.state import FIRM, FORMATS, HOME
from ressort.world import Rules, build_world

pytestmark = pytest.mark.filterwarnings("error")


def village(**arguments: Any) -> TerritoryModel:
    seed = {} if {"rng", "seed"} & set(arguments) else {"rng": 1}
    return TerritoryModel(VILLAGE, **({"people_per_agent": 5.0} | seed | arguments))


def test_it_works_without_arguments() -> None:
    model = TerritoryModel()
    assert isinstance(model, mesa.Model)
    people = model.agents_by_type[Household].agg("people", sum)
    assert people == pytest.approx(736, rel=0.05)
    for day in range(3):
        assert model.tick == day
        model.step()
    assert model.tick == 3


def test_agents_are_households_and_producers() -> None:
    model = village()
    homes, firms = model.agents_by_type[Household], model.agents_by_type[Producer]
    assert len(homes) == len(model.world.state.homes)
    assert len(firms) == len(model.world.state.firms)
    assert len(model.agents) == len(homes) + len(firms) + len(model.agents_by_type[Scic])
    assert all(isinstance(a, Household | Producer | Scic) for a in model.agents)
    assert len({a.unique_id for a in model.agents}) == len(model.agents)
    assert {producer.branch_name for producer in firms} <= set(BRANCHES)
    assert {producer.shop for producer in firms} <= {None, *FORMATS}


def test_a_ptce_is_an_agent_where_there_is_one() -> None:
    """It shows the platform of its own model, also after a copy."""
    assert Ptce not in village().agents_by_type
    content = {
        "territory": {"name": VILLAGE},
        "cooperation": {"scic": False, "ptce": {"member_share": 0.5, "members_least": 1}},
    }
    model = TerritoryModel.of_scenario(check(content), rng=1)
    (agent,) = model.agents_by_type[Ptce]
    assert (agent.alive, agent.stage) == (False, 0)
    model.step()
    assert (agent.alive, agent.stage) == (True, 1)
    assert agent.members > 0
    other = copy.deepcopy(model)
    other.world.measures[0].cash = 7.0
    (copied,) = other.agents_by_type[Ptce]
    assert copied.cash == 7.0
    assert agent.cash > 7.0


def test_attributes_are_live_views() -> None:
    """Reading follows the tables, writing changes them; each column has its attribute."""
    model, other = village(), village()
    home = next(iter(model.agents_by_type[Household]))
    table = model.world.state.homes
    assert home.cash == table.cash[home.row]
    table.cash[home.row] = 123.0
    assert home.cash == 123.0
    home.cash += 7.0
    assert table.cash[home.row] == 130.0
    home.pantry[0] = 9.0  # a cell of several numbers is a view as well
    assert table.pantry[home.row, 0] == 9.0
    assert other.world.state.homes.cash[home.row] != 130.0  # models share nothing
    producer = next(iter(model.agents_by_type[Producer]))
    for agent, declared in ((home, HOME), (producer, FIRM)):
        for column in declared.columns:
            rows = model.columns[declared.name][column.name]
            np.testing.assert_array_equal(getattr(agent, column.name), rows[agent.row])
            assert column.unit in getattr(type(agent), column.name).__doc__
    before = home.cash
    model.step()
    assert home.cash == table.cash[home.row] != before


def test_writing_steers_the_world() -> None:
    """Who closes all producers by hand finds no output the next day."""
    model = village(shock=None)
    model.step()
    assert model.today[NAMES.index("output")] > 0
    model.agents_by_type[Producer].set("alive", False)
    model.step()
    assert model.today[NAMES.index("output")] == 0


def test_agent_sets_work() -> None:
    model = village()
    homes = model.agents_by_type[Household]
    cash = homes.get("cash")
    assert sum(cash) == pytest.approx(model.world.state.homes.cash.sum())
    rich = homes.select(lambda home: home.cash > np.median(cash))
    assert 0 < len(rich) < len(homes)
    sizes = homes.groupby("persons").agg("people", sum)
    assert sum(sizes.values()) == pytest.approx(413, rel=0.1)
    frame = model.frame(Household)
    assert len(frame) == len(homes)
    assert frame.cash.tolist() == cash


def test_the_data_collector_has_a_row_a_day() -> None:
    model = village()
    for _ in range(4):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(NAMES)
    assert len(frame) == 4
    series = live(village().world, 4)
    for name in NAMES:
        np.testing.assert_array_equal(frame[name], series[name])


def batch(parameters: dict[str, Any], seeds: list[int], max_steps: int) -> list[dict[str, Any]]:
    """Run a batch; Mesa 3.5 takes seeds apart from the other parameters."""
    options: dict[str, Any] = {}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        options["rng"] = seeds
    else:
        parameters = parameters | {"rng": seeds}
    return mesa.batch_run(
        TerritoryModel,
        parameters=parameters,
        max_steps=max_steps,
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
        **options,
    )


def test_batch_run_works() -> None:
    """Each run is that of its own seed and parameters, day by day."""
    parameters = {"place_name": VILLAGE, "people_per_agent": 10.0, "cooperation": [True, False]}
    rows = pd.DataFrame(batch(parameters, [1, 2], 4))
    key = "rng" if "rng" in rows else "seed"  # Mesa 3.5 takes the older name where a model has it
    runs = dict(list(rows.groupby([key, "cooperation"])))
    assert set(runs) == {(rng, arm) for rng in (1, 2) for arm in (True, False)}
    for (rng, cooperation), run in runs.items():
        alone = village(people_per_agent=10.0, rng=int(rng), cooperation=bool(cooperation))
        series = live(alone.world, len(run))
        assert len(run) in (4, 5)  # Mesa 3.3 runs one step more than it says
        for name in NAMES:
            np.testing.assert_array_equal(run[name], series[name])


def test_iterations_of_a_batch_differ() -> None:
    """Without a seed each run has one of its own, that `run_seed` tells and that repeats it."""
    takes_rng = "rng" in inspect.signature(mesa.batch_run).parameters  # from Mesa 3.4 on
    three_times: dict[str, Any] = {"rng": [None] * 3} if takes_rng else {"iterations": 3}
    rows = pd.DataFrame(
        mesa.batch_run(
            TerritoryModel,
            parameters={"place_name": VILLAGE, "people_per_agent": 10.0},
            **three_times,
            max_steps=1,
            display_progress=False,
        )
    )
    assert rows.iteration.tolist() == [0, 1, 2]
    assert rows.household_cash.nunique() == 3
    models = [TerritoryModel(VILLAGE, people_per_agent=10.0) for _ in range(3)]
    assert len({model.run_seed for model in models}) == 3
    again = village(people_per_agent=10.0, rng=models[0].run_seed)
    assert differences(again.world.state, models[0].world.state) == set()


def test_a_seed_has_two_names() -> None:
    one, other = village(seed=7), village(rng=7)
    assert one.run_seed == other.run_seed == 7
    assert differences(one.world.state, other.world.state) == set()
    with pytest.raises(RessortError, match="give one of them"):
        TerritoryModel(VILLAGE, rng=7, seed=7)
    with pytest.raises(RessortError, match="seed: a seed is expected"):
        TerritoryModel(VILLAGE, seed=-7)


def test_a_failing_day_is_raised_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mesa 3.5 skips the steps after an exception without a word; this model complains."""
    model = village()
    model.step()

    def fail(world: object) -> None:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(mesa_model, "live_one_day", fail)
        with pytest.raises(ZeroDivisionError, match="planted"):
            model.step()
    for _ in range(2):
        with pytest.raises(RessortError, match=r"day 1 failed.*planted"):
            model.step()
    assert model.tick == 1


def test_finished_models_are_freed() -> None:
    """Twenty models built and dropped leave nothing behind."""

    def use_one() -> weakref.ref[TerritoryModel]:
        model = village()
        model.step()
        return weakref.ref(model)

    use_one()  # caches fill
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        references = [use_one() for _ in range(20)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not any(reference() for reference in references)
    a_state = len(pickle.dumps(village().world.state))
    assert after - before < 20 * a_state / 4


@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
def test_copies_go_on_bit_for_bit(how: str) -> None:
    model = village(shock="isolation", shock_start=3, shock_days=5)
    for _ in range(5):
        model.step()
    twin = pickle.loads(pickle.dumps(model)) if how == "pickle" else copy.deepcopy(model)
    assert differences(twin.world.state, model.world.state) == set()
    for _ in range(10):
        model.step()
    assert twin.tick == 5  # it has a life of its own
    for _ in range(10):
        twin.step()
    assert differences(twin.world.state, model.world.state) == set()
    pd.testing.assert_frame_equal(
        twin.datacollector.get_model_vars_dataframe(),
        model.datacollector.get_model_vars_dataframe(),
    )
    home = next(iter(twin.agents_by_type[Household]))
    home.cash = -1.0
    assert twin.world.state.homes.cash[home.row] == -1.0
    assert model.world.state.homes.cash[home.row] != -1.0


def test_it_lives_the_days_of_the_plain_engine() -> None:
    shock = Shock("import_cut", 4, 6, 0.9)
    model = TerritoryModel(
        BOURG, people_per_agent=4.0, shock_start=4, shock_days=6, shock_depth=0.9, rng=11
    )
    world = build_world(place_of(BOURG), Rules(), 11, 4.0, (shock,), Cooperation())
    for _ in range(20):
        model.step()
        live_one_day(world)
    assert differences(model.world.state, world.state) == set()


def test_it_lives_the_days_of_a_scenario() -> None:
    scenario = check(
        {
            "territory": {"codes": [VILLAGE]},
            "run": {"people_per_agent": 4.0, "days": 20, "rationing": "members_first"},
            "shocks": [{"kind": "isolation", "start_day": 2, "days": 5}],
        }
    )
    model = TerritoryModel.of_scenario(scenario, rng=2, cooperation=False)
    assert model.world.seed == 2
    assert model.world.cooperation is None
    model.step()
    going_on = TerritoryModel.of_world(model.world)
    going_on.step()
    assert going_on.tick == 2


def test_parameters_reach_the_rules() -> None:
    model = village(parameters={"repair_days": 9.0})
    assert model.world.settings["repair_days"] == 9.0


@pytest.mark.parametrize("rng", [-1, 1.5, True, "1"])
def test_a_seed_is_a_whole_number(rng: Any) -> None:
    with pytest.raises(RessortError, match="rng"):
        TerritoryModel(VILLAGE, rng=rng)


def test_unknown_places_and_parameters_are_refused() -> None:
    with pytest.raises(InputError):
        TerritoryModel("Nowhere-sur-Rien")
    with pytest.raises(InputError, match="repair_days"):
        village(parameters={"repairdays": 1.0})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shock": "import_cutt"}, "shock: one of .* did you mean 'import_cut'"),
        ({"shock_days": -3}, "shock_days: at least 1"),
        ({"shock_start": -1}, "shock_start: at least 0"),
        ({"shock_depth": 1.5}, "shock_depth: at most 1"),
        ({"people_per_agent": 0.5}, "people_per_agent: at least 1"),
        ({"place_name": 63178}, "place_name: text in quotes"),
    ],
)
def test_arguments_are_checked_as_in_a_scenario(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TerritoryModel(**arguments)


def test_numpy_arguments_are_taken() -> None:
    one = village(shock_days=np.int64(5), shock_depth=np.float64(0.5), people_per_agent=np.int64(5))
    assert one.world.shocks[0].days == 5


def test_numpy_seeds_are_taken() -> None:
    one, other = village(rng=np.int64(4)), village(rng=4)
    assert differences(one.world.state, other.world.state) == set()
