"""The tests of what is watched in service that are judged from what is stored."""

from __future__ import annotations

from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.profiles.table_profile import ColumnState
from assay.core.score_card.card import CardJudgement
from assay.core.score_card.judgements import failed, file, not_yet, passed, run, table, verdict, version
from assay.core.text import quantity
from assay.stages.models.champion_limit import champion_age
from assay.stages.reviews.cadence import age_finding, cadence_of
from assay.stages.runtime.monitorings import last_monitoring
from assay.stages.runtime.run_costs import newest_cost
from assay.stages.score_card.card_facts import CardFacts
from assay.stages.score_card.feature_parity import feature_parity
from assay.stages.score_card.model_tests import NO_CHAMPION, NO_TRAINING
from assay.stages.score_card.silent_rewrites import silent_rewrites
from assay.stages.scoring.batch import CHAMPION_SCORE
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionStatus

TRAIN_AGAIN = "score days and train again by the same code: their features are compared then"
MORE_RUNS = "seven earlier runs like the newest one are needed"
MORE_DAYS = "monitor the champion until 20 of its days have mature labels"

NOTIFIED = ("missing-landing", "held")
"""The events by which a change of a source shows: it is late, or its data break a check."""

QUALITY = ("served.metric", "served.decline", "served.pair")
"""The checks of a monitoring about the quality of served predictions."""


def judge_notification(facts: CardFacts) -> CardJudgement:
    """Judge that late and broken sources are notified, and that landings have a limit of age (Monitoring 1)."""
    project, spec = facts.ctx.pipeline.project, facts.ctx.pipeline.spec
    sources = file(f"conf/environments/{project.environment.name}.yaml"), file(f"conf/pipelines/{spec.pipeline}.yaml")
    if spec.monitor.freshness.landings is None:
        return failed("The age of landings has no limit.", *sources, todo="set monitor.freshness.landings")
    channels = project.environment.notifications.channels.values() if project.environment.notifications else ()
    missing = [event for event in NOTIFIED if not any(one.takes(event, spec.pipeline) for one in channels)]
    if missing:
        sentence = f"No channel of the environment takes {' and '.join(missing)}."
        return failed(sentence, *sources, todo="add a channel to 'notifications' of the environment")
    limit = quantity(spec.monitor.freshness.landings, "day")
    return passed(f"A source that is more than {limit} late, or whose data are held, is notified.", *sources)


def judge_invariants(facts: CardFacts) -> CardJudgement:
    """Judge that no day is held, and that no partition was rewritten behind the ledger (Monitoring 2)."""
    ctx, tables = facts.ctx, facts.ctx.pipeline.spec.tables
    latest = {name: ctx.ledger.latest("clean", name) for name in tables}
    waiting = [name for name, days in latest.items() if not days]
    if waiting:
        return not_yet(f"No day of {', '.join(waiting)} was cleaned.")
    rewrites = silent_rewrites(ctx)
    if rewrites:
        more = f" And {len(rewrites) - 1} more." if len(rewrites) > 1 else ""
        places = dict.fromkeys(one.place for one in rewrites)
        return failed(f"{rewrites[0].sentence}.{more}", *map(table, places))
    for name, days in latest.items():
        for day, (record, state) in days.items():
            if state.state is PartitionStatus.HELD:
                return failed(f"{name}: {day} is held. {record.sentence}".rstrip(), verdict(record.run_id))
    newest = [days[max(days)][0].run_id for days in latest.values()]
    return passed("No day is held, and each commit of the tables is of a run of the ledger.", *map(verdict, newest))


def judge_parity(facts: CardFacts) -> CardJudgement:
    """Judge that served days have the features that a later training built of the same days (Monitoring 3)."""
    if facts.training is None:
        return not_yet(NO_TRAINING)
    parity, evidence = feature_parity(facts.ctx, facts.training), run(facts.training.run_id)
    if not parity.days:
        return not_yet(
            "No day was scored and then built again by a training of the same code.", evidence, todo=TRAIN_AGAIN
        )
    if parity.differ:
        name, days = next(iter(parity.differ.items()))
        more = f", and {quantity(len(parity.differ) - 1, 'other feature')}" if len(parity.differ) > 1 else ""
        sentence = f"The training built other values of {name} than were served, first on {days[0]}{more}."
        return failed(sentence, evidence)
    days_in_words = quantity(len(parity.days), "day")
    return passed(f"The training built the features of {days_in_words} as they were served.", evidence)


