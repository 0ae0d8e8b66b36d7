"""The gate's findings, written where a data scientist looks first: MLflow's descriptions, metrics and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.core.decisions.gate import GateDecision
from assay.core.evaluation.constant_baseline import baselines_in
from assay.core.evaluation.metrics import METRICS, metrics_of
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import Scored, merge_outcomes
from assay.stages.evaluation.gate_picture import gate_picture
from assay.stages.evaluation.holdout_figures import holdout_figures
from assay.stages.evaluation.holdout_metrics import days_of_folds, fold_metrics, holdout_metrics, holdout_rows
from assay.stages.evaluation.judged_folds import CHAMPION
from assay.stages.evaluation.judgement import Days
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    from assay.models.mlflow.run_contents import ChampionVerdict, TrainingRun

Metrics = Mapping[str, float | None]
GAIN = "holdout.gain_over_constant"
GAIN_TITLE = "gain over the constant (log loss or RMSE)"


def record_evidence(
    ctx: Context, training: RunRecord, state: Promotion | None, days: Days, decision: GateDecision
) -> None:
    """Describe the training's runs by the verdict, and give each contender its metrics and curves on the holdout.

    The champion of `state`, against which was judged, is shown beside them on the same days.
    """
    from assay.models.mlflow.run_contents import ContenderVerdict, VerdictLog

    details = training.details_as(TrainingDetails)
    days = days_of_folds(days, details.blocks)  # an open pair has older days too, which not every model has
    whole = {name: merge_outcomes(profiles.values()).overall for name, profiles in days.items()}
    gains = {str(f.details["model"]): float(f.details["gain"]) for f in baselines_in(decision.verdict.findings)}
    metrics = {
        name: holdout_metrics([profile.overall for profile in profiles.values()]) | _gain(name, gains)
        for name, profiles in days.items()
    }
    places = _places(decision, list(days))
    log = VerdictLog(
        action=decision.verdict.action,
        sentence=decision.verdict.sentence,
        headline=_headline(decision),
        table=_table(ctx.pipeline.spec.gate.metric, whole, places, metrics),
        metrics=_margin(decision),
        figures=holdout_figures(whole, f"{training.subject} {training.start}") | _picture(training, decision),
        contenders={
            name: ContenderVerdict(
                place=places.get(name, ""),
                sentence=_sentence(name, decision),
                metrics=metrics[name],
                figures=holdout_figures({name: whole[name]}, name),
                folds=fold_metrics(days[name], details.blocks),
            )
            for name in details.contenders
        },
        champion=_champion(state, days, metrics.get(CHAMPION, {}), details.blocks),
        holdout=holdout_rows(ctx, details, details.blocks),
    )
    ctx.registry.record_verdict(_training_run(details), log)
    ctx.progress(f"the verdict in MLflow: {ctx.registry.how_to_open()}")


def _table(
    main: str, whole: Mapping[str, Scored], places: Mapping[str, str], metrics: Mapping[str, Metrics]
) -> list[dict[str, Any]]:
    """Return a row per model for the description: the gate's metric, a loss, and the gain over the constant."""
    known = metrics_of(METRICS[main].task)
    also = next(name for name in ("log_loss", "brier", "rmse", "mae") if name in known and name != main)
    return [
        {
            "contender": name,
            "place": places.get(name, ""),
            METRICS[main].title: metrics[name].get(f"holdout.{main}"),
            METRICS[also].title: metrics[name].get(f"holdout.{also}"),
            GAIN_TITLE: metrics[name].get(GAIN),
            "rows": scores.rows,
        }
        for name, scores in whole.items()
    ]


def _picture(training: RunRecord, decision: GateDecision) -> dict[str, bytes]:
    """Return the picture of the gate as a file; none where nothing was compared."""
    picture = gate_picture(decision.verdict.findings, f"{training.subject} {training.start}: gains by the gate")
    return {"gate.svg": picture.encode()} if picture else {}


def _champion(
    state: Promotion | None, days: Days, metrics: Metrics, blocks: Sequence[Interval]
) -> ChampionVerdict | None:
    """Return the champion's recipe on the folds; None without a champion."""
    from assay.models.mlflow.run_contents import ChampionVerdict, ContenderVerdict

    if state is None or state.champion is None:
        return None
    entry = state.evidence.versions[state.champion]
    sentence = f"The recipe of version {state.champion} ({entry.name}) on the same days as the contenders."
    measured = ContenderVerdict(sentence=sentence, metrics=metrics, folds=fold_metrics(days[CHAMPION], blocks))
    return ChampionVerdict(f"{CHAMPION} (version {state.champion})", entry.run_id, measured)


def _gain(name: str, gains: Mapping[str, float]) -> dict[str, float | None]:
    """Return the gain of a model's log loss or RMSE over the constant's; the champion goes by its own name."""
    gain = gains.get(name)
    if name == CHAMPION:
        gain = next((model_gain for model, model_gain in gains.items() if model.startswith(CHAMPION)), None)
    return {} if gain is None else {GAIN: gain}


def _training_run(details: TrainingDetails) -> TrainingRun:
    from assay.models.mlflow.run_contents import Child, TrainingRun

    return TrainingRun(details.parent, {name: Child(entry.run_id) for name, entry in details.contenders.items()})


def _headline(decision: GateDecision) -> str:
    open_pairs = f", {', '.join(decision.challengers)} undecided" if decision.challengers else ""
    if decision.forward is not None:
        return f"{decision.forward} promoted{open_pairs}"
    return f"{decision.verdict.action}{open_pairs}" if open_pairs else "refused"


def _places(decision: GateDecision, names: list[str]) -> dict[str, str]:
    """Return what became of each contender: won, challenger while its pair stays open, or how its pair was closed."""
    places = dict.fromkeys(names, "")
    for look in decision.looks:
        places[look.pair.name] = "challenger" if look.pair.name in decision.challengers else look.outcome.value
    for compared in decision.beside:
        places[compared.contender] = "refused"
    if decision.forward is not None:
        places[decision.forward] = "won"
    return places


def _sentence(name: str, decision: GateDecision) -> str:
    sentences = [look.finding.sentence for look in decision.looks if look.pair.name == name]
    sentences += [f"{compared.sentence}." for compared in decision.beside if compared.contender == name]
    sentences += [f.sentence for f in baselines_in(decision.verdict.findings) if f.details["model"] == name]
    return "\n\n".join(sentences) or "It is what the others are compared with."


def _margin(decision: GateDecision) -> dict[str, float | None]:
    """Return the numbers of the comparison that decided, or of the first one."""
    looks = [look.comparison for look in decision.looks if look.comparison is not None]
    compared = [*decision.beside, *looks]
    decided = [one for one in compared if one.contender == decision.forward] or compared
    if not decided:
        return {}
    low, high = decided[0].interval
    return {
        "gate.difference": decided[0].evidence.estimate,
        "gate.low": low,
        "gate.high": high,
        "gate.days": float(decided[0].evidence.days),
    }
