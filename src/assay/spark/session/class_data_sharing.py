"""The archive of Spark's classes that the JVMs of this machine map, so that each starts in half the time."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.spark.session.jars import spark_home
from assay.spark.session.java import prepare_java

FURNISHED = frozenset({"log4j2.properties", "spark-defaults.conf", "spark-env.sh"})
"""The files that `install_spark_conf` writes into Spark's own conf folder; a session from Python needs none of them."""

QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off"
"""The options with which Java logs nothing about the archive."""


@contextmanager
def archived_classes() -> Iterator[str]:
    """Yield the options with which a JVM that is started inside uses the archive; empty where none fits."""
    options = archive_options()
    with without_conf() if options else contextlib.nullcontext():
        yield options


def archive_options() -> str:
    """Return the options by which a JVM uses the archive, with `empty_conf` for its conf folder; empty where none fits.

    A class archive (JEP 350) is for one class path, which may hold no folder with files in it. Spark puts its conf
    folder there. So an empty folder replaces it, unless there is a conf that Assay did not write.
    """
    archive = archive_path()
    return f"-XX:SharedArchiveFile={archive} -Xshare:auto {QUIET}" if conf_is_ours() and archive.is_file() else ""


def empty_conf() -> Path:
    """Return a conf folder for Spark without a file."""
    empty = spark_home() / "archive" / "conf"
    empty.mkdir(parents=True, exist_ok=True)
    return empty


def archive_path() -> Path:
    """Return the path of the archive of this Java and these jars; another Java or other jars have another name."""
    java = Path(prepare_java()) / "bin" / "java"
    parts = [str(java), str(java.stat().st_mtime_ns)]
    for jar in sorted((spark_home() / "jars").iterdir()):
        parts.append(f"{jar.name} {jar.stat().st_size} {jar.stat().st_mtime_ns}")
    return spark_home() / "archive" / f"{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}.jsa"


def conf_is_ours() -> bool:
    """Return whether Spark's conf folder holds only files that Assay wrote there."""
    if os.environ.get("SPARK_CONF_DIR") or Path(os.environ.get("SPARK_HOME", spark_home())) != spark_home():
        return False
    conf = spark_home() / "conf"
    return not conf.is_dir() or {path.name for path in conf.iterdir()} <= FURNISHED


@contextmanager
def without_conf() -> Iterator[None]:
    """Let a JVM of Spark that is started inside use a conf folder without a file."""
    os.environ["SPARK_CONF_DIR"] = str(empty_conf())
    try:
        yield
    finally:
        os.environ.pop("SPARK_CONF_DIR", None)
