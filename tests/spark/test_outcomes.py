"""Outcome Profiles against scikit-learn over the raw rows, and every row accounted for."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame
from sklearn import metrics as oracle

from assay.core.evaluation import metrics
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_outcomes
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.score_grid import LOG_ODDS_EXPONENT
from assay.errors import InputError
from assay.spark.features.lineage import watching_jobs
from assay.spark.profiling.outcomes import NO_VALUE, measure_outcomes

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS = [date(2013, 3, 9) + timedelta(days=n) for n in range(4)]
SCORES = {"linear": "score", "boosted": "p_boosted"}
KPIS = {"missed": "count_if(late AND score < 0.5)", "cost": "sum(IF(late, minutes, 0))"}


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    chance = np.random.default_rng(5)
    n = 6_000
    score = chance.uniform(size=n)
    made = pd.DataFrame(
        {
            "day": chance.choice(np.array(DAYS, dtype=object), n),
            "origin": chance.choice(np.array(["EWR", "JFK", None], dtype=object), n),
            "carrier": chance.choice(np.array(["AA", "B6", "UA"], dtype=object), n),
            "minutes": chance.integers(0, 90, n),
            "late": (chance.uniform(size=n) < score).astype(float),
            "score": score,
            "p_boosted": np.clip(score + chance.normal(scale=0.1, size=n), 0, 1),  # some are exactly 0 and 1
        }
    )
    made.loc[chance.uniform(size=n) < 0.1, "late"] = np.nan
    return made


@pytest.fixture(scope="module")
def frame(spark: SparkSession, raw: pd.DataFrame) -> DataFrame:
    made = spark.createDataFrame(
        raw.astype({"late": "Int64"}),
        "day date, origin string, carrier string, minutes long, late long, score double, p_boosted double",
    )
    return made.withColumn("late", made["late"].cast("int"))


def measure(frame: DataFrame, **changes: Any) -> dict[str, dict[date, OutcomeProfile]]:
    defaults: dict[str, Any] = {
        "partition": "day", "label": "late", "scores": SCORES, "slices": ["origin", "carrier"], "kpis": KPIS,
    }  # fmt: skip
    return measure_outcomes(frame, **{**defaults, **changes})


def agrees(measured: LabelledScores | Residuals, rows: pd.DataFrame, column: str) -> None:
    assert isinstance(measured, LabelledScores)
    known = rows.dropna(subset=["late"])
    late, scores = known["late"].to_numpy(), known[column].to_numpy()
    assert measured.positives.total == late.sum()
    assert measured.negatives.total == (1 - late).sum()
    assert measured.unlabelled == len(rows) - len(known)
    waiting = rows.loc[rows["late"].isna(), column].to_numpy()
    assert measured.unlabelled_scores == label_scores(waiting, np.zeros(len(waiting))).negatives
    assert measured.all_scores is not None
    assert measured.all_scores.total == len(rows)
    assert measured.positives.over == ((scores == 1) & (late == 1)).sum()
    auc, bound = metrics.roc_auc(measured), metrics.roc_auc_bound(measured)
    assert auc is not None
    assert bound is not None
    assert abs(auc - oracle.roc_auc_score(late, scores)) <= bound + 1e-12
    assert metrics.log_loss(measured) == pytest.approx(oracle.log_loss(late, scores), abs=1e-9)
    assert metrics.brier(measured) == pytest.approx(oracle.brier_score_loss(late, scores), abs=1e-9)
    assert measured.sums["missed"] == ((known["late"] == 1) & (known[column] < 0.5)).sum()
    assert measured.sums["cost"] == known.loc[known["late"] == 1, "minutes"].sum()


def test_every_model_day_and_slice_agrees_with_scikit_learn_over_the_raw_rows(
    frame: DataFrame, raw: pd.DataFrame
) -> None:
    measured = measure(frame)

    assert list(measured) == list(SCORES)
    for model, column in SCORES.items():
        assert list(measured[model]) == DAYS
        for day, profile in measured[model].items():
            of_day = raw[raw["day"] == day]
            agrees(profile.overall, of_day, column)
            for name in ("origin", "carrier"):
                values = of_day[name].fillna(NO_VALUE)
                assert set(profile.slices[name]) == set(values)
                for value, scores in profile.slices[name].items():
                    agrees(scores, of_day[values == value], column)


def test_merged_days_agree_with_scikit_learn_over_all_rows(frame: DataFrame, raw: pd.DataFrame) -> None:
    merged = merge_outcomes(measure(frame)["boosted"].values())
    agrees(merged.overall, raw, "p_boosted")
    agrees(merged.slices["origin"]["JFK"], raw[raw["origin"] == "JFK"], "p_boosted")


def test_all_models_slices_and_kpis_take_one_scan(spark: SparkSession, frame: DataFrame) -> None:
    with watching_jobs(spark) as jobs:
        measure(frame)
    assert jobs.count <= 2  # a shuffle and its result are two jobs where execution is adaptive


def test_the_same_rows_in_another_order_and_partitioning_give_the_same_bits(frame: DataFrame) -> None:
    assert measure(frame) == measure(frame.orderBy("score").repartition(5))


def test_slices_and_kpis_may_be_absent_and_a_label_may_be_boolean(frame: DataFrame) -> None:
    plain = measure(frame, slices=[], kpis={})
    flags = measure(frame.withColumn("late", frame["late"].cast("boolean")), slices=[], kpis={})
    assert plain == flags
    assert plain["linear"][DAYS[0]].slices == {}


def test_a_day_without_any_label_counts_its_rows_and_has_sums_of_zero(frame: DataFrame) -> None:
    unknown = frame.where(frame["day"] == DAYS[0].isoformat()).selectExpr(
        "day", "origin", "carrier", "minutes", "CAST(NULL AS INT) AS late", "score", "p_boosted"
    )
    overall = measure(unknown)["linear"][DAYS[0]].overall
    assert overall.rows == 0
    assert overall.unlabelled == unknown.count()
    assert overall.sums == {"log_loss": 0.0, "brier": 0.0, "score": 0.0, "missed": 0.0, "cost": 0.0}


def test_a_frame_without_rows_has_no_profile_of_any_day(frame: DataFrame) -> None:
    assert measure(frame.where("false")) == {"linear": {}, "boosted": {}}


@pytest.mark.parametrize("bad", ["CAST(NULL AS DOUBLE)", "CAST('NaN' AS DOUBLE)", "-0.001D", "1.0001D"])
def test_a_score_that_is_no_probability_is_refused_naming_the_model(frame: DataFrame, bad: str) -> None:
    spoilt = frame.selectExpr(
        "day", "origin", "carrier", "minutes", "late", "score", f"IF(minutes = 7, {bad}, score) AS p_boosted"
    )
    count = frame.where("minutes = 7").count()
    with raises_code(InputError, "bad-score", "boosted", count):
        measure(spoilt)


def test_minus_zero_and_denormal_scores_are_counted_below_the_first_bin(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [(DAYS[0], 1, -0.0), (DAYS[0], 0, 5e-324), (DAYS[0], 0, 1.0)], "day date, y int, p double"
    )
    overall = measure_outcomes(frame, partition="day", label="y", scores={"m": "p"}, slices=[], kpis={})["m"][
        DAYS[0]
    ].overall
    assert isinstance(overall, LabelledScores)
    assert overall.positives == Histogram(LOG_ODDS_EXPONENT, {}, 1, 0)
    assert overall.negatives == Histogram(LOG_ODDS_EXPONENT, {}, 1, 1)
    assert all(math.isfinite(total) for total in overall.sums.values())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kpis": {"k": "avg(score)"}}, "kpi-not-additive"),
        ({"kpis": {"k": "count(DISTINCT carrier)"}}, "kpi-not-additive"),
        ({"kpis": {"k": "count_if(late) / count(*)"}}, "kpi-not-additive"),
        ({"kpis": {"k": "count_if(lat AND score < 0.5)"}}, "kpi"),
        ({"kpis": {"k": "count_if(late AND"}}, "kpi"),
        ({"kpis": {"brier": "count(*)"}}, "kpi-name"),
        ({"label": "minutes"}, "bad-label"),
        ({"label": "score"}, "wrong-type"),
        ({"slices": ["colour"]}, "unknown-column"),
        ({"scores": {}}, "no-model"),
    ],
)
def test_what_cannot_be_measured_is_refused(frame: DataFrame, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        measure(frame, **{"kpis": {}, **changes})
    assert caught.value.code == code
