"""Land and clean a Delta table of an object store, and print as JSON what happened: Spark's jars of S3 need a process.

Usage: python -m tests.spark.s3_run FOLDER ADDRESS JARS. The credentials are in the process environment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assay.core.interval import Interval
from assay.errors import AssayError
from assay.spark.session.session import open_session
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.runtime.context import Context

from ..filled_tables import FIRST, SECOND, THIRD, filled_table, parcels

DAYS, TABLE = Interval(FIRST, date(2024, 1, 4)), "s3a://filled/parcels"


@dataclass(frozen=True, slots=True)
class WithS3:
    """An environment whose Spark has the jars of S3 and the address of the store, and no credentials."""

    spark: dict[str, str]
    master: str = "local[1]"


def environment(folder: Path, address: str, jars: str) -> WithS3:
    """The settings that an environment file would have."""
    (folder / "events").mkdir()
    s3a = {"endpoint": address, "endpoint.region": "eu-central-1", "path.style.access": "true"}
    log = {"enabled": "true", "compress": "false", "dir": f"file://{folder}/events"}
    settings = {f"spark.hadoop.fs.s3a.{key}": value for key, value in s3a.items()}
    return WithS3({"spark.jars": jars, **settings, **{f"spark.eventLog.{key}": value for key, value in log.items()}})


def code_of(act: Callable[[], object]) -> str:
    """The code and the exit code of the error that is raised, empty without one."""
    try:
        act()
    except AssayError as error:
        return f"{error.code}, exit {error.exit_code}"
    return ""


def main(folder: Path, address: str, jars: str) -> dict[str, Any]:
    """What happens to the table as another job fills it."""
    from deltalake import write_deltalake

    made = filled_table(folder / "copy", folder)
    sys.path.insert(0, str(made.project))
    made.rewrite("pipelines/parcels.yaml", "    suite: parcels\n", "")
    made.rewrite("pipelines/parcels.yaml", "filled/parcels", f"'{TABLE}'")
    outcomes: dict[str, Any] = {"no table": code_of(lambda: land(made.context(), "parcels", DAYS))}
    for day, rows in ((FIRST, 3), (SECOND, 4), (THIRD, 1)):
        write_deltalake(TABLE, parcels(day, rows), mode="append", partition_by=["ship_date"])
    spark = open_session(environment(folder, address, jars), "s3")

    def context() -> Context:
        ctx = made.context()
        ctx.open_spark = lambda _: spark
        return ctx

    def run() -> dict[str, int]:
        land(context(), "parcels", DAYS)
        return {name: number for name, number in clean(context(), "parcels", DAYS).numbers.items() if number}

    outcomes["first"], outcomes["unchanged"] = run(), run()
    replaced: dict[str, Any] = {"predicate": f"ship_date = '{SECOND}'", "partition_by": ["ship_date"]}
    write_deltalake(TABLE, parcels(SECOND, 6, weight=9_999.0), mode="append", partition_by=["ship_date"])
    outcomes["late rows"] = run()
    write_deltalake(TABLE, parcels(SECOND, 2, first=10), mode="overwrite", **replaced)
    outcomes["rewritten"] = run()
    made.rewrite("pipelines/parcels.yaml", "date: ship_date", 'date: "date_add(ship_date, 0)"')
    outcomes["by SQL"] = run()
    settings = {**dict(spark.sparkContext.getConf().getAll()), "environment": str(made.context().pipeline.spec)}
    outcomes["secrets in settings"] = sum(os.environ["AWS_SECRET_ACCESS_KEY"] in one for one in settings.values())
    spark.stop()
    return outcomes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])) + "\n")
