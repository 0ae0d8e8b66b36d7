"""Names for tables in Spark's catalog, so that people write `select ... from assay.flights` and not a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.expectations.sql.literals import quote_name, quote_text
from assay.errors import InputError
from assay.spark.session.errors import translate_spark_errors

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def name_table(spark: SparkSession, database: str, name: str, address: str, folder: str) -> None:
    """Let `database.name` mean the Delta table at `address`; a missing database is created in `folder`.

    A name that means it already stays as it is. The name of a table that has moved then means the new place. The
    catalog keeps the place alone. Columns and partitions are Delta's, so a new day needs no change of the catalog.

    Raises:
        InputError: The name is taken by something that is no Delta table.
        InfrastructureError: The metastore does not answer.
    """
    full = f"{quote_name(database)}.{quote_name(name)}"
    with translate_spark_errors():
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {quote_name(database)} LOCATION {quote_text(folder)}")
        spark.sql(f"CREATE TABLE IF NOT EXISTS {full} USING DELTA LOCATION {quote_text(address)}")
        detail = spark.sql(f"DESCRIBE DETAIL {full}").head()
        assert detail is not None, "a table has its detail"
        if detail["format"] != "delta":
            raise InputError(
                f"the catalog's {database}.{name} is a table of the format '{detail['format']}', and not Assay's",
                code="name-taken",
                hint="drop it, or let 'catalog: database:' of the environment name another database",
            )
        if _path(detail["location"]) != _path(address):
            spark.sql(f"ALTER TABLE {full} SET LOCATION {quote_text(address)}")


def _path(address: str) -> str:
    # file:/x and file:///x are one place.
    return address.rstrip("/").split(":", 1)[-1].lstrip("/")
