"""The pipeline's YAML as types: the settings that an approver signs, and nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from assay.core.task_type import TaskType
from assay.spec.schema.availability import AVAILABLE_AT, Availability
from assay.spec.schema.field_types import (
    Bytes,
    Clock,
    Column,
    Cron,
    Days,
    Name,
    Number,
    Reference,
    SomeDays,
    SpecModel,
    Sql,
    Text,
    TrainingWindow,
    Zone,
    leave_out,
)
from assay.spec.schema.monitoring import FreshnessSpec, Kpi, SummarySpec
from assay.spec.schema.operations import OperateSpec, PromotionSpec
from assay.spec.schema.source import Source

Columns = Annotated[list[Column], Field(min_length=1)]


class CleaningRule(SpecModel):
    """An action on the rows for which some SQL is true."""

    name: Name = Field(description="The name under which its rows are counted and shown")
    when: Sql = Field(description="Spark SQL over the table's columns, true for the rows that the rule is about")
    action: Literal["drop", "quarantine"] = Field(description="drop: not wanted; quarantine: kept aside as wrong")


class TableSpec(SpecModel):
    """A table: its source, its key, and the conditions for a good row."""

    from_: Source = Field(alias="from", description="The source: where its files land, or the table that others fill")
    key: Columns = Field(description="The columns that identify a row; of rows with the same key one is kept")
    function: Reference | None = Field(
        None, description="module:function, from DataFrame to DataFrame, before the rules"
    )
    available_at_: Availability | None = Field(
        None,
        alias="available_at",
        description="The instant at which a row became known, which cuts what is read: a timestamp column; or a "
        "mapping, from which the clean table gets the column available_at",
    )
    deduplicate_by: list[Sql] = Field(
        [], description="Of rows with the same key the first in this order is kept: 'landed_at DESC'"
    )
    rules: list[CleaningRule] = Field([], description="Tried in this order; the first that is true decides")
    suite: Name | None = Field(None, description="The Great Expectations suite, conf/expectations/<name>.json")
    examples: int = Field(
        20, ge=0, le=20, description="How many rows that break an expectation are shown, with key and value; 0: none"
    )
    empty: Literal["refuse", "allow"] = Field("refuse", description="What a day without rows means")
    missing: Literal["fail", "allow"] = Field("fail", description="What a missing or held day inside a lookback means")

    @property
    def available_at(self) -> str | None:
        """The column of the clean table with the instant at which a row became known, None where there is none."""
        return self.available_at_ if isinstance(self.available_at_, str | None) else AVAILABLE_AT


class FeaturesSpec(SpecModel):
    """The function that builds features, and the tables that it may see."""

    function: Reference = Field(description="module:function, called with rows and each input by name")
    rows: Name = Field(description="The table whose rows are scored, one score per key")
    inputs: dict[Name, SomeDays] = Field({}, description="Other tables, each with how many days back it is read")


class LabelSpec(SpecModel):
    """The predicted value: whether something happens (`when`), or a number (`value`)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["when"]}, {"required": ["value"]}]})

    from_: Name = Field(alias="from", description="The table that holds the outcome, joined by key")
    name: Column = Field(description="The name of the label's column")
    when: Sql | None = Field(
        None, description="Spark SQL over that table: true, false, or NULL for a row without a label"
    )
    value: Sql | None = Field(
        None, description="Instead of when: Spark SQL over that table, a number, or NULL for a row without a label"
    )
    label_delay: Days = Field(0, description="A day's outcomes count as complete only this many days later")

    @property
    def task(self) -> TaskType:
        """The task type: whether `when` holds, or a number, the `value`."""
        return TaskType.CLASSIFICATION if self.value is None else TaskType.REGRESSION

    @property
    def sql(self) -> str:
        """The one of `when` and `value` that is there."""
        return self.value or self.when or ""

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # The digest of a section, by which work is done or due, does not know the key that was not written.
        return leave_out(handler(self), "when", "value")


