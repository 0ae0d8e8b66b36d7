"""Features are proved before a first training, and again when what they are made of changes; not every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.features import leakage_proof
from assay.stages.features.leakage_proof import Sample, prove_once
from assay.stages.models.model_versions import FeatureCode
from assay.stages.runtime.context import Context

DATES = Interval(date(2024, 1, 1), date(2024, 2, 1))


@pytest.fixture
def proved(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days that were proved on, one entry for each proof."""
    days: list[date] = []

    def prove(_: Context, sample: Sample) -> str:
        days.append(sample.day)
        return "it held"

    monkeypatch.setattr(leakage_proof, "prove", prove)
    monkeypatch.setattr(leakage_proof, "find_sample", lambda *_: Sample(DATES.start, 7))
    return days


def test_what_was_proved_once_is_not_proved_again(parcels: Context, proved: list[date]) -> None:
    prove_once(parcels, DATES)
    prove_once(parcels, DATES)
    assert proved == [DATES.start]


def test_other_code_another_spec_and_a_better_proof_are_proved_again(
    parcels: Context, proved: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_instant() -> None:
        spec = parcels.pipeline.spec.model_copy(update={"as_of": time(7)})
        parcels.pipeline = replace(parcels.pipeline, spec=spec)

    def another_key() -> None:
        tables = parcels.pipeline.spec.tables
        rows = tables["parcels"].model_copy(update={"key": ["parcel"]})
        spec = parcels.pipeline.spec.model_copy(update={"tables": {**tables, "parcels": rows}})
        parcels.pipeline = replace(parcels.pipeline, spec=spec)

    def other_code() -> None:
        monkeypatch.setattr(leakage_proof, "feature_code", lambda _: FeatureCode("edited", {}))

    prove_once(parcels, DATES)
    for change in (
        another_instant,
        another_key,
        other_code,
        lambda: monkeypatch.setattr(leakage_proof, "PROOF_VERSION", 3),
    ):
        before = len(proved)
        change()
        prove_once(parcels, DATES)
        prove_once(parcels, DATES)
        assert len(proved) == before + 1


def test_a_proof_that_fails_is_made_again_the_next_time(
    parcels: Context, proved: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise InputError("it looks ahead", code="look-ahead")

    with monkeypatch.context() as patch:
        patch.setattr(leakage_proof, "prove", fails)
        with pytest.raises(InputError):
            prove_once(parcels, DATES)
    prove_once(parcels, DATES)
    assert len(proved) == 1


def test_without_a_day_to_prove_anything_on_nothing_is_trained(
    parcels: Context, proved: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leakage_proof, "find_sample", lambda *_: None)
    with pytest.raises(InputError) as refused:
        prove_once(parcels, DATES)
    assert refused.value.code == "nothing-to-prove"
    assert str(refused.value.location).startswith("conf/pipelines/parcels.yaml:")
    assert proved == []
