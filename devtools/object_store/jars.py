"""The jars with which Spark reads s3a://: hadoop-aws of Spark's Hadoop, and the parts of AWS's SDK that it uses."""

from __future__ import annotations

from pathlib import Path

from devtools.hadoop.jars import fetch_jars

LIST = Path(__file__).parent / "jars.txt"
FOLDER = Path(__file__).parents[2] / ".tools" / "s3a" / "jars"


def s3a_jars() -> list[Path]:
    """Return the jars, checked; those that are not there are fetched from Maven Central (13 MB).

    Raises:
        InputError: There is no Java to fetch them with.
        InfrastructureError: One cannot be had.
    """
    return sorted(fetch_jars(FOLDER, LIST).glob("*.jar"))
