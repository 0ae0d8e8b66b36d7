"""A plan as a diff: a sign for each partition, and the expected time from the ledger's own durations."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assay.cli.commands.overview.plan_diff import plan_lines
from assay.cli.terminal.screen import Screen
from assay.core.interval import Interval
from assay.stages.planning.expected_duration import RunHistory, days_of
from assay.stages.planning.step import Planned, Step, say
from assay.stages.planning.tasks import Reason, Task
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.run_record import PartitionFingerprint
from assay.store.ledger.sequence import Sequence

from .two_pipelines import FIRST, NIGHTS, SECONDS, two_pipelines

SIGNS = {Reason.NEVER_RUN: "+", Reason.INPUT_CHANGED: "~", Reason.FORCED: "~", Reason.DONE: "=", Reason.HELD: "!"}
WEEK = Interval(FIRST, FIRST + timedelta(days=NIGHTS))


@pytest.fixture
def ctx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    return two_pipelines(tmp_path, monkeypatch).context("parcels")


def step(ctx: Context, stage: str, *reasons: Reason, subject: str = "parcels", skipped: bool = False) -> Step:
    """A step with a task for each reason, or with a note alone."""

    def planned() -> Planned:
        return [_task(stage, subject, FIRST + timedelta(days=n), reason) for n, reason in enumerate(reasons)], ""

    outcome = StageOutcome(stage, subject, None, "")
    return Step(stage, subject, WEEK, ctx, lambda: outcome, planned if reasons else say("a note"), skipped)


def _task(stage: str, subject: str, day: date, reason: Reason) -> Task:
    return Task(stage, subject, day, PartitionFingerprint(subject, str(day), "", "", ""), reason)


def test_each_reason_has_a_row_with_its_sign(ctx: Context) -> None:
    steps = [step(ctx, "clean", *SIGNS)]
    _, _, *lines = plan_lines("parcels", steps, RunHistory(ctx), Screen(200))
    rows = {line.split()[0]: line for line in lines[:-1] if line.split()[0] in "+~=!"}
    assert [line.split()[0] for line in lines[:-1] if line.split()[0] in "+~=!"] == list(SIGNS.values())
    for sign, reason in (("+", Reason.NEVER_RUN), ("=", Reason.DONE), ("!", Reason.HELD)):
        assert rows[sign].endswith(reason.value)
    assert any("assay release parcels parcels" in line for line in lines), "how a held day goes on"
    assert lines[-1].split()[0] == "+"


def test_only_what_is_due_takes_time(ctx: Context) -> None:
    assert days_of(step(ctx, "clean", Reason.DONE, Reason.HELD, Reason.NEVER_RUN)) == 1
    history = RunHistory(ctx)
    assert history.seconds_of(step(ctx, "clean", Reason.NEVER_RUN)) == SECONDS["clean"]
    assert history.seconds_of(step(ctx, "clean", Reason.DONE)) == 0.0
    assert history.seconds_of(step(ctx, "monitor")) == SECONDS["monitor"] * NIGHTS
    assert history.seconds_of(step(ctx, "train", skipped=True)) == 0.0


def test_a_stage_without_history_is_unknown_and_leaves_a_lower_bound(ctx: Context) -> None:
    unknown, known = step(ctx, "validate"), step(ctx, "score", *[Reason.NEVER_RUN] * NIGHTS)
    history = RunHistory(ctx)
    assert history.seconds_of(unknown) is None
    total = history.total_time([unknown, known], 3)
    assert (total.seconds, total.unknown) == (SECONDS["score"] * NIGHTS, 1)
    lines = list(plan_lines("parcels", [unknown, known], history, Screen(200)))
    assert "unknown" in next(line for line in lines if "validate" in line)


def test_days_that_an_earlier_step_may_still_publish_count_for_the_scoring(ctx: Context) -> None:
    assert days_of(step(ctx, "score", Reason.DONE, Reason.NEVER_RUN)) == NIGHTS - 1


def test_the_time_of_those_days_is_in_a_row_too(ctx: Context) -> None:
    scored = step(ctx, "score", *[Reason.DONE] * 5)
    lines = plan_lines("parcels", [scored], RunHistory(ctx), Screen(200))
    row = next(line for line in lines if line.lstrip().startswith("="))
    assert "16 s" in row, "two days of 8 s, which the run may publish before it scores them"


def test_all_durations_come_from_one_reading_of_the_ledger(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading lists the folder, which takes long on a lake of years over WebHDFS."""
    readings = []
    read = Sequence.read

    def counted(sequence: Sequence) -> list[dict[str, Any]]:
        readings.append(sequence.folder.name)
        return read(sequence)

    monkeypatch.setattr(Sequence, "read", counted)
    history = RunHistory(ctx)
    assert [history.watched_step(stage, "parcels", WEEK).days for stage in ("clean", "score", "monitor")] == [0, 0, 7]
    history.total_time([step(ctx, "score"), step(ctx, "monitor")], 3)
    assert readings == ["ledger"]


def test_the_watch_expects_only_the_days_that_the_ledger_does_not_know(ctx: Context) -> None:
    longer = Interval(FIRST, FIRST + timedelta(days=NIGHTS + 2))
    history = RunHistory(ctx)
    assert history.watched_step("clean", "parcels", longer).days == 2
    assert history.watched_step("monitor", "parcels", longer).days == NIGHTS + 2
    ctx.force = True
    scored = RunHistory(ctx).watched_step("score", "parcels", longer)
    assert (scored.days, scored.seconds) == (NIGHTS + 2, SECONDS["score"] * (NIGHTS + 2))
    assert scored.rows_per_second == pytest.approx(1_200 / SECONDS["score"])
