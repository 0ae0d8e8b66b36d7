"""Tables of a Hive catalog, which Spark reads: their columns, their partitions, and the files of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.sql import functions as F

from assay.core.expectations.sql.literals import quote_name, quote_text
from assay.core.table_snapshot import SourceFile
from assay.errors import InputError
from assay.spark.expressions import column
from assay.spark.jvm_objects import hadoop_configuration, jvm_of
from assay.spark.session.errors import translate_spark_errors
from assay.spec.checks.source_columns import type_name

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CATALOG = "spark.sql.catalogImplementation"
_IGNORED = ("_", ".")
"""The first characters of the names of files that Spark does not read."""


def table_exists(spark: SparkSession, name: str) -> bool:
    """Return whether the catalog has a table or view of that name.

    Raises:
        InputError: The session has no Hive catalog.
        InfrastructureError: The metastore does not answer.
    """
    if spark.conf.get(_CATALOG, "") != "hive":
        raise InputError(
            f"the table {name} is one of a Hive catalog, and the running Spark has none",
            code="no-catalog",
            hint=f"run this pipeline by itself, or set '{_CATALOG}: hive' in 'spark: {{conf: ...}}' of the environment",
        )
    with translate_spark_errors():
        return spark.catalog.tableExists(name)


def hive_frame(spark: SparkSession, name: str) -> DataFrame:
    """The rows of a table as they are now, whatever this session has listed of it before."""
    with translate_spark_errors():
        spark.catalog.refreshTable(name)
        return spark.table(name)


def hive_types(frame: DataFrame) -> dict[str, str]:
    """Return the columns with the names of their types that `check_source_columns` reads."""
    return {name: type_name(kind) for name, kind in frame.dtypes}


def partition_columns(spark: SparkSession, name: str) -> list[str]:
    """Return the columns by which a table is partitioned, none for a view.

    Raises:
        InputError: The table is one of Delta, which has versions.
    """
    with translate_spark_errors():
        rows = spark.sql(f"DESCRIBE TABLE EXTENDED {_quoted(name)}").collect()
        known = {row.col_name: row.data_type for row in rows}
        if known.get("Provider", "").casefold() == "delta":
            raise InputError(
                f"the table {name} is a Delta table",
                code="delta-source",
                hint=f"write 'format: delta, table: {known.get('Location', '')}': Assay pins its version then",
            )
        return [one.name for one in spark.catalog.listColumns(name) if one.isPartition]


def partitions_of(spark: SparkSession, name: str) -> list[dict[str, str]]:
    """Return the partitions of a table: of each, its columns with their values as text."""
    with translate_spark_errors():
        rows = spark.sql(f"SHOW PARTITIONS {_quoted(name)}").collect()
    return [dict(_pair(part) for part in text.split("/")) for (text,) in rows]


def folder_of(spark: SparkSession, name: str, partition: Mapping[str, str]) -> str:
    """Return the address of the folder of a partition."""
    written = ", ".join(f"{quote_name(key)} = {quote_text(value)}" for key, value in partition.items())
    with translate_spark_errors():
        rows = spark.sql(f"DESCRIBE TABLE EXTENDED {_quoted(name)} PARTITION ({written})").collect()
    # The table's own folder follows under the same word.
    return str(next(row.data_type for row in rows if row.col_name == "Location"))


def files_in(spark: SparkSession, folders: Iterable[str]) -> tuple[SourceFile, ...]:
    """Return the data files in folders of any file system that Spark reads, by their addresses."""
    configuration = hadoop_configuration(spark.sparkContext)
    files = []
    with translate_spark_errors():
        for folder in folders:
            path = jvm_of(spark).org.apache.hadoop.fs.Path(folder)
            system = path.getFileSystem(configuration)
            listed = system.listFiles(path, True) if system.exists(path) else None
            while listed is not None and listed.hasNext():
                status = listed.next()
                if not status.getPath().getName().startswith(_IGNORED):
                    address = str(status.getPath().toString())
                    files.append(SourceFile(address, int(status.getLen()), int(status.getModificationTime())))
    return tuple(sorted(files, key=lambda file: file.path))


def count_days(frame: DataFrame, day_column: str, days: Sequence[date]) -> dict[date, int]:
    """Return the number of rows of each of the dates that has some; a partition column is read from no file."""
    own = column(day_column)
    texts = dict(frame.dtypes)[day_column] == "string"
    wanted = [str(day) for day in days] if texts else list(days)
    with translate_spark_errors():
        counted = frame.where(own.isin(wanted)).groupBy(own.cast("date").alias("day")).agg(F.count(F.lit(1))).collect()
    return dict(sorted((day, rows) for day, rows in counted))


def text_that_is_no_date(frame: DataFrame, name: str) -> str | None:
    """Return a text of a column that Spark casts to no date, None where each text is one."""
    own = column(name)
    with translate_spark_errors():
        row = frame.where(own.isNotNull() & own.try_cast("date").isNull()).select(own).head()
    return None if row is None else str(row[0])


def _pair(part: str) -> tuple[str, str]:
    key, _, value = part.partition("=")
    return unquote(key), unquote(value)


def _quoted(name: str) -> str:
    return ".".join(quote_name(part) for part in name.split("."))
