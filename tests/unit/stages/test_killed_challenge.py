"""A look at a challenger and the answer to a proposal, killed at each point: spent and given once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from assay.stages.evaluation.challenge import challenge
from assay.stages.promotion.proposal import carry_out, decline
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_record import RunRecord

from .challenged_pipeline import START, Loop


class Killed(BaseException):
    """As by SIGKILL: no handler of ours runs."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], Any]], None]:
    """Does something that is killed at a point."""

    def at(point: str, act: Callable[[], Any]) -> None:
        def reach(reached: str) -> None:
            if reached == point:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr("assay.stages.promotion.promote.failpoint", reach)
            patched.setattr(Ledger, "append", _killing(reach, Ledger.append))
            with pytest.raises(Killed):
                act()

    return at


def _killing(
    reach: Callable[[str], None], append: Callable[[Ledger, RunRecord], RunRecord]
) -> Callable[..., RunRecord]:
    def appended(self: Ledger, record: RunRecord) -> RunRecord:
        reach("before-ledger")
        done = append(self, record)
        reach("after-ledger")
        return done

    return appended


@pytest.mark.parametrize("point", ["before-ledger", "after-ledger"])
def test_a_look_that_was_killed_is_spent_once(loop: Loop, kill: Callable[..., None], point: str) -> None:
    loop.challenged()
    day = loop.nights(START, 20)
    kill(point, lambda: challenge(loop.ctx, day, propose=True))
    again = challenge(loop.ctx, day, propose=True)
    [record] = loop.ctx.ledger.records("challenge")
    assert (again.status, again.run_id, record.counts["looks"]) == ("propose", record.run_id, 1)
    assert loop.state.number == 2


@pytest.mark.parametrize(
    ("answer", "status", "roles"), [(carry_out, "done", (2, None)), (decline, "declined", (1, None))]
)
@pytest.mark.parametrize("point", ["promotion:before-promotion", "promotion:before-ledger", "promotion:before-alias"])
def test_an_answer_that_was_killed_is_given_once(
    loop: Loop,
    kill: Callable[..., None],
    point: str,
    answer: Callable[[Context, date | str], StageOutcome],
    status: str,
    roles: tuple[int, None],
) -> None:
    _, run_id = loop.proposed()
    reasoned = replace(loop.ctx, why="looked at it")
    kill(point, lambda: answer(reasoned, run_id))
    answer(reasoned, run_id)
    [record] = loop.ctx.ledger.records("promote")
    assert (record.status, loop.roles) == (status, roles)
    assert loop.state.number == 3
