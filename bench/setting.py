"""The setting of every bench: the Spark session, the sizes, and two folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.spark.jvm_objects import jvm_of
from bench.measure import RunCost, Way, interleaved

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


JAVA_OPTIONS = "-XX:TieredStopAtLevel=4"
"""The compiler that Spark has by default: Assay's own choice is for small stages, and would be unfair to a peer."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The environment of the benches: Spark on two cores of this machine, and nothing else changed."""

    master: str = "local[2]"
    spark: dict[str, str] = field(default_factory=lambda: {"spark.driver.memory": "4g"})


@dataclass(frozen=True, slots=True)
class Setting:
    """The inputs of a bench.

    `home` keeps generated data from run to run; `scratch` is deleted. `quick` only proves that a bench works.
    """

    spark: SparkSession
    home: Path
    scratch: Path
    rows: int
    repeats: int
    quick: bool
    say: Callable[[str], None]

    def time(self, ways: Sequence[Way]) -> dict[str, list[RunCost]]:
        """Return the costs of each way, interleaved, each after a full garbage collection of the JVM."""
        return interleaved(ways, self.repeats, settle=jvm_of(self.spark).java.lang.System.gc)

    def place(self, name: str) -> Path:
        """Return a free path in the scratch folder; what was there is deleted."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        return path


def write_delta(frame: DataFrame, place: Path, partition: str) -> None:
    """Write to Delta in the plain way that a job by hand would use."""
    frame.write.format("delta").mode("overwrite").partitionBy(partition).save(place.as_uri())
