"""Land and clean a table of a Hive catalog, and print as JSON what happened: a session with Hive needs its own process.

Usage: python -m tests.spark.hive_run FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from assay.core.interval import Interval
from assay.errors import AssayError
from assay.spark.session.session import open_session
from assay.spark.tables.delta_tables import read_table
from assay.stages.ingest.clean import clean
from assay.stages.ingest.land import land
from assay.stages.runtime.context import Context

from ..filled_tables import FIRST, SECOND, THIRD, FilledTable, filled_table

TWO, DAYS = Interval(FIRST, THIRD), Interval(FIRST, date(2024, 1, 4))
SOURCE = "{table: filled/parcels, format: delta, schema: parcels, date: ship_date}"
TYPES = "parcel BIGINT, depot STRING, weight DOUBLE, boxes INT"
TABLES = {
    "parquet": f"CREATE TABLE warehouse.parquet ({TYPES}) PARTITIONED BY (ship_date DATE) STORED AS PARQUET",
    "orc": f"CREATE TABLE warehouse.orc ({TYPES}) PARTITIONED BY (ship_date STRING) STORED AS ORC",
    "plain": f"CREATE TABLE warehouse.plain ({TYPES}, ship_date STRING) STORED AS TEXTFILE",
}
MEANWHILE = '''

def filled_meanwhile(parcels: DataFrame) -> DataFrame:
    """The rows as they are, while another job fills the table of their source."""
    parcels.sparkSession.sql(os.environ["FILL"])
    return parcels
'''


@dataclass(frozen=True, slots=True)
class WithHive:
    """An environment whose metastore is in Derby, in a folder."""

    spark: dict[str, str] = field(default_factory=dict)
    master: str = "local[1]"


def session(folder: Path) -> SparkSession:
    """A session with a metastore of its own; the setting of the catalog is given as a stage gives it."""
    from assay.spec.schema.environment import HIVE_CATALOG

    settings = {
        "spark.sql.warehouse.dir": f"file://{folder}/warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/metastore;create=true",
        "spark.hadoop.hive.exec.dynamic.partition.mode": "nonstrict",
    }
    return open_session(WithHive(settings), "hive", extra=HIVE_CATALOG)


@dataclass
class HiveRun:
    """The project, and the session of all its runs."""

    made: FilledTable
    spark: SparkSession

    def context(self) -> Context:
        """A new run."""
        ctx = self.made.context()
        ctx.open_spark = lambda _: self.spark
        return ctx

    def code_of(self, act: Callable[[], object]) -> str:
        """The code and the exit code of the error that is raised, empty without one."""
        try:
            act()
        except AssayError as error:
            return f"{error.code}, exit {error.exit_code}"
        return ""

    def land(self) -> object:
        """Land the two days."""
        return land(self.context(), "parcels", TWO)

    def run(self) -> dict[str, int]:
        """Land and clean the two days; the account of what was cleaned."""
        self.land()
        numbers = clean(self.context(), "parcels", TWO).numbers
        return {name: number for name, number in numbers.items() if number}

    def published(self) -> dict[str, int]:
        """The number of rows of each date in the clean table."""
        frame = read_table(self.spark, self.made.home / "lake" / "clean" / "parcels")
        return {str(day): rows for day, rows in sorted(frame.groupBy("ship_date").count().collect())}


def values(day: object, numbers: range) -> str:
    """Parcels of a day as rows of SQL; the date comes last."""
    return ", ".join(f"({n}L, 'HAM', 2.5D, 1, '{day}')" for n in numbers)


def outcomes_of(run: HiveRun, kind: str) -> dict[str, Any]:
    """What happens to a table of one kind as its rows come, change and are retyped."""
    spark, table = run.spark, f"warehouse.{kind}"
    outcomes: dict[str, Any] = {"no table": run.code_of(run.land)}
    spark.sql(TABLES[kind])
    cast = "CAST(col5 AS DATE)" if kind == "parquet" else "col5"

    def fill(rows: str, how: str = "INTO") -> str:
        return f"INSERT {how} {table} SELECT col1, col2, col3, col4, {cast} FROM VALUES {rows}"

    spark.sql(fill(f"{values(FIRST, range(3))}, {values(SECOND, range(4))}, {values(THIRD, range(1))}"))
    outcomes["first"] = run.run()
    outcomes["unchanged"] = run.run()
    spark.sql(fill(values(SECOND, range(10, 11))))
    outcomes["late rows"] = run.run()
    spark.sql(fill(f"(0L, 'HAM', 9999.0D, 1, '{SECOND}')"))
    outcomes["refused row"] = run.run()
    if kind != "plain":
        name = "ship_date"
        spark.sql(
            f"INSERT OVERWRITE {table} PARTITION ({name} = '{FIRST}') "
            "SELECT col1, col2, col3, col4 FROM VALUES (9L, 'MUC', 1.0D, 1)"
        )
        outcomes["rewritten"] = run.run()
    os.environ["FILL"] = fill(values(FIRST, range(20, 22)))
    run.made.rewrite("pipelines/parcels.yaml", "    rules:\n", FUNCTION)
    outcomes["changed"] = run.code_of(run.run)
    run.made.rewrite("pipelines/parcels.yaml", FUNCTION, "    rules:\n")
    outcomes["published"] = run.published()
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (colour STRING)")
    outcomes["drift"] = run.code_of(run.land)
    return outcomes


FUNCTION = "    function: parcel_code.meanwhile:filled_meanwhile\n    rules:\n"


def project_of(folder: Path, kind: str) -> FilledTable:
    """A copy of the small project whose parcels come from a table of the catalog, with a home of its own."""
    home = folder / kind
    home.mkdir()
    os.environ["ASSAY_HOME"] = str(home)
    made = filled_table(home / "copy", home)
    code = made.project / "parcel_code" / "meanwhile.py"
    code.write_text('"""Another job."""\n\nimport os\n\nfrom pyspark.sql import DataFrame\n' + MEANWHILE)
    made.rewrite("pipelines/parcels.yaml", "    suite: parcels\n", "")
    made.rewrite("pipelines/parcels.yaml", SOURCE, SOURCE_OF.format(kind=kind))
    return made


def main(folder: Path) -> dict[str, Any]:
    """The outcomes of each kind of table, of a view, and of a Delta table that the catalog names."""
    spark = session(folder)
    spark.sql("CREATE DATABASE warehouse")
    outcomes: dict[str, Any] = {}
    for kind in TABLES:
        made = project_of(folder, kind)
        if len(outcomes) == 0:  # the code of the others is the same
            sys.path.insert(0, str(made.project))
        outcomes[kind] = outcomes_of(HiveRun(made, spark), kind)
    spark.sql(f"CREATE VIEW warehouse.seen AS SELECT * EXCEPT (colour) FROM warehouse.orc WHERE ship_date < '{THIRD}'")
    outcomes["view"] = HiveRun(project_of(folder, "seen"), spark).run()
    spark.sql("CREATE TABLE warehouse.delta USING DELTA AS SELECT * FROM warehouse.seen")
    delta = HiveRun(project_of(folder, "delta"), spark)
    outcomes["delta"] = delta.code_of(delta.land)
    spark.stop()
    return outcomes


SOURCE_OF = "{{table: warehouse.{kind}, format: hive, schema: parcels, date: ship_date}}"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
