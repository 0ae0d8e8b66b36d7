"""The rollback that follows the monitor's action 'downgrade' by itself, where the spec allows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.errors import InputError, VerdictFailed
from assay.stages.promotion.promote import by_hand, champions_of, fallback_of, left_by_rollbacks, reconcile
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.monitorings import last_monitoring
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import RunRecord
from assay.store.locks.locks import hold


def downgrade(ctx: Context, *, now: datetime | None = None) -> StageOutcome:
    """Roll back if the last monitoring of the champion requests it; do nothing if it does not, or was followed already.

    Two models cannot take turns: within the cool-down after a rollback none follows by itself, and none ever goes to a
    version that was rolled back from.

    Raises:
        InputError: The spec leaves rollbacks to people.
        VerdictFailed: The cool-down has not passed, or no earlier champion is left.
    """
    name = ctx.pipeline.name
    if ctx.pipeline.spec.promotion.downgrade != "rollback":
        raise InputError(
            f"{name} leaves rollbacks to people",
            code="not-automatic",
            hint=f"'assay rollback {name} --reason ...', or 'promotion: {{downgrade: rollback}}' in the spec",
        )
    with hold(ctx.lake, f"gate/{name}", None, wait=ctx.wait):
        reconcile(ctx)
        history = ctx.promotions.history()
        monitoring = _asked(ctx, history)
        if monitoring is None:
            return StageOutcome(
                "rollback", name, None, "the monitor requests no downgrade of the champion", status=RunStatus.SKIPPED
            )
        _refuse_to_alternate(ctx, history, now or datetime.now(UTC))
        ctx.why = f"monitor {monitoring.run_id}: {monitoring.sentence}".strip()
        target = _target(name, history, monitoring.details_as(MonitoringDetails).better)
        return by_hand(ctx, history[-1], PromotionKind.ROLLBACK, target, requested_by=monitoring.run_id)


def _asked(ctx: Context, history: list[Promotion]) -> RunRecord | None:
    """Return the monitoring of the newest dates, if it requests a downgrade of the version that is champion now."""
    last = last_monitoring(ctx)
    if last is None or last.status != Action.DOWNGRADE or not history:
        return None
    return last if last.details_as(MonitoringDetails).version == history[-1].champion else None


def _refuse_to_alternate(ctx: Context, history: list[Promotion], now: datetime) -> None:
    last = next((one for one in reversed(history) if one.kind is PromotionKind.ROLLBACK), None)
    name, days = ctx.pipeline.name, ctx.pipeline.spec.promotion.cool_down
    if last is not None and now < datetime.fromisoformat(last.at) + timedelta(days=days):
        raise VerdictFailed(
            f"{last.sentence}, and for {quantity(days, 'day')} no other rollback follows by itself",
            code="cool-down",
            hint=f"look at 'assay models {name}', then 'assay rollback {name} --to VERSION' or 'assay pause {name}'",
        )


def _target(name: str, history: list[Promotion], better: ModelVersion | None) -> ModelVersion:
    """Return the earlier version that the monitoring has shown better, or else the newest earlier champion."""
    if better in champions_of(history) and better not in {history[-1].champion, *left_by_rollbacks(history)}:
        return better
    fallback = fallback_of(history)
    if fallback is None:
        raise VerdictFailed(
            f"version {history[-1].champion} has no earlier champion to go back to",
            code="no-earlier-champion",
            hint=f"look at 'assay models {name}', then 'assay promote {name} VERSION' or 'assay pause {name}'",
        )
    return fallback
