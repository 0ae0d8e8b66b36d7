"""The gate's findings, written where a data scientist looks first: MLflow's descriptions, metrics and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.decisions.gate import GateDecision
from assay.core.evaluation.constant_baseline import baselines_in
from assay.core.evaluation.curves import calibration, pr_curve, roc_curve
from assay.core.evaluation.metrics import METRICS, base_rate, metrics_of, task_of
from assay.core.evaluation.regression_metrics import bias, predicted_curve, residual_curve
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, Scored, merge_outcomes, merge_scores
from assay.core.profiles.residuals import Residuals
from assay.stages.evaluation.gate_picture import gate_picture
from assay.stages.evaluation.judged_folds import CHAMPION
from assay.stages.evaluation.judgement import Days
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord

if TYPE_CHECKING:
    from assay.models.mlflow.run_logger import TrainingRun

MAX_CURVE_POINTS = 400
GAIN = "holdout.gain_over_constant"
GAIN_TITLE = "gain over the constant (log loss or RMSE)"


def record_evidence(ctx: Context, training: RunRecord, days: Days, decision: GateDecision) -> None:
    """Describe the training's runs by the verdict, and give each contender its metrics and curves on the holdout."""
    from assay.models.mlflow.run_logger import ContenderVerdict, VerdictLog

    whole = {name: merge_outcomes(profiles.values()).overall for name, profiles in days.items()}
    gains = {str(f.details["model"]): float(f.details["gain"]) for f in baselines_in(decision.verdict.findings)}
    metrics = {name: holdout_metrics(_overall(profiles)) | _gain(name, gains) for name, profiles in days.items()}
    main = ctx.pipeline.spec.gate.metric
    also = next(
        name for name in ("log_loss", "brier", "rmse", "mae") if name in metrics_of(METRICS[main].task) and name != main
    )
    places = _places(decision, list(days))
    log = VerdictLog(
        action=decision.verdict.action,
        sentence=decision.verdict.sentence,
        headline=_headline(decision),
        table=[
            {
                "contender": name,
                "place": places.get(name, ""),
                METRICS[main].title: metrics[name].get(f"holdout.{main}"),
                METRICS[also].title: metrics[name].get(f"holdout.{also}"),
                GAIN_TITLE: metrics[name].get(GAIN),
                "rows": scores.rows,
            }
            for name, scores in whole.items()
        ],
        metrics=_margin(decision),
        figures=_figures(whole, f"{training.subject} {training.start}") | _picture(training, decision),
        contenders={
            name: ContenderVerdict(
                place=places.get(name, ""),
                sentence=_sentence(name, decision),
                metrics=metrics[name],
                figures=_figures({name: whole[name]}, name),
            )
            for name in training.details_as(TrainingDetails).contenders
        },
    )
    ctx.registry.record_verdict(_training_run(training), log)


def _picture(training: RunRecord, decision: GateDecision) -> dict[str, bytes]:
    """Return the picture of the gate as a file; none where nothing was compared."""
    picture = gate_picture(decision.verdict.findings, f"{training.subject} {training.start}: gains by the gate")
    return {"gate.svg": picture.encode()} if picture else {}


def _overall(profiles: Mapping[date, OutcomeProfile]) -> list[Scored]:
    return [profile.overall for profile in profiles.values()]


def holdout_metrics(days: Sequence[Scored]) -> dict[str, float | None]:
    """Return every metric over the days of the holdout, with the bound on the error of binning where there is one."""
    scores = merge_scores(days)
    metrics: dict[str, float | None] = {"holdout.rows": float(scores.rows)}
    for name, metric in metrics_of(task_of(scores)).items():
        metrics[f"holdout.{name}"] = metric.over(days)
    if isinstance(scores, Residuals):
        metrics["holdout.bias"] = bias(scores)
    else:
        metrics["holdout.roc_auc_bound"] = METRICS["roc_auc"].bound(scores)
    return metrics


def _gain(name: str, gains: Mapping[str, float]) -> dict[str, float | None]:
    """Return the gain of a model's log loss or RMSE over the constant's; the champion goes by its own name."""
    gain = gains.get(name)
    if name == CHAMPION:
        gain = next((model_gain for model, model_gain in gains.items() if model.startswith(CHAMPION)), None)
    return {} if gain is None else {GAIN: gain}


def _training_run(training: RunRecord) -> TrainingRun:
    from assay.models.mlflow.run_logger import Child, TrainingRun

    details = training.details_as(TrainingDetails)
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


def _figures(whole: Mapping[str, Scored], title: str) -> dict[str, bytes]:
    errors = {name: state for name, state in whole.items() if isinstance(state, Residuals)}
    scores = {name: state for name, state in whole.items() if isinstance(state, LabelledScores)}
    return _figures_of_errors(errors, title) if errors else _figures_of_scores(scores, title)


def _figures_of_errors(whole: Mapping[str, Residuals], title: str) -> dict[str, bytes]:
    from assay.models.mlflow.figures import predicted_figure, residual_figure

    predicted = {name: [(p.mean_score, p.mean_label) for p in predicted_curve(state)] for name, state in whole.items()}
    residuals = {name: residual_curve(state) for name, state in whole.items()}
    return {
        "predicted.png": predicted_figure(predicted, f"{title}: predicted and actual"),
        "residuals.png": residual_figure(residuals, f"{title}: errors on the holdout"),
    }


def _figures_of_scores(whole: Mapping[str, LabelledScores], title: str) -> dict[str, bytes]:
    from assay.models.mlflow.figures import calibration_figure, pr_figure, roc_figure

    roc = {name: _thin(roc_curve(scores)) for name, scores in whole.items()}
    pr = {name: _thin(curve and (curve[1], curve[0])) for name, scores in whole.items() for curve in [pr_curve(scores)]}
    reliable = {name: [(p.mean_score, p.observed) for p in calibration(scores)] for name, scores in whole.items()}
    rate = base_rate(next(iter(whole.values())))
    return {
        "roc.png": roc_figure(roc, f"{title}: ROC on the holdout"),
        "pr.png": pr_figure(pr, f"{title}: precision and recall on the holdout", rate),
        "calibration.png": calibration_figure(reliable, f"{title}: calibration on the holdout"),
    }


def _thin(curve: Any) -> list[tuple[float, float]]:
    """Return about MAX_CURVE_POINTS points of a curve, its ends included: a figure shows no more."""
    if curve is None:
        return []
    x, y = curve[0], curve[1]
    step = max(1, len(x) // MAX_CURVE_POINTS)
    points = list(zip(x[::step].tolist(), y[::step].tolist(), strict=True))
    return [*points, (float(x[-1]), float(y[-1]))]
