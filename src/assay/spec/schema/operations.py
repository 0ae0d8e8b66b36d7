"""The operation of a pipeline: a scheduler's retries and waits, and the rules for changing the model that serves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.spec.schema.field_types import Duration, SomeDays, SpecModel, Text


class OperateSpec(SpecModel):
    """The settings of a scheduler for the pipeline's runs."""

    retries: int = Field(3, ge=0, le=20, description="How often a task is tried again after infrastructure failed")
    retry_after: Duration = Field(300, description="The wait before the first retry, such as '5 minutes'; it doubles")
    landing_timeout: Duration = Field(
        6 * 3600, description="How long after its due time a run waits for files that have to land, before it fails"
    )
    stage_timeout: Duration = Field(12 * 3600, description="How long one stage may run before it is stopped")
    retrain: Literal["schedule", "monitor", "both"] = Field(
        "schedule", description="What starts a training: the cron line, the monitor's action 'retrain', or both"
    )
    min_days_between_trainings: SomeDays = Field(
        7, description="The days after a training in which the monitor starts none"
    )
    tags: list[Text] = Field([], description="Tags of the DAGs, beside the pipeline's name")


class PromotionSpec(SpecModel):
    """The rules for changing the model that serves."""

    approval: Literal["none", "required"] = Field(
        "none", description="required: a model that the gate would promote waits for a person's approval"
    )
    expires: Duration = Field(3 * 86_400, description="How long a promotion waits for its approval")
    downgrade: Literal["report", "rollback"] = Field(
        "report", description="What follows the monitor's action 'downgrade': a report alone, or a rollback as well"
    )
    cool_down: SomeDays = Field(
        7, description="The days after a rollback in which none follows by itself, so that two models cannot alternate"
    )

    @property
    def needs_approval(self) -> bool:
        """True where nothing is promoted without a person."""
        return self.approval == "required"
