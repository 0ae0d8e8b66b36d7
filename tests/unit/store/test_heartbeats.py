"""Notes that beat: who lives is left alone and named, who is dead makes way, and no two hold the same date."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.store.locks import heartbeats
from assay.store.locks.heartbeats import Beating, Heartbeats, beating

from ...local_paths import local

JANUARY = Interval(date(2024, 1, 1), date(2024, 2, 1))
FEBRUARY = Interval(date(2024, 2, 1), date(2024, 3, 1))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(heartbeats, "DEAD_AFTER_SECONDS", 2.0)  # longer than a busy disk keeps a beat waiting
    monkeypatch.setattr(heartbeats, "LOOK", 0.02)


def test_other_dates_are_free_and_the_same_are_not(tmp_path: Path) -> None:
    with beating(tmp_path, JANUARY, 0) as nobody, beating(tmp_path, FEBRUARY, 0) as still_nobody:
        assert nobody == still_nobody == []
        with beating(tmp_path, Interval(date(2024, 1, 31), date(2024, 2, 2)), 0) as others:
            assert others, "one that was seen to live is enough"
            assert {other.dates for other in others} <= {JANUARY, FEBRUARY}
    assert Heartbeats(tmp_path).notes() == [], "nothing is left of who is done"


def test_who_waits_comes_next(tmp_path: Path) -> None:
    first = Beating(tmp_path, JANUARY)
    came = threading.Event()

    def wait() -> None:
        with beating(tmp_path, JANUARY, 30) as others:
            if not others:
                came.set()

    second = threading.Thread(target=wait)
    second.start()
    assert not came.wait(0.3)
    first.stop()
    second.join(20)
    assert came.is_set()


def test_the_note_of_the_dead_makes_way_however_old_its_clock(tmp_path: Path) -> None:
    dead = Beating(tmp_path, JANUARY)
    text = dead.place.read_bytes()
    dead.stop()
    local(dead.place).write_bytes(text.replace(b'"since":"2', b'"since":"9'))
    with beating(tmp_path, JANUARY, 0) as others:
        assert others == []
        assert not dead.place.exists()


def test_of_many_at_once_one_holds_at_a_time(tmp_path: Path) -> None:
    holding, most, done = [0], [0], []
    mutex = threading.Lock()

    def work() -> None:
        with beating(tmp_path, JANUARY, 60) as others:
            if others:
                return
            with mutex:
                holding[0] += 1
                most[0] = max(most[0], holding[0])
            threading.Event().wait(0.02)
            with mutex:
                holding[0] -= 1
                done.append(1)

    racers = [threading.Thread(target=work) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert len(done) == 6
    assert most[0] == 1


def test_a_note_that_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_bytes(b"{")
    with beating(tmp_path, JANUARY, 0) as others:
        assert others == []
