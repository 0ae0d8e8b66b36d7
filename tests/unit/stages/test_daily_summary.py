"""The daily summary of a small pipeline: its figures, its three forms, its command, and what it refuses."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.cli.main import invoke
from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError
from assay.report.content.headline import Urgency
from assay.report.summary_csv import HEADER, escaped, summary_csv
from assay.report.summary_text import WIDTH, summary_text
from assay.stages.monitoring.served_history import newest_service
from assay.stages.reporting.daily_summary import daily_summary
from assay.stages.reporting.write_report import write_report
from assay.stages.reporting.write_summary import write_summary
from assay.stages.runtime.context import Context
from assay.store.ledger.run_details import ScoreReleaseDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.profiles.profile_store import ProfileStore

from ...expect_errors import raises_code
from ...reported_lakes import PARCELS
from .reported_year import ReportedYear
from .served_world import NAME, World, labelled
from .summarised_days import FIRST, NEWEST, SUMS, hold, score, scores_of, summarised


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    return summarised(tmp_path, monkeypatch)


def test_the_newest_scored_day_is_beside_the_same_weekday_a_week_before(ctx: Context) -> None:
    summary = daily_summary(ctx)
    assert (summary.day, summary.published) == (NEWEST, True)
    compared = summary.compared
    assert compared.week_before == NEWEST - timedelta(days=7)
    assert (compared.rows.value, compared.rows.before) == (108, 101)
    mean = compared.scores[0]
    assert mean.value == pytest.approx(float(scores_of(NEWEST, 108).columns["score"].total) / 108)
    assert mean.before is not None
    assert summary.headline.urgency is Urgency.GOOD
    assert sum(one.share for one in compared.bins) == pytest.approx(1)


def test_the_sums_of_the_spec_come_with_their_sql_and_the_week_before(ctx: Context) -> None:
    summary = daily_summary(ctx)
    assert [(one.name, one.value, one.before) for one in summary.compared.sums] == [
        ("risk", 270.0, 252.5),
        ("heavy", None, None),
    ]
    assert [(one.name, one.sql) for one in summary.sums] == list(SUMS.items())


def test_a_day_without_a_week_before_and_without_sums_has_its_own_figures_alone(ctx: Context) -> None:
    summary = daily_summary(ctx, FIRST)
    assert summary.compared.week_before is None
    assert summary.compared.rows.change is None
    assert summary.compared.bins


def test_a_held_day_shows_why_and_neither_scores_nor_sums(ctx: Context) -> None:
    day = NEWEST + timedelta(days=1)
    hold(ctx, day)
    summary = daily_summary(ctx, day)
    assert (summary.published, summary.headline.urgency) == (False, Urgency.ACT)
    assert "7 rows, where 90 to 120 are usual." in summary.headline.sentence
    assert (summary.compared.scores, summary.compared.bins, summary.compared.sums) == ((), (), ())
    assert (summary.compared.rows.value, summary.sums) == (7, ())


def test_the_newest_published_day_names_the_newer_one_that_is_held(ctx: Context) -> None:
    hold(ctx, NEWEST + timedelta(days=1))
    summary = daily_summary(ctx)
    assert (summary.day, summary.headline.urgency) == (NEWEST, Urgency.LOOK)
    assert [(table.name, table.days) for table in summary.held] == [("scores", (NEWEST + timedelta(days=1),))]


def test_scores_that_are_held_over_published_ones_of_the_same_day_are_named(ctx: Context) -> None:
    run_id = score(ctx, NEWEST, 5, PartitionStatus.HELD, "again")
    summary = daily_summary(ctx)
    assert (summary.day, summary.published, summary.compared.rows.value) == (NEWEST, True, 108)
    assert summary.run_id != run_id
    assert summary.headline.urgency is Urgency.LOOK
    assert str(NEWEST) in summary.headline.sentence


def test_released_scores_name_the_person_and_the_reason(ctx: Context) -> None:
    day = NEWEST + timedelta(days=1)
    run_id = hold(ctx, day)
    state = PartitionState(
        PartitionStatus.SCORED, PartitionFingerprint(NAME, str(day), "", "", ""), {"rows": 7}, ModelVersion(1)
    )
    details = ScoreReleaseDetails(
        last_commit="", version=ModelVersion(1), digest="d", released_from=run_id, measured_by=run_id
    )
    ctx.ledger.append(
        ctx.record(
            "release", "score", NAME, Interval.of(day), RunStatus.RELEASED, partitions={str(day): state},
            details=details, why="a holiday",
        )
    )  # fmt: skip
    summary = daily_summary(ctx)
    assert (summary.day, summary.published, summary.held) == (day, True, ())
    assert "a holiday" in summary.note
    assert summary.compared.sums[0].value == 17.5


def test_the_quality_is_one_sentence_on_labels_up_to_the_day_and_on_the_newest_monitoring(ctx: Context) -> None:
    assert "not monitored yet" in daily_summary(ctx).quality
    rng = np.random.default_rng(3)
    outcomes = {FIRST + timedelta(days=n): labelled(rng.beta(4, 3, 60), rng.beta(2, 4, 120)) for n in range(6)}
    World(ctx).monitored(Interval(FIRST, NEWEST + timedelta(days=1)), outcomes)
    quality = daily_summary(ctx).quality
    assert f"6 days with labels ({FIRST} to {FIRST + timedelta(days=5)})" in quality
    assert quality.count(".") >= 1
    early = daily_summary(ctx, FIRST + timedelta(days=1)).quality
    assert "2 days with labels" in early
    assert "not monitored yet" in early, "a monitoring of later dates is not about this day"


def test_the_quality_reads_only_the_newest_outcomes(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    outcomes = {FIRST + timedelta(days=n): labelled(rng.beta(4, 3, 60), rng.beta(2, 4, 120)) for n in range(6)}
    outcomes[FIRST + timedelta(days=4)] = labelled(np.array([]), np.array([]))
    World(ctx).monitored(Interval(FIRST, NEWEST + timedelta(days=1)), outcomes)
    days_read: list[date] = []
    read_days = ProfileStore.read_days

    def watched(store: ProfileStore, kind: Any, subject: str, kept_by: Mapping[date, str]) -> dict[date, Any]:
        days_read.extend(kept_by if kind == "outcomes" else ())
        return read_days(store, kind, subject, kept_by)

    monkeypatch.setattr(ProfileStore, "read_days", watched)
    period = newest_service(ctx, ModelVersion(1), NEWEST, 2)
    assert period is not None
    assert period.days == (FIRST + timedelta(days=3), FIRST + timedelta(days=5))
    assert min(days_read) == FIRST + timedelta(days=3)


def test_an_alarm_of_the_monitor_opens_the_summary(ctx: Context) -> None:
    verdict = VerdictSummary(Status.WARN, Action.RETRAIN, "The mean of weight moved.")
    ctx.ledger.append(ctx.record("monitor-9", "monitor", NAME, Interval.of(NEWEST), Action.RETRAIN, verdict=verdict))
    summary = daily_summary(ctx)
    assert summary.headline.urgency is Urgency.LOOK
    assert "The mean of weight moved." in summary.headline.sentence


def test_a_day_without_rows_is_scored_and_has_no_distribution(ctx: Context) -> None:
    day = NEWEST + timedelta(days=1)
    partition = PartitionState(
        PartitionStatus.SCORED, PartitionFingerprint(NAME, str(day), "", "", ""), {"rows": 0}, ModelVersion(1)
    )
    ctx.ledger.append(
        ctx.record("empty", "score", NAME, Interval.of(day), RunStatus.DONE, partitions={str(day): partition})
    )
    summary = daily_summary(ctx)
    assert (summary.compared.rows.value, summary.compared.scores) == (0, ())
    write_summary(ctx, summary)


def test_a_day_that_was_never_scored_is_refused_with_the_newest_one(ctx: Context) -> None:
    with raises_code(InputError, "not-scored", str(NEWEST)):
        daily_summary(ctx, date(2023, 1, 1))


def test_text_fits_78_characters_and_names_the_sums(ctx: Context) -> None:
    hold(ctx, NEWEST + timedelta(days=1))
    text = summary_text(daily_summary(ctx))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert {"risk", "heavy"} <= set(text.split())
    assert text.endswith("\n")


def test_the_text_of_a_mail_has_no_control_character(ctx: Context) -> None:
    text = summary_text(replace(daily_summary(ctx), note="\x1b[2Jreleased\x07", question="why\x1b]0;x"))
    assert all(char.isprintable() for line in text.split("\n") for char in line)


def test_csv_has_the_same_figures_as_numbers(ctx: Context) -> None:
    summary = daily_summary(ctx)
    rows = list(csv.reader(summary_csv(summary).splitlines(), strict=True))
    assert tuple(rows[0]) == HEADER
    assert {len(row) for row in rows} == {len(HEADER)}
    by_name = {(row[2], row[3]): row[4:] for row in rows}
    assert by_name["sum", "risk"] == ["270.0", "252.5", "17.5"]
    assert by_name["rows", ""] == ["108", "101", "7"]
    assert float(by_name["score", "median"][0]) == next(
        one.value for one in summary.compared.scores if one.name == "median"
    )


def test_large_scores_that_differ_by_little_have_lines_of_their_own(ctx: Context) -> None:
    summary = daily_summary(ctx)
    far = tuple(replace(one, low=1e6 + one.low, high=1e6 + one.high) for one in summary.compared.bins)
    rows = list(csv.reader(summary_csv(replace(summary, compared=replace(summary.compared, bins=far))).splitlines()))
    names = [row[3] for row in rows if row[2] == "share_between"]
    assert len(set(names)) == len(names) > 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "  =x", "\uff1dx"])
def test_no_text_of_a_cell_is_a_formula(ctx: Context, text: str) -> None:
    assert escaped(text) == f"'{text}"
    held = replace(daily_summary(ctx), quality=text, note=text)
    rows = list(csv.reader(summary_csv(held).split("\r\n"), strict=True)) if "\r" not in text else []
    cells = [row[4] for row in rows if row and row[2] in ("quality", "note")]
    assert all(cell.startswith("'") for cell in cells)


def test_the_page_escapes_what_users_write_and_has_no_script(ctx: Context) -> None:
    summary = replace(daily_summary(ctx), question="<script>alert(1)</script>")
    page = next(one for one in write_summary(ctx, summary) if one.form == "html")
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "../../index.html" not in page.text, "the pages of the report are not written"
    assert page.path.read_text() == page.text


def test_the_command_prints_a_form_and_writes_all_three(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PARCELS)
    folder = ctx.pipeline.project.home / "report" / NAME / "summaries"
    assert invoke(["summary", NAME]) == 0
    assert capsys.readouterr().out == (folder / f"{NEWEST}.txt").read_text()
    assert invoke(["summary", NAME, "--date", str(FIRST), "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith(",".join(HEADER))
    assert invoke(["summary", NAME, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["compared"]["rows"]["value"] == 108
    assert set(document["files"]) == {"text", "html", "csv"}
    assert {path.suffix for path in folder.iterdir()} == {".txt", ".html", ".csv"}
    assert invoke(["summary", NAME, "--date", "2023-01-01"]) == 2


def test_the_report_writes_the_newest_summary_and_the_page_of_its_day_links_to_it(year: ReportedYear) -> None:
    newest = max(year.ctx.ledger.latest("score", NAME, PartitionStatus.SCORED))
    folder = write_report(year.ctx).path.parent
    summary, page = f"summaries/{newest}.html", f"days/{newest}.html"
    assert f'href="../{summary}"' in (folder / page).read_text()
    assert f'href="../{page}"' in (folder / summary).read_text()
    linked = [path.name for path in (folder / "days").glob("*.html") if "../summaries/" in path.read_text()]
    assert linked == [f"{newest}.html"]
