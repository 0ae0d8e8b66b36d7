"""One writer a table and date: refused with a name, free as soon as the holder ends, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.errors import InputError, LostRace
from assay.store.locks.locks import hold, holders
from assay.store.users import Actor, unix_user

from ...expect_errors import missing_data, raises_code

HOLDER = """
import sys
from pathlib import Path
from assay.core.interval import Interval
from assay.store.locks.locks import hold

interval = Interval.parse(sys.argv[2], sys.argv[3]) if len(sys.argv) > 2 else None
with hold(Path(sys.argv[1]), "clean/outcomes", interval):
    print("held", flush=True)
    sys.stdin.readline()
print("released", flush=True)
"""


@contextmanager
def another_process(lake: Path, *interval: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lake), *interval],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ASSAY_USER": "eva"},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def week(start: int, end: int) -> Interval:
    return Interval(date(2013, 1, start), date(2013, 1, end))


def test_another_process_is_refused_and_told_table_dates_process_user_and_since(tmp_path: Path) -> None:
    with (
        another_process(tmp_path, "2013-01-05", "2013-01-08") as holder,
        pytest.raises(LostRace) as lost,
        hold(tmp_path, "clean/outcomes", week(7, 10)),
    ):
        pass
    words = lost.value.message
    assert lost.value.exit_code == 4
    wanted_days, held_days = ("2013-01-07", "2013-01-09"), ("2013-01-05", "2013-01-07")
    assert missing_data(words, "clean/outcomes", *wanted_days, holder.pid, "eva", *held_days) == []


def test_other_dates_and_other_tables_are_free(tmp_path: Path) -> None:
    with (
        another_process(tmp_path, "2013-01-05", "2013-01-08"),
        hold(tmp_path, "clean/outcomes", week(8, 9)),
        hold(tmp_path, "clean/outcomes", week(1, 5)),
        hold(tmp_path, "clean/weather", None),
        pytest.raises(LostRace),
        hold(tmp_path, "clean/outcomes", None),
    ):
        pass


def test_a_killed_holder_frees_its_dates_and_its_note_is_removed(tmp_path: Path) -> None:
    with another_process(tmp_path, "2013-01-05", "2013-01-08") as holder:
        holder.kill()
        holder.wait()
        notes = tmp_path / "_assay" / "locks" / "clean+outcomes.holders"
        assert len(list(notes.iterdir())) == 1
        with hold(tmp_path, "clean/outcomes", week(6, 7)):
            assert [path.name.startswith(f"{os.getpid()}-") for path in notes.iterdir()] == [True]
        assert list(notes.iterdir()) == []


def test_a_waiter_gets_its_turn_when_the_holder_is_done(tmp_path: Path) -> None:
    with another_process(tmp_path) as holder:

        def release() -> None:
            assert holder.stdin is not None
            holder.stdin.write("\n")
            holder.stdin.flush()

        releasing = threading.Timer(0.2, release)
        releasing.start()
        started = time.monotonic()
        with hold(tmp_path, "clean/outcomes", week(5, 6), wait=30):
            assert time.monotonic() - started >= 0.1
        releasing.join()


def test_a_waiter_gives_up_after_its_time(tmp_path: Path) -> None:
    with (
        another_process(tmp_path),
        raises_code(LostRace, "locked", "clean/outcomes"),
        hold(tmp_path, "clean/outcomes", week(5, 6), wait=0.1),
    ):
        pass


def test_one_process_cannot_hold_a_date_twice(tmp_path: Path) -> None:
    with hold(tmp_path, "clean/outcomes", week(5, 8)):
        with (
            raises_code(LostRace, "locked", "clean/outcomes", os.getpid()),
            hold(tmp_path, "clean/outcomes", week(7, 9)),
        ):
            pass
        with hold(tmp_path, "clean/outcomes", week(8, 9)):
            pass
    with hold(tmp_path, "clean/outcomes", week(7, 9)):
        pass


def test_ending_one_hold_keeps_the_others_of_the_process(tmp_path: Path) -> None:
    with hold(tmp_path, "clean/outcomes", week(5, 8)):
        with hold(tmp_path, "clean/outcomes", week(8, 9)):
            pass
        done = subprocess.run(
            [sys.executable, "-c", HOLDER, str(tmp_path), "2013-01-05", "2013-01-06"],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    assert done.returncode == 1
    assert missing_data(done.stderr, os.getpid()) == []


def test_a_hold_ends_with_an_exception(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), hold(tmp_path, "clean/outcomes", None):
        raise RuntimeError("broken")
    with hold(tmp_path, "clean/outcomes", None):
        pass


def test_a_lock_name_that_climbs_is_refused(tmp_path: Path) -> None:
    with raises_code(InputError, "bad-name", "'..'"), hold(tmp_path, "../outcomes", None):
        pass


def test_a_holder_is_alive_until_its_process_ends(tmp_path: Path) -> None:
    with another_process(tmp_path, "2013-01-05", "2013-01-08") as holder, hold(tmp_path, "clean/weather", None):
        alive = {each.who.split(",")[0]: each.alive for each in holders(tmp_path)}
        holder_name = f"clean/outcomes: process {holder.pid} of {Actor(unix_user(), 'eva')}"
        assert len(alive) == 2
        assert alive[holder_name]
        assert all(alive.values())
        with pytest.raises(LostRace), hold(tmp_path, "clean/outcomes", week(5, 6)):
            pass
        with hold(tmp_path, "clean/outcomes", week(8, 9)):
            assert all(each.alive for each in holders(tmp_path))
        holder.kill()
        holder.wait()
        assert {each.who.split(",")[0]: each.alive for each in holders(tmp_path)}[holder_name] is False
        with pytest.raises(LostRace), hold(tmp_path, "clean/weather", None):
            pass
    with hold(tmp_path, "clean/weather", None):
        done = subprocess.run(
            [sys.executable, "-c", HOLDER.replace("clean/outcomes", "clean/weather"), str(tmp_path)],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 1, "asking who holds it did not let our lock go"
