"""The pages of the report: what they show of a year, what a night adds, and what their JSON holds."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assay.cli.main import invoke
from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import Evidence, ModelVersion
from assay.core.verdict import Action, Verdict
from assay.report.content.headline import Urgency
from assay.report.content.series import SeriesStep, StepSeries
from assay.report.document import document_of
from assay.spec.project import open_project
from assay.stages.monitoring.served_history import service_of
from assay.stages.promotion.aliases import align_aliases
from assay.stages.promotion.promote import known_versions
from assay.stages.promotion.proposal import Waiting
from assay.stages.reporting.ledger_tables import held_history
from assay.stages.reporting.state import state_of
from assay.stages.reporting.versions import version_pages
from assay.stages.reporting.write_report import WrittenReport, write_index, write_report
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionStatus

from .reported_year import DRIFTED, FIRST, HELD, RELEASED, SECOND, THIRD, UNTRUSTED, YEAR, ReportedYear
from .served_world import NAME

MEGABYTE = 1_000_000


@pytest.fixture
def written(year: ReportedYear) -> WrittenReport:
    return write_report(year.ctx)


def pages(written: WrittenReport) -> dict[str, str]:
    folder = written.path.parent
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}


def test_a_year_has_a_page_for_the_pipeline_each_year_day_version_and_decision(written: WrittenReport) -> None:
    names = set(pages(written))
    assert {f"days/{FIRST + timedelta(days=n)}.html" for n in range(YEAR)} <= names
    assert {"index.html", "days/2024.html", "versions/1.html", "versions/2.html", "decisions/p0.html"} <= names
    assert written.pages == len(names)


def test_no_page_of_a_year_is_a_megabyte_or_more(written: WrittenReport) -> None:
    sizes = {name: len(text.encode()) for name, text in pages(written).items()}
    assert max(sizes.values()) < MEGABYTE, max(sizes, key=lambda name: sizes[name])


def test_no_page_has_a_script_or_anything_from_elsewhere(written: WrittenReport) -> None:
    for name, text in pages(written).items():
        assert "<script" not in text.lower(), name
        assert UNTRUSTED not in text
        assert "http://" not in text, name
        assert "https://" not in text, name


def test_every_link_leads_to_a_page_that_exists(written: WrittenReport, year: ReportedYear) -> None:
    write_index(year.ctx.pipeline.project)
    assert_links(written.path.parent.parent)


def test_a_day_of_which_nothing_landed_has_a_page_only_if_it_was_monitored(parcels: Context) -> None:
    year, quiet = ReportedYear(parcels, nights=10).write(), FIRST + timedelta(days=12)
    year.night(FIRST + timedelta(days=14))
    late = parcels.record("late", "monitor", NAME, Interval.of(quiet), Action.LOOK, counts={"days": 0},
                          details=MonitoringDetails(version=ModelVersion(1)))  # fmt: skip
    parcels.ledger.append(late)
    written = write_report(parcels)
    write_index(parcels.pipeline.project)
    assert_links(written.path.parent.parent)
    pages = {day.day: day.has_page for calendar in written.report.calendars for day in calendar.days}
    assert [pages[FIRST + timedelta(days=n)] for n in (9, 10, 12, 14)] == [True, False, True, True]
    assert [one.run_id for one in written.day(quiet)[1].monitorings] == ["late"]


def assert_links(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        text = path.read_text()
        for link in set(re.findall(r'href="([^"#]+)"', text)):
            assert (path.parent / link).is_file(), f"{path.relative_to(folder)} leads to {link}"
        for anchor in set(re.findall(r'href="#([^"]+)"', text)):
            assert f'id="{anchor}"' in text


def test_a_held_day_makes_a_person_act_with_the_command_to_type(written: WrittenReport) -> None:
    state = written.report.headline
    assert state.urgency is Urgency.ACT
    assert state.reasons[0].command == f"assay release parcels deliveries --date {HELD} --reason '...'"
    assert state.reasons[0].link == f"days/{HELD}.html"


def test_a_downgrade_makes_a_person_act_until_the_version_no_longer_serves(parcels: Context) -> None:
    ReportedYear(parcels, nights=3).write()
    [of_version] = known_versions(parcels.promotions.current()).values()
    verdict = Verdict(Status.FAIL, Action.DOWNGRADE, "It declined.", ())
    parcels.ledger.append(
        parcels.record("down", "monitor", NAME, Interval.of(FIRST + timedelta(days=2)), Action.DOWNGRADE,
                       counts={"days": 1}, verdict=verdict.summary, details=MonitoringDetails(version=ModelVersion(1)))
    )  # fmt: skip
    assert Urgency.ACT in {reason.urgency for reason in state_of(parcels).reasons}
    evidence = Evidence({ModelVersion(1): of_version, ModelVersion(2): of_version})
    parcels.promotions.write(
        1, kind=PromotionKind.ROLLBACK, champion=ModelVersion(2), why="it declined", run_id="back", evidence=evidence
    )
    assert Urgency.ACT not in {reason.urgency for reason in state_of(parcels).reasons}


def test_every_command_names_the_environment_of_the_pipeline(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    year = ReportedYear(parcels, nights=2).write()
    year.partition("clean", "deliveries", FIRST, PartitionStatus.HELD)
    proposal = Waiting("gate", "g", FIRST, "It is better.", "assay promote parcels", "assay decline parcels")
    monkeypatch.setattr("assay.stages.reporting.state.waiting", lambda _: [proposal])
    project = parcels.pipeline.project
    project = replace(project, environment=replace(project.environment, name="cluster"))
    elsewhere = replace(parcels, pipeline=replace(parcels.pipeline, project=project))
    commands = [reason.command for reason in state_of(elsewhere).reasons]
    assert "assay promote parcels --env cluster" in commands
    assert all(command.endswith(" --env cluster") for command in commands)


def test_the_state_is_good_when_nothing_is_held_and_the_last_monitoring_requires_nothing(parcels: Context) -> None:
    ReportedYear(parcels, nights=20).write()
    assert align_aliases(parcels) == ""
    assert write_report(parcels).report.headline.urgency is Urgency.GOOD


def test_a_night_writes_the_pages_of_its_days_again_and_no_others(year: ReportedYear, written: WrittenReport) -> None:
    folder = written.path.parent / "days"
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*-*.html")}
    assert write_report(year.ctx).pages < 10, "the days are not written again"
    night = FIRST + timedelta(days=YEAR)
    year.night(night)
    write_report(year.ctx)
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("*-*.html")}
    changed = {name for name, at in after.items() if before.get(name) != at}
    touched = [night, night - timedelta(days=1), night - timedelta(days=2)]
    assert changed == {f"{day}.html" for day in touched}, "the day, its neighbour, and that of the new labels"


def test_a_page_of_a_day_that_another_lake_or_an_older_run_left_is_written_again(parcels: Context) -> None:
    year = ReportedYear(parcels, nights=3).write()
    written = write_report(year.ctx)
    folder = written.path.parent
    pages = [folder / "days" / f"{FIRST + timedelta(days=n)}.html" for n in range(3)]
    texts = [page.read_text() for page in pages]
    pages[0].write_text(texts[1])
    pages[1].unlink()
    write_report(year.ctx)
    assert [page.read_text().split("<footer>")[0] for page in pages] == [text.split("<footer>")[0] for text in texts]


def test_the_held_days_of_tables_and_scores_are_in_the_order_of_the_ledger(parcels: Context) -> None:
    year = ReportedYear(parcels, nights=2).write()
    year.partition("score", NAME, FIRST, PartitionStatus.HELD)
    year.partition("clean", "deliveries", FIRST, PartitionStatus.HELD)
    assert [event.table for event in held_history(year.ctx)] == ["scores", "deliveries"]


def test_the_calendar_has_each_state_of_a_day(written: WrittenReport) -> None:
    [deliveries] = [one for one in written.report.calendars if one.name == "deliveries"]
    by_day = {one.day: one.state for one in deliveries.days}
    assert (by_day[HELD], by_day[RELEASED], by_day[FIRST]) == ("held", "released", "published")
    [scores] = [one for one in written.report.calendars if one.name == "scores"]
    assert {one.day for one in scores.days if one.state == "missing"} == {HELD}
    [monitored] = [one for one in written.report.calendars if one.name == "monitoring"]
    assert [one.day for one in monitored.days if one.state != "published"] == [DRIFTED]


def test_the_metric_has_steps_with_bands_and_marks_for_versions_rollbacks_and_held_days(
    written: WrittenReport,
) -> None:
    series = written.report.metric
    assert {step.series for step in series.steps} == {"version 1", "version 2"}
    for step in series.steps:
        assert step.low is not None
        assert step.high is not None
        assert step.low < step.value < step.high
    released = {(RELEASED, "held"), (RELEASED, "released")}
    marks = {(mark.day, mark.kind) for mark in series.marks}
    assert marks == {
        (FIRST, "version"),
        (SECOND, "version"),
        (THIRD, "rollback"),
        (HELD, "held"),
        (DRIFTED, "drift"),
        *released,
    }


def test_a_version_page_has_only_the_days_that_it_served(written: WrittenReport) -> None:
    by_version = {int(page.version): page for page in written.report.versions}
    assert (by_version[2].served_first, by_version[2].served_last) == (SECOND, THIRD - timedelta(days=1))
    assert {step.series for step in by_version[2].metric.steps} == {"version 2"}
    assert [page.is_champion for page in (by_version[1], by_version[2])] == [True, False]
    assert [one.kind for one in by_version[1].promotions] == ["promote", "rollback"]


def test_the_page_of_a_held_day_shows_what_failed_and_its_rows_are_escaped(written: WrittenReport) -> None:
    text = (written.path.parent / "days" / f"{HELD}.html").read_text()
    assert "&lt;script&gt;" in text
    assert f"assay release parcels deliveries --date {HELD}" in text


def test_the_json_holds_the_numbers_of_the_pages_and_is_plain(
    written: WrittenReport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, year: ReportedYear
) -> None:
    monkeypatch.chdir(year.ctx.pipeline.project.root)
    assert invoke(["report", "parcels", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    plain = json.loads(json.dumps(document_of(written.report)))
    assert {**plain, "at": None} == {name: document[name] for name in plain} | {"at": None}
    assert len(document["days"]) == YEAR
    assert document["metric"]["steps"][0].keys() >= {"first", "last", "value", "low", "high"}
    assert Path(document["report"]).is_file()
    assert Path(document["index"]).is_file()


def test_the_page_of_one_day_has_its_json_too_and_an_unknown_day_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, year: ReportedYear
) -> None:
    monkeypatch.chdir(year.ctx.pipeline.project.root)
    assert invoke(["report", "parcels", "--date", str(HELD), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["report"].endswith(f"days/{HELD}.html")
    states = {one["name"]: one["state"] for one in document["partitions"]}
    assert states == {"parcels": "published", "deliveries": "held"}
    assert document["headline"]["urgency"] == "act"
    assert invoke(["report", "parcels", "--date", "2030-01-01", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "unknown-date"


def test_a_pipeline_that_cannot_be_read_ends_the_command_after_all_other_pages_are_written(
    parcels: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ReportedYear(parcels, nights=2).write()
    root, home = tmp_path / "copy", parcels.pipeline.project.home
    shutil.copytree(parcels.pipeline.project.root, root)
    (root / "conf" / "pipelines" / "broken.yaml").write_text("question: 1\n")
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    assert invoke(["report", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]
    assert (home / "report" / "index.html").is_file()
    assert (home / "report" / "parcels" / "index.html").is_file()


def test_the_page_of_a_version_has_the_folds_of_its_recipe_and_not_of_its_namesake(parcels: Context) -> None:
    ctx = ReportedYear(parcels, nights=1).write().ctx
    service = service_of(ctx)
    recipe = known_versions(ctx.promotions.current())[ModelVersion(1)].recipe
    own, other = (SeriesStep("linear", FIRST, FIRST, value) for value in (0.6, 0.7))
    metric = StepSeries("", "", ())
    [page] = version_pages(ctx, service, metric, (), (), {recipe: (own,), "another": (other,)})
    assert page.track.steps == (own,)


def test_the_index_shows_a_pipeline_that_cannot_be_read_and_those_first_that_need_a_person(
    year: ReportedYear, written: WrittenReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(year.ctx.pipeline.project.root, root)
    (root / "conf" / "pipelines" / "broken.yaml").write_text("question: 1\n")
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    project = open_project(root)
    path, page = write_index(project)
    assert [row.pipeline for row in page.rows][:2] == ["broken", "parcels"]
    assert page.headline.urgency is Urgency.ACT
    row = page.rows[1]
    assert (row.champion, row.held, row.alarms) == (1, 1, 0)
    assert row.scored_to == str(FIRST + timedelta(days=YEAR - 1))
    assert written.path.parent.name in path.read_text()


def test_an_empty_lake_has_a_page_that_says_so(parcels: Context) -> None:
    written = write_report(parcels)
    assert written.report.headline.urgency is Urgency.GOOD
    assert written.report.days == ()
    assert (written.pages, written.path.is_file()) == (2, True)
