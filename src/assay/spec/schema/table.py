"""The schema of a table: the columns of its source, in the order in which the source promised them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from assay.core.csv_records import Shape
from assay.spec.schema.field_types import Column, SpecModel, Text, problem

ColumnType = Literal["string", "int", "long", "double", "boolean", "date", "timestamp"]
NUMERIC = frozenset({"int", "long", "double"})
DATED = frozenset({"date", "timestamp"})
RESERVED = "_assay"
_TOO_FINE = "S" * 7


class ColumnSchema(SpecModel):
    """One column of a source."""

    name: Column = Field(description="The name, as the header of the file has it")
    type: ColumnType = Field(description="The type to which the text of the file is cast")
    format: Text | None = Field(None, description="The pattern of a date or timestamp, as Spark writes it")
    bin_exponent: Annotated[int, Field(ge=-1074, le=1023)] | None = Field(
        None,
        description="The histogram's bins are 2^bin_exponent wide; 128 to 256 of them over the usual range are enough",
    )
    known: Literal["later"] | None = Field(
        None, description="'later': not known when a row is scored, so it cannot reach the rows that are scored"
    )

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, name: str) -> str:
        if name.casefold().startswith(RESERVED):
            raise problem(f"cannot be '{name}'", f"names that start with '{RESERVED}' are Assay's own", "reserved-name")
        return name

    @model_validator(mode="after")
    def _fits_its_type(self) -> ColumnSchema:
        if self.bin_exponent is not None and self.type not in NUMERIC:
            raise problem(
                f"has a 'bin_exponent', but is a {self.type}",
                "only numbers have a histogram: remove 'bin_exponent'",
                "bad-column",
            )
        if self.format is not None and self.type not in DATED:
            raise problem(f"has a 'format', but is a {self.type}", "only dates and timestamps have one", "bad-column")
        if _TOO_FINE in "".join((self.format or "").split("'")[::2]):
            why = "a timestamp keeps microseconds, and what is finer would be cut off: write at most six S"
            raise problem(f"has the format '{self.format}'", why, "bad-column")
        return self


class TableSchema(SpecModel):
    """conf/schemas/<name>.yaml: the contract with a source.

    A column more, fewer, renamed or moved breaks the contract.
    """

    columns: list[ColumnSchema] = Field(min_length=1, description="The columns, in the order of the source's files")
    nulls: list[str] = Field(["", "NA"], description="The texts that mean a missing value")
    delimiter: str = Field(",", description="The one character between two values")

    @field_validator("columns")
    @classmethod
    def _distinct(cls, columns: list[ColumnSchema]) -> list[ColumnSchema]:
        seen: set[str] = set()
        for column in columns:
            if column.name.casefold() in seen:
                raise problem(f"name '{column.name}' twice", "upper and lower case count as the same", "duplicate-name")
            seen.add(column.name.casefold())
        return columns

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise problem(f"cannot be {delimiter!r}", 'it is one character, such as "," or "\\t"')
        return delimiter

    @property
    def names(self) -> Sequence[str]:
        """The columns' names, in the source's order."""
        return [column.name for column in self.columns]

    @property
    def shape(self) -> Shape:
        """The form of the records in the source's files."""
        return Shape(tuple(self.names), self.delimiter)

    def column(self, name: str) -> ColumnSchema | None:
        """The column of that name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)
