"""Contenders drawn at random with a known strength, and the gate that judges them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.check import Severity, Status
from assay.core.decisions.gate import GateDecision, judge_gate
from assay.core.decisions.looks.gate_state import GateState
from assay.core.decisions.looks.judge_pairs import JudgedTraining
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.contender import Contender, GatePolicy
from assay.core.interval import Interval
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.store.ledger.run_documents import VERDICT

from .labelled_scores import labelled

START = date(2013, 3, 1)
POLICY = GatePolicy("roc_auc", margin=0.01, fold=28, folds=1)


def contender(
    name: str,
    strength: float,
    *,
    complexity: int = 2,
    days: int = 28,
    rows: int = 300,
    luck: float = 0.0,
    rate: float = 0.3,
    recipe: str = "",
    slices: dict[str, float] | None = None,
    seed: int = 0,
) -> Contender:
    """A model that sees the label with `strength`, on the same rows as every other; `luck` changes it day by day, and
    `slices` gives a carrier another strength."""
    world, own = np.random.default_rng(17), np.random.default_rng([seed, *name.encode()])
    outcomes = {}
    for i in range(days):
        labels, noise = world.random(rows) < rate, world.normal(0, 1, rows)
        carriers = world.choice(["UA", "DL", "AA"], rows, p=[0.6, 0.35, 0.05])
        power = np.full(rows, strength + own.normal(0, luck) if luck else strength)
        for carrier, other in (slices or {}).items():
            power[carriers == carrier] = other
        scores = 1 / (1 + np.exp(-(power * (labels - 0.5) + noise)))
        if name == "constant":
            scores = np.full(rows, rate)
        by_carrier = {str(c): labelled(scores[carriers == c], labels[carriers == c]) for c in np.unique(carriers)}
        outcomes[START + timedelta(days=i)] = OutcomeProfile(labelled(scores, labels), {"carrier": by_carrier})
    kind = name if name in ("constant", "linear") else "candidate"
    level = {"constant": 0, "linear": 1}.get(name, complexity)
    return Contender(name, kind, level, recipe or name, outcomes, identity=f"{name}-{strength}-{seed}")


CONSTANT = contender("constant", 0)
LINEAR = contender("linear", 1.0)


def judged(
    contenders: Sequence[Contender],
    champion: Contender | None = None,
    policy: GatePolicy = POLICY,
    state: GateState | None = None,
    beside: Sequence[Contender] = (),
) -> GateDecision:
    """The decision about a training whose newest folds are all days of the contenders."""
    days = [day for one in contenders for day in one.days]
    folds = Interval(min(days, default=START), max(days, default=START) + timedelta(days=1))
    return judge_gate(contenders, champion, policy, JudgedTraining(folds.end, "flights", folds), state, beside)


def gate(
    *contenders: Contender, champion: Contender | None = None, policy: GatePolicy = POLICY, **more: Any
) -> GateDecision:
    """The decision about these contenders and the constant; it is stored as JSON, and refuses for a reason."""
    decision = judged([CONSTANT, *contenders], champion, policy, **more)
    written = json.loads(json.dumps(VERDICT.form.document(decision.verdict), allow_nan=False))
    assert VERDICT.form.content(written, Path("verdict.json")).sentence == decision.verdict.sentence
    refused = decision.verdict.action == "refuse"
    blocking = [f for f in decision.verdict.findings if f.status is Status.FAIL and f.severity is Severity.CRITICAL]
    assert refused == bool(blocking)
    return decision


def outcomes(decision: GateDecision) -> dict[str, LookOutcome]:
    """The outcome of each look, by the contender."""
    return {look.pair.name: look.outcome for look in decision.looks}


def failed_checks(decision: GateDecision) -> list[str]:
    findings = decision.verdict.findings
    return [f.check for f in findings if f.status is Status.FAIL and f.severity is Severity.CRITICAL]