def judge_staleness(facts: CardFacts) -> CardJudgement:
    """Judge that the champion is younger than the spec's limit and than the age that costs (Monitoring 4)."""
    ctx, age = facts.ctx, champion_age(facts.ctx, facts.today)
    if age is None:
        return not_yet(NO_CHAMPION)
    sentence, evidence = f"{age.sentence[:1].upper()}{age.sentence[1:]}.", version(age.version)
    if age.over:
        return failed(sentence, evidence)
    monitored = last_monitoring(ctx)
    end = monitored.end if monitored is not None else facts.today
    findings = age_finding(ctx, age.version, end, cadence_of(ctx, age.version))
    old = [one for one in findings if one.status is not Status.PASS]
    if old:
        return failed(old[0].sentence, evidence)
    if age.limit is None and not findings:
        todo = "set gate.max_champion_age; served days beside folds show the cost of age as well"
        return not_yet(f"{sentence} No limit of its age is set or known.", evidence, todo=todo)
    return passed(sentence, evidence)


def judge_numbers(facts: CardFacts) -> CardJudgement:
    """Judge that the newest served features have no infinite or huge value, and each score is a number (Monitoring 5).

    A feature may be NaN, since that is a missing value for the estimators.
    """
    scored = facts.ctx.ledger.latest("score", facts.ctx.pipeline.name, PartitionStatus.SCORED)
    if not scored:
        return not_yet("No day was scored.")
    day = max(scored)
    record = scored[day][0]
    profiles = facts.ctx.profiles.read("features", facts.ctx.pipeline.name, record.measured_by, [day])
    columns = {name: _no_number(name, state) for name, state in profiles[day].columns.items()}
    bad = {name: rows for name, rows in columns.items() if rows}
    if bad:
        clauses = [f"{name} in {quantity(rows, 'row')}" for name, rows in bad.items()]
        return failed(f"Of {day} these are no usable numbers: {', '.join(clauses)}.", run(record.run_id))
    return passed(f"Of {day} all scores are numbers, and no feature is infinite or huge.", run(record.run_id))


def _no_number(name: str, state: ColumnState) -> int:
    """Return the rows of a column that are no usable numbers."""
    if state.kind != "number":
        return 0
    out_of_range = state.plus_inf + state.minus_inf + state.huge
    return out_of_range + (state.nulls + state.nans if name == CHAMPION_SCORE else 0)


def judge_costs(facts: CardFacts) -> CardJudgement:
    """Judge that trainings and scorings did not become slower or dearer than their past (Monitoring 6)."""
    findings = {stage: newest_cost(facts.ctx, stage) for stage in ("train", "score")}
    known = [one for one in findings.values() if one is not None]
    evidence = [run(one.details["run"]) for one in known if "run" in one.details]
    grown = [one for one in known if one.status is Status.WARN and one.severity is Severity.WARNING]
    if grown:
        return failed(grown[0].sentence, *evidence)
    without = [stage for stage, one in findings.items() if one is None or one.observed is None]
    if without:
        reasons = [one.sentence for one in known if one.observed is None]
        return not_yet(
            reasons[0] if reasons else f"No run of {' and '.join(without)} was measured.", *evidence, todo=MORE_RUNS
        )
    return passed(" ".join(one.sentence for one in known), *evidence)


def judge_quality(facts: CardFacts) -> CardJudgement:
    """Judge that the newest monitoring of the champion saw no loss of quality (Monitoring 7)."""
    monitored, champion = last_monitoring(facts.ctx), facts.champion
    if champion is None:
        return not_yet(NO_CHAMPION)
    if monitored is None or not _is_of(champion.version, monitored.details):
        return not_yet(f"Version {champion.version} was not monitored yet.", version(champion.version), todo=MORE_DAYS)
    judged = facts.ctx.runs.find(monitored.run_id, VERDICT)
    findings = [one for one in judged.findings if one.check in QUALITY] if judged is not None else []
    return _of_quality(findings, monitored.run_id, monitored.end)


def _is_of(number: int, details: object) -> bool:
    return isinstance(details, MonitoringDetails) and details.version == number


def _of_quality(findings: list[Finding], run_id: str, end: date) -> CardJudgement:
    lost = [one for one in findings if one.status is Status.FAIL]
    if lost:
        return failed(lost[0].sentence, verdict(run_id))
    metric = [one for one in findings if one.check == QUALITY[0] and one.status is Status.PASS]
    if not metric:
        reasons = [one.sentence for one in findings]
        return not_yet(
            reasons[0] if reasons else f"The monitoring before {end} judged no outcomes.",
            verdict(run_id),
            todo=MORE_DAYS,
        )
    return passed(metric[0].sentence, verdict(run_id))
