"""The instant at which a row became known: a column of the source, some SQL, or a time after the row's date."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)

from assay.spec.schema.field_types import MAX_DURATION_DAYS, Clock, Column, SpecModel, Sql, leave_out, problem
from assay.spec.schema.table import ColumnSchema

AVAILABLE_AT = "available_at"
"""The column that holds the instant where the source has no column with it."""

_HINT = 'write {sql: "..."}, or {days: 1, at: "06:00"}'


class ComputedInstant(SpecModel):
    """The instant at which a row became known, where the source has no column with it: `sql`, or `days` and `at`."""

    sql: Sql | None = Field(None, description="Spark SQL over the table's columns that gives a timestamp")
    days: Annotated[int, Field(ge=0, le=MAX_DURATION_DAYS)] | None = Field(
        None, description="Instead of sql: the number of days after the date of the row's partition"
    )
    at: Clock | None = Field(None, description="The local time on that day, in the pipeline's time zone")

    @model_validator(mode="after")
    def _one_form(self) -> ComputedInstant:
        if self.sql is None and (self.days is None or self.at is None):
            raise problem("needs 'sql', or both 'days' and 'at'", _HINT, "missing-key")
        if self.sql is not None and (self.days is not None or self.at is not None):
            raise problem("has 'sql' and a number of days", f"it is one of both: {_HINT}", "bad-available-at")
        return self

    def column(self, partition: str, zone: str) -> ColumnSchema:
        """Return the column of the clean table that holds the instant.

        A local time that the clocks of `zone` skip counts as so much later as they skip; of one that they show twice,
        the first counts. This is how the instant of scoring is computed too.
        """
        sql = self.sql or self._after(partition, zone)
        return ColumnSchema.model_validate({"name": AVAILABLE_AT, "type": "timestamp", "sql": sql})

    def _after(self, partition: str, zone: str) -> str:
        midnight = f"CAST(date_add(`{partition}`, {self.days}) AS TIMESTAMP)"
        clock = "00:00" if self.at is None else f"{self.at:%H:%M}"
        return f"to_utc_timestamp({midnight} + INTERVAL '{clock}' HOUR TO MINUTE, '{zone}')"

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return leave_out(handler(self), "sql", "days", "at")


_NAME: TypeAdapter[str] = TypeAdapter(Column)


def _column_or_mapping(value: Any, _: ValidatorFunctionWrapHandler) -> str | ComputedInstant:
    # Pydantic's own union would put the names of its members into the place of an error.
    if isinstance(value, ComputedInstant):
        return value
    if isinstance(value, str):
        return _NAME.validate_python(value)
    if isinstance(value, dict):
        return ComputedInstant.model_validate(value)
    raise problem("must be a column, or a mapping", _HINT, "wrong-type")


Availability = Annotated[Column | ComputedInstant, WrapValidator(_column_or_mapping)]
"""As the YAML writes it: the column with the instant, or a mapping."""
