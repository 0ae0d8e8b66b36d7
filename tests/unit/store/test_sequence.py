"""Compacting: fewer files, the same documents, whoever reads, writes or is killed in between."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InfrastructureError
from assay.store.ledger.sequence import Compactable, Sequence

from ...expect_errors import raises_code

ACTIONS = ("append", "append", "append", "sleep", "wake", "compact", "step", "step", "step", "kill")


def filled(folder: Path, count: int, segment: int = 3) -> Sequence:
    sequence = Sequence(folder, segment)
    for number in range(1, count + 1):
        assert sequence.create(number, {"run": f"r{number}"})
    return sequence


def runs(folder: Path, segment: int = 3) -> list[str]:
    documents = Sequence(folder, segment).read()
    assert [document["number"] for document in documents] == list(range(1, len(documents) + 1))
    return [str(document["run"]) for document in documents]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def finish(steps: Iterator[str]) -> list[str]:
    return list(steps)


def test_whole_blocks_are_folded_and_the_rest_stays_as_it_is(tmp_path: Path) -> None:
    sequence = filled(tmp_path, 8)
    before = sequence.read()
    assert sequence.compactable() == Compactable(segments=2, files=6)
    finish(sequence.compact())
    assert files(tmp_path) == [
        "0000000001-0000000003.jsonl", "0000000004-0000000006.jsonl", "0000000007.json", "0000000008.json",
    ]  # fmt: skip
    assert sequence.read() == Sequence(tmp_path, 3).read() == before
    assert sequence.compactable() == Compactable(segments=0, files=0)
    assert finish(sequence.compact()) == []


def test_numbers_go_on_behind_what_was_folded(tmp_path: Path) -> None:
    sequence = filled(tmp_path, 3)
    finish(sequence.compact())
    assert sequence.create(4, {"run": "r4"})
    assert not sequence.create(4, {"run": "other"})
    assert runs(tmp_path) == ["r1", "r2", "r3", "r4"]


def test_a_writer_that_slept_through_the_folding_does_not_get_a_number_that_is_taken(tmp_path: Path) -> None:
    sleeper, sequence = Sequence(tmp_path, 3), filled(tmp_path, 1)
    assert len(sleeper.read()) == 1
    for number in (2, 3):
        sequence.create(number, {"run": f"r{number}"})
    finish(sequence.compact())
    assert files(tmp_path) == ["0000000001-0000000003.jsonl"], "the name of number 2 is free again"
    assert not sleeper.create(2, {"run": "late"})
    assert files(tmp_path) == ["0000000001-0000000003.jsonl"]
    assert runs(tmp_path) == ["r1", "r2", "r3"]


def test_a_writer_whose_document_was_folded_before_it_looked_again_has_won(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    finish(Sequence(tmp_path, 3).compact())
    (tmp_path / "0000000003.json").unlink(missing_ok=True)
    assert Sequence(tmp_path, 3).create(3, {"run": "r3"}), "the segment holds the very document"


def test_a_reader_that_listed_before_the_files_went_finds_them_in_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = filled(tmp_path, 4)
    real = Sequence._list

    def overtaken(self: Sequence) -> dict[int, Any]:
        listed = real(self)
        monkeypatch.setattr(Sequence, "_list", real)
        finish(sequence.compact())
        return listed

    reader = Sequence(tmp_path, 3)
    monkeypatch.setattr(Sequence, "_list", overtaken)
    assert [document["run"] for document in reader.read()] == ["r1", "r2", "r3", "r4"]


@pytest.mark.parametrize(
    "damage", [b"", b'{"number":1}\n', b'{"number":1}\n{"number":3}\n{"number":2}\n', b'{"number":1}\n{"num', b"[]\n"]
)
def test_a_damaged_block_is_named(tmp_path: Path, damage: bytes) -> None:
    finish(filled(tmp_path, 3).compact())
    (tmp_path / "0000000001-0000000003.jsonl").write_bytes(damage)
    with raises_code(InfrastructureError, "corrupt-file", "0000000001-0000000003.jsonl"):
        Sequence(tmp_path, 3).read()


def test_a_missing_block_is_a_hole(tmp_path: Path) -> None:
    finish(filled(tmp_path, 7).compact())
    (tmp_path / "0000000001-0000000003.jsonl").unlink()
    with raises_code(InfrastructureError, "sequence-gap", 1):
        Sequence(tmp_path, 3).read()


@given(st.lists(st.sampled_from(ACTIONS), max_size=60))
def test_each_document_stands_once_at_every_instant_whoever_folds_sleeps_or_is_killed(actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, segment = Path(name), 3
        expected: list[str] = []
        asleep: list[tuple[Sequence, int]] = []
        compacting: list[Iterator[str]] = []
        witness = Sequence(folder, segment)
        for turn, action in enumerate(actions):
            if action == "append":
                sequence = Sequence(folder, segment)
                assert sequence.create(len(sequence.read()) + 1, {"run": f"r{turn}"})
                expected.append(f"r{turn}")
            elif action == "sleep":
                sleeper = Sequence(folder, segment)
                asleep.append((sleeper, len(sleeper.read()) + 1))
            elif action == "wake" and asleep:
                sleeper, number = asleep.pop(0)
                won = sleeper.create(number, {"run": f"r{turn}"})
                assert won == (number == len(expected) + 1)
                expected += [f"r{turn}"] if won else []
            elif action == "compact":
                compacting.append(Sequence(folder, segment).compact())
            elif action == "step" and compacting:
                next(compacting[turn % len(compacting)], None)
            elif action == "kill" and compacting:
                compacting.pop(turn % len(compacting))
            assert runs(folder) == expected
            assert [document["run"] for document in witness.read()] == expected
        finish(Sequence(folder, segment).compact())
        assert runs(folder) == expected
        assert len(files(folder)) == len(expected) // segment + len(expected) % segment if expected else True
