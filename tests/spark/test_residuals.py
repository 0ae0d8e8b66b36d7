"""The errors of predicted numbers against NumPy over the raw rows, and every row accounted for."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sklearn import metrics as oracle

from assay.core.evaluation.metrics import METRICS, metrics_of
from assay.core.profiles.from_arrays import residuals_of
from assay.core.profiles.outcome_profile import OutcomeProfile, merge_outcomes
from assay.core.profiles.residuals import ERROR_SUMS, Residuals
from assay.core.task_type import TaskType
from assay.errors import InputError
from assay.spark.features.lineage import watching_jobs
from assay.spark.profiling.outcomes import NO_VALUE
from assay.spark.profiling.residuals import measure_residuals

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS = [date(2013, 3, 9) + timedelta(days=n) for n in range(4)]
SCORES = {"linear": "score", "boosted": "p_boosted"}
KPIS = {"missed": "count_if(abs(score - temp) > 8)", "rain": "sum(IF(temp > 40, rain, 0))"}
BIN_EXPONENT = -1
ODD = [math.nan, math.inf, -math.inf, 1e200]


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    chance = np.random.default_rng(5)
    n = 6_000
    temp = chance.normal(45, 18, n).round(2)
    made = pd.DataFrame(
        {
            "day": chance.choice(np.array(DAYS, dtype=object), n),
            "origin": chance.choice(np.array(["EWR", "JFK", None], dtype=object), n),
            "rain": chance.integers(0, 90, n),
            "temp": temp,
            "score": temp + chance.normal(0, 6, n),
            "p_boosted": temp + chance.standard_cauchy(n),  # some are far outside the grid
        }
    )
    made.loc[chance.uniform(size=n) < 0.1, "temp"] = None
    return made


def framed(spark: SparkSession, rows: pd.DataFrame) -> DataFrame:
    records = [[None if pd.isna(value) else value for value in row] for row in rows.astype(object).values.tolist()]
    schema = "day date, origin string, rain long, temp double, score double, p_boosted double"
    return spark.createDataFrame(records, schema)


@pytest.fixture(scope="module")
def frame(spark: SparkSession, raw: pd.DataFrame) -> DataFrame:
    return framed(spark, raw).persist()


def measure(frame: DataFrame, **changes: object) -> dict[str, dict[date, OutcomeProfile]]:
    defaults: dict[str, Any] = {
        "partition": "day", "label": "temp", "scores": SCORES, "slices": ["origin"], "kpis": KPIS,
        "bin_exponent": BIN_EXPONENT,
    }  # fmt: skip
    return measure_residuals(frame, **{**defaults, **changes})


def agrees(measured: object, rows: pd.DataFrame, name: str) -> None:
    assert isinstance(measured, Residuals)
    known = rows.dropna(subset=["temp"])
    temp, scores = known["temp"].to_numpy(), known[name].to_numpy()
    by_numpy = residuals_of(scores, temp, BIN_EXPONENT)
    assert (measured.rows, measured.unlabelled, measured.unusable) == (len(known), len(rows) - len(known), 0)
    assert measured.scores == by_numpy.scores
    assert measured.residuals == by_numpy.residuals
    assert measured.label_sums == pytest.approx(by_numpy.label_sums, abs=1e-6)
    assert {each: measured.sums[each] for each in ERROR_SUMS} == by_numpy.sums, "not one bit is rounded"
    truths = {
        "rmse": oracle.root_mean_squared_error(temp, scores),
        "mae": oracle.mean_absolute_error(temp, scores),
        "r2": oracle.r2_score(temp, scores),
    }
    assert {m: METRICS[m].function(measured) for m in metrics_of(TaskType.REGRESSION)} == pytest.approx(
        truths, rel=1e-12
    )
    assert measured.sums["missed"] == (np.abs(scores - temp) > 8).sum()
    assert measured.sums["rain"] == known.loc[known["temp"] > 40, "rain"].sum()


def test_every_model_day_and_slice_agrees_with_numpy_over_the_raw_rows(frame: DataFrame, raw: pd.DataFrame) -> None:
    measured = measure(frame)
    assert list(measured) == list(SCORES)
    for model, name in SCORES.items():
        assert list(measured[model]) == DAYS
        for day, profile in measured[model].items():
            of_day = raw[raw["day"] == day]
            agrees(profile.overall, of_day, name)
            values = of_day["origin"].fillna(NO_VALUE)
            assert set(profile.slices["origin"]) == set(values)
            for value, state in profile.slices["origin"].items():
                agrees(state, of_day[values == value], name)
    merged = merge_outcomes(measured["boosted"].values())
    agrees(merged.overall, raw, "p_boosted")


def test_all_models_slices_and_kpis_take_one_scan(spark: SparkSession, frame: DataFrame) -> None:
    with watching_jobs(spark) as jobs:
        measure(frame)
    assert jobs.count <= 2  # a shuffle and its result are two jobs where execution is adaptive


def test_the_same_rows_in_another_order_and_partitioning_give_the_same_bits(frame: DataFrame) -> None:
    assert measure(frame) == measure(frame.orderBy("p_boosted").repartition(5))


def test_labels_that_are_no_number_are_counted_and_enter_nothing(spark: SparkSession, raw: pd.DataFrame) -> None:
    day = raw[raw["day"] == DAYS[0]]
    odd = [(DAYS[0], "EWR", 1, value, 40.0, 40.0) for value in ODD]
    with_odd = framed(spark, day).union(spark.createDataFrame(odd, framed(spark, day).schema))
    measured, plain = (measure(rows)["linear"][DAYS[0]].overall for rows in (with_odd, framed(spark, day)))
    assert isinstance(measured, Residuals) and isinstance(plain, Residuals)
    assert measured.unusable == 4
    assert measured.bare.sums == plain.bare.sums, "KPIs too see no label there"
    assert (measured.rows, measured.scores, measured.residuals) == (plain.rows, plain.scores, plain.residuals)


def test_a_day_without_any_label_counts_its_rows_and_has_sums_of_zero(frame: DataFrame) -> None:
    unknown = frame.where(frame["day"] == DAYS[0].isoformat()).withColumn("temp", frame["temp"] * F.lit(None))
    overall = measure(unknown)["linear"][DAYS[0]].overall
    assert (overall.rows, overall.unlabelled) == (0, unknown.count())
    assert overall.sums == dict.fromkeys([*ERROR_SUMS, *KPIS], 0.0)
    assert measure(frame.where("false")) == {"linear": {}, "boosted": {}}


@pytest.mark.parametrize("k", [-9, 0, 20, 300])
def test_sums_are_right_on_any_grid(spark: SparkSession, k: int) -> None:
    chance = np.random.default_rng(k + 9)
    labels = chance.normal(0, 100, 500) * 2.0**k
    scores = labels + chance.normal(0, 10, 500) * 2.0**k
    rows = [(DAYS[0], float(y), float(p)) for y, p in zip(labels, scores, strict=True)]
    scored = spark.createDataFrame(rows, "day date, y double, p double")
    options: dict[str, Any] = {
        "partition": "day",
        "label": "y",
        "scores": {"m": "p"},
        "slices": [],
        "kpis": {},
        "bin_exponent": k,
    }
    overall = measure_residuals(scored, **options)["m"][DAYS[0]].overall
    expected = residuals_of(scores, labels, k)
    assert isinstance(overall, Residuals)
    assert (overall.scores, overall.residuals) == (expected.scores, expected.residuals)
    assert overall.sums == expected.sums


def measured_pairs(spark: SparkSession, labels: np.ndarray, scores: np.ndarray, k: int, partitions: int = 1) -> Any:
    rows = [(DAYS[n % 2], float(y), float(p)) for n, (y, p) in enumerate(zip(labels, scores, strict=True))]
    scored = spark.createDataFrame(rows, "day date, y double, p double").repartition(partitions)
    return measure_residuals(scored, partition="day", label="y", scores={"m": "p"}, slices=[], kpis={}, bin_exponent=k)[
        "m"
    ]


@pytest.mark.parametrize(("centre", "error"), [(1.4e9, 1.0), (1.4e9, 5.0), (1e9, 1.0), (-1e9, 1.0), (3e-9, 1e-9)])
def test_metrics_hold_where_labels_lie_far_from_zero_or_close_to_it(
    spark: SparkSession, centre: float, error: float
) -> None:
    chance = np.random.default_rng(11)
    labels = centre + chance.normal(0, min(1.0, abs(centre) / 3), 2_000)
    scores = labels + chance.normal(0, error, 2_000)
    measured = measured_pairs(spark, labels, scores, 19 if abs(centre) > 1 else 0)
    overall = merge_outcomes(measured.values()).overall
    truths = {
        "rmse": oracle.root_mean_squared_error(labels, scores),
        "mae": oracle.mean_absolute_error(labels, scores),
        "r2": oracle.r2_score(labels, scores),
    }
    # The oracle itself takes the mean of the labels in doubles.
    for name, truth in truths.items():
        assert METRICS[name].function(overall) == pytest.approx(truth, rel=1e-12 if name != "r2" else 1e-9), name
    assert overall.sums == residuals_of(scores, labels, 0).sums
    assert measured_pairs(spark, labels, scores, 19 if abs(centre) > 1 else 0, partitions=5) == measured


def test_sums_of_every_size_that_a_double_has_are_exact(spark: SparkSession) -> None:
    """Next to each power of two, where a logarithm is easily off by one."""
    sizes = np.ldexp(1.0, np.arange(-940, 498, dtype=np.int64))
    labels = np.concatenate([sizes, -np.nextafter(sizes, 0), np.nextafter(sizes, math.inf), [0.0, 1e-310]])
    measured = measured_pairs(spark, labels, labels[::-1] * 1.5, -900)
    overall = merge_outcomes(measured.values()).overall
    assert overall.sums == residuals_of(labels[::-1] * 1.5, labels, -900).sums
    assert METRICS["rmse"].function(overall) == pytest.approx(
        1e149 * float(np.sqrt(np.mean(((labels[::-1] * 1.5 - labels) / 1e149) ** 2))), rel=1e-12
    )


@pytest.mark.parametrize(
    "bad", ["CAST(NULL AS DOUBLE)", "CAST('NaN' AS DOUBLE)", "CAST('Infinity' AS DOUBLE)", "-1e151D"]
)
def test_a_score_that_is_no_number_is_refused_naming_the_model(frame: DataFrame, bad: str) -> None:
    spoilt = frame.selectExpr("day", "origin", "rain", "temp", "score", f"IF(rain = 7, {bad}, score) AS p_boosted")
    count = frame.where("rain = 7").count()
    with raises_code(InputError, "bad-score", "boosted", count):
        measure(spoilt)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kpis": {"k": "avg(score)"}}, "kpi-not-additive"),
        ({"kpis": {"k": "count_if(tmp > 3)"}}, "kpi"),
        ({"kpis": {"squared_error": "count(*)"}}, "kpi-name"),
        ({"label": "origin"}, "wrong-type"),
        ({"slices": ["colour"]}, "unknown-column"),
        ({"scores": {}}, "no-model"),
    ],
)
def test_what_cannot_be_measured_is_refused(frame: DataFrame, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        measure(frame, **{"kpis": {}, **changes})
    assert caught.value.code == code
