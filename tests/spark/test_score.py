"""Scoring on workers: one scan for all models, each loaded once per process, and nothing but probabilities pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from assay.core.task_type import TaskType, impossible, possible_sql
from assay.errors import InputError, VerdictFailed
from assay.spark.scoring.score import ScoringModel, score_frame, scoring_faults

from ..expect_errors import raises_code

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOADERS = '''
"""Loaders as a bundle would bring them: source -> (record batch -> scores)."""
import os
from pathlib import Path

import numpy as np


def note(source):
    with open(source, "a") as log:
        log.write(f"{os.getpid()}\\n")


def halves(source):
    note(source)
    return lambda batch: np.asarray(batch.column("x").to_numpy(zero_copy_only=False), dtype=np.float64) / 200


def seventh(source):
    note(source)
    return lambda batch: np.full(batch.num_rows, 1 / 7)


def names(source):
    return lambda batch: np.full(batch.num_rows, len(batch.schema.names) / 100)


def not_a_number(source):
    return lambda batch: np.where(np.arange(batch.num_rows) == 0, np.nan, 0.5)


def too_big(source):
    return lambda batch: np.full(batch.num_rows, 1.0000001)


def below_zero(source):
    return lambda batch: np.full(batch.num_rows, -40.5)


def one_short(source):
    return lambda batch: np.full(batch.num_rows - 1, 0.5)


def raises(source):
    def predict(batch):
        raise KeyError("wing_span")
    return predict


def broken(source):
    raise FileNotFoundError(source)
'''


@pytest.fixture(scope="module")
def loaders(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> str:
    module = tmp_path_factory.mktemp("code") / "scoring_loaders_of_the_test.py"
    module.write_text(LOADERS, encoding="utf-8")
    spark.sparkContext.addPyFile(str(module))
    return module.stem


@pytest.fixture(scope="module")
def features(spark: SparkSession) -> DataFrame:
    day = F.lit("2013-03-09").cast("date").alias("day")
    moment = F.timestamp_micros(F.lit(1_362_800_000_000_001)).alias("moment")
    rows = spark.range(200).repartition(4)
    return rows.select(day, moment, F.col("id"), F.col("id").cast("double").alias("x"), F.lit("AA").alias("carrier"))


def model(name: str, module: str, function: str, source: str | Path = "") -> ScoringModel:
    return ScoringModel(name, f"digest-of-{function}-{source}", f"{module}:{function}", str(source))


def test_several_models_score_in_one_scan_and_keys_pass_through_unchanged(
    features: DataFrame, loaders: str, tmp_path: Path
) -> None:
    models = [
        model("champion", loaders, "halves", tmp_path / "a"),
        model("challenger", loaders, "seventh", tmp_path / "b"),
    ]
    scored = score_frame(features, keep=["day", "moment", "id"], columns=["x", "carrier"], models=models)

    assert scored.columns == ["day", "moment", "id", "champion", "challenger"]
    rows = scored.withColumn("moment", F.unix_micros("moment")).collect()
    assert sorted(row["id"] for row in rows) == list(range(200))
    assert all(row["champion"] == row["id"] / 200 and row["challenger"] == 1 / 7 for row in rows)
    assert {(row["day"], row["moment"]) for row in rows} == {(date(2013, 3, 9), 1_362_800_000_000_001)}
    plan = scored._jdf.queryExecution().executedPlan().toString()
    assert plan.count("ArrowEvalPython") == 1


def test_a_process_loads_a_model_once_for_all_its_tasks_and_again_for_another_content(
    features: DataFrame, loaders: str, tmp_path: Path
) -> None:
    log = tmp_path / "loads"
    one = ScoringModel("m", "first-content", f"{loaders}:halves", str(log))
    for _ in range(2):
        score_frame(features, keep=["id"], columns=["x"], models=[one]).collect()
    loads = Counter(log.read_text().split())
    assert set(loads.values()) == {1}
    assert len(loads) <= 4  # 16 tasks ran, in few processes

    other = ScoringModel("m", "second-content", f"{loaders}:halves", str(log))
    score_frame(features, keep=["id"], columns=["x"], models=[other]).collect()
    assert sum(Counter(log.read_text().split()).values()) > sum(loads.values())


def test_partitions_without_rows_load_nothing(features: DataFrame, loaders: str) -> None:
    empty = features.where("id < 0")
    scored = score_frame(empty, keep=["id"], columns=["x"], models=[model("m", loaders, "broken")])
    assert scored.collect() == []


def test_hundreds_of_small_partitions_are_few_tasks_and_lose_no_row(
    features: DataFrame, loaders: str, tmp_path: Path
) -> None:
    halved = model("score", loaders, "seventh", tmp_path / "few")
    many = score_frame(features.repartition(300), keep=["id"], columns=["x"], models=[halved])
    few = score_frame(features.repartition(1), keep=["id"], columns=["x"], models=[halved])
    cores = features.sparkSession.sparkContext.defaultParallelism
    assert many.rdd.getNumPartitions() <= 4 * cores
    assert few.rdd.getNumPartitions() == 1
    assert sorted(map(tuple, many.collect())) == sorted(map(tuple, few.collect()))


def test_a_model_is_given_the_feature_columns_alone(features: DataFrame, loaders: str) -> None:
    scored = score_frame(features, keep=["id", "day"], columns=["carrier", "x"], models=[model("m", loaders, "names")])
    assert {row["m"] for row in scored.collect()} == {0.02}


@pytest.mark.parametrize(
    ("function", "named"),
    [
        ("not_a_number", [1, 50, "nan"]),
        ("too_big", [50, "1.0000001"]),
        ("one_short", ["(49,)", 50]),
        ("raises", ["KeyError: 'wing_span'"]),
        ("broken", ["FileNotFoundError: /nowhere"]),
    ],
)
def test_a_model_that_gives_no_probabilities_stops_the_job_by_name(
    features: DataFrame, loaders: str, function: str, named: list[object]
) -> None:
    scored = score_frame(
        features, keep=["id"], columns=["x"], models=[model("champion", loaders, function, "/nowhere")]
    )
    with raises_code(VerdictFailed, "model-fault", "champion", *named), scoring_faults():
        scored.collect()


def test_a_regressor_may_give_any_number_that_is_one(features: DataFrame, loaders: str) -> None:
    def scores(function: str) -> DataFrame:
        regressor = replace(model("champion", loaders, function), task="regression")
        return score_frame(features, keep=["id"], columns=["x"], models=[regressor])

    assert {row["champion"] for row in scores("below_zero").collect()} == {-40.5}
    with raises_code(VerdictFailed, "model-fault", "champion", 1, 50, "1e+150", "nan"), scoring_faults():
        scores("not_a_number").collect()


@pytest.mark.parametrize("task", list(TaskType))
def test_scores_that_are_let_through_are_counted_by_sql_as_the_arrays_count_them(
    spark: SparkSession, features: DataFrame, loaders: str, task: TaskType
) -> None:
    values = [0.0, 1.0, -0.1, 1.1, -40.5, 1e149, 1e150, -1e200, float("nan"), float("inf"), float("-inf"), None]
    rows = [(value,) for value in values]
    counted = spark.createDataFrame(rows, "score double").select(F.expr(possible_sql(task, "score")).alias("good"))
    as_numbers = np.array([np.nan if value is None else value for value in values])
    assert [not row["good"] for row in counted.collect()] == impossible(task, as_numbers).tolist()

    lenient = replace(model("champion", loaders, "not_a_number"), task=task.value)
    scored = score_frame(features, keep=["id"], columns=["x"], models=[lenient], strict=False)
    good = F.expr(possible_sql(task, "champion"))
    counts = {
        (row["good"], row["missing"]): row["count"]
        for row in scored.groupBy(good.alias("good"), F.isnan("champion").alias("missing")).count().collect()
    }
    assert counts.keys() == {(True, False), (False, True)}, "the first row of each batch has no score"
    assert sum(counts.values()) == 200


def test_a_fault_during_a_delta_write_is_said_as_well_and_commits_nothing(
    features: DataFrame, loaders: str, tmp_path: Path
) -> None:
    scored = score_frame(features, keep=["id"], columns=["x"], models=[model("champion", loaders, "too_big")])
    with raises_code(VerdictFailed, "model-fault", "champion", "1.0000001"), scoring_faults():
        scored.write.format("delta").save(str(tmp_path / "predictions"))
    assert not list(tmp_path.glob("predictions/_delta_log/*.json"))


def test_other_failures_pass_through_as_they_are(spark: SparkSession) -> None:
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO"), scoring_faults():
        spark.range(1).select(F.expr("1 / id")).collect()


def test_a_model_named_like_a_kept_column_and_an_unknown_feature_are_refused(features: DataFrame, loaders: str) -> None:
    with raises_code(InputError, "score-columns", "id"):
        score_frame(features, keep=["id"], columns=["x"], models=[model("id", loaders, "names")])
    with raises_code(InputError, "score-columns", "wing_span"):
        score_frame(features, keep=["id"], columns=["wing_span"], models=[model("m", loaders, "names")])
    with raises_code(InputError, "no-model"):
        score_frame(features, keep=["id"], columns=["x"], models=[])


def test_an_odd_session_zone_changes_no_instant_on_the_way_through_python(
    spark: SparkSession, features: DataFrame, loaders: str
) -> None:
    before = spark.conf.get("spark.sql.session.timeZone")
    assert before is not None
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Apia")
    try:
        scored = score_frame(features, keep=["day", "moment"], columns=["x"], models=[model("m", loaders, "names")])
        first = scored.select(F.unix_micros("moment"), F.col("day").cast("string")).first()
    finally:
        spark.conf.set("spark.sql.session.timeZone", before)
    assert first is not None
    assert tuple(first) == (1_362_800_000_000_001, "2013-03-09")
