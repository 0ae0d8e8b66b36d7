"""train: pin what is read, compute the folds that are missing, and fit and log the contenders on all mature days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.evaluation.contender import CONSTANT
from assay.core.evaluation.fold_grid import Fold
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, ModelVersion
from assay.core.profiles.table_profile import DailyProfiles, TableProfile
from assay.core.run_status import RunStatus
from assay.core.text import quantity
from assay.errors import AssayError
from assay.spec.user_code.functions import code_digest
from assay.stages.features.feature_rows import FeatureRows, feature_rows
from assay.stages.features.inputs import Inputs, find_inputs, published_days, refuse_other_rows
from assay.stages.features.leakage_proof import prove_once
from assay.stages.features.naive_features import check_naive_features
from assay.stages.models.model_versions import feature_code, version_entry
from assay.stages.planning.tasks import Task, tasks
from assay.stages.planning.windows import Windows, first_clean_day, windows_for
from assay.stages.runtime.context import Context, StageOutcome
from assay.stages.runtime.spark_failures import spark_failures
from assay.stages.training.champion_folds import champion_folds, keep_procedure
from assay.stages.training.fit import Contenders, fit_window, load_candidates
from assay.stages.training.folds import FoldWork, compute_folds
from assay.stages.training.frozen_folds import compute_frozen_folds, versions_to_score
from assay.stages.training.mlflow_log import Trained, log_training, run_title
from assay.stages.training.outcome_counts import DayCount, refuse_without_outcomes
from assay.stages.training.recipe import naive_names, procedure_of, procedure_zip, recipes_of
from assay.stages.training.refit_check import check_refits
from assay.stages.training.track_record import inputs_digest, track_record
from assay.stages.training.training_columns import columns_of_the_calendar, reference_profiles, training_profile
from assay.store.ledger.code_origin import CodeOrigin, code_origin
from assay.store.ledger.run_details import StoredProcedure, TableRead, TrainingDetails
from assay.store.ledger.run_documents import RECORD
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus, new_run_id
from assay.store.locks.locks import hold

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from assay.models.training.contenders import FittedContender
    from assay.models.training.tuning import Candidate


@dataclass(frozen=True, slots=True)
class Training:
    """The inputs of one training, and its identity."""

    day: date
    windows: Windows
    inputs: Inputs
    identity: PartitionFingerprint


def plan_train(ctx: Context, day: date, *, name: str = "", candidates: str | None = None) -> tuple[Training, Task]:
    """Return the training of `day`, and its task: whether it is due."""
    spec = ctx.pipeline.spec
    subject = subject_of(ctx, name)
    windows = windows_for(spec, day, first_clean_day(ctx), _first_open(ctx, subject))
    inputs = find_inputs(ctx, windows.newest.all, labelled=True)
    reach_back = Interval(min(i.start for i in inputs.intervals.values()), windows.all.end)
    reference = candidates or spec.train.candidates
    code = code_digest(spec.features.function) + (code_digest(reference) if reference else "")
    section = ctx.pipeline.section_digest("features", "label", "train", "gate", "as_of", "timezone")
    identity = PartitionFingerprint(
        subject,
        str(day),
        inputs.digest(sorted(inputs.intervals), reach_back),
        hashlib.sha256(code.encode()).hexdigest()[:16],
        hashlib.sha256(f"{section}{reference}".encode()).hexdigest()[:16],
    )
    latest = ctx.ledger.latest("train", identity.subject)
    [task] = tasks("train", identity.subject, {day: identity}, latest, force=ctx.force)
    if windows.older:  # which pairs are open must not make a training stale
        inputs = find_inputs(ctx, windows.all, labelled=True)
    return Training(day, windows, inputs, identity), task


def _first_open(ctx: Context, subject: str) -> date | None:
    """Return the first day of the pairs of a subject that are open, None without one."""
    state = ctx.gate_states.current()
    return min((pair.first_day for pair in state.pairs if pair.subject == subject), default=None) if state else None


def subject_of(ctx: Context, name: str) -> str:
    """Return the ledger's subject of a training: the pipeline, or the pipeline and the name of a side experiment."""
    return f"{ctx.pipeline.name}.{name}" if name else ctx.pipeline.name


