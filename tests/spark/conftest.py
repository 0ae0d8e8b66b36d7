"""One Spark session for all tests that need one: two cores, no UI, Delta ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from assay.spark.session import open_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class Laptop:
    master: str = "local[2]"
    spark: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = open_session(Laptop(), "tests")
    yield session
    session.stop()
