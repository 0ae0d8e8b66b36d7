"""What is wrong with SQL is told before any job, with the name that was meant."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from assay.spark.cleaning.sql_analysis import SqlProblem, What, analyse_sql

COLUMNS = [
    ("origin", "string"),
    ("distance", "int"),
    ("air_time", "double"),
    ("late", "boolean"),
    ("score", "double"),
    ("day", "date"),
    ("landed at", "timestamp"),
]


def problem(spark: SparkSession, sql: str, what: What = "rule") -> SqlProblem:
    sql_problem = analyse_sql(spark, sql, COLUMNS, what)
    assert sql_problem is not None
    return sql_problem


def test_good_sql_has_no_problem_and_starts_no_job(spark: SparkSession) -> None:
    tracker = spark.sparkContext.statusTracker()
    spark.sparkContext.setJobGroup("analysing", "")
    good: list[tuple[str, What]] = [
        ("distance / air_time > 10", "rule"),
        ("origin = 'JFK' AND `landed at` > day", "rule"),
        ("distance * 1000 IS NULL", "rule"),
        ("distance / air_time", "number"),
        ("CAST(late AS INT)", "number"),
        ("count_if(late AND score < 0.5)", "aggregate"),
        ("avg(score) - sum(distance) / 10", "aggregate"),
        ("`landed at` DESC", "order"),
        ("distance", "order"),
    ]
    assert [analyse_sql(spark, sql, COLUMNS, what) for sql, what in good] == [None] * len(good)
    assert list(tracker.getJobIdsForGroup("analysing")) == []
    spark.sparkContext.setLocalProperty("spark.jobGroup.id", "")


def test_an_unknown_column_is_named_with_the_one_that_was_meant(spark: SparkSession) -> None:
    sql_problem = problem(spark, "distance / airtime > 10")
    assert sql_problem == SqlProblem("unknown-column", "airtime", "air_time", sql_problem.message)
    assert problem(spark, "nonsense > 10").suggestion is None
    assert problem(spark, "f.distanc > 10").name == "f.distanc"


def test_an_unknown_function_is_named(spark: SparkSession) -> None:
    sql_problem = problem(spark, "nosuch(distance) > 1")
    assert (sql_problem.kind, sql_problem.name) == ("unknown-function", "nosuch")


@pytest.mark.parametrize(("sql", "name"), [("distance > ", ""), ("distance >> > 10", ">"), ("SELECT 1 FROM", "1")])
def test_sql_that_cannot_be_read_is_a_syntax_problem(spark: SparkSession, sql: str, name: str) -> None:
    sql_problem = problem(spark, sql)
    assert (sql_problem.kind, sql_problem.name) == ("syntax", name)


@pytest.mark.parametrize(
    ("sql", "what", "kind"),
    [
        ("distance + 1", "rule", "not-boolean"),
        ("count(distance) > 1", "rule", "aggregate"),
        ("late + 1 > 2", "rule", "type"),
        ("distance > 1", "number", "not-numeric"),
        ("origin", "number", "not-numeric"),
        ("avg(distance)", "number", "aggregate"),
        ("score", "aggregate", "aggregate"),
        ("sum(late)", "aggregate", "type"),
        ("max(origin)", "aggregate", "not-numeric"),
        ("max(late)", "aggregate", "not-numeric"),
        ("landed DESC", "order", "unknown-column"),
    ],
)
def test_sql_of_another_kind_than_asked_for_is_told(spark: SparkSession, sql: str, what: What, kind: str) -> None:
    sql_problem = problem(spark, sql, what)
    assert sql_problem.kind == kind
    assert sql_problem.message
    assert "SQLSTATE" not in sql_problem.message


def test_ansi_mode_is_as_before(spark: SparkSession) -> None:
    problem(spark, "airtime > 1")
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"
