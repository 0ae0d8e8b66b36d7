"""One prediction by its key: its scores, the parts of the score, its rows with file and line, and who promoted it."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from assay.core.explanation.score_parts import Method
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InfrastructureError, InputError
from assay.report.document import document_of
from assay.stages.explanation.keyed_rows import LandedRow
from assay.stages.explanation.prediction import PredictionAccount, explain_prediction
from assay.stages.explanation.prediction_page import prediction_account
from assay.stages.explanation.stored_scores import ScoreState
from assay.stages.explanation.write_account import write_account
from assay.stages.runtime.context import Context
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

from ...expect_errors import missing_data, raises_code
from .explained_world import BEFORE, DAY, Explained, clean_parcels, explained_world

KEY = ("parcel=17",)


@pytest.fixture
def world(parcels: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explained:
    return explained_world(parcels, tmp_path / "bundles", monkeypatch)


def explained(world: Explained, *pairs: str, day: date = DAY) -> PredictionAccount:
    return explain_prediction(world.ctx, pairs or KEY, day)


def test_the_served_score_is_computed_again_from_the_versions_that_were_read(world: Explained) -> None:
    account = explained(world)
    assert account.explained.state is ScoreState.SERVED
    assert account.explained.score == world.score_of(17)
    assert world.wanted == [(DAY, {"ship_date": DAY, "parcel": 17}, {"parcels": 0, "deliveries": 0})]
    made = account.recomputed
    assert made is not None
    assert made.is_equal
    assert made.parts.method is Method.LINEAR
    assert abs(made.parts.gap) < 1e-9
    assert 1 / (1 + math.exp(-made.parts.output)) == pytest.approx(made.score, abs=1e-12)
    assert {one.feature for one in made.parts.contributions} == {"depot_name", "weight", "boxes", "late_share"}


def test_a_score_that_differs_from_the_stored_one_is_said_with_its_difference(world: Explained) -> None:
    world.scored(DAY, run_id="20240201T070000-score-000002", off=-0.01)
    made = explained(world).recomputed
    assert made is not None
    assert not made.is_equal
    assert made.difference == pytest.approx(0.01)


def test_the_rows_have_file_and_line_and_the_checks_of_their_day(world: Explained) -> None:
    own, deliveries = explained(world).inputs
    assert (own.table, own.by, own.version) == ("parcels", ("parcel",), 0)
    [row] = own.rows
    assert row.is_seen is None
    assert row.landed.rows == (LandedRow(f"landing/parcels/{DAY}/parcels.csv", 3, 3, f"{DAY},17,HAM,12.5,2"),)
    assert row.checks is not None
    assert (row.checks.run_id, row.checks.checks, row.checks.not_passed) == (f"clean-parcels-{DAY}", 1, ())
    assert (deliveries.dates.start, deliveries.by) == (DAY - timedelta(days=5), ("parcel",))
    [delivered] = deliveries.rows
    assert delivered.is_seen, "at 04:30 UTC, and the day is scored at 06:00 in Berlin"
    assert [(one.file, one.first) for one in delivered.landed.rows] == [
        (f"landing/deliveries/{BEFORE}/deliveries.csv", 2)
    ]


def test_the_model_has_its_track_record_and_its_promotion(world: Explained) -> None:
    model = explained(world).model
    assert (model.version, model.name, model.is_champion) == (1, "linear", True)
    assert [step.rows for step in model.track] == [400]
    assert model.gate is not None
    assert model.gate.findings == (("pass", "It is better by 0.05."),)
    assert [(one.kind, one.why) for one in model.promotions] == [("promote", "it is better")]
    assert (model.service.days, model.own_code, model.notes) == (1, "", ("little history",))


def test_other_stored_scores_are_shown_with_their_versions(world: Explained) -> None:
    world.scored(DAY, run_id="20240201T080000-score-000003", off=0.001)
    world.scored(DAY, run_id="20240201T090000-score-000004", held=True, off=0.2)
    states = [(one.state, one.run_id[-1]) for one in explained(world).scores]
    # A replaced score is known where the commit names its run; delta-rs wrote this one without that.
    assert states == [(ScoreState.SERVED, "3"), (ScoreState.HELD, "4")]


def test_a_held_score_is_explained_where_none_is_served(world: Explained) -> None:
    day = DAY + timedelta(days=1)
    world.scored(day, run_id="20240202T060000-score-000005", held=True)
    account = explained(world, day=day)
    assert account.explained.state is ScoreState.HELD
    assert account.inputs[0].rows == ()


def test_landed_files_that_changed_since_are_not_taken_for_the_rows(world: Explained) -> None:
    path = Path(str(world.ctx.landing)) / "landing" / "parcels" / str(DAY) / "parcels.csv"
    path.write_text(path.read_text().replace("12.5", "12.6"))
    [row] = explained(world).inputs[0].rows
    assert row.landed.rows == ()
    assert missing_data(row.landed.note, f"landing/parcels/{DAY}/parcels.csv") == []
    assert row.values["weight"] == 12.5


def test_a_score_that_cannot_be_computed_again_says_why_and_shows_the_rest(
    world: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> pa.Table:
        raise InfrastructureError("version 0 is gone", code="version-gone")

    monkeypatch.setattr("assay.stages.explanation.prediction.feature_row", gone)
    account = explained(world)
    assert account.recomputed is None
    assert "version 0 is gone" in account.note
    assert account.inputs[0].rows


def test_a_missing_key_names_near_ones(world: Explained) -> None:
    with raises_code(InputError, "unknown-key", DAY, "parcel=117"):
        explained(world, "parcel=117")
    with raises_code(InputError, "unknown-key") as caught:
        explained(world, "parcel=117")
    assert "parcel=17" in caught.value.hint or "parcel=18" in caught.value.hint


def test_a_quarantined_row_of_the_key_is_said_with_its_line_and_reason(world: Explained) -> None:
    with raises_code(InputError, "quarantined-row", "absurd", f"landing/parcels/{DAY}/parcels.csv:6"):
        explained(world, "parcel=666")


def test_a_row_that_was_cleaned_after_the_scoring_is_said(world: Explained) -> None:
    late = clean_parcels(DAY).slice(0, 1).set_column(1, "parcel", pa.array([20], pa.int64()))
    write_deltalake(str(world.ctx.folder("clean", "parcels")), late, mode="append")
    with raises_code(InputError, "unscored-row", "parcel=20"):
        explained(world, "parcel=20")


def test_a_row_that_a_rule_dropped_is_said(world: Explained) -> None:
    with raises_code(InputError, "dropped-row", f"landing/parcels/{DAY}/parcels.csv:7"):
        explained(world, "parcel=667")


def test_a_day_without_scores_is_said_with_the_days_that_have_some(world: Explained) -> None:
    with raises_code(InputError, "not-scored", BEFORE, DAY):
        explained(world, day=BEFORE)
    world.cleaned("parcels", BEFORE, None, held=True)
    with raises_code(InputError, "not-scored", "held"):
        explained(world, day=BEFORE)
    state = PartitionState(PartitionStatus.UNSCORED, PartitionFingerprint("parcels", str(BEFORE), "", "", ""))
    record = world.ctx.record(
        "s0", "score", "parcels", Interval.of(BEFORE), RunStatus.NO_CHAMPION, partitions={str(BEFORE): state}
    )
    world.ctx.ledger.append(record)
    with raises_code(InputError, "not-scored", "champion"):
        explained(world, day=BEFORE)


@pytest.mark.parametrize("pair", ["parcle=17", "parcel=x", "parcel"])
def test_what_is_no_key_is_refused(world: Explained, pair: str) -> None:
    with raises_code(InputError, "bad-key", "parcel"):
        explained(world, pair)


def test_the_partition_column_may_be_a_part_of_the_key(world: Explained) -> None:
    assert explained(world, f"ship_date={DAY}", "parcel=17").key == {"ship_date": DAY, "parcel": 17}


def test_an_account_is_text_a_page_and_json(world: Explained) -> None:
    account = explained(world)
    page = prediction_account(account)
    text = "\n".join(page.lines())
    wanted = (
        f"landing/parcels/{DAY}/parcels.csv:3",
        "12.5",
        "weight",
        "version 1",
        "gate-1",
        "it is better",
        "little history",
    )
    assert missing_data(text, *wanted) == []
    html = write_account(world.ctx, page).read_text()
    assert missing_data(html, *wanted) == []
    document = json.loads(json.dumps(document_of(account), default=str))
    assert document["recomputed"]["is_equal"] is True
    assert document["inputs"][0]["rows"][0]["landed"]["rows"][0]["first"] == 3
