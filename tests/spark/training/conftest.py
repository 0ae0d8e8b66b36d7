"""The same flights as a table of the driver's and as a frame of Spark's, with their Profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from assay.core.profiles.table_profile import TableProfile
from assay.spark.profiling.profile_job import feature_columns_of, measure_one

from .flight_contenders import FEATURES, flights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return flights()


@pytest.fixture(scope="module")
def frame(spark: SparkSession, table: pa.Table) -> DataFrame:
    return spark.createDataFrame(table).repartition(3).persist()


@pytest.fixture(scope="module")
def profile(frame: DataFrame) -> TableProfile:
    return measure_one(frame, feature_columns_of(frame, FEATURES), [])
