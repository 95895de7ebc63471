"""Questions in SQL: what the tables hold, what may not be asked, and faults in one line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.batches import DAYS, Eager, filled, plan, result

from ressort.batch import query
from ressort.batch.plan import Point
from ressort.batch.store import Store
from ressort.errors import InputError


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seeds of five points; run 7 failed, run 19 is left."""
    folder = tmp_path_factory.mktemp("batch") / "it's"
    with Store.create(folder, plan(replicates=2, draws=2)) as store:
        store.save(result(range(10), failed=[7]))
        store.save(result(range(10, 19)))
    return folder


def rows(folder: Path, sql: str) -> list[dict[str, object]]:
    with query.answer(folder, sql) as reader:
        found: list[dict[str, object]] = reader.read_all().to_pylist()
    return found


def test_runs_are_the_cases_of_the_plan(batch: Path) -> None:
    given = plan(replicates=2, draws=2)
    found = rows(batch, "SELECT * FROM runs ORDER BY run_id")
    assert len(found) == 20
    for row in found:
        case = given.case(int(str(row["run_id"])))
        assert {name: row[name] for name in vars(case)} == vars(case)
    assert [row["run_id"] for row in found if row["status"] == "failed"] == [7]
    assert [row["run_id"] for row in found if row["status"] == "left"] == [19]
    assert (found[7]["error_kind"], found[7]["error"]) == ("ValueError", "no water")
    assert (found[0]["error_kind"], found[0]["seconds"]) == ("", 0.1)


def test_points_have_a_column_a_factor(batch: Path) -> None:
    found = rows(batch, 'SELECT scenario_id, "shocks.0.depth" AS depth, word FROM points')
    assert found == [{"scenario_id": k, "depth": k / 7, "word": "ab"[k % 2]} for k in range(5)]


def test_factors_of_several_kinds() -> None:
    values = [
        {"whole": 1, "real": 1, "truth": True, "mixed": 1, "list": [1, 2], "some": 2},
        {"whole": 2, "real": 0.5, "truth": False, "mixed": "x", "list": [], "none": None},
    ]
    table = query.points(
        plan().__class__("x", {}, (), tuple(Point(k, v) for k, v in enumerate(values)))
    )
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {
        "scenario_id": "int64",
        "whole": "int64",
        "real": "double",
        "truth": "bool",
        "mixed": "string",
        "list": "string",
        "some": "int64",
        "none": kinds["none"],
    }
    assert table["mixed"].to_pylist() == ["1", "x"]
    assert table["some"].to_pylist() == [2, None]


def test_metrics_and_series_are_what_was_stored(batch: Path) -> None:
    expected = pa.concat_tables(result([3]).tables["series"].select([k]) for k in ("essential",))
    found = rows(batch, "SELECT essential, day, arm FROM series WHERE run_id = 3")
    assert [row["essential"] for row in found] == expected["essential"].to_pylist()
    assert {row["day"] for row in found} == set(range(DAYS))
    metrics = rows(batch, "SELECT * FROM metrics WHERE run_id = 3 ORDER BY arm")
    assert [row["arm"] for row in metrics] == ["with", "without"]
    assert metrics[1]["m6_days_to_recover"] == math.inf
    assert math.isnan(float(str(metrics[0]["m7_rapidity"])))
    assert rows(batch, "SELECT count(*) AS n FROM metrics") == [{"n": 2 * 18}]
    assert rows(batch, "SELECT count(*) AS n FROM communes") == [{"n": 0}]


def test_results_join_runs_and_points(batch: Path) -> None:
    (row,) = rows(batch, "SELECT * FROM results WHERE run_id = 8 AND arm = 'with'")
    assert row["scenario_id"] == 3
    assert row["shocks.0.depth"] == 3 / 7
    assert row["seed"] == 1
    assert row["replicate"] == 1
    assert row["m3_depth"] == result([8]).tables["metrics"]["m3_depth"][0].as_py()


def test_quantiles_by_day(batch: Path) -> None:
    sql = (
        "SELECT day, quantile_cont(essential, 0.9) AS high FROM series"
        " WHERE arm = 'with' AND kind = 'shocked' GROUP BY day ORDER BY day"
    )
    found = query.frame(batch, sql)["high"].to_numpy()
    runs = [k for k in range(19) if k != 7]
    values = result(runs).tables["series"]["essential"].to_numpy().reshape(18, 4, DAYS)[:, 0]
    np.testing.assert_allclose(found, np.quantile(values, 0.9, axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("selec", "syntax error"),
        ("SELECT m3_dept FROM metrics", "m3_depth"),
        ("SELECT * FROM metric", "tables: runs, points, metrics, series, communes, results"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("", "one SELECT"),
        ("COPY runs TO 'out.csv'", "one SELECT"),
        ("CREATE TABLE x AS FROM runs", "one SELECT"),
        ("EXPLAIN ANALYZE COPY runs TO 'out.csv'", "one SELECT"),
        ("ATTACH 'x.db'", "one SELECT"),
        ("SET memory_limit = '9TB'", "one SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
        ("FROM glob('/etc/*')", "disabled"),
        ("SELECT error::INT FROM runs WHERE run_id = 7", "Could not convert"),
    ],
)
def test_faults_are_one_line(batch: Path, sql: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        rows(batch, sql)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("SQL: ")


def test_pivot_and_describe(batch: Path) -> None:
    found = rows(batch, "PIVOT runs ON status USING count(*) GROUP BY scenario_id ORDER BY 1")
    assert [row["done"] for row in found] == [4, 4, 3, 4, 3]
    names = [row["column_name"] for row in rows(batch, "DESCRIBE results")]
    assert {"m3_depth", "seed", "shocks.0.depth"} <= set(names)


def test_nothing_is_stored_yet(tmp_path: Path) -> None:
    Store.create(tmp_path / "b", plan()).close()
    assert rows(tmp_path / "b", "SELECT count(*) AS n FROM results") == [{"n": 0}]
    assert rows(tmp_path / "b", "SELECT count(*) AS n FROM runs") == [{"n": 20}]


def test_files_merged_in_the_meantime_are_looked_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that begins just before its files are merged away still has its answer."""
    with Eager.create(tmp_path / "b", plan()) as store:
        for run_id in range(5):
            store.save(result([run_id]))
        first = store.files("metrics")
        asked, tries = query._asked, []

        def slow(*arguments: object) -> pa.RecordBatchReader:
            tries.append(1)
            if len(tries) == 1:
                for run_id in range(5, 12):
                    store.save(result([run_id]))
            return asked(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(query, "_asked", slow)
        assert rows(tmp_path / "b", "SELECT count(*) AS n FROM metrics") in (
            [{"n": 10}],
            [{"n": 24}],
        )
    assert not first[0].exists()


def test_missing_file_is_told(tmp_path: Path) -> None:
    with filled(tmp_path / "b") as store:
        store.files("series")[0].unlink()
    with pytest.raises(InputError, match="series-"):
        rows(tmp_path / "b", "SELECT sum(essential) FROM series")


def test_encoding_of_files(batch: Path) -> None:
    with Store.open(batch) as store:
        for table in ("metrics", "series"):
            described = pq.ParquetFile(store.files(table)[0])
            group = described.metadata.row_group(0)
            for k, field in enumerate(described.schema_arrow):
                column = group.column(k)
                assert column.compression == "ZSTD"
                split = "BYTE_STREAM_SPLIT" in column.encodings
                assert split == pa.types.is_floating(field.type)
                assert ("RLE_DICTIONARY" in column.encodings) != split
