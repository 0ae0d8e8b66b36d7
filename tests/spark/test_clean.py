"""Cleaning accounts for every landed line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from assay.errors import AssayError, InputError
from assay.spark.cleaning.clean import clean_frame
from assay.spark.cleaning.cleaned import Cleaned, Counts
from assay.spark.cleaning.row_accounting import check_balance, measure_cleaned
from assay.spec.schema.pipeline import TableSpec

from ..expect_errors import raises_code
from .landed_csv import schema

FIVE, SIX = date(2013, 1, 5), date(2013, 1, 6)
SCHEMA = schema("carrier string", "distance int", "air_time double", "landed_at timestamp")
HEADER = "carrier,distance,air_time,landed_at\n"
FLIGHTS = HEADER + (
    "AA,100,50,2013-01-05T10:00:00Z\n"
    "UA,100,0,2013-01-05T10:00:00Z\n"
    "UA,100,NA,2013-01-05T10:00:00Z\n"
    "B6,100,1,2013-01-05T10:00:00Z\n"
    "AA,100,50,2013-01-05T11:00:00Z\n"
    "DL,0,1,2013-01-05T10:00:00Z\n"
    ",100,50,2013-01-05T10:00:00Z\n"
    "EV,100\n"
    "WN,many,1,2013-01-05T10:00:00Z\n"
    "\n"
)


def table(**more: Any) -> TableSpec:
    """A table with two rules, keyed by carrier, the last one landed kept."""
    rules = [
        {"name": "nowhere", "when": "distance = 0", "action": "drop"},
        {"name": "too_fast", "when": "distance / air_time > 10", "action": "quarantine"},
    ]
    source = {"path": "flights", "format": "csv", "schema": "flights"}
    return TableSpec(
        **{"from": source, "key": ["carrier"], "deduplicate_by": ["landed_at DESC"], "rules": rules} | more
    )


@contextmanager
def cleaned(spark: SparkSession, folder: Path, text: str, function: Any = None, **more: Any) -> Iterator[Cleaned]:
    """`text` landed on the fifth and cleaned, with one good row on the sixth."""
    files = {}
    for day, content in ((FIVE, text), (SIX, HEADER + "ZZ,1,1,2013-01-06T00:00:00Z\n")):
        path = folder / str(day) / "flights.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        files[str(path)] = day
    result = clean_frame(spark, files, table(**more), SCHEMA, "day", function, zone="UTC")
    try:
        yield result
    finally:
        result.forget()


def counts_of(result: Cleaned) -> dict[date, Counts]:
    """The account of the two days."""
    return measure_cleaned(result, [], [], [FIVE, SIX])[1]


def test_each_line_is_out_quarantined_or_dropped_and_counted_under_its_rule(
    spark: SparkSession, tmp_path: Path
) -> None:
    with cleaned(spark, tmp_path, FLIGHTS) as result:
        counts = counts_of(result)
        assert counts[FIVE] == {
            "in": 9,
            "out": 2,
            "quarantined": {
                "duplicate": 1,
                "malformed": 1,
                "null_key": 1,
                "too_fast": 1,
                "too_fast:not_evaluable": 1,
                "type:distance": 1,
            },
            "dropped": {"nowhere": 1},
        }
        assert counts[SIX] == {"in": 1, "out": 1, "quarantined": {}, "dropped": {}}
        check_balance(9, counts[FIVE])
        assert result.good.columns == ["carrier", "distance", "air_time", "landed_at", "day"]
        assert dict(result.good.dtypes)["distance"] == "int"
        good = {
            (r.carrier, r.air_time, r.day, r.hour)
            for r in result.good.withColumn("hour", F.hour("landed_at")).collect()
        }
        assert good == {("AA", 50.0, FIVE, 11), ("UA", None, FIVE, 10), ("ZZ", 1.0, SIX, 0)}
        assert result.refused.columns == ["day", "reason", "raw", "file"]
        raw = {r.reason: r.raw for r in result.refused.collect()}
        assert raw == {
            "duplicate": "AA,100,50,2013-01-05T10:00:00Z",
            "malformed": "EV,100",
            "null_key": ",100,50,2013-01-05T10:00:00Z",
            "too_fast": "B6,100,1,2013-01-05T10:00:00Z",
            "too_fast:not_evaluable": "UA,100,0,2013-01-05T10:00:00Z",
            "type:distance": "WN,many,1,2013-01-05T10:00:00Z",
        }
        assert {r.file for r in result.refused.collect()} == {str(tmp_path / "2013-01-05/flights.csv")}


def test_lines_are_split_once_and_reading_the_result_reads_no_file_again(spark: SparkSession, tmp_path: Path) -> None:
    lines = FLIGHTS.replace("WN,many", "WN,100")
    with cleaned(spark, tmp_path, lines) as result:
        counts_of(result)
        (tmp_path / "2013-01-05/flights.csv").unlink()
        assert result.good.count() == 3
        assert result.refused.count() == 6
        plan = result.good._jdf.queryExecution().executedPlan().toString()
        assert "InMemoryTableScan" in plan
        final = plan[plan.index("Final Plan") : plan.index("Initial Plan")]
        assert final.count("from_csv(") == 2  # Spark's own way, and ours for the lines that need it
        assert final.count("as timestamp)") == 1


def test_a_day_of_a_header_alone_counts_nothing(spark: SparkSession, tmp_path: Path) -> None:
    with cleaned(spark, tmp_path, HEADER) as result:
        assert counts_of(result)[FIVE] == {"in": 0, "out": 0, "quarantined": {}, "dropped": {}}
        assert result.good.count() == 1


def test_no_files_at_all_clean_to_nothing(spark: SparkSession) -> None:
    result = clean_frame(spark, {}, table(), SCHEMA, "day", zone="UTC")
    assert measure_cleaned(result, [], [], []) == ({}, {})
    assert result.good.collect() == result.refused.collect() == []
    result.forget()


@pytest.mark.parametrize(
    ("column", "kind", "line", "example"),
    [
        ("distance", "int", "AA,1.5,50,2013-01-05T10:00:00Z", "1.5"),
        ("landed_at", "timestamp", "AA,1,50,1357380000", "1357380000"),
    ],
)
def test_a_column_that_mostly_fails_to_parse_was_retyped_at_the_source(
    spark: SparkSession, tmp_path: Path, column: str, kind: str, line: str, example: str
) -> None:
    good = "UA,1,50,2013-01-05T10:00:00Z\n,,,\n,,,\n"
    refusal = raises_code(InputError, "column-retyped", column, "2013-01-05", 2, 3, kind, example)
    with refusal, cleaned(spark, tmp_path, f"{HEADER}{line}\n{line}\n{good}") as result:
        counts_of(result)


def test_half_of_the_values_failing_is_not_yet_a_retyped_column(spark: SparkSession, tmp_path: Path) -> None:
    lines = "AA,x,50,2013-01-05T10:00:00Z\nUA,1,50,2013-01-05T10:00:00Z\n"
    with cleaned(spark, tmp_path, HEADER + lines) as result:
        assert counts_of(result)[FIVE]["quarantined"] == {"type:distance": 1}


def test_a_partition_column_written_in_another_way_was_retyped_too(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("day,n\n01/05/2013,1\n01/05/2013,2\n2013-01-05,3\n")
    dated = schema("day date", "n int")
    with raises_code(InputError, "column-retyped", "day", "2013-01-05", 2, 3, "date", "01/05/2013"):
        measure_cleaned(
            clean_frame(
                spark, {str(path): FIVE}, table(key=["n"], deduplicate_by=[], rules=[]), dated, "day", zone="UTC"
            ),
            [],
            [],
            [FIVE],
        )


def no_delta(frame: DataFrame) -> DataFrame:
    return frame.where("carrier <> 'DL' OR carrier IS NULL").withColumn("far", F.col("distance") > 50)


def twice(frame: DataFrame) -> DataFrame:
    return frame.unionAll(frame)


def loses_a_column(frame: DataFrame) -> DataFrame:
    return frame.drop("air_time")


def retypes(frame: DataFrame) -> DataFrame:
    return frame.withColumn("distance", F.col("distance").cast("double"))


def returns_pandas(frame: DataFrame) -> Any:
    import pandas as pd

    return pd.DataFrame({"day": [FIVE], "rows": [len(frame.columns)]})


def fails(frame: DataFrame) -> DataFrame:
    assert "no such column" in frame.columns, "no"
    return frame


def returns_nothing(_: DataFrame) -> None:
    return None


def test_a_function_gets_typed_good_rows_and_what_it_removes_is_counted(spark: SparkSession, tmp_path: Path) -> None:
    with cleaned(spark, tmp_path, FLIGHTS, no_delta) as result:
        counts = counts_of(result)[FIVE]
        assert counts["in"] == 9
        assert counts["dropped"] == {"function": 1}
        assert counts["quarantined"]["malformed"] == counts["quarantined"]["too_fast"] == 1
        check_balance(9, counts)
        assert result.good.columns == ["carrier", "distance", "air_time", "landed_at", "day", "far"]
        assert {(r.carrier, r.far) for r in result.good.collect()} == {("AA", True), ("UA", True), ("ZZ", False)}
        raw = {r.reason: r.raw for r in result.refused.collect()}
        assert raw["malformed"] == "EV,100"
        assert '"carrier":"B6"' in raw["too_fast"]


@pytest.mark.parametrize(
    ("function", "code", "named"),
    [
        (twice, "function-adds-rows", ["test_clean:twice", 5, "2013-01-05"]),
        (loses_a_column, "bad-function", ["test_clean:loses_a_column", "air_time"]),
        (retypes, "bad-function", ["test_clean:retypes", "distance", "double", "int"]),
        (returns_nothing, "bad-function", ["test_clean:returns_nothing"]),
        (returns_pandas, "bad-function", ["test_clean:returns_pandas", "pandas.DataFrame"]),
        (fails, "bad-function", ["test_clean:fails", "AssertionError: no"]),
    ],
)
def test_a_function_that_does_what_it_may_not_is_refused(
    spark: SparkSession, tmp_path: Path, function: Any, code: str, named: list[object]
) -> None:
    text = "\n".join(line for line in FLIGHTS.splitlines() if not line.startswith("UA")) + "\n"
    with raises_code(InputError, code, *named) as refusal, cleaned(spark, tmp_path, text, function) as result:
        counts_of(result)
    if function is not twice:  # which is known from the counts alone
        assert refusal.value.location is not None
        assert refusal.value.location.file.endswith("test_clean.py")


def test_a_function_that_looks_inside_its_input_is_counted_on_the_same_rows(
    spark: SparkSession, tmp_path: Path
) -> None:
    def shuffled(frame: DataFrame) -> DataFrame:
        return frame.orderBy(F.rand()).limit(2)

    with cleaned(spark, tmp_path, FLIGHTS, shuffled) as result:
        total = counts_of(result)
        assert sum(c["in"] for c in total.values()) == 10
        assert sum(c["dropped"].get("function", 0) for c in total.values()) == 6
        for counts in total.values():
            check_balance(counts["in"], counts)


@pytest.mark.parametrize(
    ("lines", "changes", "named"),
    [
        (10, {}, [10, 9, 2, 6, 1]),
        (9, {"in": 8}, [9, 8, 2, 6, 1]),
        (9, {"out": 3}, [9, 3, 6, 1]),
        (9, {"dropped": {}}, [9, 2, 6, 0]),
        (9, {"quarantined": {"malformed": 7}}, [9, 2, 7, 1]),
    ],
)
def test_one_row_more_or_less_anywhere_fails_the_stage(lines: int, changes: dict[str, Any], named: list[int]) -> None:
    counts = {"in": 9, "out": 2, "quarantined": {"malformed": 6}, "dropped": {"nowhere": 1}}
    check_balance(9, counts)
    with raises_code(AssayError, "rows-lost", *named) as caught:
        check_balance(lines, counts | changes)
    assert caught.value.exit_code == 1
