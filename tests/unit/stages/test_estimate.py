"""The estimate of the served metric before labels come, and its record on days whose labels are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.evaluation.label_maturity import Counted
from assay.core.model_versions import ModelVersion
from assay.core.monitoring.served_model import decide_action
from assay.core.profiles.from_arrays import histogram_of
from assay.core.profiles.histogram import SCORE_BIN_EXPONENT, Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile, merge_scores
from assay.stages.monitoring.estimate import estimate_served, estimate_served_slices
from assay.stages.runtime.context import Context
from assay.stages.training.track_record import promised_outcomes

from .served_world import World, labelled

TRAINED = date(2024, 3, 4)
ONE, ROWS = ModelVersion(1), 2_000


def day_of(day: date, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are the probabilities of their labels; a smaller spread orders the rows worse."""
    random = np.random.default_rng(day.toordinal())
    log_odds = random.normal(0, spread, ROWS)
    scores = 1 / (1 + np.exp(-log_odds))
    return scores, (random.random(ROWS) < scores).astype(int)


def outcomes(day: date, spread: float = 1.5) -> OutcomeProfile:
    scores, labels = day_of(day, spread)
    return labelled(scores[labels == 1], scores[labels == 0])


def scores(day: date, spread: float = 1.5) -> Histogram:
    return histogram_of(day_of(day, spread)[0], SCORE_BIN_EXPONENT)


@pytest.fixture
def world(parcels: Context) -> World:
    made = World(parcels, label_delay=3)
    made.serves(made.trained(TRAINED, judged=outcomes))
    return made


def estimated(world: World, spread: float, known_days: int = 10, *, seen: bool = False) -> list[Finding]:
    days = [TRAINED + timedelta(days=n) for n in range(14)]
    served = {day: scores(day, 1.5 if n < known_days else spread) for n, day in enumerate(days)}
    known = {day: outcomes(day) for day in days[:known_days]}
    counted = Counted({} if seen else known, tuple(days[known_days:]), tuple(known) if seen else ())
    return estimate_served(world.ctx, promised_outcomes(world.ctx, ONE), served, counted)


def test_days_that_wait_are_estimated_and_the_record_of_the_estimate_is_beside(world: World) -> None:
    [finding] = estimated(world, spread=1.5)
    assert (finding.status, finding.severity) == (Status.PASS, Severity.INFO)
    assert (finding.details["days"], finding.details["known_days"]) == (4, 10)
    assert finding.details["then"] == pytest.approx(finding.details["truth"], abs=0.01)
    assert finding.observed == pytest.approx(finding.details["folds"], abs=0.015)


def test_scores_that_order_worse_than_on_the_folds_warn_and_decide_nothing(world: World) -> None:
    [finding] = estimated(world, spread=0.5)
    assert finding.status is Status.WARN
    assert finding.observed < finding.details["folds"] - 0.1
    served = Finding("served.metric", Status.PASS, "fine", observed=0.7)
    assert decide_action([served, finding]).action == "none"
    assert decide_action([served, finding]).status is Status.PASS


def test_without_a_day_that_waits_nothing_is_estimated(world: World) -> None:
    assert estimated(world, spread=1.5, known_days=14) == []


def test_without_a_fold_nothing_is_estimated(parcels: Context) -> None:
    bare = World(parcels, label_delay=3)
    bare.serves(bare.trained(TRAINED))
    assert estimated(bare, spread=1.5) == []


def sliced(day: date, spreads: Mapping[str, float], *, labels: bool = True) -> OutcomeProfile:
    """The outcomes of a day by depot; without labels all rows wait."""
    parts: dict[str, LabelledScores] = {}
    for number, (value, spread) in enumerate(spreads.items()):
        measured = outcomes(day + timedelta(days=10_000 * number), spread).overall
        assert isinstance(measured, LabelledScores)
        waiting = measured.positives.merge(measured.negatives)
        none = Histogram(waiting.bin_exponent)
        parts[value] = measured if labels else LabelledScores(none, none, waiting.total, {}, waiting)
    return OutcomeProfile(merge_scores(parts.values()), {"depot": parts})


