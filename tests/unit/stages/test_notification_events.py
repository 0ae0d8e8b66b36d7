"""Which events the ledger and the clock have, and what their messages say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from assay.core.notifications.notification import Link, Notification, NotificationKind
from assay.core.verdict import Action
from assay.errors import InfrastructureError
from assay.spec.schema.monitoring import FreshnessSpec
from assay.stages.evaluation.gate import gate
from assay.stages.notifications.collect import collect
from assay.stages.notifications.ledger_events import ledger_events
from assay.stages.notifications.missing_events import missing_events
from assay.stages.promotion.promote import promote, rollback
from assay.stages.promotion.proposal import carry_out
from assay.stages.runtime.context import Context
from assay.store.ledger.run_documents import DAILY_VERDICTS, VERDICT, RunDocument, RunDocuments
from assay.store.ledger.run_record import PartitionStatus

from ..notifications.examples import mail_channel, webhook_channel
from .judged_pipeline import BETTER, START, Loop
from .notified import CANARY, DAYS, held, monitored, outbox, with_channels
from .test_freshness import recorded

LOCAL = webhook_channel("http://127.0.0.1:1")


def events(ctx: Context) -> list[Notification]:
    """Return the events of the whole ledger; none has the value of a row."""
    all_events = [*ledger_events(ctx, ctx.ledger.records())]
    assert CANARY not in str(all_events)
    return all_events


def test_held_days_are_one_event_of_their_run_with_the_command_that_releases_them(parcels: Context) -> None:
    held(parcels)
    [event] = events(parcels)
    assert (event.kind, event.subject, event.first, event.last) == (NotificationKind.HELD, "deliveries", *DAYS)
    assert "expect_column_max_to_be_between of weight" in event.sentence
    release = f"assay release parcels deliveries --date {DAYS[0]} --reason '...'"
    assert event.commands == ("assay explain c1", release)


def test_held_scores_are_released_as_scores(parcels: Context) -> None:
    held(parcels, stage="score")
    [event] = events(parcels)
    assert f"assay release parcels --scores --date {DAYS[0]} --reason '...'" in event.commands


@pytest.mark.parametrize("action", [Action.LOOK, Action.RETRAIN, Action.DOWNGRADE])
def test_an_alarm_names_the_action_the_checks_and_the_metric(parcels: Context, action: Action) -> None:
    monitored(parcels, action)
    [event] = events(parcels)
    assert (event.kind, event.first, event.last) == (NotificationKind.ALARM, *DAYS)
    for part in (f"'{action}'", "drift.jump of depot", "The AUC is 0.61, not 0.7."):
        assert part in event.sentence


def test_a_monitoring_without_an_action_is_no_event(parcels: Context) -> None:
    monitored(parcels, Action.NONE)
    assert events(parcels) == []


def test_a_proposal_waits_with_the_commands_that_answer_it_and_its_promotion_is_another_event(loop: Loop) -> None:
    day, run_id = loop.proposed()
    last = events(loop.ctx)[-1]
    assert (last.kind, last.run_id, last.first) == (NotificationKind.PROPOSAL, run_id, day)
    assert last.commands[1:] == (
        f"assay promote parcels --date {day}",
        f"assay decline parcels --date {day} --reason '...'",
    )
    carry_out(loop.ctx, day)
    promoted = events(loop.ctx)[-1]
    assert promoted.kind is NotificationKind.PROMOTION
    assert str(loop.champion) in promoted.sentence


def test_a_promotion_by_the_gate_names_the_contender_and_no_words_of_its_verdict(loop: Loop) -> None:
    loop.fitted(START, BETTER)
    gate(loop.ctx, START)
    event = events(loop.ctx)[-1]
    assert event.kind is NotificationKind.PROMOTION
    assert "'boosted'" in event.sentence
    assert event.commands == ("assay models parcels", "assay rollback parcels --reason '...'")


def test_a_rollback_has_the_reason_of_the_person_and_the_command_that_repairs_the_scores(loop: Loop) -> None:
    version, ctx = loop.another_version(), loop.ctx
    ctx.why = "it is\nbetter"
    promote(ctx, version)
    ctx.why = "odd scores"
    rollback(ctx)
    promoted, back = events(ctx)[-2:]
    assert (promoted.kind, back.kind) == (NotificationKind.PROMOTION, NotificationKind.ROLLBACK)
    assert promoted.sentence.endswith("Reason: it is better")
    assert back.sentence.endswith("Reason: odd scores")
    assert back.commands == ("assay models parcels", f"assay score parcels --replace {version}")


def test_the_same_verdict_on_the_same_days_is_the_same_event_and_another_one_is_not(parcels: Context) -> None:
    held(parcels, "c1")
    held(parcels, "c2")
    held(parcels, "c3", [DAYS[0]])
    keys = [event.key for event in events(parcels)]
    assert keys[0] == keys[1] != keys[2]
    many = ["a", "b", "c", "d", "e"]
    held(parcels, "c4", checks=[*many, "volume"])
    held(parcels, "c5", checks=[*many, "unique"])
    assert len({event.key for event in events(parcels)[-2:]}) == 2, "a sentence does not name all checks"


def test_links_are_those_of_the_environment_and_of_the_versions_in_mlflow(loop: Loop) -> None:
    ctx = with_channels(loop.ctx, {"report": "https://r.example.org/{pipeline}?run={run_id}"}, hook=LOCAL)
    object.__setattr__(ctx.pipeline.project.environment, "mlflow_tracking", "https://me:secret@mlflow.example.org/")
    _, run_id = loop.proposed()
    assert events(ctx)[-1].links == (
        Link("report", f"https://r.example.org/parcels?run={run_id}"),
        Link("MLflow", "https://mlflow.example.org/#/models/parcels"),
    )


def test_an_event_is_collected_once_for_each_channel_that_takes_it(parcels: Context) -> None:
    mails = mail_channel(25).model_copy(update={"events": ["alarm"]})
    elsewhere = LOCAL.model_copy(update={"pipelines": ["flight_delays"]})
    ctx = with_channels(parcels, hook=LOCAL, mails=mails, elsewhere=elsewhere)
    held(ctx)
    assert (collect(ctx), collect(ctx)) == (1, 0)
    monitored(ctx, Action.RETRAIN)
    held(ctx, "c2")
    assert (collect(ctx), collect(ctx)) == (2, 0)
    waiting = [(one.channel, str(one.notification.kind)) for one in outbox(ctx).waiting()]
    assert sorted(waiting) == [("hook", "alarm"), ("hook", "held"), ("mails", "alarm")]


def test_the_first_collection_of_an_environment_takes_the_records_of_the_last_day_alone(parcels: Context) -> None:
    ctx = with_channels(parcels, hook=LOCAL)
    held(ctx)
    assert collect(ctx, datetime.now(UTC) + timedelta(days=2)) == 0
    assert outbox(ctx).mark("local") == 1
    assert collect(ctx) == 0


def test_each_environment_of_a_lake_collects_for_its_own_channels(parcels: Context) -> None:
    ctx, environment = with_channels(parcels, hook=LOCAL), parcels.pipeline.project.environment
    held(ctx)
    assert collect(ctx) == 1
    with_channels(ctx, pager=LOCAL)
    object.__setattr__(environment, "name", "cluster")
    assert (collect(ctx), collect(ctx)) == (1, 0)
    assert sorted(one.channel for one in outbox(ctx).waiting()) == ["hook", "pager"]


def test_a_verdict_that_cannot_be_read_now_leaves_the_event_to_the_next_collection(
    parcels: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = with_channels(parcels, hook=LOCAL)
    held(ctx)
    monitored(ctx, Action.LOOK)
    key = {event.key for event in events(ctx)}
    for document in (DAILY_VERDICTS, VERDICT):
        with monkeypatch.context() as patch:
            patch.setattr(RunDocuments, "find", unreadable(document, RunDocuments.find))
            with pytest.raises(InfrastructureError):
                collect(ctx)
        assert outbox(ctx).mark("local") is None
    collect(ctx)
    assert {one.notification.key for one in outbox(ctx).waiting()} == key


def unreadable(broken: RunDocument[Any], find: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that finds a document, for a storage that does not answer about one kind of document."""

    def stored(documents: RunDocuments, run_id: str, kind: RunDocument[Any]) -> Any:
        if kind is broken:
            raise InfrastructureError("no answer", code="cannot-read")
        return find(documents, run_id, kind)

    return stored


