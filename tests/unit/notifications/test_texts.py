"""The texts of notifications: no line break in a subject, no value of a row in a sentence, and when to try again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Finding, Severity, Status
from assay.core.notifications.message import MAX_SUBJECT, json_document, plain_text, slack_document, subject_line
from assay.core.notifications.missing import is_live, missing_training
from assay.core.notifications.notification import NotificationKind, event_key
from assay.core.notifications.retries import MAX_ATTEMPTS, is_due, is_given_up, next_attempt
from assay.core.notifications.sentences import alarm_sentence, failed_checks, held_sentence, reason_clause

from .examples import HELD

CANARY = "row-value-canary"
NOW = datetime(2024, 3, 4, 6, tzinfo=UTC)


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_subject_is_one_short_line_whatever_the_names_are(pipeline: str, subject: str) -> None:
    line = subject_line(replace(HELD, pipeline=pipeline, subject=subject))
    assert len(line) <= MAX_SUBJECT
    assert line.isprintable()
    assert line.splitlines() in ([line], [])


def test_each_text_has_the_sentence_the_commands_and_the_links() -> None:
    for text in (plain_text(HELD), str(json_document(HELD)), str(slack_document(HELD))):
        for part in (HELD.sentence, HELD.commands[0], HELD.links[0].url):
            assert part in text


@pytest.mark.parametrize("check", ["expect_column_max_to_be_between", "drift.jump", "gate.slice", "kpi"])
def test_no_sentence_of_a_check_that_may_quote_a_value_is_repeated(check: str) -> None:
    quoting = Finding(check, Status.FAIL, f"The greatest is {CANARY}.", column="weight", observed=CANARY)
    days = [date(2024, 3, 1)]
    for sentence in (held_sentence("parcels", days, [quoting]), alarm_sentence("look", 1, [quoting])):
        assert CANARY not in sentence
        assert f"{check} of weight" in sentence


def test_the_sentence_of_a_metric_is_repeated() -> None:
    fell = Finding("served.decline", Status.FAIL, "roc_auc fell from 0.71 to 0.64.")
    assert fell.sentence in alarm_sentence("downgrade", 2, [fell])


def test_the_checks_that_failed_are_named_critical_first_without_those_for_information() -> None:
    passed = Finding("a", Status.PASS, "")
    noted = Finding("b", Status.FAIL, "", Severity.INFO)
    warned = Finding("c", Status.WARN, "", Severity.WARNING)
    blocked = Finding("d", Status.FAIL, "")
    assert failed_checks([passed, noted, warned, blocked]) == [blocked, warned]


def test_the_same_event_has_the_same_key_and_another_one_another() -> None:
    key = event_key("parcels", NotificationKind.HELD, ["a", "b"])
    assert key == event_key("parcels", NotificationKind.HELD, ["a", "b"])
    others = [
        event_key("parcel", NotificationKind.HELD, ["a", "b"]),
        event_key("parcels", NotificationKind.ALARM, ["a", "b"]),
        event_key("parcels", NotificationKind.HELD, ["ab"]),
    ]
    assert len({key, *others}) == 4


def test_a_reason_with_line_breaks_is_one_line() -> None:
    assert reason_clause(" odd\r\nscores ") == " Reason: odd scores"


@given(st.integers(1, MAX_ATTEMPTS - 1))
def test_each_wait_is_at_least_as_long_as_the_one_before(attempts: int) -> None:
    assert next_attempt(attempts + 1, NOW) >= next_attempt(attempts, NOW) > NOW
    assert not is_due(attempts, NOW, NOW)
    assert is_due(attempts, NOW, next_attempt(attempts, NOW))
    assert not is_given_up(attempts)


def test_a_message_that_was_never_tried_is_due_and_ten_attempts_are_the_last() -> None:
    assert is_due(0, None, NOW)
    assert is_given_up(MAX_ATTEMPTS)


def test_a_training_is_missing_two_days_after_its_due_date_until_one_of_then_or_later_was_run() -> None:
    due = [date(2024, 3, 4), date(2024, 3, 11)]
    assert missing_training(due, date(2024, 3, 4), date(2024, 3, 12)) is None
    assert missing_training(due, date(2024, 3, 4), date(2024, 3, 13)) == date(2024, 3, 11)
    assert missing_training(due, date(2024, 3, 11), date(2024, 3, 13)) is None
    assert missing_training(due, date(2024, 3, 12), date(2024, 3, 20)) is None
    assert missing_training([], None, date(2024, 3, 20)) is None


def test_a_lake_of_old_dates_misses_nothing() -> None:
    today = date(2026, 11, 30)
    assert is_live(today - timedelta(days=366), today)
    assert not is_live(today - timedelta(days=367), today)
    assert not is_live(None, today)
