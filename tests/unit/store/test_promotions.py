"""Promotions are compare-and-set: one winner a number, and every loser is told who won."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assay.core.model_versions import Evidence
from assay.errors import InfrastructureError, LostRace
from assay.store.decisions.promotions import Promotion, PromotionKind, Promotions
from assay.store.users import Actor

from ...expect_errors import missing_data, raises_code, raises_naming
from ...kept_models import numbered, versions_known

PROMOTER = """
import json, sys
from pathlib import Path
from assay.errors import LostRace
from assay.store.decisions.promotions import PromotionKind, Promotions
from assay.store.users import Actor

lake, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
promotions = Promotions(lake, "flight_delays")
print("ready", flush=True)
sys.stdin.readline()
for number in range(rounds):
    try:
        promotions.write(
            number, kind=PromotionKind.PROMOTE, champion=number + 1, why="better", run_id=name, actor=Actor(name)
        )
        print(json.dumps([number + 1, "won", ""]))
    except LostRace as lost:
        print(json.dumps([number + 1, "lost", lost.message]))
"""


def promote(
    promotions: Promotions,
    expected: int,
    *,
    kind: PromotionKind = PromotionKind.PROMOTE,
    champion: int | None = 7,
    why: str = "shown better",
    run_id: str = "r1",
    who: str = "eva",
    evidence: Evidence | None = None,
) -> Promotion:
    return promotions.write(
        expected, kind=kind, champion=numbered(champion), why=why, run_id=run_id,
        actor=Actor(who), evidence=evidence,
    )  # fmt: skip


def test_the_first_promotion_follows_zero_and_becomes_current(tmp_path: Path) -> None:
    promotions = Promotions(tmp_path, "flight_delays")
    assert promotions.current() is None
    written = promote(promotions, 0, evidence=versions_known((7, 8)))
    assert Promotions(tmp_path, "flight_delays").current() == written
    assert promotions.history() == [written]


def test_a_promotion_against_an_old_state_is_told_who_won_and_why(tmp_path: Path) -> None:
    promotions = Promotions(tmp_path, "flight_delays")
    promote(promotions, 0)
    with pytest.raises(LostRace) as lost:
        promote(promotions, 0, champion=9, run_id="r2", who="adam")
    assert lost.value.exit_code == 4
    assert missing_data(lost.value.message, "eva", 7, "shown better") == []
    assert len(promotions.history()) == 1


def test_a_promotion_that_expects_what_never_was_is_refused(tmp_path: Path) -> None:
    with raises_code(LostRace, "lost-race", 4, 3):
        promote(Promotions(tmp_path, "flight_delays"), 3)


def test_a_writer_killed_before_it_heard_of_success_gets_its_own_promotion_back(tmp_path: Path) -> None:
    promotions = Promotions(tmp_path, "flight_delays")
    first = promote(promotions, 0)
    promote(promotions, 1, kind=PromotionKind.ROLLBACK, champion=None, run_id="r2", why="it was wrong")
    assert promote(promotions, 0) == first
    assert len(promotions.history()) == 2


def test_a_promotion_and_a_rollback_at_once_have_one_winner(tmp_path: Path) -> None:
    one, two = Promotions(tmp_path, "flight_delays"), Promotions(tmp_path, "flight_delays")
    promote(one, 0)
    seen = [promotion.number for promotions in (one, two) if (promotion := promotions.current())]
    promote(two, seen[1], kind=PromotionKind.ROLLBACK, champion=3, run_id="r2", who="adam", why="complaints")
    with raises_code(LostRace, "lost-race", "adam", 3, "complaints"):
        promote(one, seen[0], run_id="r3", champion=8)
    assert [p.kind for p in one.history()] == ["promote", "rollback"]


def test_an_unknown_kind_is_never_written(tmp_path: Path) -> None:
    with raises_naming(ValueError, "crown"):
        promote(Promotions(tmp_path, "flight_delays"), 0, kind="crown")  # type: ignore[arg-type]
    assert Promotions(tmp_path, "flight_delays").history() == []


@pytest.mark.parametrize("change", [{"kind": "crown"}, {"surprise": 1}])
def test_a_document_that_is_no_promotion_is_an_infrastructure_error(tmp_path: Path, change: dict[str, object]) -> None:
    promotions = Promotions(tmp_path, "flight_delays")
    promote(promotions, 0)
    path = tmp_path / "_assay" / "flight_delays" / "promotions" / "0000000001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with raises_code(InfrastructureError, "corrupt-file", "0000000001.json"):
        promotions.current()


@pytest.mark.parametrize(("processes", "rounds"), [(2, 20), (8, 10)])
def test_processes_that_promote_at_once_leave_one_winner_a_number_and_tell_the_losers(
    tmp_path: Path, processes: int, rounds: int
) -> None:
    names = [f"process-{n}" for n in range(processes)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTER, str(tmp_path), name, str(rounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = {}
    for name, process in zip(names, running, strict=True):
        outcomes[name] = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
        assert process.returncode == 0

    history = Promotions(tmp_path, "flight_delays").history()
    assert [p.number for p in history] == list(range(1, len(history) + 1))
    winners = {number: name for name in names for number, outcome, _ in outcomes[name] if outcome == "won"}
    assert winners == {p.number: p.who for p in history}
    assert sum(outcome == "won" for lines in outcomes.values() for _, outcome, _ in lines) == len(history)
    lost = [(number, words) for lines in outcomes.values() for number, outcome, words in lines if outcome == "lost"]
    assert len(lost) == processes * rounds - len(history)
    assert all(winners[number] in words for number, words in lost)
