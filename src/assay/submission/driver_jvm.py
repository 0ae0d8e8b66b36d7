"""The start of a driver on this machine: a JVM that is fit for what has landed for the dates at hand."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence

from assay.connections import landed_text
from assay.core.interval import Interval, parse_date
from assay.spark.session.class_data_sharing import archive_options, conf_is_ours, empty_conf
from assay.spark.session.session import jvm_settings
from assay.spec.project import Pipeline

_OPTIONS, _ARCHIVE = "spark.driver.extraJavaOptions", "SharedArchiveFile"
ALL_HISTORY = 365
"""The days for which a training of all history is taken, whose beginning only the ledger knows."""


def driver_settings(pipeline: Pipeline, stage: str, arguments: Sequence[str]) -> dict[str, str]:
    """Return the settings of a local driver's JVM, equal to those of a session that is opened from Python.

    There are none where no date is named, or where Spark's conf folder is the user's own, whose options these would
    replace. They have to be on the command line: under `spark-submit` the JVM lives before Python does.
    """
    interval = _dates(pipeline, stage, dict(itertools.pairwise(arguments)))
    if interval is None or not conf_is_ours():
        return {}
    return jvm_settings(archive_options(), landed_text(pipeline, interval))


def driver_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that go with such settings.

    A driver whose classes come from the archive gets a conf folder without a file. That folder names no Python, so a
    variable does.
    """
    if _ARCHIVE not in settings.get(_OPTIONS, ""):
        return {}
    return {"SPARK_CONF_DIR": str(empty_conf()), "PYSPARK_PYTHON": sys.executable}


def _dates(pipeline: Pipeline, stage: str, stage_options: Mapping[str, str]) -> Interval | None:
    """Return the dates that a stage reads, as far as its options name them."""
    spec = pipeline.spec
    if "--from" in stage_options and "--to" in stage_options:
        return Interval.parse(stage_options["--from"], stage_options["--to"])
    if "--date" not in stage_options:
        return None
    day = Interval.of(parse_date(stage_options["--date"]))
    if stage != "train":
        return day
    window = ALL_HISTORY if spec.train.window == "all" else spec.train.window
    return day.back(window + (spec.gate.folds + 1) * spec.gate.fold + 2 * spec.label.label_delay)
