"""The tests of how a model is made that are judged from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.check import Finding, Status
from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.evaluation.contender import CONSTANT
from assay.core.evaluation.jackknife import Insufficient, Measured
from assay.core.evaluation.metrics import METRICS
from assay.core.model_versions import ContenderEntry
from assay.core.score_card.card import CardJudgement
from assay.core.score_card.judgements import command, failed, not_yet, passed, run, verdict, version
from assay.core.text import quantity
from assay.stages.models.champion_limit import champion_age
from assay.stages.models.model_versions import training_of
from assay.stages.reviews.staleness import staleness_of, staleness_sentence
from assay.stages.score_card.card_facts import CardFacts, Champion
from assay.stages.training.track_record import read_folds
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_documents import VERDICT

NO_CHAMPION = "No version is champion."
NO_TRAINING = "Nothing was trained."
MORE_FOLDS = "train again when more days have labels: a comparison takes 20 days"


def judge_review(facts: CardFacts) -> CardJudgement:
    """Judge that the newest training ran the code of a commit, and that a person reviewed commit or model (Model 1)."""
    if facts.training is None or facts.trained is None:
        return not_yet(NO_TRAINING)
    source, evidence = facts.trained.source, run(facts.training.run_id)
    if source is None:
        return failed(
            "The newest training recorded no git commit.", evidence, todo="keep the project in git, and train"
        )
    if source.dirty:
        sentence = f"The newest training ran code that differs from its commit {source.commit[:12]}."
        return failed(sentence, evidence, todo="commit all files, and train again")
    if source.reviewers:
        return passed(f"Commit {source.commit[:12]}, reviewed by {', '.join(source.reviewers)}.", evidence)
    if facts.ctx.pipeline.spec.promotion.needs_approval:
        return passed(f"Commit {source.commit[:12]}; each promotion needs the approval of a person.", evidence)
    todo = "add the trailer 'Reviewed-by: NAME' to commits, or set promotion.approval to required"
    return not_yet(f"Commit {source.commit[:12]} has all files, and no sign of a review.", evidence, todo=todo)


def judge_tuning(facts: CardFacts) -> CardJudgement:
    """Judge that the newest training tuned candidates by more than one trial (Model 3)."""
    if facts.training is None or facts.trained is None:
        return not_yet(NO_TRAINING)
    evidence, procedure = run(facts.training.run_id), facts.trained.procedure
    if not procedure.candidates:
        return failed("The newest training had no candidates: nothing was tuned.", evidence)
    trials = procedure.train.get("trials", 1)
    if not isinstance(trials, int) or trials < 2:
        return failed(f"The newest training had {trials} trial of each candidate: nothing was tuned.", evidence)
    return passed(f"The newest training chose each candidate's hyperparameters of {trials} trials.", evidence)


def judge_cost_of_age(facts: CardFacts) -> CardJudgement:
    """Judge that the cost of age is known up to the age at which the champion serves (Model 4)."""
    age = champion_age(facts.ctx, facts.today)
    if age is None:
        return not_yet(NO_CHAMPION)
    aged, evidence = staleness_of(facts.ctx), command(f"assay models {facts.ctx.pipeline.name} --age")
    known = [band.ages[1] for band in aged.bands if not isinstance(band.compared, Insufficient)]
    if not known:
        return not_yet("No age of a served model has enough days beside folds of its recipe.", evidence)
    if age.days >= max(known):
        sentence = f"The cost is known of ages below {quantity(max(known), 'day')}, and {age.sentence}."
        return failed(sentence, evidence, version(age.version))
    sentence = staleness_sentence(facts.ctx, aged)
    return passed(sentence[:1].upper() + sentence[1:], evidence)


def judge_simpler(facts: CardFacts) -> CardJudgement:
    """Judge that the champion's recipe is shown better than each simpler contender, on its training's folds (Model 5).

    It fails where a simpler one has the same value of the gate's metric or a better one. It is undecided where the
    lower bound of the gain, one-sided at 95 %, is 0 or less.
    """
    if facts.champion is None:
        return not_yet(NO_CHAMPION)
    trained = training_of(facts.ctx, facts.champion.version).details_as(TrainingDetails)
    own = facts.champion.entry
    simpler = {name: one for name, one in trained.contenders.items() if one.complexity < own.complexity}
    evidence = run(own.training), version(facts.champion.version)
    if not simpler:
        return passed(f"{own.name} is the simplest contender of its training.", *evidence)
    compared = {name: _compared(facts, facts.champion, trained, (name, one)) for name, one in simpler.items()}
    known = {name: one for name, one in compared.items() if isinstance(one, PairComparison)}
    worse = [name for name, one in known.items() if one.evidence.estimate <= 0]
    if worse:
        return failed(f"{own.name} is no better than {', '.join(worse)}, which is simpler.", *evidence)
    open_ones = [name for name in simpler if name not in known or known[name].interval[0] <= 0]
    if open_ones:
        return not_yet(f"{own.name} is not shown to be better than {', '.join(open_ones)}.", *evidence, todo=MORE_FOLDS)
    return passed(f"{own.name} is shown to be better than {', '.join(simpler)}, on the same folds.", *evidence)


def _compared(
    facts: CardFacts, champion: Champion, trained: TrainingDetails, simpler: tuple[str, ContenderEntry]
) -> PairComparison | Insufficient:
    (name, entry), own = simpler, champion.entry
    gate = facts.ctx.pipeline.spec.gate
    days = _folds(facts, trained, own.name, own.recipe), _folds(facts, trained, name, entry.recipe)
    constant = entry.kind == CONSTANT
    metric, sides = METRICS[gate.metric], ((own.name, days[0]), (name, days[1]))
    return compare_pair(metric, *sides, margin=gate.margin, incumbent_is_constant=constant)


def _folds(facts: CardFacts, trained: TrainingDetails, name: str, recipe: str) -> Mapping[date, Measured]:
    metric = METRICS[facts.ctx.pipeline.spec.gate.metric]
    days = read_folds(facts.ctx, recipe, trained.folds.get(name, ()))
    return {day: metric.prepare(outcomes.overall) for day, outcomes in days.items()}


def judge_slices(facts: CardFacts) -> CardJudgement:
    """Judge that slices are named, and that the newest gate that looked at them saw no harm in any (Model 6)."""
    columns = facts.ctx.pipeline.spec.gate.slices
    if not columns:
        return failed("The gate compares no slices.", todo="name columns in gate.slices")
    for record in reversed(facts.ctx.ledger.records("gate", facts.ctx.pipeline.name)):
        judged = facts.ctx.runs.find(record.run_id, VERDICT)
        findings = [one for one in judged.findings if one.check == "gate.slice"] if judged is not None else []
        if findings:
            return _of_slices(findings, record.run_id)
    return not_yet(f"No gate has judged the slices of {', '.join(columns)} yet.")


def _of_slices(findings: list[Finding], run_id: str) -> CardJudgement:
    harmed = [one for one in findings if one.status is Status.FAIL]
    if harmed:
        return failed(harmed[0].sentence, verdict(run_id))
    unjudged = [one for one in findings if one.status is Status.WARN]
    if unjudged:
        return not_yet(unjudged[0].sentence, verdict(run_id))
    return passed(f"The gate saw no harm in {quantity(len(findings), 'slice')}.", verdict(run_id))
