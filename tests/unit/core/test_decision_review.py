"""The changes of the champion beside their alternatives, and the shares of looks and pairs that decided nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.decisions.champion_changes import (
    NEXT_DAYS,
    Alternative,
    AlternativeSource,
    ChampionChange,
    ChangeKind,
    ChangeWorth,
    ChangeYardstick,
    KnownChanges,
    change_worth,
    shown_better,
    shown_worse,
)
from assay.core.decisions.decision_review import UndecidedShare, closed_pairs
from assay.core.decisions.error_budget import Judgement
from assay.core.decisions.looks.comparison import PairComparison, compare_pair
from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import ClosedPair, GateState
from assay.core.decisions.looks.pair import LookOutcome
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.model_versions import ModelVersion
from assay.core.profiles.from_arrays import label_scores
from assay.core.profiles.outcome_profile import OutcomeProfile

START = date(2024, 3, 1)
CHANGE = ChampionChange(4, ChangeKind.REFRESH, ModelVersion(3), ModelVersion(2), ended=False)
YARDSTICK = ChangeYardstick(METRICS["within_day_roc_auc"], METRICS["log_loss"], 0.01)
GOOD, BAD = 1.5, 0.5


def days_of(power: float, count: int, *, first: date = START, rows: int = 200) -> dict[date, OutcomeProfile]:
    """Days that a model scored which sees the label so well; all models see the same rows."""
    days = {}
    for number in range(count):
        day = first + timedelta(days=number)
        world = np.random.default_rng(day.toordinal())
        labels, noise = world.random(rows) < 0.3, world.normal(0, 1, rows)
        days[day] = OutcomeProfile(label_scores(1 / (1 + np.exp(0.85 - power * (labels + noise / 2 - 0.5))), labels))
    return days


def beside(days: Mapping[date, OutcomeProfile] | Insufficient, name: str = "version 2") -> Alternative:
    return Alternative(name, AlternativeSource.OWN, days)


def compared(worth: ChangeWorth) -> PairComparison:
    assert isinstance(worth.by_metric, PairComparison)
    return worth.by_metric


def noisy(days: Mapping[date, OutcomeProfile]) -> dict[date, OutcomeProfile]:
    """The same rows by a model that does not see the labels."""
    made = {}
    for day in days:
        world = np.random.default_rng(day.toordinal())
        labels = world.random(200) < 0.3
        made[day] = OutcomeProfile(label_scores(world.random(200) * 0.5 + 0.1, labels))
    return made


def test_a_change_is_judged_by_the_first_28_days_that_the_chosen_served() -> None:
    served = days_of(GOOD, 40)
    worth = change_worth(CHANGE, served, [beside(noisy(served))], YARDSTICK)
    assert compared(worth).days == (START, START + timedelta(days=NEXT_DAYS - 1))
    first = dict(list(served.items())[:NEXT_DAYS])
    sides = [
        {day: YARDSTICK.metric.prepare(one.overall) for day, one in side.items()} for side in (first, noisy(first))
    ]
    assert worth.by_metric == compare_pair(
        YARDSTICK.metric, ("version 3", sides[0]), ("version 2", sides[1]), margin=YARDSTICK.margin
    )
    assert (shown_better(worth.by_metric), shown_worse(worth.by_metric)) == (True, False)
    assert isinstance(worth.by_loss, PairComparison)
    assert worth.by_loss.metric == "log_loss"


def test_the_chosen_and_the_alternative_changed_round_turn_the_sign_of_the_gain() -> None:
    served = days_of(GOOD, 28)
    one = change_worth(CHANGE, served, [beside(noisy(served))], YARDSTICK)
    other = change_worth(CHANGE, noisy(served), [beside(served)], YARDSTICK)
    assert compared(one).evidence.estimate == pytest.approx(-compared(other).evidence.estimate)
    assert shown_worse(other.by_metric)
    assert KnownChanges.of([one.by_metric, other.by_metric, Insufficient("x")]) == KnownChanges(2, 1, 1)


def test_days_on_which_the_two_did_not_see_the_same_rows_are_left_out() -> None:
    served, other = days_of(GOOD, 28), noisy(days_of(GOOD, 28))
    other[START + timedelta(days=27)] = days_of(BAD, 1, first=START + timedelta(days=27), rows=190)[
        START + timedelta(days=27)
    ]
    assert compared(change_worth(CHANGE, served, [beside(other)], YARDSTICK)).evidence.days == 27


def test_the_first_alternative_that_can_be_compared_decides_and_without_one_all_reasons_are_given() -> None:
    served = days_of(GOOD, 28)
    few = dict(list(noisy(served).items())[:19])
    alternatives = [
        beside(Insufficient("the fold was changed"), "a"),
        beside({}, "b"),
        beside(few, "c"),
        beside(noisy(served), "d"),
        beside(served, "e"),
    ]
    assert change_worth(CHANGE, served, alternatives, YARDSTICK).alternative == "d"
    worth = change_worth(CHANGE, served, alternatives[:3], YARDSTICK)
    assert (worth.alternative, worth.source) == ("version 2", None)
    assert isinstance(worth.by_metric, Insufficient)
    assert worth.by_metric == worth.by_loss
    assert worth.by_metric.reason.count(";") == 2


@pytest.mark.parametrize("ended", [False, True])
def test_a_version_that_served_no_day_is_not_known_and_nothing_is_read_for_it(ended: bool) -> None:
    change = ChampionChange(1, ChangeKind.ROLLBACK, ModelVersion(1), None, ended=ended)
    never = (pytest.fail("an alternative was read") for _ in range(1))
    worth = change_worth(change, {}, never, YARDSTICK)
    assert isinstance(worth.by_metric, Insufficient)
    assert worth.alternative == "the constant"
    assert ("next change" in worth.by_metric.reason) is ended


@given(st.lists(st.sampled_from(LookOutcome)))
def test_the_undecided_share_counts_what_showed_nothing(outcomes: list[LookOutcome]) -> None:
    share = UndecidedShare.of(outcomes)
    undecided = [one for one in outcomes if one.undecided]
    assert (share.count, share.undecided) == (len(outcomes), len(undecided))
    assert share.share == (len(undecided) / len(outcomes) if outcomes else None)


def test_what_was_shown_either_way_is_decided_and_every_open_look_is_not() -> None:
    assert {one for one in LookOutcome if not one.closes} <= {one for one in LookOutcome if one.undecided}
    assert not any(one.undecided for one in (LookOutcome.SHOWN, LookOutcome.BELOW_MARGIN, LookOutcome.DECLINED))
    assert LookOutcome.UNDECIDED_TO_THE_END.undecided


def test_a_pair_that_is_closed_counts_once_also_where_a_training_was_judged_again() -> None:
    account = ErrorAccount.opened(START)
    empty = GateState(account)
    one = ClosedPair("r1", "boosted", LookOutcome.BELOW_MARGIN, START)
    two = ClosedPair("r2", "forest", LookOutcome.GONE, START)
    after = GateState(account, closed=(one,))
    history = [
        Judgement("g1", "t1", empty, after),
        Judgement("g2", "t1", empty, after),
        Judgement("g3", "t2", after, GateState(account, closed=(one, two))),
    ]
    assert closed_pairs(history) == [one, two]
    assert closed_pairs([]) == []
