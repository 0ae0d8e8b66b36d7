"""Who was champion at an instant, and whose scores a date has: by the order of promotions, and by the ledger."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

import assay
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.promotion.championship import champion_at, champion_periods
from assay.stages.reporting.pipeline_page import pipeline_report
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_record import PartitionFingerprint, PartitionState, PartitionStatus
from assay.store.users import Actor

from ...expect_errors import missing_data, raises_code
from ...kept_models import a_training, numbered, versions_known

DAY = date(2024, 2, 5)
TIMES = ("2024-02-01T10:00:00Z", "2024-02-03T10:00:00Z", "2024-02-05T22:30:00Z", "2024-02-07T10:00:00Z")
CHAMPIONS = (1, 1, 2, 1)
KINDS = (PromotionKind.PROMOTE, PromotionKind.PROMOTE, PromotionKind.PROMOTE, PromotionKind.ROLLBACK)


@pytest.fixture
def ctx(parcels: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Version 1, promoted twice, then version 2, then a rollback; the day was scored twice."""
    trained = parcels.record(
        "t", "train", "parcels", Interval.of(date(2024, 2, 1)), RunStatus.DONE, details=a_training()
    )
    parcels.ledger.append(trained)
    for number, (at, champion, kind) in enumerate(zip(TIMES, CHAMPIONS, KINDS, strict=True)):
        monkeypatch.setattr("assay.store.decisions.promotions.now_utc", lambda at=at: at)
        parcels.promotions.write(
            number, kind=kind, champion=numbered(champion),
            why=f"reason {number + 1}", run_id=f"p{number}", evidence=versions_known((1, 2, 3)), actor=Actor("eva"),
        )  # fmt: skip
    for version in (2, 1):
        state = PartitionState(
            PartitionStatus.SCORED,
            PartitionFingerprint("parcels", str(DAY), "", "", ""),
            {"rows": 120},
            ModelVersion(version),
        )
        record = parcels.record(
            f"score-{version}", "score", "parcels", Interval.of(DAY), RunStatus.DONE, partitions={str(DAY): state}
        )
        parcels.ledger.append(record)
    return parcels


@pytest.mark.parametrize(
    ("when", "champion"),
    [
        ("2024-01-31", None),
        ("2024-02-01T09:59:59Z", None),
        ("2024-02-01T10:00:00Z", 1),
        ("2024-02-04", 1),
        # The pipeline's zone is Berlin: its 5th of February ends at 23:00 UTC.
        ("2024-02-05", 2),
        ("2024-02-05T23:29:59", 1),
        ("2024-02-05T23:30:00", 2),
        ("2024-02-06T00:30:00+02:00", 2),
        ("2024-02-08", 1),
        (date(2024, 2, 8), 1),
        (datetime(2024, 2, 5, 22, 29, tzinfo=UTC), 1),
    ],
)
def test_the_champion_is_that_of_the_last_promotion_before_the_instant(
    when: str | date | datetime, champion: int | None, ctx: Context
) -> None:
    assert champion_at(ctx, when).champion == numbered(champion)


def test_the_scores_of_the_date_are_named_with_those_that_they_replaced(ctx: Context) -> None:
    answer = champion_at(ctx, DAY)
    assert [(one.version, one.run_id, one.rows) for one in answer.scores] == [(2, "score-2", 120), (1, "score-1", 120)]
    assert champion_at(ctx, date(2024, 2, 6)).scores == ()
    assert champion_at(ctx, datetime(2024, 2, 4, 23, 30, tzinfo=UTC)).date == DAY, "in Berlin it is the next day"


def test_a_period_ends_with_the_next_champion_and_not_with_the_same_one(ctx: Context) -> None:
    periods = champion_periods(ctx.promotions.history())
    assert [(one.champion, one.began_by.at, one.until) for one in periods] == [
        (1, TIMES[0], TIMES[2]),
        (2, TIMES[2], TIMES[3]),
        (1, TIMES[3], None),
    ]
    assert champion_periods([]) == []


@pytest.mark.parametrize("when", ["2024-02-30", "yesterday", "2024-02-05T25:00:00", "2024-2-5"])
def test_what_is_no_date_and_no_instant_is_refused(when: str, ctx: Context) -> None:
    with raises_code(InputError, "bad-date", when):
        champion_at(ctx, when)


def test_the_command_the_api_and_the_report_have_the_same_answer(
    ctx: Context, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.cli.main import invoke

    monkeypatch.setenv("ASSAY_PROJECT", str(ctx.pipeline.project.root))
    assert invoke(["models", "parcels", "--at", "2024-02-05", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    answer = assay.open("parcels", start=ctx.pipeline.project.root).champion_at(DAY)
    assert document == {"pipeline": "parcels", **answer.to_json()}
    assert (document["champion"], document["promotion"]["number"], document["until"]) == (2, 3, TIMES[3])
    assert invoke(["models", "parcels", "--at", "2024-02-05"]) == 0
    text = capsys.readouterr().out
    assert missing_data(text, "version 2", TIMES[2], "eva", "reason 3", TIMES[3], "score-1", "score-2", "120") == []
    assert invoke(["models", "parcels", "--at", "2024-01-01"]) == 0
    assert missing_data(capsys.readouterr().out, "2024-01-01", "2024-01-02T00:00:00+01:00") == []
    assert [period.champion for period in pipeline_report(ctx).champions] == [1, 2, 1]
