"""Changes of the champion: each is one compare-and-set on the promotions; the ledger follows, then MLflow's alias."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion, VersionEntry
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError
from assay.stages.promotion.pause import needs_reason, refuse_while_paused
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.failpoints import failpoint
from assay.store.ledger.run_details import HandoverDetails
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import RunRecord, new_run_id


def reconcile(ctx: Context) -> list[str]:
    """Write the ledger records of promotions whose run was killed right after, and return their run ids."""
    known = {record.run_id for record in ctx.ledger.records()}
    repaired = []
    for promotion in ctx.promotions.history():
        if promotion.run_id not in known:
            ctx.ledger.append(ctx.runs.read(promotion.run_id, RECORD))
            ctx.progress(f"recovered promotion {promotion.number}: decided earlier, recorded now")
            repaired.append(promotion.run_id)
    return repaired


def decide(
    ctx: Context,
    state: Promotion | None,
    record: RunRecord,
    *,
    kind: PromotionKind,
    champion: ModelVersion | None,
    evidence: Evidence,
    expires: date | None = None,
) -> Promotion:
    """Write the next state of the promotions against `state`, then the ledger; the caller lets the aliases follow.

    Raises:
        LostRace: Another process wrote since `state` was read.
    """
    ctx.runs.write(record.run_id, RECORD, record)
    failpoint("promotion:before-promotion")
    promotion = ctx.promotions.write(
        state.number if state else 0,
        kind=kind,
        champion=champion,
        actor=ctx.actor,
        why=record.why,
        run_id=record.run_id,
        evidence=evidence,
        expires=expires,
    )
    failpoint("promotion:before-ledger")
    ctx.ledger.append(record)
    failpoint("promotion:before-alias")
    return promotion


def promote(ctx: Context, version: ModelVersion) -> StageOutcome:
    """Make `version` the champion by a person's decision; the ledger holds the reason."""
    needs_reason(ctx, "promotion")
    refuse_while_paused(ctx, "promotion")
    reconcile(ctx)
    state = ctx.promotions.current()
    known = known_versions(state)
    if version not in known:
        raise InputError(
            f"the pipeline {ctx.pipeline.name} has no model version {version}",
            code="unknown-version",
            hint=f"known versions: {', '.join(map(str, sorted(known))) or 'none yet'}",
        )
    assert state is not None
    if state.champion == version:
        return StageOutcome("promote", ctx.pipeline.name, None, f"version {version} is the champion already")
    return by_hand(ctx, state, PromotionKind.PROMOTE, version)


def rollback(ctx: Context, version: ModelVersion | None = None) -> StageOutcome:
    """Give the role back to an earlier champion: to `version`, or to the newest that was not rolled back from."""
    needs_reason(ctx, "rollback")
    reconcile(ctx)
    state = ctx.promotions.current()
    if state is None or state.champion is None:
        raise InputError(
            f"the pipeline {ctx.pipeline.name} has no champion to roll back",
            code="no-champion",
            hint="train and gate first",
        )
    earlier = _earlier_champions(ctx, state.champion)
    if not earlier:
        raise InputError(
            f"version {state.champion} is the only champion that {ctx.pipeline.name} ever had",
            code="no-earlier-champion",
            hint="there is nothing to go back to",
        )
    target = version if version is not None else fallback_of(ctx.promotions.history())
    if target is None:
        raise InputError(
            f"all earlier champions of {ctx.pipeline.name} were rolled back from",
            code="no-earlier-champion",
            hint=f"name one of them with --to: {', '.join(map(str, earlier))}",
        )
    if target not in earlier:
        raise InputError(
            f"version {target} was never champion of {ctx.pipeline.name}",
            code="never-champion",
            hint=f"earlier champions, newest first: {', '.join(map(str, earlier))}; 'assay promote' takes any version",
        )
    return by_hand(ctx, state, PromotionKind.ROLLBACK, target)


def left_by_rollbacks(history: Sequence[Promotion]) -> set[ModelVersion]:
    """Return the versions from which a rollback went back, without those that became champion again since."""
    left: set[ModelVersion] = set()
    for before, after in itertools.pairwise(history):
        back = before.champion is not None and (after.champion is None or after.champion < before.champion)
        if after.kind is PromotionKind.ROLLBACK and back and before.champion is not None:
            left.add(before.champion)
        if after.champion is not None:
            left.discard(after.champion)
    return left


def fallback_of(history: Sequence[Promotion]) -> ModelVersion | None:
    """Return the newest earlier champion that was not rolled back from; None without one.

    So a second rollback goes further back.
    """
    if not history:
        return None
    out = {history[-1].champion, None, *left_by_rollbacks(history)}
    return next((one.champion for one in reversed(history) if one.champion not in out), None)


def _earlier_champions(ctx: Context, current: ModelVersion) -> list[ModelVersion]:
    seen = [p.champion for p in reversed(ctx.promotions.history()) if p.champion is not None and p.champion != current]
    return list(dict.fromkeys(seen))


def by_hand(
    ctx: Context, state: Promotion, kind: PromotionKind, champion: ModelVersion, *, requested_by: str | None = None
) -> StageOutcome:
    """Give the role by the decision of the context's user; the ledger holds the reason.

    `requested_by` is the run of the monitoring that a rollback follows by itself.
    """
    run_id, today = new_run_id(kind), date.today()  # noqa: DTZ011 - the ledger's order is its number
    before = "" if state.champion is None else f" in place of {state.champion}"
    sentence = f"{ctx.actor} made version {champion} the champion{before}: {ctx.why}"
    record = ctx.record(
        run_id,
        kind,
        ctx.pipeline.name,
        Interval.of(today),
        RunStatus.DONE,
        verdict=VerdictSummary(Status.PASS, Action(kind), sentence),
        details=HandoverDetails(
            promotion=state.number + 1, before=state.champion, champion=champion, requested_by=requested_by
        ),
    )
    promotion = decide(ctx, state, record, kind=kind, champion=champion, evidence=state.evidence)
    return StageOutcome(
        kind, ctx.pipeline.name, run_id, sentence, numbers={"promotion": promotion.number, "champion": champion}
    )


def known_versions(state: Promotion | None) -> dict[ModelVersion, VersionEntry]:
    """Return the registered versions that the promotions know, each with its bundle's digest, run and recipe."""
    return dict(state.evidence.versions) if state else {}


def champions_of(history: Sequence[Promotion]) -> list[ModelVersion]:
    """Return the versions that ever were champion, in the order in which they first were."""
    return list(dict.fromkeys(one.champion for one in history if one.champion is not None))


def serving_recipe(state: Promotion | None) -> str:
    """Return the recipe of the champion, empty without one."""
    return "" if state is None or state.champion is None else state.evidence.versions[state.champion].recipe
