"""The age from which on a served model loses, and the finding about a version of that age.

The cost of age follows from folds, so it changes with each training alone. A monitoring keeps it for the next ones.
"""

from __future__ import annotations

from datetime import date, timedelta

from assay.core.check import Finding, Severity, Status
from assay.core.model_versions import ModelVersion
from assay.core.text import quantity
from assay.errors import InfrastructureError
from assay.stages.models.model_versions import training_of, version_entry
from assay.stages.promotion.override import active_override
from assay.stages.reviews.staleness import staleness_of
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import Cadence, MonitoringDetails, TrainingDetails

CHECK = "served.age"


def cadence_of(ctx: Context, version: ModelVersion) -> Cadence | None:
    """Return the age from which on newer models of the version's recipe gained, as of the newest training.

    It is None without a training, and where the outcomes of an older version cannot be read.
    """
    trainings = ctx.ledger.records("train", ctx.pipeline.name)
    if not trainings:
        return None
    recipe = version_entry(ctx, version).recipe
    known = _last_known(ctx)
    if known is not None and (known.training, known.recipe) == (trainings[-1].run_id, recipe):
        return known
    try:
        return Cadence(trainings[-1].run_id, recipe, staleness_of(ctx, recipe=recipe).cadence)
    except InfrastructureError:  # a monitoring does not depend on it
        return None


def _last_known(ctx: Context) -> Cadence | None:
    for record in reversed(ctx.ledger.records("monitor", ctx.pipeline.name)):
        if isinstance(record.details, MonitoringDetails) and record.details.cadence is not None:
            return record.details.cadence
    return None


def age_finding(ctx: Context, version: ModelVersion, end: date, cadence: Cadence | None) -> list[Finding]:
    """Return the finding about the age of a version on the last day before `end`; none where no age is known to cost.

    It warns from the age on from which newer models of the recipe gained, if a training of today would give a model
    that is newer by a fold. A version that serves by a rollback or an override is a person's decision: it has none.
    """
    if cadence is None or not cadence.days or _chosen_by_a_person(ctx):
        return []
    spec = ctx.pipeline.spec
    trained_until = training_of(ctx, version).details_as(TrainingDetails).window.end
    age = (end - timedelta(days=1) - trained_until).days
    limit = max(cadence.days, spec.label.label_delay + spec.gate.fold)
    old = age >= limit
    costs = f"newer models of its recipe gained from {quantity(cadence.days, 'day')} on"
    return [
        Finding(
            CHECK,
            Status.WARN if old else Status.PASS,
            f"Version {version} is {quantity(age, 'day')} old; {costs}.",
            Severity.WARNING if old else Severity.INFO,
            observed=age,
            expected=f"less than {quantity(limit, 'day')}",
        )
    ]


def _chosen_by_a_person(ctx: Context) -> bool:
    last = ctx.promotions.current()
    return last is None or last.kind is PromotionKind.ROLLBACK or active_override(ctx) is not None
