"""The ledger: dense, idempotent, ordered by number, and never silently wrong."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.check import Status
from assay.core.run_status import RunStatus
from assay.core.verdict import Action, Verdict, VerdictSummary
from assay.errors import InfrastructureError, InputError
from assay.store.filesystem.atomic import read_json
from assay.store.ledger import sequence
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_documents import VERDICT, RunDocuments
from assay.store.ledger.run_record import (
    RECORD_FORMAT,
    PartitionFingerprint,
    PartitionState,
    PartitionStatus,
    RunRecord,
    new_run_id,
)

from ...expect_errors import raises_code

DAY = date(2013, 1, 5)


def a_record(run_id: str = "r", **changes: Any) -> RunRecord:
    state = PartitionState(
        PartitionStatus.PUBLISHED, PartitionFingerprint("outcomes", "2013-01-05", "i", "c", "s"), {"out": 842}
    )
    record = RunRecord(
        run_id=run_id,
        pipeline="flight_delays",
        stage="clean",
        subject="outcomes",
        start=DAY,
        end=date(2013, 1, 6),
        status=RunStatus.DONE,
        at="2013-01-06T03:00:00Z",
        who="eva",
        why="the first time",
        partitions={"2013-01-05": state},
        counts={"in": 850, "out": 842},
        verdict=VerdictSummary(Status.PASS, Action.PUBLISH, ""),
        details={"seconds": 1.5},
    )
    return replace(record, **changes)


def folder(lake: Path) -> Path:
    return lake / "_assay" / "flight_delays" / "ledger"


def test_a_record_comes_back_as_it_was_put_with_its_number(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    appended = ledger.append(a_record())
    assert appended == replace(a_record(), number=1)
    assert Ledger(tmp_path, "flight_delays").records() == [appended]


@given(st.text(), st.text(), st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()))
def test_any_record_survives_the_round_trip(who: str, why: str, details: dict[str, object]) -> None:
    record = a_record(who=who, why=why, details=details)
    assert RECORD_FORMAT.content(RECORD_FORMAT.document(record), Path("record.json")) == record


def test_numbers_are_dense_and_say_the_order_whatever_the_clocks_say(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    for hour in (9, 4, 7):
        ledger.append(a_record(f"r{hour}", at=f"2013-01-06T0{hour}:00:00Z"))
    assert [(r.number, r.run_id) for r in ledger.records()] == [(1, "r9"), (2, "r4"), (3, "r7")]


def test_a_run_is_recorded_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    first = ledger.append(a_record())
    assert ledger.append(a_record(status="failed")) == first
    assert len(ledger.records()) == 1


def test_a_snapshot_does_not_see_later_records_and_takes_none(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "p")
    ledger.append(a_record("r1"))
    snapshot = ledger.snapshot()
    ledger.append(a_record("r2"))
    assert [record.run_id for record in snapshot.records("clean", "outcomes")] == ["r1"]
    assert [record.run_id for record, _ in snapshot.latest("clean", "outcomes").values()] == ["r1"]
    assert snapshot.records("land") == []
    with pytest.raises(TypeError):
        snapshot.append(a_record("r3"))


def test_records_are_found_by_stage_subject_and_run(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    for run_id, stage, subject in (("a", "clean", "outcomes"), ("b", "clean", "weather"), ("c", "land", "outcomes")):
        ledger.append(a_record(run_id, stage=stage, subject=subject))
    assert [r.run_id for r in ledger.records("clean")] == ["a", "b"]
    assert [r.run_id for r in ledger.records(subject="outcomes")] == ["a", "c"]
    assert ledger.record("b").subject == "weather"


def test_an_unknown_run_suggests_the_nearest(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    ledger.append(a_record("20130105T010203-clean-1a2b3c"))
    with pytest.raises(InputError) as raised:
        ledger.record("20130105T010203-clean-1a2b3d")
    assert "20130105T010203-clean-1a2b3c" in raised.value.hint


def test_the_latest_state_of_a_date_is_the_one_with_the_highest_number(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    identity = PartitionFingerprint("outcomes", "2013-01-05", "i", "c", "s")
    ledger.append(a_record("held", partitions={"2013-01-05": PartitionState(PartitionStatus.HELD, identity)}))
    ledger.append(a_record("other", partitions={"2013-01-04": PartitionState(PartitionStatus.PUBLISHED, identity)}))
    ledger.append(a_record("released", partitions={"2013-01-05": PartitionState(PartitionStatus.PUBLISHED, identity)}))
    latest = ledger.latest("clean", "outcomes")
    assert [(day, record.run_id, state.state) for day, (record, state) in latest.items()] == [
        (date(2013, 1, 4), "other", "published"),
        (DAY, "released", "published"),
    ]


@pytest.mark.parametrize("torn", [b"", b'{"number":1,', b'{"number":1,"run_id":"r"}', b'{"number":7}'])
def test_a_corrupt_record_is_an_infrastructure_error_naming_its_file(tmp_path: Path, torn: bytes) -> None:
    Ledger(tmp_path, "flight_delays").append(a_record())
    (folder(tmp_path) / "0000000001.json").write_bytes(torn)
    with raises_code(InfrastructureError, "corrupt-file", "0000000001.json"):
        Ledger(tmp_path, "flight_delays").records()


def test_a_record_that_changes_under_an_open_ledger_is_noticed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    ledger.append(a_record())
    assert len(ledger.records()) == 1
    (folder(tmp_path) / "0000000001.json").write_bytes(b"{}")
    with raises_code(InfrastructureError, "corrupt-file", "0000000001.json"):
        ledger.records()


def test_a_hole_in_the_numbers_is_refused(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    for run_id in "abc":
        ledger.append(a_record(run_id))
    (folder(tmp_path) / "0000000002.json").unlink()
    with raises_code(InfrastructureError, "sequence-gap", "ledger", 2):
        ledger.append(a_record("d"))


def test_the_leftovers_of_a_killed_writer_are_ignored(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "flight_delays")
    ledger.append(a_record("a"))
    (folder(tmp_path) / ".0000000002.json.99-0123456789ab.tmp").write_bytes(b'{"half": ')
    assert ledger.append(a_record("b")).number == 2


def test_a_number_that_was_lost_to_another_writer_is_followed_by_the_next(tmp_path: Path) -> None:
    first_ledger, second_ledger = Ledger(tmp_path, "flight_delays"), Ledger(tmp_path, "flight_delays")
    assert first_ledger.records() == []
    second_ledger.append(a_record("theirs"))
    assert first_ledger.append(a_record("mine")).number == 2
    assert [r.run_id for r in first_ledger.records()] == ["theirs", "mine"]


def test_many_threads_append_without_losing_or_doubling(tmp_path: Path) -> None:
    def append(n: int) -> int:
        return Ledger(tmp_path, "flight_delays").append(a_record(f"run-{n % 20}")).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(append, range(40)))
    records = Ledger(tmp_path, "flight_delays").records()
    assert sorted(numbers) == sorted(2 * list(range(1, 21)))
    assert sorted(r.run_id for r in records) == sorted(f"run-{n}" for n in range(20))


def test_what_was_read_once_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, another = Ledger(tmp_path, "flight_delays"), Ledger(tmp_path, "flight_delays")
    for number in range(20):
        another.append(a_record(f"r{number}"))
    assert len(ledger.records()) == 20
    another.append(a_record("new"))
    read: list[str] = []

    def reading(path: Path) -> Any:
        read.append(path.name)
        return read_json(path)

    monkeypatch.setattr(sequence, "read_json", reading)
    assert len(ledger.records()) == 21
    assert read == ["0000000021.json"]


def test_identities_differ_by_every_part() -> None:
    base = PartitionFingerprint("t", "2013-01-05", "i", "c", "s")
    others = [replace(base, **{name: "x"}) for name in ("subject", "date", "input", "code", "spec")]
    assert len({base.digest, *(other.digest for other in others)}) == 6


def test_run_ids_are_unique_and_carry_their_stage() -> None:
    ids = {new_run_id("clean") for _ in range(100)}
    assert len(ids) == 100
    assert all(run_id[8] == "T" and "-clean-" in run_id for run_id in ids)


def test_a_run_keeps_its_documents_and_says_what_it_lacks(tmp_path: Path) -> None:
    runs = RunDocuments(tmp_path, "flight_delays")
    path = runs.write("run-1", VERDICT, Verdict(Status.PASS, Action.KEEP, "größer"))
    assert runs.path("run-1") == path.parent
    assert runs.read("run-1", VERDICT) == Verdict(Status.PASS, Action.KEEP, "größer")
    assert runs.read_fields("run-1", "verdict")["sentence"] == "größer"
    with raises_code(InputError, "unknown-document", "run-1", "manifest", "verdict") as lacks:
        runs.read_fields("run-1", "manifest")
    assert "verdict" in lacks.value.hint
    with raises_code(InputError, "unknown-run", "run-2", "run-1") as unknown:
        runs.read_fields("run-2", "verdict")
    assert "run-1" in unknown.value.hint
    with raises_code(InputError, "bad-name", "../run-1"):
        runs.read_fields("../run-1", "verdict")


def test_a_named_point_kills_the_process_at_once_and_no_other_does() -> None:
    code = "from assay.store.failpoints import failpoint\ntry:\n    failpoint('here')\nfinally:\n    print('alive')\n"
    outcomes = [
        subprocess.run(
            [sys.executable, "-c", code], env={"ASSAY_KILL_AT": point}, capture_output=True, text=True, check=False
        )
        for point in ("here", "elsewhere")
    ]
    assert [(done.returncode, done.stdout) for done in outcomes] == [(-9, ""), (0, "alive\n")]


def test_reading_the_ledger_imports_nothing_heavy() -> None:
    code = (
        "import sys, assay.store.ledger.ledger, assay.store.decisions.promotions\n"
        "import assay.store.profiles.profile_store, assay.store.ledger.run_documents\n"
        "heavy = {'pyspark', 'mlflow', 'pandas', 'sklearn', 'scipy', 'deltalake', 'great_expectations', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