def train(ctx: Context, day: date, *, name: str = "", candidates: str | None = None) -> StageOutcome:
    """Fit and log the contenders of `day`, using only labels that were known before it; nothing is promoted here.

    Features are proved before their code and spec are trained on for the first time.

    Raises:
        InputError: The features leak. The message has each leak.
    """
    subject = subject_of(ctx, name)
    with hold(ctx.lake, f"train/{subject}", Interval.of(day), wait=ctx.wait), spark_failures():
        training, task = plan_train(ctx, day, name=name, candidates=candidates)
        if not task.due:
            record = ctx.ledger.latest("train", subject)[day][0]
            return StageOutcome("train", subject, None, f"the training of {day} is already done, by {record.run_id}")
        return _train(ctx, training, candidates or ctx.pipeline.spec.train.candidates)


def _train(ctx: Context, training: Training, candidates: str | None) -> StageOutcome:
    builders = load_candidates(candidates, ctx.pipeline.document.at("train", "candidates"))
    procedure, source = procedure_of(ctx, candidates), code_origin(ctx.pipeline.project.root)
    recipes = recipes_of(ctx, procedure, builders)
    windows = training.windows
    ctx.hint_input_size(windows.all)
    prove_once(ctx, windows.all)
    ctx.progress(f"features of {windows.all}, as of each day's {ctx.pipeline.spec.as_of:%H:%M}")
    with feature_rows(ctx, training.inputs) as rows:
        check_naive_features(ctx, rows.features)
        counted = _counted(ctx, rows.labelled(windows.all, known_on=training.day), windows.all)
        refuse_other_rows(ctx, training.inputs, rows.features, {day: count.rows for day, count in counted.items()})
        refuse_without_outcomes(ctx, training.day, windows.window, counted)
        notes = _compute_folds(ctx, rows, training, recipes, builders)
        window = rows.labelled(windows.window, known_on=training.day)
        profile = training_profile(ctx, window, rows.names)
        contenders = fit_window(ctx, window, profile, rows.names, builders, days=len(windows.window))
        calendar = columns_of_the_calendar(ctx, window, profile, windows.window)
        stored = StoredProcedure(keep_procedure(ctx, procedure_zip(ctx, candidates)), candidates or "", procedure.train)
        reference = reference_profiles(ctx, rows.of(windows.all), profile, windows.all)
        made = Made(contenders, profile, reference, rows.names, calendar, recipes, stored, tuple(notes), source)
        run_id = new_run_id("train")
        parent, entries = _log(ctx, training, made, run_id)
        check_refits(ctx, rows, entries, windows.window)
    champion, blocks = _champion(ctx), [fold.block for fold in (*windows.older, *windows.folds)]
    if champion is not None and version_entry(ctx, champion).recipe not in recipes.values():
        champion_folds(ctx, champion, training.day, blocks)
    notes = [note for version in versions_to_score(ctx, champion) for note in _score_frozen(ctx, training, version)]
    made = replace(made, notes=(*made.notes, *notes))
    return _record(ctx, training, made, run_id, parent, entries)


@dataclass(frozen=True, slots=True)
class Made:
    """The contenders of a training, and what is recorded of how they were made; `notes` are on folds that have gaps."""

    contenders: Contenders
    profile: TableProfile
    reference: DailyProfiles
    features: list[str]
    calendar: Mapping[str, str]
    recipes: Mapping[str, str]
    procedure: StoredProcedure
    notes: tuple[str, ...]
    source: CodeOrigin | None


def _score_frozen(ctx: Context, training: Training, version: ModelVersion) -> list[str]:
    """Score the newest folds with an earlier version, and return a note if that fails: no training depends on it."""
    if training.identity.subject != ctx.pipeline.name:
        return []
    try:
        compute_frozen_folds(ctx, version, training.day, [fold.block for fold in training.windows.folds])
    except AssayError as error:
        return [f"version {version} cannot be scored for the comparison: {error.message}"]
    return []


def _champion(ctx: Context) -> ModelVersion | None:
    state = ctx.promotions.current()
    return None if state is None else state.champion


def _compute_folds(
    ctx: Context,
    rows: FeatureRows,
    training: Training,
    recipes: Mapping[str, str],
    candidates: Mapping[str, Candidate],
) -> list[str]:
    """Compute the folds of the contenders that are not in the track record; return a note on each that cannot be."""
    record, known = track_record(ctx), _compared_before(ctx)
    guards = {CONSTANT, *naive_names(ctx)}  # the guard of a pair needs them on all days of the pair
    missing: dict[Fold, list[str]] = {}
    for folds in (training.windows.older, training.windows.folds):
        digests = {fold: inputs_digest(ctx, training.inputs, fold) for fold in folds}
        for name, recipe in recipes.items():
            if folds is training.windows.folds or name in guards or recipe in known:
                for fold in record.missing(recipe, digests):
                    missing.setdefault(fold, []).append(name)
    digests = {fold: inputs_digest(ctx, training.inputs, fold) for fold in missing}
    return compute_folds(ctx, rows, FoldWork(training.day, recipes, candidates, digests), missing)


