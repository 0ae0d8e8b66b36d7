"""The source of a table: files that land by date, or a table that other jobs fill."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from assay.core.landing.file_format import FileFormat
from assay.spec.schema.field_types import LandingPath, Name, SpecModel, Sql, Text, problem

TABLE_FORMATS = frozenset({"delta", "hive"})
"""The formats of sources that are tables, which other jobs fill."""

_CATALOG_NAME = re.compile(r"\w+(\.\w+){1,2}")


class Source(SpecModel):
    """The source of a table: a folder in which files land, or a table that other jobs fill."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["path"]}, {"required": ["table", "date"]}]})

    path: LandingPath = Field("", description="The folder of the files, relative to the landing folder")
    table: Text | None = Field(
        None,
        description="Instead of path: the table that other jobs fill. For delta its folder, which may be relative to "
        "the landing folder, or its address (hdfs://, s3a://, abfss://); for hive its name, such as warehouse.flights",
    )
    format: Literal["csv", "jsonl", "parquet", "orc", "delta", "hive"] = Field(
        description="The format of the files: csv, jsonl (an object in each line), parquet or orc. Or the kind of the "
        "table: delta, or hive for a table of the Hive catalog"
    )
    schema_: Name = Field(alias="schema", description="The schema file, conf/schemas/<name>.yaml")
    date: Sql | None = Field(
        None, description="Of a table: the column that holds the date of a row, or Spark SQL that gives it"
    )

    @property
    def name(self) -> str:
        """The source as its YAML names it: the folder of the files, or the table."""
        return self.table or self.path

    @property
    def in_catalog(self) -> bool:
        """True where the source is a table of the Hive catalog, which Spark alone reads."""
        return self.format == "hive"

    @property
    def file_format(self) -> FileFormat:
        """The format of the files of a source that has some."""
        return FileFormat(self.format)

    @model_validator(mode="after")
    def _files_or_table(self) -> Source:
        if self.format in TABLE_FORMATS:
            lacking = [key for key in ("table", "date") if getattr(self, key) is None]
            if lacking or self.path:
                what = f"lacks '{lacking[0]}'" if lacking else "has a 'path'"
                hint = "a source that is a table has 'table', 'format', 'schema' and 'date'"
                raise problem(f"has the format {self.format}, and {what}", hint, "bad-source")
            if self.in_catalog and not _CATALOG_NAME.fullmatch(self.name):
                hint = "write the database and the table, such as warehouse.flights"
                raise problem(f"has the format hive, and '{self.name}' is no name in a catalog", hint, "bad-source")
        elif not self.path or self.table is not None or self.date is not None:
            surplus = next((key for key in ("table", "date") if getattr(self, key) is not None), None)
            what = f"has a '{surplus}'" if surplus else "lacks 'path'"
            hint = f"files have a 'path'; a 'table' has the format {' or '.join(sorted(TABLE_FORMATS))}"
            raise problem(f"has the format {self.format}, and {what}", hint, "bad-source")
        return self

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The digest of a source of files does not know the keys of a table, and the other way round.
        return {name: value for name, value in handler(self).items() if value not in (None, "")}
