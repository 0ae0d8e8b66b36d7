"""The whole loop on a small project, run as its user would."""

from __future__ import annotations

import json
from datetime import date
from html import unescape
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.errors import InputError
from assay.stages.ingest.clean import clean
from assay.stages.ingest.release import release
from assay.stages.ingest.validate import validate
from assay.stages.models.served_outcomes import measurements, served_outcomes
from assay.stages.monitoring.monitor import monitor
from assay.stages.operations.run import plan, run, select_stages
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.promote import promote, rollback
from assay.stages.reporting.write_report import write_report
from assay.stages.scoring.score import score
from assay.store.filesystem.atomic import write_atomically

from ..expect_errors import missing_data, raises_code
from .conftest import FIRST, LIVED, TRAINED, WEEK, Project
from .table_rows import rows_of

SERVED = Interval(date(2024, 2, 7), date(2024, 2, 16))


def test_the_first_champion_beat_the_constant_and_its_aliases_follow(lived: Project) -> None:
    ctx = lived.context()
    state = ctx.promotions.current()
    assert state is not None
    assert state.champion == 1
    assert "linear" in state.why or "boosted" in state.why
    assert "than its training's base rate" in state.why, "the log loss stands beside the metric"
    assert ctx.registry.aliases()["champion"] == 1


def test_a_second_run_of_what_is_done_plans_nothing(lived: Project) -> None:
    ctx = lived.context()
    steps = [step for step in plan(ctx, LIVED, select_stages("clean")) if step.stage == "clean"]
    assert [step.due for step in steps] == [0, 0]
    assert clean(ctx, "parcels", LIVED).run_id is None


def test_scores_are_written_once_with_the_version_that_made_them(own: Project) -> None:
    ctx = own.context()
    first = score(ctx, WEEK)
    assert first.numbers["rows"] == 7 * 120
    written = rows_of(own, "predictions", "parcels")
    assert len(written) == 7 * 120
    assert score(ctx, WEEK).run_id is None
    ctx.force = True
    assert score(ctx, WEEK).numbers["rows"] == 7 * 120
    assert rows_of(own, "predictions", "parcels") == written


