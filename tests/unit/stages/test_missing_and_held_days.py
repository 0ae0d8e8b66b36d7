"""Days that never landed and days that are held are named as such, never as done; nothing here starts a JVM."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assay.cli.main import invoke
from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict
from assay.errors import InputError
from assay.stages.ingest.clean import clean, plan_clean
from assay.stages.ingest.land import land, take_manifests
from assay.stages.operations.run import plan, run
from assay.stages.planning.held_days import held_days
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import DAILY_VERDICTS
from assay.store.ledger.run_record import PartitionState, PartitionStatus

FIRST, LAST = date(2024, 1, 1), date(2024, 1, 4)
DAYS = Interval(FIRST, LAST)


@pytest.fixture
def two_days(parcels: Context) -> Context:
    """Parcels and deliveries of 1 and 2 January have landed; those of the 3rd have not."""
    from parcel_code.landing import write_drops

    write_drops(parcels.pipeline.project.home / "landing", FIRST, 2)
    return parcels


def test_days_that_landed_are_recorded_and_those_that_did_not_are_named(two_days: Context) -> None:
    outcome = land(two_days, "parcels", DAYS)
    assert (outcome.exit_code, outcome.status) == (2, "not landed")
    assert outcome.numbers["not_landed"] == ["2024-01-03"]
    assert set(two_days.ledger.latest("land", "parcels")) == {date(2024, 1, 1), date(2024, 1, 2)}
    again = land(two_days, "parcels", DAYS)
    assert (again.run_id, again.exit_code, again.numbers["not_landed"]) == (None, 2, ["2024-01-03"])


def test_days_that_may_be_missing_are_named_and_are_no_mistake(two_days: Context) -> None:
    outcome = land(two_days, "deliveries", DAYS)
    assert (outcome.exit_code, outcome.numbers["not_landed"]) == (0, ["2024-01-03"])


@pytest.mark.parametrize("stage", [land, clean])
def test_a_day_that_never_landed_is_not_done(two_days: Context, stage: object) -> None:
    assert callable(stage)
    never = Interval.parse("2024-01-09", "2024-01-10")
    with pytest.raises(InputError) as error:
        stage(two_days, "parcels", never)
    assert error.value.code == "not-landed"
    for named in ("parcels", "2024-01-09"):
        assert named in error.value.message
    allowed = stage(two_days, "deliveries", never)
    assert (allowed.status, allowed.exit_code, allowed.run_id) == ("skipped", 0, None)
    assert allowed.numbers["not_landed"] == ["2024-01-09"]
    assert two_days.ledger.records() == []


def test_a_run_goes_on_with_what_landed_and_ends_with_the_days_that_did_not(two_days: Context) -> None:
    outcomes = {outcome.subject: outcome for outcome in run(two_days, DAYS, ["land"])}
    assert outcomes["parcels"].exit_code == 2
    assert outcomes["deliveries"].exit_code == 0
    [step] = [s for s in plan(two_days, DAYS, ["clean"]) if s.subject == "parcels"]
    assert step.due == 2
    assert "2024-01-03" in step.note


def test_dates_before_the_first_drop_are_named_too(two_days: Context) -> None:
    outcomes = run(two_days, Interval.parse("2023-12-01", "2023-12-03"), ["land"])
    assert {(o.subject, o.status) for o in outcomes} == {("parcels", "skipped"), ("deliveries", "skipped")}
    assert all("2024-01-01" in outcome.sentence for outcome in outcomes)


@pytest.fixture
def held(two_days: Context) -> Context:
    """An earlier run published 1 January and held the 2nd."""
    manifests = take_manifests(two_days, "parcels", Interval(FIRST, date(2024, 1, 3)))
    states = {
        str(task.day): PartitionState(
            PartitionStatus.PUBLISHED if task.day == FIRST else PartitionStatus.HELD, task.identity, {}
        )
        for task in plan_clean(two_days, "parcels", manifests)
    }
    verdict = Verdict(Status.FAIL, Action.HOLD, "weight is null in 40 rows.")
    two_days.runs.write("c1", DAILY_VERDICTS, {date(2024, 1, 2): verdict})
    two_days.ledger.append(two_days.record("c1", "clean", "parcels", DAYS, RunStatus.HELD, partitions=states))
    return two_days


def test_a_plan_says_that_a_day_is_held_why_and_what_to_type(held: Context) -> None:
    [step] = [s for s in plan(held, Interval(FIRST, date(2024, 1, 3)), ["clean"]) if s.subject == "parcels"]
    assert [task.reason for task in step.tasks] == [Reason.DONE, Reason.HELD]
    assert step.due == 0
    [day] = held_days(step)
    assert (day.table, day.day, day.run_id) == ("parcels", date(2024, 1, 2), "c1")
    assert day.sentence == "weight is null in 40 rows."
    assert day.commands == (
        "assay explain c1",
        "assay release parcels parcels --date 2024-01-02 --reason '...'",
    )


def test_a_plan_with_a_held_day_exits_as_the_run_would(
    held: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(held.pipeline.project.root))
    dates = ("--from", "2024-01-01", "--to", "2024-01-03", "--select", "clean")
    assert invoke(["plan", "parcels", *dates, "--json"]) == 3
    steps = {step["subject"]: step for step in json.loads(capsys.readouterr().out)}
    assert [one["reason"] for one in steps["parcels"]["partitions"]] == ["already done", "held"]
    assert [one["day"] for one in steps["parcels"]["held"]] == ["2024-01-02"]
    assert invoke(["plan", "parcels", *dates]) == 3
    stdout_text = capsys.readouterr().out
    assert "weight is null in 40 rows." in stdout_text
    assert "assay release parcels parcels --date 2024-01-02" in stdout_text


def test_a_held_day_stays_a_verdict_beside_days_that_are_clean(held: Context) -> None:
    outcome = clean(held, "parcels", Interval(FIRST, date(2024, 1, 3)))
    assert (outcome.status, outcome.exit_code) == ("held", 3)
    assert "2024-01-02" in outcome.sentence
