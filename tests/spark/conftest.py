"""One Spark session for all tests that need one: one core, as two processes test at a time, no UI, Delta ready."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from assay.spark.session.session import open_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


ZONE = "spark.sql.session.timeZone"


@dataclass(frozen=True, slots=True)
class Laptop:
    master: str = "local[1]"
    spark: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = open_session(Laptop(), "tests")
    yield session
    session.stop()


@contextmanager
def session_zone(session: SparkSession, zone: str) -> Iterator[None]:
    """The session in another time zone."""
    before = session.conf.get(ZONE)
    session.conf.set(ZONE, zone)
    try:
        yield
    finally:
        session.conf.set(ZONE, str(before))


@pytest.fixture(params=["UTC", "Pacific/Apia", "America/St_Johns"])
def odd_zone(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[None]:
    """The session in one time zone after the other."""
    with session_zone(spark, request.param):
        yield


@pytest.fixture(scope="session")
def by_gx() -> Callable[[DataFrame, list[dict[str, Any]]], list[Any]]:
    """Each entry's result, as Great Expectations gives it for the whole suite at once."""
    return judged_by_gx


def judged_by_gx(frame: DataFrame, entries: list[dict[str, Any]]) -> list[Any]:
    # Great Expectations queries a view in the session that PySpark made first, which need not be the frame's.
    with patch.object(type(frame.sparkSession), "_instantiatedSession", frame.sparkSession), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.expectations.registry import get_expectation_impl

        context = gx.get_context(mode="ephemeral")
        source = context.data_sources.add_spark("oracle", persist=False)
        batch = (
            source.add_dataframe_asset("a").add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
        )
        made = [get_expectation_impl(e["type"])(**e["kwargs"], meta={"n": n}) for n, e in enumerate(entries)]
        results = batch.validate(
            gx.ExpectationSuite(name="oracle", expectations=made),
            result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
        ).results
    ordered = sorted(results, key=lambda result: result.expectation_config.meta["n"])
    assert len(ordered) == len(entries)
    return ordered
