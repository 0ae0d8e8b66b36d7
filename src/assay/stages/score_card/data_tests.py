"""The tests of the features and the data that are judged from what is stored."""

from __future__ import annotations

from datetime import date

from assay.core.score_card.card import CardJudgement
from assay.core.score_card.judgements import document, failed, file, not_yet, passed, run, table, verdict
from assay.core.text import quantity
from assay.stages.features.leakage_proof import stored_proof
from assay.stages.runtime.context import Context
from assay.stages.score_card.card_facts import CardFacts
from assay.store.ledger.run_documents import DAILY_VERDICTS


def judge_expectations(facts: CardFacts) -> CardJudgement:
    """Judge that each table has a suite, and that its newest day was judged by one (Data 1)."""
    ctx, tables = facts.ctx, facts.ctx.pipeline.spec.tables
    without = [name for name, spec in tables.items() if spec.suite is None]
    if without:
        sentence = f"No suite is named for {', '.join(without)}."
        return failed(sentence, *(table(f"clean/{name}") for name in without), todo="write a suite: 'assay profile'")
    judged = {name: _checks_of_newest_day(ctx, name) for name in tables}
    waiting = [name for name, one in judged.items() if one is None]
    if waiting:
        return not_yet(f"No day of {', '.join(waiting)} was judged by its suite.")
    known = [one for one in judged.values() if one is not None]
    clauses = [f"{name} by {quantity(checks, 'check')}" for name, (_, checks) in zip(judged, known, strict=True)]
    sentence = f"The newest day of each table was judged: {', '.join(clauses)}."
    return passed(sentence, *(verdict(run_id) for run_id, _ in known))


def _checks_of_newest_day(ctx: Context, name: str) -> tuple[str, int] | None:
    """Return the run that judged the newest day of a table and the number of its checks; None without a check."""
    latest = ctx.ledger.latest("clean", name)
    if not latest:
        return None
    day: date = max(latest)
    run_id = latest[day][0].measured_by
    verdicts = ctx.runs.find(run_id, DAILY_VERDICTS) or {}
    checks = len(verdicts[day].findings) if day in verdicts else 0
    return (run_id, checks) if checks else None


def judge_benefit(facts: CardFacts) -> CardJudgement:
    """Judge that no feature of the newest training is constant (a part of Data 2).

    A feature that never varies is of no use to a model. That the others are of use takes an ablation, which Assay does
    not make. So this fails or is left to the team.
    """
    training = facts.training
    if training is None:
        return not_yet("Nothing was trained.")
    names = facts.trained.features if facts.trained is not None else ()
    constant = []
    for profile in facts.ctx.profiles.read("training", training.subject, training.run_id).values():
        for name, state in profile.columns.items():
            single = (
                state.low is not None and state.low == state.high
                if state.kind == "number"
                else len(state.categories) + bool(state.other) < 2
            )
            if name in (names or profile.columns) and (not state.values or (single and state.values == state.rows)):
                constant.append(name)
    if constant:
        sentence = f"The newest training has features of one value: {', '.join(constant)}."
        return failed(sentence, run(training.run_id), todo="remove these features, or repair them")
    return not_yet("No feature is constant. An ablation of features, gain against cost, is not stored.")


def judge_proof(facts: CardFacts) -> CardJudgement:
    """Judge that the features of today's code and spec were proved to see nothing that is known later (Data 4)."""
    proof = stored_proof(facts.ctx)
    if proof is not None:
        return passed(f"Proved on {proof.day}: {proof.sentence}.", document(f"proofs, {proof.at}"))
    if facts.training is None:
        return not_yet("The features are proved before their first training.")
    sentence = "Today's code and spec of the features have no proof; an earlier training had other ones."
    return failed(sentence, run(facts.training.run_id))


def judge_feature_tests(facts: CardFacts) -> CardJudgement:
    """Judge that tests import each module of the features and the cleaning, and that a service runs them (Data 7)."""
    spec = facts.ctx.pipeline.spec
    functions = [spec.features.function, *(one.function for one in spec.tables.values() if one.function)]
    return judge_module_tests(facts, [name.partition(":")[0] for name in functions])


def judge_module_tests(facts: CardFacts, modules: list[str]) -> CardJudgement:
    """Judge that a file of tests imports each of some modules, and that a service runs the tests again and again."""
    tested_by = {module: facts.tests.of_module(module) for module in dict.fromkeys(modules)}
    without = [module for module, path in tested_by.items() if path is None]
    if without:
        return failed(f"No test of the project imports {', '.join(without)}.")
    files = [file(path) for path in dict.fromkeys(tested_by.values()) if path is not None]
    if not facts.tests.service:
        todo = "run the tests at each commit, for example by .github/workflows/ci.yml"
        return failed("Tests import each module, but no file of continuous integration runs them.", *files, todo=todo)
    sentence = f"Tests import {', '.join(tested_by)}, and {facts.tests.service} runs them."
    return passed(sentence, *files, file(facts.tests.service))
