"""A rollback that follows the monitor by itself: only where the spec wants it, once, and never back and forth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from assay.core.check import Status
from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.core.verdict import Action, VerdictSummary
from assay.errors import InputError, VerdictFailed
from assay.spec.schema.operations import PromotionSpec
from assay.stages.promotion.auto_rollback import downgrade
from assay.stages.promotion.promote import by_hand
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import PromotionKind
from assay.store.ledger.run_details import HandoverDetails, MonitoringDetails

from ...expect_errors import raises_code
from ...kept_models import numbered, versions_known

DAY = Interval.of(date(2024, 2, 5))


@pytest.fixture
def ctx(parcels: Context) -> Context:
    """Versions 1, 2 and 3 were champions, in that order; the spec allows rollbacks, with a week to cool down."""
    spec = parcels.pipeline.spec
    allowed = PromotionSpec.model_validate({"downgrade": "rollback", "cool_down": "7 days"})
    object.__setattr__(parcels.pipeline, "spec", spec.model_copy(update={"promotion": allowed}))
    for number, champion in enumerate((1, 2, 3)):
        parcels.promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=ModelVersion(champion), why="", run_id=f"p{number}",
            evidence=versions_known((1, 2, 3)),
        )  # fmt: skip
        parcels.ledger.append(parcels.record(f"p{number}", "gate", "parcels", DAY, Action.PROMOTE))
    return parcels


def monitored(ctx: Context, action: str, version: int, days: Interval = DAY, better: int | None = None) -> None:
    number = len(ctx.ledger.records())
    verdict = VerdictSummary(Status.FAIL, Action(action), "the AUC fell.")
    details = MonitoringDetails(version=ModelVersion(version), better=numbered(better))
    ctx.ledger.append(
        ctx.record(f"m{number}", "monitor", "parcels", days, Action(action), verdict=verdict, details=details)
    )


def champion(ctx: Context) -> int | None:
    state = ctx.promotions.current()
    return state.champion if state else None


def test_the_champion_that_the_monitor_wants_downgraded_is_rolled_back_with_its_words(ctx: Context) -> None:
    monitored(ctx, "downgrade", 3)
    done = downgrade(ctx)
    assert (champion(ctx), done.numbers["champion"]) == (2, 2)
    assert ctx.promotions.history()[-1].why.endswith(": the AUC fell.")
    requested_by = ctx.ledger.record(str(done.run_id)).details_as(HandoverDetails).requested_by
    assert requested_by == ctx.ledger.records("monitor")[-1].run_id
    assert downgrade(ctx).status == "skipped", "who serves now was not judged yet"
    assert champion(ctx) == 2


@pytest.mark.parametrize(("better", "target"), [(1, 1), (2, 2), (3, 2), (9, 2)])
def test_a_version_that_was_shown_better_is_gone_back_to_if_it_ever_served(
    ctx: Context, better: int, target: int
) -> None:
    monitored(ctx, "downgrade", 3, better=better)
    downgrade(ctx)
    assert champion(ctx) == target


@pytest.mark.parametrize(("action", "version"), [("retrain", 3), ("none", 3), ("downgrade", 2)])
def test_nothing_is_rolled_back_when_the_monitor_does_not_ask_for_it(ctx: Context, action: str, version: int) -> None:
    monitored(ctx, "downgrade", 3)
    monitored(ctx, action, version)
    assert downgrade(ctx).status == "skipped"
    assert champion(ctx) == 3


def test_old_dates_that_are_monitored_again_roll_nothing_back(ctx: Context) -> None:
    monitored(ctx, "none", 3)
    monitored(ctx, "downgrade", 3, Interval.of(date(2024, 1, 5)))
    assert downgrade(ctx).status == "skipped"
    assert champion(ctx) == 3


def test_within_the_cool_down_a_person_has_to_look(ctx: Context) -> None:
    monitored(ctx, "downgrade", 3)
    downgrade(ctx)
    monitored(ctx, "downgrade", 2)
    with raises_code(VerdictFailed, "cool-down", 2, 4, 7):
        downgrade(ctx)
    assert champion(ctx) == 2
    downgrade(ctx, now=datetime.now(UTC) + timedelta(days=8))
    assert champion(ctx) == 1, "and never back to 3"


def test_it_never_goes_back_to_a_version_that_was_rolled_back_from(ctx: Context) -> None:
    for left, target in ((3, 2), (2, 1)):
        ctx.why = f"{left} is worse"
        by_hand(ctx, ctx.promotions.history()[-1], PromotionKind.ROLLBACK, ModelVersion(target))
    monitored(ctx, "downgrade", 1)
    with raises_code(VerdictFailed, "no-earlier-champion", 1):
        downgrade(ctx, now=datetime.now(UTC) + timedelta(days=8))


def test_a_spec_that_leaves_rollbacks_to_people_says_so(parcels: Context) -> None:
    with raises_code(InputError, "not-automatic", "parcels"):
        downgrade(parcels)