def _compared_before(ctx: Context) -> set[str]:
    """Return the recipes that older folds judge: those of open pairs, and the champion's."""
    state, champion = ctx.gate_states.current(), _champion(ctx)
    pairs = {pair.recipe for pair in state.pairs} if state else set()
    return pairs if champion is None else pairs | {version_entry(ctx, champion).recipe}


def _counted(ctx: Context, frame: DataFrame, dates: Interval) -> dict[date, DayCount]:
    """Return the rows of each published day and those with an outcome, 0 included.

    Days that should have no rows are included as well.
    """
    from pyspark.sql import functions as F

    none = dict.fromkeys(published_days(ctx, ctx.pipeline.spec.features.rows, dates), DayCount(0, 0))
    day_counts = frame.groupBy(ctx.partition).agg(F.count("*"), F.count(ctx.pipeline.spec.label.name)).collect()
    return none | {row[0]: DayCount(row[1], row[2]) for row in day_counts}


def _log(ctx: Context, training: Training, made: Made, run_id: str) -> tuple[str, dict[str, ContenderEntry]]:
    trained = Trained(
        run_id=run_id,
        title=run_title(ctx, training.identity.subject, training.day),
        fitted=made.contenders.fitted,
        profile=made.profile,
        features=made.features,
        canary=made.contenders.canary.select(made.features),
        read=_read(training),
        spec_digest=training.identity.spec,
        recipes=made.recipes,
        why=ctx.why or f"Training of {training.day}.",
    )
    ctx.progress("logging to MLflow")
    return log_training(ctx, trained)


def _record(
    ctx: Context,
    training: Training,
    made: Made,
    run_id: str,
    parent: str,
    contenders: Mapping[str, ContenderEntry],
) -> StageOutcome:
    fitted, built_by = made.contenders.fitted, feature_code(ctx)
    blocks = tuple(fold.block for fold in training.windows.folds)
    judged = [fold.block for fold in (*training.windows.older, *training.windows.folds)]
    record = track_record(ctx)
    notes = list(dict.fromkeys([*made.notes, *(note for contender in fitted for note in contender.notes)]))
    details = TrainingDetails(
        parent=parent,
        window=training.windows.window,
        blocks=blocks,
        folds={name: record.references(recipe, judged) for name, recipe in made.recipes.items()},
        procedure=made.procedure,
        features=tuple(made.features),
        calendar=made.calendar,
        read=_read(training),
        code=built_by.digest,
        feature_section=built_by.section,
        contenders=contenders,
        constant=_constant(fitted),
        notes=tuple(notes),
        distributed=made.contenders.distributed,
        source=made.source,
    )
    counts = {"rows": fitted[0].rows, "features": len(made.features), "contenders": len(fitted), "folds": len(blocks)}
    ctx.profiles.write("training", training.identity.subject, run_id, {training.day: made.profile})
    ctx.profiles.write("reference", training.identity.subject, run_id, {training.day: made.reference})
    _append(ctx, training, run_id, counts, details)
    sentence = "; ".join([_trained_by(fitted, training.windows.window), *notes])
    return StageOutcome("train", training.identity.subject, run_id, sentence, numbers=dict(counts))


def _trained_by(fitted: list[FittedContender], window: Interval) -> str:
    names, rows = ", ".join(contender.name for contender in fitted), quantity(fitted[0].rows, "row")
    return f"{quantity(len(fitted), 'contender')} ({names}) trained on {rows} of {window}"


def _constant(fitted: list[FittedContender]) -> float:
    """Return what the constant gives every row: the training's base rate, or mean label."""
    from assay.models.estimators.baselines import Constant

    [model] = [each.estimator for each in fitted if each.kind == CONSTANT]
    return float(model.rate if isinstance(model, Constant) else model.mean)


def _append(ctx: Context, training: Training, run_id: str, counts: dict[str, int], details: TrainingDetails) -> None:
    identity, dates = training.identity, Interval.of(training.day)
    states = {str(training.day): PartitionState(PartitionStatus.TRAINED, identity, counts)}
    what: dict[str, Any] = {"partitions": states, "counts": counts, "details": details}
    record = ctx.record(run_id, "train", identity.subject, dates, RunStatus.DONE, **what)
    ctx.runs.write(run_id, RECORD, record)
    ctx.ledger.append(record)


def _read(training: Training) -> dict[str, TableRead]:
    return {
        name: TableRead(training.inputs.versions[name], interval.start, interval.end)
        for name, interval in training.inputs.intervals.items()
    }
