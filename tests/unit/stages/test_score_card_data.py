"""The automatic tests of data and features fail and pass by what is stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assay.core.profiles.table_profile import ColumnState, TableProfile
from assay.core.score_card.card import CardState
from assay.stages.features.leakage_proof import PROOF_FORMAT, FeatureProof, _passed, stored_proof
from assay.stages.runtime.context import Context
from assay.stages.score_card.data_tests import judge_benefit, judge_expectations, judge_feature_tests, judge_proof
from assay.store.filesystem.atomic import to_json, write_atomically

from .carded import cleaned, facts, with_suites
from .served_world import World

DAY = date(2024, 3, 4)


def a_profile(low: float, high: float) -> TableProfile:
    return TableProfile(2, {"weight": ColumnState("number", rows=2, low=low, high=high, total=low + high)})


def test_a_table_without_a_suite_fails(parcels: Context) -> None:
    assert judge_expectations(facts(parcels)).state is CardState.FAILED


def test_tables_whose_newest_day_was_judged_by_a_suite_pass(parcels: Context) -> None:
    with_suites(parcels)
    cleaned(parcels, "parcels", [DAY])
    assert judge_expectations(facts(parcels)).state is CardState.NOT_YET
    run = cleaned(parcels, "deliveries", [DAY])
    judged = judge_expectations(facts(parcels))
    assert judged.state is CardState.PASSED
    assert [one.name for one in judged.evidence][1] == run


def test_a_suite_without_a_check_is_not_judged(parcels: Context) -> None:
    with_suites(parcels)
    cleaned(parcels, "parcels", [DAY], findings=())
    cleaned(parcels, "deliveries", [DAY])
    assert judge_expectations(facts(parcels)).state is CardState.NOT_YET


@pytest.mark.parametrize(("high", "state"), [(1.0, CardState.FAILED), (2.0, CardState.NOT_YET)])
def test_a_feature_of_one_value_fails_and_nothing_else_shows_a_benefit(
    parcels: Context, high: float, state: CardState
) -> None:
    World(parcels).trained(DAY, profile=a_profile(1.0, high))
    assert judge_benefit(facts(parcels)).state is state


def test_features_without_a_training_are_not_judged(parcels: Context) -> None:
    assert judge_benefit(facts(parcels)).state is CardState.NOT_YET
    assert judge_proof(facts(parcels)).state is CardState.NOT_YET


def test_a_training_whose_code_has_no_proof_today_fails(parcels: Context) -> None:
    World(parcels).trained(DAY)
    assert judge_proof(facts(parcels)).state is CardState.FAILED


def test_features_with_a_proof_of_todays_code_pass(parcels: Context) -> None:
    proof = FeatureProof("2024-03-04T00:00:00Z", "eva", DAY, "no look-ahead")
    write_atomically(_passed(parcels), to_json(PROOF_FORMAT.document(proof)))
    assert stored_proof(parcels) == proof
    assert judge_proof(facts(parcels)).state is CardState.PASSED


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("import json", CardState.FAILED),
        ("from parcel_code import models", CardState.FAILED),
        ("from parcel_code import features", CardState.PASSED),
        ("from parcel_code.features import features", CardState.PASSED),
        ("import parcel_code.features", CardState.PASSED),
        ("from parcel_code import features  # )", CardState.PASSED),
        ("'from parcel_code import features'", CardState.FAILED),
        ("from parcel_code import features)", CardState.FAILED),
    ],
)
def test_the_module_of_features_needs_a_test_that_imports_it(
    parcels: Context, tmp_path: Path, line: str, state: CardState
) -> None:
    write(tmp_path, "tests/test_it.py", line)
    write(tmp_path, ".github/workflows/ci.yml", "jobs: {}")
    assert judge_feature_tests(facts(parcels, tmp_path)).state is state


def test_tests_that_no_service_runs_fail(parcels: Context, tmp_path: Path) -> None:
    write(tmp_path, "tests/test_it.py", "import parcel_code.features")
    assert judge_feature_tests(facts(parcels, tmp_path)).state is CardState.FAILED


def test_the_service_of_the_repository_around_a_project_counts(parcels: Context, tmp_path: Path) -> None:
    write(tmp_path, "inner/tests/unit/feature_test.py", "import parcel_code.features")
    write(tmp_path, ".gitlab-ci.yml", "jobs: {}")
    assert judge_feature_tests(facts(parcels, tmp_path / "inner")).state is CardState.FAILED
    (tmp_path / ".git").mkdir()
    assert judge_feature_tests(facts(parcels, tmp_path / "inner")).state is CardState.PASSED


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")
