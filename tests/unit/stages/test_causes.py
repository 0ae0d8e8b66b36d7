"""A fall of the served metric comes with its causes, its first day, and the events of these days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.monitoring.served_model import decide_action
from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.verdict import Action
from assay.stages.monitoring.causes import CHECK, causes_of_fall
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionStatus
from bench.split_world import FOLDS_FROM, SERVED_FROM, DaySpec, days_from

from .test_timeline import cleaned, released

FELL = Finding("served.decline", Status.FAIL, "It fell.", Severity.WARNING)
KEPT = Finding("served.decline", Status.PASS, "It did not.", Severity.WARNING)
FOLDS = days_from(FOLDS_FROM, [DaySpec()] * 28, np.random.default_rng(1))


def served(days: list[DaySpec]) -> Mapping[date, OutcomeProfile]:
    """The outcomes of served days."""
    return days_from(SERVED_FROM, days, np.random.default_rng(2))


@pytest.fixture
def sliced(parcels: Context) -> Context:
    """The pipeline with slices by origin."""
    spec = parcels.pipeline.spec
    gate = spec.gate.model_copy(update={"slices": ["origin"], "metric": "roc_auc"})
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"gate": gate}))
    return parcels


def causes(ctx: Context, days: list[DaySpec]) -> Finding:
    """The finding about a fall on the served days."""
    [finding] = causes_of_fall(ctx, [FELL], FOLDS, served(days))
    assert finding.check == CHECK
    return finding


def gains(finding: Finding) -> dict[str, float]:
    """The gain of each cause."""
    return {part["cause"]: part["gain"] for part in finding.details["parts"]}


def test_without_a_fall_there_are_no_causes(sliced: Context) -> None:
    assert causes_of_fall(sliced, [KEPT], FOLDS, served([DaySpec()] * 28)) == []


def test_a_changed_relation_is_named_with_its_slice_and_first_day(sliced: Context) -> None:
    finding = causes(sliced, [DaySpec()] * 12 + [DaySpec(share=0.6, follows=-2.0)] * 28)
    assert finding.observed == pytest.approx(sum(gains(finding).values()))
    assert gains(finding)["relation"] < gains(finding)["mix"]
    since = {name: date.fromisoformat(day) for name, day in finding.details["since"].items()}
    assert since["earliest"] <= SERVED_FROM + timedelta(days=12) <= since["latest"]
    assert [(one["column"], one["value"]) for one in finding.details["slices"]] == [("origin", "B")]


def test_another_mix_of_origins_is_named_by_its_column(sliced: Context) -> None:
    finding = causes(sliced, [DaySpec(share=0.9)] * 28)
    assert finding.details["slice"] == "origin"
    assert gains(finding)["mix"] < -4 * abs(gains(finding)["relation"])


def test_a_released_day_is_an_incident_and_an_event_beside_the_fall(sliced: Context) -> None:
    at = date(2024, 3, 20)
    days = days_from(
        at - timedelta(days=19), [DaySpec(broken=0.9 * (place > 18)) for place in range(28)], np.random.default_rng(2)
    )
    for day in (20, 21, 22):
        cleaned(sliced, day, status=PartitionStatus.HELD)
        released(sliced, day)
    [finding] = causes_of_fall(sliced, [FELL], FOLDS, days)
    incident = next(part for part in finding.details["parts"] if part["cause"] == "incident")
    assert (incident["days"], incident["gain"] < 0) == (3, True)
    assert {event["kind"] for event in finding.details["events"]} >= {"held", "released"}


def test_few_days_cannot_be_split_and_the_finding_has_the_reason(sliced: Context) -> None:
    finding = causes(sliced, [DaySpec()] * 3)
    assert (finding.status, finding.severity, finding.details) == (Status.WARN, Severity.INFO, {})


def test_the_causes_stand_in_the_verdict_and_decide_nothing(sliced: Context) -> None:
    finding = causes(sliced, [DaySpec(share=0.9)] * 28)
    verdict = decide_action([FELL, finding])
    assert verdict.action is Action.RETRAIN
    assert finding.sentence in verdict.sentence
    assert decide_action([KEPT, finding]).action is Action.NONE
