"""The delivery: each message once, tried again after a failure, given up in the end, and never a failure of a stage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.notifications.retries import MAX_ATTEMPTS
from assay.core.verdict import Action
from assay.errors import InfrastructureError, LostRace
from assay.stages.notifications import after_command
from assay.stages.notifications.after_command import notify_after
from assay.stages.notifications.collect import collect
from assay.stages.notifications.deliver import DeliveryState, deliver, try_channels
from assay.stages.notifications.state import channels_state
from assay.stages.runtime.context import Context
from assay.store.failpoints import SimulatedCrash
from assay.store.locks.locks import hold
from assay.store.notifications import outbox as outbox_module

from ...expect_errors import missing_data, raises_code
from ..notifications.examples import mail_channel, webhook_channel
from ..notifications.servers import Webhook, mail_server, webhook_server
from .notified import held, monitored, outbox, with_channels

SECRET = "s3cret-canary-of-a-channel"


@pytest.fixture
def server() -> Iterator[Webhook]:
    with webhook_server() as webhook:
        yield webhook


@pytest.fixture
def ctx(parcels: Context, server: Webhook) -> Context:
    """A pipeline with one channel and one event."""
    with_channels(parcels, hook=webhook_channel(server.url))
    held(parcels)
    return parcels


def delivered(ctx: Context, *, now: bool = False, again: bool = False) -> list[tuple[DeliveryState, str]]:
    return [(one.state, one.code) for one in deliver(ctx, timeout=5, now=now, again=again)]


def events(server: Webhook) -> list[str]:
    return [body["event"] for body in server.bodies()]


def test_an_event_is_sent_once_and_kept_as_sent(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    assert delivered(ctx) == [(DeliveryState.SENT, "")]
    assert delivered(ctx) == []
    held(ctx, "again")
    assert collect(ctx) == 0, "the same verdict on the same days"
    assert events(server) == ["held"]
    assert outbox(ctx).waiting() == []


def test_after_a_failure_the_other_messages_of_the_channel_wait_and_all_go_out_later(
    ctx: Context, server: Webhook
) -> None:
    monitored(ctx, Action.RETRAIN)
    collect(ctx)
    server.statuses = [500]
    assert delivered(ctx) == [(DeliveryState.FAILED, "http-500"), (DeliveryState.WAITS, "")]
    assert delivered(ctx) == [(DeliveryState.SENT, ""), (DeliveryState.WAITS, "http-500")], "the first is not due yet"
    assert delivered(ctx, now=True) == [(DeliveryState.SENT, "")]
    assert (len(server.requests), {*events(server)}) == (3, {"alarm", "held"})


def test_a_message_that_its_server_refuses_holds_up_no_other_one(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    server.statuses = [400]
    assert delivered(ctx, now=True) == [(DeliveryState.FAILED, "http-400")]
    [one] = outbox(ctx).waiting()
    outbox(ctx).update(replace(one, notification=replace(one.notification, at="2020-01-01T00:00:00Z")))
    monitored(ctx, Action.RETRAIN)
    collect(ctx)
    server.statuses = [200, 400]
    assert delivered(ctx, now=True) == [(DeliveryState.SENT, ""), (DeliveryState.FAILED, "http-400")]
    assert events(server) == ["held", "alarm", "held"]


def test_a_channel_that_is_down_does_not_hold_up_another_one(parcels: Context, server: Webhook) -> None:
    with mail_server() as box:
        with_channels(parcels, mails=mail_channel(box.port), hook=webhook_channel(server.url))
        server.statuses = [503]
        held(parcels)
        collect(parcels)
        assert sorted(delivered(parcels)) == [(DeliveryState.FAILED, "http-503"), (DeliveryState.SENT, "")]
        assert len(box.mails) == 1


def test_a_message_is_given_up_after_ten_attempts_and_sent_on_request(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    server.statuses = [500] * MAX_ATTEMPTS
    states = [delivered(ctx, now=True)[0][0] for _ in range(MAX_ATTEMPTS)]
    assert states == [DeliveryState.FAILED] * (MAX_ATTEMPTS - 1) + [DeliveryState.GIVEN_UP]
    assert delivered(ctx, now=True) == [(DeliveryState.GIVEN_UP, "http-500")]
    assert len(server.requests) == MAX_ATTEMPTS
    assert delivered(ctx, again=True) == [(DeliveryState.SENT, "")]


def test_a_message_that_was_given_up_is_no_failure_where_its_channel_is_gone(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    [one] = outbox(ctx).waiting()
    outbox(ctx).update(replace(one, attempts=MAX_ATTEMPTS, failure="http-500"))
    assert delivered(ctx, now=True) == [(DeliveryState.GIVEN_UP, "http-500")]
    with raises_code(InfrastructureError, "given-up"):
        channels_state(ctx.pipeline)
    with_channels(ctx, other=webhook_channel(server.url))
    assert delivered(ctx, now=True) == [(DeliveryState.WAITS, "no-channel")]
    assert "given up" not in channels_state(ctx.pipeline)


def test_the_command_whose_attempt_was_the_last_one_warns_and_the_next_does_not(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    [one] = outbox(ctx).waiting()
    outbox(ctx).update(replace(one, attempts=MAX_ATTEMPTS - 1, failure="http-404"))
    server.statuses = [404]
    assert missing_data(notify_after([ctx]), "1 notification", "--again", "hook: http-404") == []
    assert notify_after([ctx]) == ""
    assert len(server.requests) == 1


def test_a_warning_counts_no_message_that_was_given_up(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    [one] = outbox(ctx).waiting()
    outbox(ctx).update(replace(one, attempts=MAX_ATTEMPTS, failure="http-404"))
    monitored(ctx, Action.RETRAIN)
    server.statuses = [503]
    assert missing_data(notify_after([ctx]), "1 notification", "http-503") == []


def test_a_secret_that_is_missing_on_this_machine_costs_no_attempt(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_channels(ctx, hook=webhook_channel(url_env="TEST_HOOK"))
    monkeypatch.delenv("TEST_HOOK", raising=False)
    collect(ctx)
    for _ in range(MAX_ATTEMPTS + 1):
        assert delivered(ctx) == [(DeliveryState.FAILED, "no-secret")]
    monkeypatch.setenv("TEST_HOOK", server.url)
    assert delivered(ctx) == [(DeliveryState.SENT, "")]


@pytest.mark.parametrize(
    ("point", "requests"),
    [
        ("notifications:before-mark", 1),
        ("notifications:before-send", 1),
        ("notifications:before-sent", 2),
        ("notifications:sent", 1),
    ],
)
def test_a_crash_anywhere_loses_no_message_and_doubles_it_only_before_its_answer_is_kept(
    ctx: Context, server: Webhook, point: str, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(SimulatedCrash):
        patch.setenv("ASSAY_CRASH_AT", point)
        collect(ctx)
        delivered(ctx)
    collect(ctx)
    delivered(ctx, now=True)
    assert [outbox(ctx).waiting(), delivered(ctx, now=True)] == [[], []]
    keys = [request["headers"]["Idempotency-Key"] for request in server.requests]
    assert (len(keys), len(set(keys))) == (requests, 1)


def test_messages_for_a_channel_of_another_environment_wait(ctx: Context, server: Webhook) -> None:
    collect(ctx)
    with_channels(ctx, other=webhook_channel(server.url))
    assert delivered(ctx) == [(DeliveryState.WAITS, "no-channel")]


def test_sent_messages_are_forgotten_after_90_days(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(ctx)
    delivered(ctx)
    assert outbox(ctx).sweep() == 0
    monkeypatch.setattr(outbox_module, "SENT_SECONDS", -1.0)
    assert (outbox(ctx).sweep(), outbox(ctx).sweep()) == (1, 0)


def test_a_trial_goes_to_each_channel_and_is_not_kept(ctx: Context, server: Webhook) -> None:
    elsewhere = webhook_channel(server.url).model_copy(update={"pipelines": ["flight_delays"]})
    with_channels(ctx, hook=webhook_channel(server.url).model_copy(update={"events": ["alarm"]}), elsewhere=elsewhere)
    [attempt] = try_channels(ctx, timeout=5)
    assert (attempt.delivery.channel, attempt.state) == ("hook", DeliveryState.SENT)
    server.statuses = [403]
    assert [one.code for one in try_channels(ctx, timeout=5)] == ["http-403"]
    assert events(server) == ["test", "test"]
    assert outbox(ctx).waiting() == []


def test_the_end_of_a_command_sends_what_it_caused(ctx: Context, server: Webhook) -> None:
    assert notify_after([ctx]) == ""
    assert events(server) == ["held"]
    assert notify_after([ctx]) == ""
    assert len(server.requests) == 1


def test_a_slow_server_does_not_hold_up_the_end_of_a_command(
    ctx: Context, server: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.delay = threading.Event()
    monkeypatch.setattr(after_command, "DEADLINE_SECONDS", 0.3)
    assert notify_after([ctx]) != ""
    assert server.requests == [], "it still waits for its server"
    assert server.reached.wait(30)
    [waiting] = outbox(ctx).waiting()
    assert (waiting.attempts, waiting.failure) == (1, "unfinished")


def test_while_another_process_delivers_nothing_is_sent_and_nothing_is_reported(ctx: Context, server: Webhook) -> None:
    with hold(ctx.lake, "notifications/parcels", None):
        assert notify_after([ctx]) == ""
        with pytest.raises(LostRace):
            delivered(ctx)
    assert server.requests == []


@pytest.mark.parametrize("error", [RuntimeError(SECRET), OSError(SECRET), LostRace("busy", code="lost-race")])
def test_no_defect_of_a_notification_ends_a_command(
    ctx: Context, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise error

    monkeypatch.setattr(after_command, "collect", broken)
    warning = notify_after([ctx])
    assert warning != ""
    assert SECRET not in warning


@pytest.mark.fault("R38", "secrets of channels, with servers that repeat them in their errors")
@pytest.mark.parametrize("source", ["file", "env"])
def test_no_secret_of_a_channel_is_in_a_warning_an_error_or_a_document(
    parcels: Context, server: Webhook, tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()

    def kept(name: str, value: str) -> dict[str, str]:
        (secrets / name).write_text(value)
        monkeypatch.setenv(f"TEST_{name}", value)
        return {f"{name}_{source}": str(secrets / name) if source == "file" else f"TEST_{name}"}

    with mail_server("another") as box:
        with_channels(
            parcels,
            refused=webhook_channel(**kept("url", f"{server.url}/{SECRET}"), **kept("token", SECRET)),
            mails=mail_channel(box.port, user="assay", **kept("password", SECRET)),
        )
        server.statuses = [500] * 9
        held(parcels)
        warnings = [notify_after([parcels]), *(str(one) for one in try_channels(parcels, timeout=5))]
        assert box.passwords != [], "the password was sent"
    assert SECRET in server.requests[0]["path"], "the address was used"
    assert "http-500" in str(warnings)
    assert "smtp-535" in str(warnings)
    assert SECRET not in str(warnings) + repr(parcels.pipeline.project.environment)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != secrets]
    assert any("outbox" in str(path) for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
