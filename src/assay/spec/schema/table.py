"""The schema of a table: the columns of its source in the promised order, and the columns computed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_serializer,
    model_validator,
)

from assay.core.csv_records import Shape
from assay.core.landing.csv_layout import CsvLayout
from assay.spec.schema.encodings import UTF_8, Encoding
from assay.spec.schema.field_types import Column, SpecModel, Sql, Text, Zone, leave_out, problem

ColumnType = Literal["string", "int", "long", "double", "boolean", "date", "timestamp"]
NUMERIC = frozenset({"int", "long", "double"})
DATED = frozenset({"date", "timestamp"})
RESERVED = "_assay"
_TOO_FINE = "S" * 7
_LEFT_OUT_HINT = 'write a list of names, such as [note, "Unnamed: 0"], or all'
_NAMES: TypeAdapter[list[str]] = TypeAdapter(list[str], config={"strict": True})


def _names_or_all(value: Any, _: ValidatorFunctionWrapHandler) -> list[str] | Literal["all"]:
    # Pydantic's own union would put the names of its members into the place of an error.
    if value == "all":
        return "all"
    if not isinstance(value, list):
        raise problem(f"cannot be '{value}'", _LEFT_OUT_HINT)
    names = _NAMES.validate_python(value)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise problem(f"name '{twice}' twice", "remove one", "duplicate-name")
    return names


LeftOut = Annotated[list[str] | Literal["all"], WrapValidator(_names_or_all)]
"""The columns that a table does not keep: a list of names, or `all` for those that the schema does not name."""


class ColumnSchema(SpecModel):
    """One column of the clean table: a column of the source, or one that is computed."""

    name: Column = Field(description="The name in the clean table, and in the source where there is no `source`")
    type: ColumnType = Field(description="The type to which the text of the file is cast")
    source: str | None = Field(None, description="The name in the source, where it is another one; any characters")
    sql: Sql | None = Field(
        None,
        description="For a column that the source does not have: Spark SQL over the columns of the source, by their "
        "new names, and the computed columns above it. What cannot be evaluated is NULL",
    )
    format: Text | None = Field(None, description="The pattern of a date or timestamp, as Spark writes it")
    timezone: Zone | None = Field(
        None, description="The zone of a timestamp's local times, where it is not the pipeline's `timezone`"
    )
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

    @field_validator("source")
    @classmethod
    def _in_one_line(cls, source: str | None) -> str | None:
        if source is not None and any(character in source for character in "\r\n\0"):
            raise problem(f"cannot be {source!r}", "a header is one line: rename the column at the source", "bad-name")
        return source

    @model_validator(mode="after")
    def _is_read_or_computed(self) -> ColumnSchema:
        for key, value in (("source", self.source), ("format", self.format)):
            if self.sql is not None and value is not None:
                why = f"a computed column is not in the source: remove 'sql' or '{key}'"
                raise problem(f"has 'sql' and '{key}'", why, "bad-column")
        if self.timezone is not None and self.type != "timestamp":
            raise problem(f"has a 'timezone', but is a {self.type}", "only timestamps have one", "bad-column")
        return self

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

    @property
    def source_name(self) -> str:
        """The name that the source gives to the column."""
        return self.name if self.source is None else self.source

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The digest of a table, by which its days are clean or due, does not know the key that was not written.
        written = handler(self)
        if self.source == self.name:
            written["source"] = None
        return leave_out(written, "source", "sql", "timezone")


class TableSchema(SpecModel):
    """conf/schemas/<name>.yaml: the contract with a source.

    A column more, fewer, renamed or moved breaks the contract, except for columns that are left out.
    """

    columns: list[ColumnSchema] = Field(min_length=1, description="The columns, in the order of the source's files")
    left_out: LeftOut = Field(
        default=[],
        description="Columns of the source that are not kept, anywhere in its files; or all: every column that is not "
        "named, and then the columns may be in any order",
    )
    encoding: Encoding = Field(
        UTF_8,
        description="The encoding of text files, such as latin-1, windows-1252 or utf-16; "
        "utf-8-sig is UTF-8 that may start with a byte order mark",
    )
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
        sources = [column.source_name for column in columns if column.sql is None]
        twice = next((name for name in sources if sources.count(name) > 1), None)
        if twice is not None:
            hint = "read it once, and compute the other column of it with 'sql'"
            raise problem(f"read the column '{twice}' of the source twice", hint, "duplicate-name")
        if not sources:
            raise problem("have none of the source", "name the columns that its files have", "bad-column")
        return columns

    @field_validator("left_out")
    @classmethod
    def _not_kept(cls, left_out: list[str] | Literal["all"], info: ValidationInfo) -> list[str] | Literal["all"]:
        columns: list[ColumnSchema] = info.data.get("columns", [])
        kept = {column.source_name for column in columns if column.sql is None}
        both = next((name for name in left_out if name in kept), None) if left_out != "all" else None
        if both is not None:
            raise problem(f"names '{both}', which is one of the columns", "remove it in one place", "duplicate-name")
        return left_out

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise problem(f"cannot be {delimiter!r}", 'it is one character, such as "," or "\\t"')
        return delimiter

    @property
    def source_columns(self) -> Sequence[ColumnSchema]:
        """The columns that are read from the source, in its order."""
        return [column for column in self.columns if column.sql is None]

    @property
    def computed_columns(self) -> Sequence[ColumnSchema]:
        """The columns that are computed of others, in the order in which they are computed."""
        return [column for column in self.columns if column.sql is not None]

    @property
    def names(self) -> Sequence[str]:
        """The columns' names in the clean table: those of the source in its order, then the computed ones."""
        return [column.name for column in (*self.source_columns, *self.computed_columns)]

    @property
    def header(self) -> tuple[str, ...]:
        """The columns that are read, by the source's own names and in its order."""
        return tuple(column.source_name for column in self.source_columns)

    def layout(self, header: Sequence[str] = ()) -> CsvLayout:
        """Return the layout of a file with that header, which `left_out` allows; by default that of the schema."""
        names = tuple(header) or self.header
        return CsvLayout(Shape(names, self.delimiter), tuple(names.index(name) for name in self.header))

    def without_formats(self) -> TableSchema:
        """Return the schema of values that are no text of a source: no column of it has a format."""
        return self.model_copy(update={"columns": [one.model_copy(update={"format": None}) for one in self.columns]})

    def leaves_out(self, source_name: str) -> bool:
        """Return whether a column of the source is not kept."""
        return source_name not in self.header and (self.left_out == "all" or source_name in self.left_out)

    def column(self, name: str) -> ColumnSchema | None:
        """The column of that name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = handler(self)
        unset = {"left_out": [], "encoding": UTF_8}
        return {name: value for name, value in written.items() if name not in unset or value != unset[name]}
