"""The newest day of tables, scores and labels: in the status, and against the limits of the spec."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.core.verdict import Action
from assay.spec.schema.monitoring import FreshnessSpec
from assay.stages.monitoring.freshness import find_freshness
from assay.stages.monitoring.monitor import monitor
from assay.stages.monitoring.status import status_of
from assay.stages.promotion.pause import pause
from assay.stages.runtime.context import Context
from assay.stages.runtime.monitorings import last_monitoring
from assay.store.ledger.run_details import MonitoringDetails
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus

DAY = date(2024, 3, 10)


@pytest.fixture
def tables(parcels: Context) -> list[str]:
    return list(parcels.pipeline.spec.tables)


def recorded(ctx: Context, stage: str, subject: str, days: list[date], status: PartitionStatus, **fields: Any) -> None:
    """A run of a stage over these days."""
    states = {
        str(day): PartitionState(status, PartitionFingerprint(subject, str(day), "", "", ""), {"rows": 9}, version=1)  # type: ignore[arg-type]
        for day in days
    }
    run_id = f"{stage}-{len(ctx.ledger.records())}"
    end = fields.pop("end", max(days) + timedelta(days=1))
    record = ctx.record(run_id, stage, subject, Interval(min(days), end), RunStatus.DONE, partitions=states, **fields)
    ctx.ledger.append(record)


def limit(ctx: Context, **limits: str) -> None:
    monitor_spec = ctx.pipeline.spec.monitor.model_copy(update={"freshness": FreshnessSpec.model_validate(limits)})
    object.__setattr__(ctx.pipeline, "spec", ctx.pipeline.spec.model_copy(update={"monitor": monitor_spec}))


def judged(ctx: Context, end: date) -> dict[tuple[str, str | None], tuple[str, Any]]:
    return {(one.check, one.column): (one.status.value, one.observed) for one in find_freshness(ctx, end)}


def test_the_status_names_the_newest_days_and_how_far_they_are_behind(parcels: Context, tables: list[str]) -> None:
    first, second = tables[:2]
    recorded(parcels, "clean", first, [DAY - timedelta(days=3)], PartitionStatus.PUBLISHED)
    recorded(parcels, "clean", first, [DAY], PartitionStatus.HELD)
    recorded(parcels, "score", "parcels", [DAY - timedelta(days=1)], PartitionStatus.SCORED)
    about = status_of(parcels, today=DAY + timedelta(days=2))
    assert (about["tables"][first]["behind_scores"], about["tables"][first]["behind_today"]) == (2, 5)
    assert (about["tables"][second]["last"], about["tables"][second]["behind_today"]) == (None, None)
    assert about["scored"]["behind_today"] == 3
    assert about["labels"] == {"last": None, "behind_scores": None, "behind_today": None}


def test_labels_count_from_the_day_on_which_they_were_measured_as_mature(parcels: Context) -> None:
    delay = parcels.pipeline.spec.label.label_delay
    assert delay > 0
    days = [DAY - timedelta(days=n) for n in range(delay + 3)]
    recorded(parcels, "monitor", "parcels", days, PartitionStatus.JUDGED)
    assert status_of(parcels, today=DAY)["labels"]["last"] == str(DAY - timedelta(days=delay))


def test_without_a_limit_nothing_is_judged(parcels: Context) -> None:
    assert find_freshness(parcels, DAY) == []


def test_what_is_older_than_its_limit_or_has_no_day_is_a_warning(parcels: Context, tables: list[str]) -> None:
    limit(parcels, landings="1 day", scores="2 days", labels="9 days")
    label_table, delay = parcels.pipeline.spec.label.from_, parcels.pipeline.spec.label.label_delay
    [other] = [table for table in tables if table != label_table][:1]
    recorded(parcels, "clean", other, [DAY - timedelta(days=2)], PartitionStatus.PUBLISHED)
    recorded(parcels, "clean", label_table, [DAY - timedelta(days=1 + delay)], PartitionStatus.PUBLISHED)
    recorded(parcels, "score", "parcels", [DAY - timedelta(days=2)], PartitionStatus.SCORED)
    shown = judged(parcels, DAY + timedelta(days=1))
    assert shown["freshness.landing", other] == ("warn", 2)
    assert shown["freshness.landing", label_table] == ("pass", 1 + delay), "outcomes may be later by label_delay"
    assert shown["freshness.scores", None] == ("pass", 2)
    assert shown["freshness.labels", None] == ("warn", None)
    empty = [table for table in tables if table not in (other, label_table)]
    assert all(shown["freshness.landing", table] == ("warn", None) for table in empty)


def test_an_interval_without_scores_asks_for_a_look_where_their_age_is_limited(parcels: Context) -> None:
    recorded(parcels, "score", "parcels", [DAY], PartitionStatus.SCORED)
    interval = Interval.of(DAY + timedelta(days=4))
    assert (monitor(parcels, interval).status, monitor(parcels, interval).run_id) == (RunStatus.SKIPPED, None)
    limit(parcels, scores="2 days")
    outcome = monitor(parcels, interval)
    assert (outcome.status, outcome.exit_code) == (Action.LOOK, 0)
    verdict = parcels.runs.read_fields(str(outcome.run_id), "verdict")
    assert [(one["check"], one["observed"]) for one in verdict["findings"]] == [("freshness.scores", 4)]
    assert monitor(parcels, Interval.of(DAY + timedelta(days=2))).status == RunStatus.SKIPPED, "within the limit"


def test_a_request_stays_when_a_later_interval_has_no_scores(parcels: Context) -> None:
    recorded(parcels, "score", "parcels", [DAY], PartitionStatus.SCORED)
    limit(parcels, scores="0 days")
    details = MonitoringDetails(version=1)  # type: ignore[arg-type]
    parcels.ledger.append(
        parcels.record(
            "m1", "monitor", "parcels", Interval.of(DAY), Action.RETRAIN, details=details, counts={"days": 1}
        )
    )
    assert monitor(parcels, Interval.of(DAY + timedelta(days=1))).status == Action.LOOK
    last = last_monitoring(parcels)
    assert last is not None
    assert last.run_id == "m1"


def test_a_pipeline_that_never_scored_is_skipped(parcels: Context) -> None:
    limit(parcels, scores="0 days", landings="0 days")
    assert monitor(parcels, Interval.of(DAY)).status == RunStatus.SKIPPED


def test_a_paused_pipeline_without_scores_requests_nothing(parcels: Context) -> None:
    recorded(parcels, "score", "parcels", [DAY - timedelta(days=9)], PartitionStatus.SCORED)
    limit(parcels, scores="0 days")
    assert monitor(parcels, Interval.of(DAY)).status == Action.LOOK
    parcels.why = "the warehouse moves"
    pause(parcels)
    assert monitor(parcels, Interval.of(DAY)).status == RunStatus.SKIPPED


def test_labels_are_not_late_on_a_night_that_measured_none(parcels: Context) -> None:
    recorded(parcels, "score", "parcels", [DAY - timedelta(days=1)], PartitionStatus.SCORED)
    limit(parcels, labels="1 day")
    assert monitor(parcels, Interval.of(DAY)).status == RunStatus.SKIPPED


def test_days_after_the_interval_do_not_make_it_fresh(parcels: Context) -> None:
    recorded(parcels, "score", "parcels", [DAY - timedelta(days=9), DAY + timedelta(days=30)], PartitionStatus.SCORED)
    limit(parcels, scores="2 days")
    assert judged(parcels, DAY + timedelta(days=1))["freshness.scores", None] == ("warn", 9)