@pytest.fixture(scope="module")
def served(lived: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What was lived, and after it nine days that landed, were scored by the champion and monitored."""
    from parcel_code.landing import write_drops

    project = lived.copy(tmp_path_factory.mktemp("served") / "home")
    write_drops(project.home / "landing", TRAINED, (SERVED.end - TRAINED).days)
    run(project.context(), SERVED, ["clean", "score", "monitor"])
    return project


def test_monitoring_judges_what_was_served_and_counts_the_days_whose_labels_are_mature(served: Project) -> None:
    ctx = served.context()
    [record] = ctx.ledger.records("monitor")
    assert record.status in ("none", "look", "retrain")
    measured = {day: profile.outcomes.overall for day, profile in measurements(ctx, ModelVersion(1)).items()}
    assert sorted(measured) == SERVED.dates()
    # Deliveries are known at 18:00 of the next day, and the last day ends at 06:00: one day is still open.
    assert measured[SERVED.start].rows == 120
    assert (measured[SERVED.dates()[-1]].rows, measured[SERVED.dates()[-1]].unlabelled) == (0, 120)
    assert sorted(served_outcomes(ctx, ModelVersion(1))) == SERVED.dates()[:-1]
    findings = {f["check"]: f for f in ctx.runs.read_fields(record.run_id, "verdict")["findings"]}
    assert findings["served.metric"]["details"]["days"] == len(SERVED) - 1
    assert findings["drift.jump"]["status"] in ("pass", "warn"), "thirty days of training and folds are history enough"


def test_days_by_which_the_champion_was_promoted_do_not_judge_it(own: Project) -> None:
    ctx = own.context()
    score(ctx, WEEK)
    outcome = monitor(ctx, WEEK)
    assert outcome.status == "none"
    assert "0 days" in outcome.sentence
    assert missing_data(outcome.sentence, "6 days") == []
    assert len(measurements(ctx, ModelVersion(1))) == len(WEEK)
    assert served_outcomes(ctx, ModelVersion(1)) == {}


def test_a_changed_drop_redoes_its_own_partition_alone(own: Project) -> None:
    from parcel_code.landing import parcels_of, write

    day = date(2024, 2, 2)
    rows = [row for row in parcels_of(day) if row[1] != 7]
    header = ["ship_date", "parcel", "depot", "weight", "boxes"]
    write(own.home / "landing" / "parcels" / str(day) / "parcels.csv", header, rows)
    ctx = own.context()
    steps = [step for step in plan(ctx, WEEK, ["clean"]) if step.subject == "parcels"]
    assert [(str(t.day), t.reason.value) for t in steps[0].tasks if t.due] == [("2024-02-02", "input changed")]
    outcome = clean(ctx, "parcels", WEEK)
    assert outcome.numbers["in"] == 119
    assert len(rows_of(own, "clean", "parcels")) == len(LIVED) * 120 - 1


def test_a_bad_day_is_held_and_only_a_reason_releases_it(own: Project) -> None:
    from parcel_code.landing import parcels_of, write

    day = date(2024, 2, 3)
    before = rows_of(own, "clean", "parcels")
    rows = [(d, parcel, "XXX", weight, boxes) for d, parcel, _, weight, boxes in parcels_of(day)]
    header = ["ship_date", "parcel", "depot", "weight", "boxes"]
    write(own.home / "landing" / "parcels" / str(day) / "parcels.csv", header, rows)
    ctx = own.context()
    outcome = clean(ctx, "parcels", WEEK)
    assert outcome.exit_code == 3
    assert "depot" in outcome.sentence
    assert rows_of(own, "clean", "parcels") == before, "readers never see a held day"
    assert len(rows_of(own, "held", "parcels")) == 120
    assert clean(ctx, "parcels", WEEK).exit_code == 3, "it stays held until somebody acts"
    with raises_code(InputError, "no-reason", "--reason"):
        release(ctx, "parcels", day)
    ctx.why = "the depot was renamed, upstream confirms"
    release(ctx, "parcels", day)
    assert sum("XXX" in row for row in rows_of(own, "clean", "parcels")) == 120
    assert rows_of(own, "held", "parcels") == []
    assert ctx.ledger.records("clean", "parcels")[-1].why == "the depot was renamed, upstream confirms"


def test_validate_judges_stored_profiles_by_todays_suite_without_spark(
    own: Project,
) -> None:
    ctx = own.context()
    assert validate(ctx, "parcels", WEEK).exit_code == 0
    assert validate(ctx, "deliveries", WEEK).status == "pass", "it has no suite: there are rows, and no more is asked"
    suite = ctx.pipeline.suite_path("parcels")
    assert suite is not None
    written = suite.read_bytes()
    document = json.loads(written)
    document["expectations"][0]["kwargs"]["max_value"] = 100
    try:
        write_atomically(suite, json.dumps(document).encode())
        outcome = validate(ctx, "parcels", WEEK)
    finally:
        write_atomically(suite, written)
    assert outcome.exit_code == 3
    assert "120" in outcome.sentence
    assert ctx._spark is None


def test_promote_and_rollback_need_a_reason_and_no_spark(own: Project) -> None:
    ctx = own.context()
    with raises_code(InputError, "no-reason", "--reason"):
        rollback(ctx)
    ctx.why = "it looks odd"
    with raises_code(InputError, "no-earlier-champion", 1, "parcels"):
        rollback(ctx)
    with raises_code(InputError, "unknown-version", 9, "parcels"):
        promote(ctx, ModelVersion(9))
    assert promote(ctx, ModelVersion(1)).run_id is None
    assert align_aliases(ctx) == ""
    assert ctx._spark is None


def test_the_report_tells_the_story(served: Project) -> None:
    ctx = served.context()
    page = write_report(ctx).path.read_text()
    monitored = ctx.ledger.records("monitor")[-1]
    findings = ctx.runs.read_fields(monitored.run_id, "verdict")["findings"]
    [beside] = [f for f in findings if f["check"] == "baseline.log_loss"]
    assert beside["sentence"] in unescape(page)
    assert beside["sentence"] in served.here("status").stdout
    assert "Log loss minus that of the training's base rate" in page
    assert "Will a parcel arrive after the day that was promised?" in page
    assert "version 1" in page
    assert "<svg" in page


def test_an_experiment_is_logged_beside_the_contenders_and_registers_nothing(own: Project) -> None:
    from sklearn.tree import DecisionTreeClassifier

    from assay.api import PipelineHandle

    ctx = own.context()
    opened = PipelineHandle(ctx)
    frame = opened.features(FIRST, date(2024, 1, 3))
    assert frame.count() == 240
    before = len(ctx.registry.versions())
    run_id = opened.experiment(DecisionTreeClassifier(max_depth=2), why="is a single tree enough?")
    assert run_id
    assert len(ctx.registry.versions()) == before


@pytest.mark.parametrize(
    ("kind", "kwargs", "again"),
    [
        ("expect_column_median_to_be_between", {"column": "weight", "min_value": 500, "max_value": 900}, "pass"),
        (
            "expect_column_value_z_scores_to_be_less_than",
            {"column": "weight", "threshold": 0.1, "double_sided": True},
            "warn",
        ),
    ],
)
def test_what_needs_whole_days_is_judged_again_without_a_jvm_and_what_only_great_expectations_can_stands(
    fresh: Project, kind: str, kwargs: dict[str, Any], again: str
) -> None:
    ctx = fresh.context()
    suite = ctx.pipeline.suite_path("parcels")
    assert suite is not None
    written = suite.read_bytes()

    def add(keywords: dict[str, Any]) -> None:
        document = json.loads(written)
        document["expectations"].append({"type": kind, "kwargs": keywords, "severity": "warning", "meta": {}})
        write_atomically(suite, json.dumps(document).encode())

    try:
        add(kwargs)
        outcome = clean(ctx, "parcels", Interval.of(FIRST))
        assert outcome.exit_code == 0, "a warning blocks nothing"
        assert outcome.run_id is not None
        findings = ctx.runs.read_fields(outcome.run_id, "verdict")[str(FIRST)]["findings"]
        [judged] = [finding for finding in findings if finding["check"] == kind]
        assert judged["status"] == "fail"
        assert validate(ctx, "parcels", Interval.of(FIRST)).status == "warn"
        if again == "pass":
            add({**kwargs, "min_value": 0, "max_value": 1e9})
            assert validate(ctx, "parcels", Interval.of(FIRST)).status == "pass"
    finally:
        write_atomically(suite, written)


@pytest.mark.parametrize("command", [["status"], ["models"], ["plan", "--date", "2024-02-07"], ["explain"]])
def test_whoever_asks_for_json_gets_json(lived: Project, command: list[str]) -> None:
    if command == ["explain"]:
        command = ["explain", lived.context().ledger.records("train")[-1].run_id]
    done = lived.assay(*command, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