@pytest.mark.parametrize("damage", ["removed", "corrupt"])
def test_an_event_whose_verdict_is_gone_or_corrupt_names_no_check(parcels: Context, damage: str) -> None:
    held(parcels)
    monitored(parcels, Action.LOOK)
    for run_id in ("c1", "m1"):
        file = parcels.runs.path(run_id) / "verdict.json"
        file.unlink() if damage == "removed" else file.write_text("{}")  # type: ignore[attr-defined]
    assert [one.kind for one in events(parcels)] == [NotificationKind.HELD, NotificationKind.ALARM]
    assert "Not passed" not in str(events(parcels))


def test_without_channels_nothing_is_written(parcels: Context) -> None:
    held(parcels)
    assert collect(parcels) == 0
    assert not (parcels.lake / "_assay" / "parcels" / "notifications").exists()


def clock(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def landed(ctx: Context, table: str, day: date) -> None:
    folder = ctx.landing / ctx.table(table).from_.path / str(day)
    folder.mkdir(parents=True)  # type: ignore[attr-defined]
    (folder / "part.csv").write_text("a\n1\n")  # type: ignore[attr-defined]


def missing(ctx: Context, day: date) -> list[Any]:
    return [(one.kind, one.subject, one.first, one.last) for one in missing_events(ctx, clock(day))]


def test_files_that_did_not_land_are_missing_once_a_day_where_the_spec_limits_their_age(parcels: Context) -> None:
    landed(parcels, "parcels", date(2024, 3, 1))
    landed(parcels, "deliveries", date(2024, 3, 2))
    assert missing(parcels, date(2024, 3, 4)) == []
    freshness = FreshnessSpec.model_validate({"landings": "1 day"})
    spec = parcels.pipeline.spec
    monitor = spec.monitor.model_copy(update={"freshness": freshness})
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"monitor": monitor}))
    kind = NotificationKind.MISSING_LANDING
    assert missing(parcels, date(2024, 3, 3)) == []
    landed(parcels, "parcels", date(2042, 3, 1))
    assert missing(parcels, date(2024, 3, 4)) == [(kind, "parcels", date(2024, 3, 2), date(2024, 3, 3))]
    assert missing(parcels, date(2026, 3, 4)) == [], "a lake of old dates"
    keys = [one.key for day in (4, 4, 5) for one in missing_events(parcels, clock(date(2024, 3, day)))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(keys) - 1


def test_a_training_that_was_due_is_missing_where_it_has_enough_history(parcels: Context) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(70)]
    monday = date(2024, 3, 4)
    for table in parcels.pipeline.spec.tables:
        recorded(parcels, "clean", table, days, PartitionStatus.PUBLISHED)
    kind = NotificationKind.MISSING_TRAINING
    assert missing(parcels, monday + timedelta(days=2)) == [(kind, "parcels", monday, monday)]
    assert missing(parcels, date(2026, 3, 4)) == [], "a lake of old dates"
    recorded(parcels, "train", "parcels", [monday], PartitionStatus.TRAINED)
    assert missing(parcels, monday + timedelta(days=8)) == []
    assert missing(parcels, monday + timedelta(days=9)) == [(kind, "parcels", date(2024, 3, 11), date(2024, 3, 11))]


def test_a_training_without_enough_history_is_not_missing(parcels: Context) -> None:
    for table in parcels.pipeline.spec.tables:
        recorded(parcels, "clean", table, [date(2024, 3, 1)], PartitionStatus.PUBLISHED)
    assert missing(parcels, date(2024, 3, 8)) == []
