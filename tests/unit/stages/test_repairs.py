"""Repaired records of a quarantined day, kept without a JVM: each line is checked, and all of them are kept or none."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from assay.cli.main import invoke
from assay.core.interval import Interval
from assay.core.run_status import RunStatus
from assay.errors import InputError
from assay.stages.ingest.clean import plan_clean
from assay.stages.ingest.land import take_manifests
from assay.stages.ingest.quarantine import quarantined, write_records
from assay.stages.ingest.replay import replay, undo
from assay.stages.planning.tasks import Reason
from assay.stages.runtime.context import Context
from assay.stages.tables.repair_lines import RepairLine, read_repair_lines
from assay.store.ledger.run_details import CleaningDetails, ReplayedDay
from assay.store.ledger.run_record import PartitionState, PartitionStatus
from assay.store.ledger.table_repairs import TableRepairs

from ...expect_errors import raises_code

DAY, NEXT = date(2024, 1, 1), date(2024, 1, 2)
DAYS = Interval(DAY, date(2024, 1, 3))
REFUSED = {"malformed": "2024-01-01,1,HAM", "type:weight": "2024-01-01,2,HAM,heavy,1"}
GOOD = {"malformed": "2024-01-01,1,HAM,2.5,1", "type:weight": "2024-01-01,2,HAM,3.5,1"}


@pytest.fixture
def cleaned(parcels: Context, tmp_path: Path) -> Context:
    """Two days were cleaned; two records of the first one are in quarantine."""
    for day in DAYS:
        path = tmp_path / "landing" / "parcels" / str(day) / "parcels.csv"
        path.parent.mkdir(parents=True)
        path.write_text(f"ship_date,parcel,depot,weight,boxes\n{day},0,HAM,1.5,1\n")
    ctx = replace(parcels, why="the source has sent them again")
    record_cleaning(ctx)
    quarantine(ctx, REFUSED)
    return ctx


def quarantine(ctx: Context, records: dict[str, str], *, made: int = 0) -> None:
    """Write the quarantine of the first day, as a cleaning does."""
    file = str(ctx.landing / "landing" / "parcels" / str(DAY) / "parcels.csv")
    rows = pa.table({
        "ship_date": pa.array([DAY] * (len(records) + made), pa.date32()),
        "reason": [*records, *["absurd"] * made],
        "raw": [*records.values(), *["{}"] * made],
        "file": pa.array([*[file] * len(records), *[None] * made], pa.string()),
    })  # fmt: skip
    place = str(ctx.lake / "quarantine" / "parcels")
    write_deltalake(place, rows, mode="overwrite", partition_by=["ship_date"])


def record_cleaning(ctx: Context, replayed: ReplayedDay | None = None) -> None:
    tasks = plan_clean(ctx, "parcels", take_manifests(ctx, "parcels", DAYS))
    states = {str(one.day): PartitionState(PartitionStatus.PUBLISHED, one.identity, {}) for one in tasks}
    details = CleaningDetails(
        last_commit="clean/parcels", rules={}, reasons={}, replayed={DAY: replayed} if replayed else {}
    )
    run_id = f"c{len(ctx.ledger.records())}"
    record = ctx.record(run_id, "clean", "parcels", DAYS, RunStatus.DONE, partitions=states, details=details)
    ctx.ledger.append(record)


def reasons(ctx: Context) -> list[Reason]:
    return [one.reason for one in plan_clean(ctx, "parcels", take_manifests(ctx, "parcels", DAYS))]


def lines(ctx: Context, texts: dict[str, str]) -> list[RepairLine]:
    """The lines of a file in which each record has another text, by its reason."""
    records = [one for one in quarantined(ctx, "parcels", DAY).records if one.reason in texts]
    return [
        RepairLine(Path("refused.jsonl"), n, one.place.id, texts[one.reason]) for n, one in enumerate(records, start=1)
    ]


def history(ctx: Context) -> int:
    return len(TableRepairs(ctx.lake, "parcels").history())


def test_a_repaired_day_alone_becomes_due_and_undoing_makes_it_what_it_was(cleaned: Context) -> None:
    assert reasons(cleaned) == [Reason.DONE, Reason.DONE]
    outcome = replay(cleaned, "parcels", DAY, lines(cleaned, GOOD))
    assert outcome.numbers == {"repairs": 2}
    assert reasons(cleaned) == [Reason.REPAIRS_CHANGED, Reason.DONE]
    assert undo(cleaned, "parcels", DAY).numbers == {"repairs": 0}
    assert reasons(cleaned) == [Reason.DONE, Reason.DONE]
    assert undo(cleaned, "parcels", DAY).status == RunStatus.SKIPPED
    assert history(cleaned) == 2, "no document is ever removed"


def test_a_changed_file_is_another_reason_than_changed_repairs(cleaned: Context, tmp_path: Path) -> None:
    replay(cleaned, "parcels", DAY, lines(cleaned, GOOD))
    path = tmp_path / "landing" / "parcels" / str(DAY) / "parcels.csv"
    path.write_text(path.read_text() + f"{DAY},5,HAM,1.5,1\n")
    assert reasons(replace(cleaned)) == [Reason.INPUT_CHANGED, Reason.DONE]


def test_a_later_repair_of_a_record_wins_and_names_who_replayed_it(cleaned: Context) -> None:
    replay(cleaned, "parcels", DAY, lines(cleaned, GOOD))
    changed = replace(cleaned, why="a typo", claimed="eva")
    replay(changed, "parcels", DAY, lines(cleaned, {"malformed": "2024-01-01,1,MUC,2.5,1"}))
    in_force = TableRepairs(cleaned.lake, "parcels").by_day()[DAY]
    assert sorted(one.record for one in in_force.in_order) == ["2024-01-01,1,MUC,2.5,1", GOOD["type:weight"]]
    assert [(entry.why, entry.claimed) for entry in in_force.entries][-1] == ("a typo", "eva")
    assert len(in_force.entries) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"record": "2024-01-01,1,HAM"}, "not-repaired"),
        ({"record": "2024-01-01,1,HAM,2.5"}, "bad-repair"),
        ({"record": GOOD["malformed"] + "\n" + GOOD["malformed"]}, "bad-repair"),
        ({"record": ""}, "bad-repair"),
        ({"record": "2024-01-01,1,HA\0M,2.5,1"}, "bad-repair"),
        ({"id": "0" * 24}, "unknown-record"),
    ],
)
def test_one_wrong_line_is_named_and_nothing_is_kept(cleaned: Context, change: dict[str, Any], code: str) -> None:
    wrong = next(one for one in lines(cleaned, GOOD) if one.record == GOOD["malformed"])
    rest = [one for one in lines(cleaned, GOOD) if one.id != wrong.id]
    with raises_code(InputError, code, "refused.jsonl:7", "line 7"):
        replay(cleaned, "parcels", DAY, [*rest, replace(wrong, number=7, **change)])
    assert history(cleaned) == 0


def test_a_record_that_comes_twice_and_a_replay_without_a_reason_or_a_line_are_refused(cleaned: Context) -> None:
    one = lines(cleaned, GOOD)[0]
    with raises_code(InputError, "duplicate-repair", "line 2", 1):
        replay(cleaned, "parcels", DAY, [one, replace(one, number=2)])
    with raises_code(InputError, "no-reason"):
        replay(replace(cleaned, why=" "), "parcels", DAY, [one])
    with raises_code(InputError, "no-repairs"):
        replay(cleaned, "parcels", DAY, [])
    with raises_code(InputError, "not-cleaned", "2024-01-03"):
        replay(cleaned, "parcels", date(2024, 1, 3), [one])
    assert history(cleaned) == 0


def test_a_record_whose_file_is_gone_cannot_be_repaired(cleaned: Context, tmp_path: Path) -> None:
    repairs = lines(cleaned, GOOD)
    path = tmp_path / "landing" / "parcels" / str(DAY) / "parcels.csv"
    path.rename(path.with_name("other.csv"))
    with raises_code(InputError, "unknown-record", "landing/parcels/2024-01-01/parcels.csv"):
        replay(cleaned, "parcels", DAY, repairs)


def test_a_record_that_was_refused_again_has_the_id_of_what_landed(cleaned: Context) -> None:
    before = {one.reason: one.place for one in quarantined(cleaned, "parcels", DAY).records}
    text = "2024-01-01,1,HAM,light,1"
    replay(cleaned, "parcels", DAY, lines(cleaned, {"malformed": text}))
    record_cleaning(cleaned, ReplayedDay(1, 0, 1, ()))
    quarantine(cleaned, {"type:weight": text, "type:weight ": REFUSED["type:weight"]})
    after = {one.reason: one.place for one in quarantined(cleaned, "parcels", DAY).records}
    assert after == {"type:weight": before["malformed"], "type:weight ": before["type:weight"]}


def test_the_file_is_for_its_owner_alone_and_never_written_over(cleaned: Context, tmp_path: Path) -> None:
    quarantine(cleaned, REFUSED, made=3)
    rows, path = quarantined(cleaned, "parcels", DAY), tmp_path / "refused.jsonl"
    assert rows.made == 3
    write_records(path, rows.records)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["reason"]: line["record"] for line in written} == REFUSED
    assert [line.record for line in read_repair_lines(path)] == [one.record for one in rows.records]
    with raises_code(InputError, "file-exists", path):
        write_records(path, rows.records)
    assert [one.record for one in rows.by_reason("malformed").records] == [REFUSED["malformed"]]


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "a"}', '{"record": "a"}', '{"id": 1, "record": "a"}', '{"id": "a", "record": {"x": 1}}',
     '{"id": "a", "record": "b", "more": 1}', '{"id": "a", "record": "\\ud800"}'],
)  # fmt: skip
def test_a_line_of_another_form_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "refused.jsonl"
    path.write_text(f'\n{{"id": "a", "record": "b"}}\n{line}\n')
    with raises_code(InputError, "bad-repair-line", f"{path}:3"):
        read_repair_lines(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with raises_code(InputError, "no-file", tmp_path / "none.jsonl"):
        read_repair_lines(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "a", "record": "M\xfcnchen"}')
    with raises_code(InputError, "bad-repair-line", tmp_path / "latin.jsonl"):
        read_repair_lines(tmp_path / "latin.jsonl")


def test_the_commands_write_the_file_and_take_it_back(
    cleaned: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_PROJECT", str(cleaned.pipeline.project.root))
    path, of_day = tmp_path / "refused.jsonl", ["--table", "parcels", "--date", str(DAY)]
    assert invoke(["quarantine", "parcels", *of_day, "--reason", "malformed", "--to", str(path)]) == 0
    assert REFUSED["malformed"] not in capsys.readouterr().out, "the text is in the file alone"
    path.write_text(path.read_text().replace(REFUSED["malformed"], GOOD["malformed"]))
    assert invoke(["replay", str(path), *of_day, "--reason", "sent again"]) == 0
    assert f"assay clean parcels --table parcels --date {DAY}" in capsys.readouterr().out
    assert invoke(["plan", "parcels", "--date", str(DAY), "--select", "clean"]) == 0
    assert str(Reason.REPAIRS_CHANGED) in capsys.readouterr().out
    assert invoke(["replay", "parcels", "--undo", *of_day, "--reason", "it was wrong"]) == 0
    assert history(cleaned) == 2
    assert invoke(["replay", "parcels", *of_day, "--undo", str(path), "more", "--reason", "x"]) == 2
    assert invoke(["replay", *of_day, "--reason", "x"]) == 2
