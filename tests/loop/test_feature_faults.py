"""Labels and features that cannot be learned from, through the command line: caught before a training."""

from __future__ import annotations

import re

from ..expect_errors import missing_data
from .commands import output_of
from .conftest import TRAINED, Project


def test_a_label_that_is_never_positive_is_refused_by_training(editable: Project) -> None:
    editable.edit("days_late > 0", "days_late > 99")
    output = output_of(editable, "train", "parcels", "--date", str(TRAINED), code=2)
    assert missing_data(output, "error[one-class]", "late") == []


def test_a_constant_feature_trains_and_is_told(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:constant")
    output = output_of(editable, "train", "parcels", "--date", str(TRAINED), code=0)
    assert missing_data(output, "tariff", "4.5") == []
    run_id = editable.context().ledger.records("train")[-1].run_id
    assert missing_data(output_of(editable, "explain", run_id, code=0), "tariff", "4.5") == []


def test_features_that_double_a_row_are_refused_before_anything_learns_from_them(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:doubling")
    for command in (("check", "parcels"), ("train", "parcels", "--date", str(TRAINED))):
        output = output_of(editable, *command, code=2)
        assert missing_data(output, "error[features-keys]", "parcel_code.features:doubling") == []
        assert "doubled" in output
        assert missing_data(output, "1", "2") == []
        assert "--> conf/pipelines/parcels.yaml:25:" in output


def test_a_feature_that_looks_ahead_is_caught_by_check(editable: Project) -> None:
    editable.edit("parcel_code.features:features", "parcel_code.features:leaking")
    output = output_of(editable, "check", "parcels", code=2)
    assert missing_data(output, "error[look-ahead]", "parcel_code.features:leaking") == []
    assert "mean_weight" in output
    assert "conf/pipelines/parcels.yaml:" in output


def test_a_feature_over_the_other_days_of_its_batch_is_refused_by_check_and_before_a_first_training(
    editable: Project,
) -> None:
    proved = sorted((editable.home / "lake" / "_assay" / "parcels" / "proofs").iterdir())
    assert len(proved) == 1, "by the training of the champion"
    editable.edit("parcel_code.features:features", "parcel_code.features:numbered")
    trainings = editable.context().ledger.records("train")
    for command in (("check", "parcels"), ("train", "parcels", "--date", str(TRAINED))):
        output = output_of(editable, *command, code=2)
        assert missing_data(output, "error[other-dates]", "parcel_code.features:numbered") == []
        assert missing_data(output, "number") == []
        assert re.search(r"\(2024-01-\d\d\.\.", output)
        assert re.search(r"ship_date=2024-02-0\d, parcel=0\b", output)
        assert "--> conf/pipelines/parcels.yaml:25:" in output
    assert editable.context().ledger.records("train") == trainings
    assert sorted((editable.home / "lake" / "_assay" / "parcels" / "proofs").iterdir()) == proved
