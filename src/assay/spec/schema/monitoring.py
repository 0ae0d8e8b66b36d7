"""The figures for people: business KPIs, the age of landings, scores and labels, and the sums of the daily summary."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from assay.spec.schema.field_types import Days, Name, Number, SpecModel, Sql, problem


class KpiSpec(SpecModel):
    """A KPI: its SQL and its limits, in the unit in which findings print it. Text alone is its SQL, without a limit."""

    sql: Sql = Field(description="Aggregate SQL over key, score, label and outcome columns: a count, count_if or sum")
    at_least: Number | None = Field(None, description="The least value per 1,000 rows with a label")
    at_most: Number | None = Field(None, description="The largest value per 1,000 rows with a label")

    @model_validator(mode="after")
    def _limits_in_order(self) -> KpiSpec:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            message = f"has at_least {self.at_least:g} above at_most {self.at_most:g}: no value keeps both"
            raise problem(message, "make at_least the smaller one, or leave one out", "wrong-limit")
        return self


def _as_mapping(value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip():
            raise problem("is empty", "write its SQL", "empty")
        return {"sql": value}
    if isinstance(value, dict | KpiSpec):
        return value
    raise problem("must be SQL, or a mapping of keys to values", "its keys are sql, at_least and at_most", "wrong-type")


Kpi = Annotated[KpiSpec, BeforeValidator(_as_mapping, json_schema_input_type=Sql | KpiSpec)]
"""A KPI as the YAML writes it: its SQL alone, or a mapping."""


class FreshnessSpec(SpecModel):
    """The days by which each may be behind the last date of a monitored interval; without a limit it is not judged."""

    landings: Days | None = Field(
        None,
        description="The most days by which the newest published day of a table may be behind. The table of the label "
        "may be later by label_delay",
    )
    scores: Days | None = Field(None, description="The most days by which the newest scored day may be behind")
    labels: Days | None = Field(
        None, description="The most days by which the newest day with mature labels may be behind: label_delay or more"
    )


class SummarySpec(SpecModel):
    """The figures of the daily summary, for the people who use the scores."""

    sums: dict[Name, Sql] = Field(
        {},
        description="Name to aggregate SQL over all scored rows of a day: the columns of the table of rows, and score",
    )
