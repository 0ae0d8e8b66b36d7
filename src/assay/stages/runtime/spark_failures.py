"""Failures of Spark as errors of Assay's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spark_failures() -> Iterator[None]:
    """Turn what Spark raises inside into Assay's own errors, so that a user's mistake ends in no traceback."""
    from assay.spark.scoring.score import scoring_faults
    from assay.spark.session.errors import translate_spark_errors

    with translate_spark_errors(), scoring_faults():
        yield