def _a_fifth(validated: dict[str, Any]) -> int | None:
    window = validated.get("window")
    return max(1, window // 5) if isinstance(window, int) else None


MAX_VALIDATION = 28
"""The most days that are held back for tuning where a window takes all history."""


DRIVER_BUDGET = 500_000_000
"""Bytes of the encoded frame that the driver takes by default.

As doubles they are twice as many, which is about the most that Spark by default hands to a driver
(spark.driver.maxResultSize, 1 GiB)."""


class TrainSpec(SpecModel):
    """The rows and the settings with which a contender is fitted."""

    window: TrainingWindow = Field(description="The days of labelled rows to train on; all: all history")
    candidates: Reference | None = Field(None, description="module:function without arguments: name -> builder")
    naive: list[Column] = Field(
        [],
        description="Number features that are forecasts of the label themselves, such as its last value or that of the "
        "same weekday: each is a baseline that the guard compares with",
    )
    trials: int = Field(6, ge=1, le=10_000, description="Optuna trials per candidate")
    validation: SomeDays | None = Field(
        default_factory=_a_fifth,
        description="The last days of the window, for tuning; by default a fifth of it, of all history at most 28 days",
    )
    seed: int = Field(7, ge=0, lt=2**31, description="The seed: the same inputs and seed give the same model")
    batch: int = Field(3, ge=1, le=1_000, description="Trials that are proposed and fitted together")
    driver_budget: Bytes | None = Field(
        None, description="The size of the encoded rows beyond which executors fit, such as 2 GB; by default 500 MB"
    )

    recalibrate: Literal["platt", "isotonic"] | None = Field(
        None,
        description="The method by which scores become probabilities that match the rates of the rows that are held "
        "back for tuning; by default scores stay as they are. Where the label is an event",
    )

    @property
    def budget(self) -> int:
        """The most bytes of encoded rows that are brought to the driver."""
        return DRIVER_BUDGET if self.driver_budget is None else self.driver_budget

    def validation_of(self, window: int) -> int:
        """Return the days that are held back for tuning of a window of so many days."""
        return max(1, min(MAX_VALIDATION, window // 5)) if self.validation is None else self.validation

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = handler(self)
        unset = "driver_budget", "validation", "recalibrate", "naive"
        return leave_out({**written, "naive": written["naive"] or None}, *unset)


class GateSpec(SpecModel):
    """The conditions under which a model may serve."""

    fold: SomeDays = Field(28, description="The days of a fold: a block that is scored by a model made before it")
    folds: int = Field(3, ge=1, le=26, description="The newest folds on which contenders are compared")
    metric: Literal["roc_auc", "within_day_roc_auc", "pr_auc", "log_loss", "brier", "rmse", "mae", "r2"] = Field(
        "roc_auc",
        description="The metric that is compared; rmse, mae and r2 where the label is a number. The metric "
        "within_day_roc_auc leaves out what a model knows of whole days: for decisions among the rows of one day",
    )
    at_least: Number | None = Field(None, description="The value of the metric that every model must reach")
    at_most: Number | None = Field(
        None, description="Instead of at_least, where lower is better: the most that it may be"
    )
    margin: Number = Field(ge=0, description="Practical significance: the gain that is worth a change")
    claim: Literal["better", "margin"] = Field(
        "better", description="What a new recipe has to be shown: a gain above zero, or one above the margin"
    )
    confidence: Number = Field(
        0.95, gt=0.5, lt=1, description="The confidence that a year of gates promotes no recipe that is no better"
    )
    challengers: int = Field(4, ge=1, le=16, description="The most recipes that stay open while they are undecided")
    slices: list[Column] = Field(
        [], description="Columns of the rows; each of their values is a slice to check for harm"
    )
    min_slice_rows: int = Field(1_000, ge=1, description="A slice with fewer rows than this counts as 'other'")
    slice_harm: Number | None = Field(
        None, gt=0, description="The loss that no slice may hide: a new recipe has to be shown to lose less in each"
    )
    min_days: int = Field(20, ge=20, description="The fewest days that show anything")
    min_positives: int = Field(
        100, ge=1, description="The fewest rows of either label that show anything, where the label is an event"
    )

    max_champion_age: SomeDays | None = Field(
        None, description="The age of the champion, since the end of its training window, from which on it is reported"
    )

    @property
    def limit(self) -> float | None:
        """The value of the metric that any model must keep: the one of `at_least` and `at_most` that is there."""
        return self.at_least if self.at_most is None else self.at_most

    @model_serializer(mode="wrap")
    def _omit_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return leave_out(handler(self), "at_most", "slice_harm", "max_champion_age")


class ScoreSpec(SpecModel):
    """The settings of scoring."""

    readers: list[Text] = Field([], description="Who reads the scores, for the person who rolls back")
    hold: list[Literal["volume", "drift"]] = Field(
        ["volume", "drift"],
        description="What holds the scores of a day that is out of line with the days of the version's evidence: "
        "its number of rows, its mean, spread and shape. What is left out only warns. "
        "Impossible scores always hold the day",
    )


class MonitorSpec(SpecModel):
    """The measurements of a model that serves."""

    kpis: dict[Name, Kpi] = Field({}, description="Name to its SQL, or to a mapping with limits as well")
    max_false_alarms_per_month: Number = Field(
        1, gt=0, description="The number of false alarms a month that is acceptable"
    )
    freshness: FreshnessSpec = Field(
        default_factory=lambda: FreshnessSpec.model_validate({}),
        description="The days by which landings, scores and labels may be behind",
    )


class MaintainSpec(SpecModel):
    """The old versions of the tables that are kept."""

    retention: SomeDays = Field(7, description="The days for which every version of a table stays readable")
    trainings: int = Field(
        4,
        ge=1,
        le=1_000,
        description="The number of last trainings whose data stay readable, beside those whose models served",
    )
    rescorable: SomeDays = Field(
        30,
        description="The newest scored days that stay repairable: the versions of the tables that they read are kept",
    )


class PipelineSpec(SpecModel):
    """conf/pipelines/<name>.yaml: one pipeline, whole."""

    pipeline: Name = Field(description="The pipeline's name, which is also the file's")
    question: Text = Field(description="The question that a score answers")
    owner: Text = Field(description="The person or group to write to")
    timezone: Zone = Field(description="The zone of the local dates, such as America/New_York")
    partition: Column = Field(description="The date column by which every table is partitioned")
    as_of: Clock = Field(description="A date is scored at this local time of that date")
    schedule: dict[Literal["daily", "train"], Cron] = Field({}, description="Cron expressions, in the time zone")
    tables: dict[Name, TableSpec] = Field(min_length=1, description="The tables, by name")
    features: FeaturesSpec = Field(description="The function and the tables that features are built of")
    label: LabelSpec = Field(description="The predicted value")
    train: TrainSpec = Field(description="The rows and the settings with which a contender is fitted")
    gate: GateSpec = Field(description="The conditions under which a model may serve")
    score: ScoreSpec = Field(
        default_factory=lambda: ScoreSpec.model_validate({}), description="The settings of scoring"
    )
    monitor: MonitorSpec = Field(
        default_factory=lambda: MonitorSpec.model_validate({}), description="The measurements of a model that serves"
    )
    summary: SummarySpec = Field(
        default_factory=lambda: SummarySpec.model_validate({}), description="The figures of the daily summary"
    )
    maintain: MaintainSpec = Field(
        default_factory=lambda: MaintainSpec.model_validate({}),
        description="The old versions of the tables that are kept",
    )
    promotion: PromotionSpec = Field(
        default_factory=lambda: PromotionSpec.model_validate({}),
        description="The rules for changing the model that serves",
    )
    operate: OperateSpec = Field(
        default_factory=lambda: OperateSpec.model_validate({}), description="The settings of a scheduler for its runs"
    )
