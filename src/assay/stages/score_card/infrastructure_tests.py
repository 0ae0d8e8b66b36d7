"""The tests of how models are made and brought into service that are judged from what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from assay.core.check import Status
from assay.core.score_card.card import CardJudgement
from assay.core.score_card.judgements import failed, file, not_yet, passed, promotion, run, verdict, version
from assay.core.text import quantity
from assay.core.verdict import Action
from assay.stages.promotion.override import active_override
from assay.stages.promotion.promote import champions_of
from assay.stages.score_card.card_facts import CardFacts
from assay.stages.score_card.data_tests import judge_module_tests
from assay.stages.score_card.model_tests import NO_CHAMPION
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import ScoringDetails, TrainingDetails
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import RunRecord

REHEARSAL_DAYS = 365
"""The days for which a rollback shows that the next one will work."""


def judge_reproducible(facts: CardFacts) -> CardJudgement:
    """Judge that trainings of the same inputs, code and spec fitted the same models (Infrastructure 1).

    Models are compared by the metric on the validation block: it has to be the same to the bit. The newest pair of such
    trainings counts.
    """
    records = facts.ctx.ledger.records("train", facts.ctx.pipeline.name)
    for later, earlier in combinations(reversed(records), 2):
        if _made_of(later) and _made_of(later) == _made_of(earlier):
            return _same_models(later, earlier)
    todo = f"'assay train {facts.ctx.pipeline.name} --date D --force' trains a date once more"
    return not_yet("No two trainings had the same inputs, code and spec.", todo=todo)


def _made_of(record: RunRecord) -> list[str]:
    return [state.identity.digest for state in record.partitions.values() if state.identity.input]


def _same_models(later: RunRecord, earlier: RunRecord) -> CardJudgement:
    ones, others = (record.details_as(TrainingDetails).contenders for record in (later, earlier))
    pairs = {name: (ones[name].validation, others[name].validation) for name in ones if name in others}
    differ = sorted({name for name, (one, other) in pairs.items() if one != other} | (set(ones) ^ set(others)))
    evidence = run(later.run_id), run(earlier.run_id)
    if differ:
        return failed(f"Two trainings of the same inputs differ in {', '.join(differ)}.", *evidence)
    return passed(f"Two trainings of the same inputs fitted the same {quantity(len(pairs), 'contender')}.", *evidence)


def judge_model_tests(facts: CardFacts) -> CardJudgement:
    """Judge that tests import the module of the candidates, and that a service runs them (Infrastructure 2)."""
    candidates = facts.ctx.pipeline.spec.train.candidates
    if candidates is None:
        return not_yet("The pipeline has no candidates; the models that Assay has are tested with Assay.")
    return judge_module_tests(facts, [candidates.partition(":")[0]])


def judge_integration(facts: CardFacts) -> CardJudgement:
    """Judge that a test of the project runs the stages of a pipeline, and that a service runs it (Infrastructure 3)."""
    path = facts.tests.of_pipeline
    if path is None:
        return failed("No test of the project runs the stages of a pipeline.")
    if not facts.tests.service:
        todo = "run the tests at each commit, for example by .github/workflows/ci.yml"
        return failed("A test runs the stages, but no file of continuous integration runs it.", file(path), todo=todo)
    return passed(f"{path} runs the stages, and {facts.tests.service} runs it.", file(path), file(facts.tests.service))


def judge_validation(facts: CardFacts) -> CardJudgement:
    """Judge that the champion serves by the verdict of a gate (Infrastructure 4)."""
    champion = facts.champion
    if champion is None:
        return not_yet(NO_CHAMPION)
    override, evidence = active_override(facts.ctx), promotion(champion.promotion.number)
    if override is not None:
        sentence = f"Version {champion.version} serves by an override of {override.who}, until {override.expires}."
        return failed(sentence, evidence)
    judged = facts.ctx.runs.find(champion.entry.judged_by, VERDICT)
    if judged is None:
        return failed(f"The verdict by which version {champion.version} serves is not stored.", evidence)
    shown = verdict(champion.entry.judged_by)
    if judged.action is not Action.PROMOTE or judged.status is Status.FAIL:
        sentence = f"The gate's verdict on version {champion.version} was {judged.action}: {judged.sentence}"
        return failed(sentence, shown, evidence)
    return passed(f"The gate promoted version {champion.version}: {judged.sentence}", shown, evidence)


def judge_first_day(facts: CardFacts) -> CardJudgement:
    """Judge that the first day of the champion was judged alone, before any other, and was good (Infrastructure 6)."""
    champion = facts.champion
    if champion is None:
        return not_yet(NO_CHAMPION)
    records = facts.ctx.ledger.records("score", facts.ctx.pipeline.name)
    runs = [
        record
        for record in records
        if isinstance(record.details, ScoringDetails) and record.details.version == champion.version
    ]
    if not runs:
        return not_yet(f"Version {champion.version} has scored no day.", version(champion.version))
    first, evidence = runs[0], verdict(runs[0].run_id)
    verdicts = facts.ctx.runs.find(first.run_id, DAILY_VERDICTS) or {}
    if not verdicts:
        return failed(f"The first scores of version {champion.version} have no verdict.", evidence)
    if len(first.partitions) > 1:
        days = quantity(len(first.partitions), "day")
        return failed(f"Version {champion.version} scored {days} before any of them was judged.", evidence)
    [(day, judged)] = verdicts.items()
    if judged.status is Status.FAIL:
        return failed(f"The first day of version {champion.version}, {day}, was held: {judged.sentence}", evidence)
    return passed(f"Version {champion.version} scored {day} alone first: {judged.sentence}", evidence)


def judge_rollback(facts: CardFacts) -> CardJudgement:
    """Judge that a rollback was done in the last REHEARSAL_DAYS, in earnest or to rehearse it (Infrastructure 7)."""
    history = facts.ctx.promotions.history()
    if len(champions_of(history)) < 2:
        return not_yet("There is no earlier champion to go back to.")
    back = _rollbacks(history)
    if not back:
        return not_yet("The champion was never rolled back.")
    last = back[-1]
    day = _day_of(last)
    if facts.today - day > timedelta(days=REHEARSAL_DAYS):
        return failed(f"The last rollback was on {day}, more than a year ago.", promotion(last.number))
    return passed(f"Rolled back on {day} by {last.actor}: {last.why}", promotion(last.number))


def _rollbacks(history: Sequence[Promotion]) -> list[Promotion]:
    return [one for one in history if one.kind is PromotionKind.ROLLBACK]


def _day_of(one: Promotion) -> date:
    return datetime.fromisoformat(one.at).date()
