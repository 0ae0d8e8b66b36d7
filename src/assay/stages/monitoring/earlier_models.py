"""The served scores beside those of earlier models, which trainings score on the same days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.downgrade import CHECK, judge_earlier
from assay.core.evaluation.contender import Contender
from assay.core.model_versions import ModelVersion
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.errors import InfrastructureError
from assay.stages.evaluation.judgement import policy_of
from assay.stages.runtime.context import Context
from assay.stages.training.frozen_folds import frozen_days, frozen_models


def judge_beside_earlier(ctx: Context, version: ModelVersion, served: Mapping[date, OutcomeProfile]) -> list[Finding]:
    """Return a finding for each earlier model that has 28 days in common with the mature days that `version` served."""
    state = ctx.promotions.current()
    if state is None or state.champion != version:
        return []
    others = frozen_models(ctx, version)
    champion = Contender("what was served", "served", 0, "", dict(served))
    findings: list[Finding] = []
    for other in others:
        try:
            days = frozen_days(ctx, other, beside=version)
        except InfrastructureError as error:  # a monitoring does not depend on this comparison
            findings.append(_unread(other, error))
            continue
        earlier = Contender(f"version {other}", "served", 0, "", days)
        judged = judge_earlier(champion, earlier, other, policy_of(ctx), models=len(others))
        findings += [judged] if judged is not None else []
    return findings


def _unread(other: ModelVersion, error: InfrastructureError) -> Finding:
    sentence = f"Version {other} is not compared with what was served: {error.message}."
    return Finding(CHECK, Status.WARN, sentence, Severity.INFO, expected="its scores on the newest folds")
