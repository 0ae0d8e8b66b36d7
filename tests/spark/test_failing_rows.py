"""A finding shows some of the rows that break it: the same ones however the rows are spread, and none when told so."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assay.core.check import Check, Finding, Status
from assay.core.expectations.judge import judge_expectations
from assay.core.verdict import Action, Verdict
from assay.quality.suite import load_suite
from assay.spark.profiling.failing_rows import MAX_TEXT_CHARACTERS, with_examples
from assay.spark.profiling.partition_checks import measure_holistic
from assay.spark.profiling.profile_job import MeasuredColumn, measure
from assay.store.ledger.run_documents import VERDICT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

COLUMNS = {"day": "date", "carrier": "string", "flight": "int", "air_time": "double", "note": "string"}
DAYS = [date(2013, 1, 1), date(2013, 1, 2)]
BETWEEN, NOT_NULL, UNIQUE, PAIR, RISING, GOOD, LENGTH = range(7)
ENTRIES: list[dict[str, Any]] = [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "air_time", "min_value": 20}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "air_time", "mostly": 0.99}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["carrier", "note"]}},
    {
        "type": "expect_column_pair_values_a_to_be_greater_than_b",
        "kwargs": {"column_A": "air_time", "column_B": "flight"},
        "severity": "info",
    },
    {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "flight", "strictly": True}},
    {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "carrier"}},
    {"type": "expect_column_value_lengths_to_be_between", "kwargs": {"column": "note", "max_value": 150}},
]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    good = [(day, "AA", 1, 100.0 + i, f"n{i}") for i, day in enumerate(DAYS)]
    short = [(DAYS[1], "UA", flight, 1.0, f"u{flight}") for flight in range(40, 10, -1)]
    odd = [
        (DAYS[0], "DL", 7, None, "same"),
        (DAYS[0], "DL", 8, 50.0, "same"),
        (DAYS[0], "DL", 9, 9.0, "x" * 200),
    ]
    return spark.createDataFrame(
        good + short + odd, "day date, carrier string, flight int, air_time double, note string"
    )


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    path = tmp_path_factory.mktemp("suite") / "suite.json"
    path.write_text(json.dumps({"name": "suite", "expectations": ENTRIES}))
    return load_suite(path, COLUMNS)


def findings_with_examples(frame: DataFrame, checks: list[Check], limit: int = 20) -> dict[date, list[Finding]]:
    key = ["day", "carrier", "flight"]
    profiles = measure(frame, "day", [MeasuredColumn(name, kind) for name, kind in COLUMNS.items()], checks)
    profiles = measure_holistic(frame, "day", key, checks, profiles)
    findings = {day: judge_expectations(checks, profile) for day, profile in profiles.items()}
    return with_examples(frame, "day", key, checks, findings, limit=limit)


@pytest.fixture(scope="module")
def shown(frame: DataFrame, checks: list[Check]) -> dict[date, list[Finding]]:
    return findings_with_examples(frame.repartition(3), checks)


def examples(shown: dict[date, list[Finding]], day: date, index: int) -> list[dict[str, Any]]:
    return list(shown[day][index].details.get("examples", []))


def test_a_row_is_shown_with_its_key_and_the_value_that_is_wrong(shown: dict[date, list[Finding]]) -> None:
    assert examples(shown, DAYS[0], BETWEEN) == [
        {"key": {"day": "2013-01-01", "carrier": "DL", "flight": "9"}, "values": {"air_time": "9.0"}}
    ]
    assert examples(shown, DAYS[0], NOT_NULL) == [
        {"key": {"day": "2013-01-01", "carrier": "DL", "flight": "7"}, "values": {"air_time": None}}
    ]


def test_a_check_has_twenty_examples_in_all_the_first_by_key(shown: dict[date, list[Finding]]) -> None:
    flights = [int(example["key"]["flight"]) for example in examples(shown, DAYS[1], BETWEEN)]
    assert flights == list(range(11, 30)), "nineteen, since one row of the day before comes first"


def test_rows_that_repeat_each_other_or_are_out_of_order_are_shown_too(shown: dict[date, list[Finding]]) -> None:
    twice = examples(shown, DAYS[0], UNIQUE)
    assert [example["key"]["flight"] for example in twice] == ["7", "8"]
    assert twice[0]["values"] == {"carrier": "DL", "note": "same"}
    assert shown[DAYS[0]][RISING].status is Status.PASS
    pairs = examples(shown, DAYS[1], PAIR)
    assert pairs[0]["values"] == {"air_time": "1.0", "flight": "11"}


def test_a_long_text_is_cut(shown: dict[date, list[Finding]]) -> None:
    [example] = examples(shown, DAYS[0], LENGTH)
    assert example["values"]["note"] == "x" * MAX_TEXT_CHARACTERS + "..."


def test_a_check_that_holds_shows_nothing(shown: dict[date, list[Finding]]) -> None:
    assert all("examples" not in shown[day][GOOD].details for day in DAYS)
    assert "examples" not in shown[DAYS[1]][UNIQUE].details


def test_the_same_rows_are_shown_however_they_are_spread(
    frame: DataFrame, checks: list[Check], shown: dict[date, list[Finding]]
) -> None:
    assert findings_with_examples(frame.coalesce(1).orderBy("note"), checks) == shown


def test_findings_with_examples_survive_the_verdicts_file(shown: dict[date, list[Finding]]) -> None:
    verdict = Verdict(Status.FAIL, Action.HOLD, "", tuple(shown[DAYS[0]]))
    stored = json.loads(json.dumps(VERDICT.form.document(verdict)))
    assert VERDICT.form.content(stored, Path("verdict.json")) == verdict


def test_none_are_taken_and_nothing_runs_where_the_spec_says_so(
    spark: SparkSession, frame: DataFrame, checks: list[Check], shown: dict[date, list[Finding]]
) -> None:
    context = spark.sparkContext
    context.setJobGroup("no examples", "")
    try:
        findings = with_examples(frame, "day", ["day"], checks, shown, limit=0)
        good = {day: [finding for finding in of if finding.status is Status.PASS] for day, of in shown.items()}
        with_examples(frame, "day", ["day"], checks, good, limit=20)
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
    assert findings == shown
    assert list(context.statusTracker().getJobIdsForGroup("no examples")) == []


def test_of_a_row_that_a_query_selects_the_columns_of_the_query_are_shown(frame: DataFrame, tmp_path: Path) -> None:
    conditions = ["flight > 8 AND air_time < 20 AND note LIKE 'x%'", "1 = 1"]
    queries = [{"unexpected_rows_query": f"SELECT * FROM {{batch}} WHERE {condition}"} for condition in conditions]
    path = tmp_path / "suite.json"
    entries = [{"type": "unexpected_rows_expectation", "kwargs": query} for query in queries]
    path.write_text(json.dumps({"name": "suite", "expectations": entries}))
    of_day = findings_with_examples(frame, load_suite(path, COLUMNS), limit=1)[DAYS[0]]
    [example], [every_row] = (finding.details["examples"] for finding in of_day)
    assert example["key"] == {"day": "2013-01-01", "carrier": "DL", "flight": "9"}
    assert list(example["values"]) == ["flight", "air_time", "note"]
    assert every_row == {"key": {"day": "2013-01-01", "carrier": "AA", "flight": "1"}, "values": {}}