BOTH = {"D1": 1.5, "D2": 1.2}


@pytest.fixture
def sliced_world(parcels: Context) -> World:
    made = World(parcels, label_delay=3)
    spec = parcels.pipeline.spec
    gate = spec.gate.model_copy(update={"slices": ["depot"], "min_slice_rows": 1_000})
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"gate": gate}))
    made.serves(made.trained(TRAINED, judged=lambda day: sliced(day, BOTH)))
    return made


def estimated_slices(
    world: World, spreads: Mapping[str, float], *, known_days: int = 10, measured: bool = True, seen: bool = False
) -> list[Finding]:
    known = {day: sliced(day, BOTH) for day in (TRAINED + timedelta(days=n) for n in range(known_days))}
    fresh = {day: sliced(day, spreads, labels=False) for day in (TRAINED + timedelta(days=10 + n) for n in range(4))}
    if not measured:  # as monitorings of an older release left them
        fresh = {day: _without_scores(one) for day, one in fresh.items()}
    counted = Counted({} if seen else known, tuple(fresh), tuple(known) if seen else ())
    return estimate_served_slices(world.ctx, promised_outcomes(world.ctx, ONE), {**known, **fresh}, counted)


def _without_scores(day: OutcomeProfile) -> OutcomeProfile:
    parts = {
        value: replace(one, unlabelled_scores=Histogram(-8))
        for value, one in day.slices["depot"].items()
        if isinstance(one, LabelledScores)
    }
    return replace(day, slices={"depot": parts})


def test_each_slice_of_waiting_days_is_estimated_with_its_interval_and_its_record(sliced_world: World) -> None:
    [finding] = estimated_slices(sliced_world, BOTH)
    assert (finding.status, finding.severity, finding.column) == (Status.PASS, Severity.INFO, "depot")
    slices = {one["value"]: one for one in finding.details["slices"]}
    assert sorted(slices) == ["D1", "D2"]
    for one in slices.values():
        assert one["waiting"]["days"] == 4
        assert one["waiting"]["value"] == pytest.approx(one["folds"], abs=one["waiting"]["reach"])
        assert one["then"]["days"] == 10
        assert one["truth"] == pytest.approx(one["then"]["value"], abs=one["then"]["reach"])
    assert slices["D1"]["folds"] > slices["D2"]["folds"] + 0.03


def test_a_slice_that_is_ordered_worse_is_named_and_decides_nothing(sliced_world: World) -> None:
    [finding] = estimated_slices(sliced_world, {**BOTH, "D2": 0.5})
    assert (finding.status, finding.severity, finding.observed) == (Status.WARN, Severity.INFO, 1)
    assert finding.details["fallen"] == ["D2"]
    served = Finding("served.metric", Status.PASS, "fine", observed=0.7)
    verdict = decide_action([served, finding])
    assert (verdict.action, verdict.status, verdict.sentence) == ("none", Status.PASS, "fine")


def test_a_finding_of_slices_is_plain_json(sliced_world: World) -> None:
    for finding in estimated_slices(sliced_world, BOTH):
        assert json.loads(json.dumps(finding.details, allow_nan=False)) == finding.details


def test_without_a_known_day_slices_have_no_record(sliced_world: World) -> None:
    [finding] = estimated_slices(sliced_world, BOTH, known_days=0)
    assert {one["truth"] for one in finding.details["slices"]} == {None}


def test_days_by_which_the_model_was_trained_do_not_wait(sliced_world: World) -> None:
    [whole] = estimated(sliced_world, spread=1.5, seen=True)
    assert whole.details["days"] == 4
    [finding] = estimated_slices(sliced_world, BOTH, seen=True)
    assert {one["waiting"]["days"] for one in finding.details["slices"]} == {4}


def test_days_whose_waiting_scores_were_not_measured_have_no_slices(sliced_world: World) -> None:
    assert estimated_slices(sliced_world, BOTH, measured=False) == []


def test_a_spec_without_slices_has_no_estimate_of_slices(world: World) -> None:
    assert estimated_slices(world, BOTH) == []
