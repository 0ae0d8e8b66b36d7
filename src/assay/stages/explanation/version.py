"""The account of a model version: its training, its track record, who promoted it on what evidence, and its service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.text import quantity
from assay.errors import AssayError
from assay.report.content.explanation import Account, AccountPart
from assay.report.content.series import SeriesStep
from assay.stages.models.model_versions import own_code_note, training_of, version_entry
from assay.stages.monitoring.served_history import service_of
from assay.stages.reporting.ledger_tables import run_findings
from assay.stages.reporting.versions import fold_steps
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails


@dataclass(frozen=True, slots=True)
class PromotionAct:
    """An act that made the version the champion: its number, who did it, when and why."""

    number: int
    kind: str
    at: str
    who: str
    why: str
    run_id: str


@dataclass(frozen=True, slots=True)
class GateEvidence:
    """The judgement by which the version was registered: the gate's run, its sentence and its findings."""

    run_id: str
    at: str
    who: str
    status: str
    sentence: str
    findings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """The days that the version serves or served, and the gate's metric on those with labels."""

    first: date | None
    last: date | None
    days: int
    labelled_rows: int
    metric: str
    value: float | None


@dataclass(frozen=True, slots=True)
class VersionAccount:
    """All that is stored of a version.

    - `trained` and `features` are None and empty where the training's record is gone.
    - `track` has the gate's metric on each fold of the version's recipe.
    - `own_code` is a sentence where the version's features are built by other code than today's, else empty.
    """

    version: ModelVersion
    name: str
    kind: str
    recipe: str
    is_champion: bool
    digest: str
    code: str
    training: str
    mlflow_run: str
    validation: float
    trained: Interval | None
    features: tuple[str, ...]
    notes: tuple[str, ...]
    track: tuple[SeriesStep, ...]
    gate: GateEvidence | None
    promotions: tuple[PromotionAct, ...]
    service: ServiceFacts
    own_code: str
    anchor: ModelVersion | None


def explain_version(ctx: Context, version: ModelVersion) -> VersionAccount:
    """Return the account of a registered version, from the ledger and the Profiles.

    Raises:
        InputError: The ledger does not know the version.
    """
    entry, state = version_entry(ctx, version), ctx.promotions.current()
    details = _training(ctx, version)
    history = [one for one in ctx.promotions.history() if one.champion == version]
    return VersionAccount(
        version=version,
        name=entry.name,
        kind=entry.kind,
        recipe=entry.recipe,
        is_champion=state is not None and state.champion == version,
        digest=entry.digest,
        code=entry.code,
        training=entry.training,
        mlflow_run=entry.run_id,
        validation=entry.validation,
        trained=details.window if details else None,
        features=details.features if details else (),
        notes=details.notes if details else (),
        track=fold_steps(ctx).get(entry.recipe, ()),
        gate=_evidence(ctx, entry.judged_by),
        promotions=tuple(
            PromotionAct(one.number, one.kind, one.at, str(one.actor), one.why, one.run_id) for one in history
        ),
        service=_service(ctx, version),
        own_code=_own_code(ctx, version),
        anchor=entry.anchor,
    )


def version_parts(one: VersionAccount) -> tuple[AccountPart, ...]:
    """Return the account of a version as parts of a page."""
    made = (
        ("model", f"{one.name} ({one.kind}), recipe {one.recipe}"),
        ("trained on", f"{one.trained or 'days that are no longer known'}, by {one.training}"),
        ("features", ", ".join(one.features) or "no longer known"),
        ("bundle", one.digest),
        (
            "code of its features",
            f"{one.code}{'; ' + one.own_code if one.own_code else ', which is the code of today'}",
        ),
        ("MLflow's run", one.mlflow_run),
    )
    track = tuple(
        (str(step.first), str(step.last), f"{step.value:.4f}", _ends(step), f"{step.rows:,}") for step in one.track
    )
    return (
        AccountPart(f"version {one.version}", made, notes=tuple(f"note: {note}" for note in one.notes)),
        AccountPart(
            f"track record of its recipe: {one.service.metric} on folds",
            columns=("from", "to", "value", "interval", "rows"),
            rows=track,
            notes=() if track else ("No fold of its recipe is stored.",),
        ),
        _promotion_part(one),
        AccountPart("service", _service_facts(one.service)),
    )


def version_account(ctx: Context, one: VersionAccount) -> Account:
    """Return the account of a version as a page."""
    role = "It is the champion." if one.is_champion else "It is not the champion."
    return Account(ctx.pipeline.name, f"version {one.version}", f"{one.name}: {role}", version_parts(one))


def _promotion_part(one: VersionAccount) -> AccountPart:
    acts = tuple((str(act.number), act.kind, act.at, act.who, act.why) for act in one.promotions)
    facts: tuple[tuple[str, str], ...] = ()
    if one.gate is not None:
        facts = (("judged by", f"{one.gate.run_id}, {one.gate.at}, {one.gate.who}"), ("decision", one.gate.sentence))
    if one.anchor is not None:
        facts += (("anchor", f"it was not shown better itself: version {one.anchor} was"),)
    findings = tuple(f"{status:<5} {sentence}" for status, sentence in (one.gate.findings if one.gate else ()))
    missing = () if acts else ("It was never the champion.",)
    return AccountPart(
        "who promoted it, on what evidence", facts, ("number", "act", "at", "who", "why"), acts, (*missing, *findings)
    )


def _service_facts(service: ServiceFacts) -> tuple[tuple[str, str], ...]:
    if not service.days:
        return (("days", "it serves none"),)
    value = "no label is known yet" if service.value is None else f"{service.value:.4f}"
    return (
        ("days", f"{quantity(service.days, 'day')}, {service.first} to {service.last}"),
        (service.metric, f"{value} ({quantity(service.labelled_rows, 'labelled row')})"),
    )


def _ends(step: SeriesStep) -> str:
    return "" if step.low is None or step.high is None else f"{step.low:.4f} to {step.high:.4f}"


def _service(ctx: Context, version: ModelVersion) -> ServiceFacts:
    service = service_of(ctx)
    served = sorted(day for day, of in service.served.items() if of == version)
    known = service.outcomes.get(version)
    period = service.period(version, known) if known else None
    first, last = (served[0], served[-1]) if served else (None, None)
    rows, value = (period.rows, period.value) if period else (0, None)
    return ServiceFacts(first, last, len(served), rows, service.metric.title, value)


def _evidence(ctx: Context, run_id: str) -> GateEvidence | None:
    try:
        record = ctx.ledger.record(run_id)
    except AssayError:
        return None
    findings = tuple((str(one.status), one.sentence) for one in run_findings(ctx, record))
    return GateEvidence(run_id, record.at, str(record.actor), str(record.status), record.sentence, findings)


def _training(ctx: Context, version: ModelVersion) -> TrainingDetails | None:
    try:
        return training_of(ctx, version).details_as(TrainingDetails)
    except AssayError:
        return None


def _own_code(ctx: Context, version: ModelVersion) -> str:
    try:
        return own_code_note(ctx, version)
    except AssayError as error:  # the code of today may be broken, which is no matter of the version
        return f"the code of today cannot be read: {error.message}"
