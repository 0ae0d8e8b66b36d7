"""The bytes of every stored document are fixed: a golden file each, and what reading it gives.

Other bytes are another format of the lake. `write_golden_files` below writes the files anew after such a change.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from assay.errors import InfrastructureError
from assay.store.ledger.run_details import CleaningDetails, TrainingDetails
from assay.store.ledger.run_record import RunRecord

from ...expect_errors import raises_code
from .stored_document import StoredDocument
from .stored_documents import DOCUMENTS, fix_the_world

GOLDEN = Path(__file__).parent / "golden"
SEQUENCES = [name for name, document in DOCUMENTS.items() if Path(document.path).name.startswith("0000000001")]
RUN_DOCUMENTS = [name for name in DOCUMENTS if name.startswith("run-")]
NOTES = ["lock-note", "heartbeat"]
OTHERS = [name for name, document in DOCUMENTS.items() if document.read and name not in NOTES]


@pytest.fixture(autouse=True)
def _fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    fix_the_world(monkeypatch)


def written(document: StoredDocument, lake: Path) -> bytes:
    """Return the bytes that the example's writer leaves; of a Profile those inside of its gzip."""
    document.write(lake)
    data = (lake / document.path).read_bytes()
    return gzip.decompress(data) if document.path.endswith(".gz") else data


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def stored(name: str, lake: Path, data: bytes) -> Path:
    """Put bytes where the document of that name is kept."""
    path = lake / DOCUMENTS[name].path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def changed(name: str, **changes: Any) -> bytes:
    """Return a golden document with other values; None removes the key."""
    fields = {**json.loads(golden(name)), **changes}
    return json.dumps({key: value for key, value in fields.items() if value is not None}).encode()


def read(name: str, lake: Path) -> object:
    reader = DOCUMENTS[name].read
    assert reader is not None
    return reader(lake)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_written_in_the_bytes_of_its_golden_file(name: str, tmp_path: Path) -> None:
    assert written(DOCUMENTS[name], tmp_path) == golden(name)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if DOCUMENTS[name].read])
def test_a_golden_file_reads_as_the_object_that_was_written(name: str, tmp_path: Path) -> None:
    stored(name, tmp_path, golden(name))
    assert read(name, tmp_path) == DOCUMENTS[name].equal


def test_there_is_no_golden_file_without_a_document() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("data", [b'{"torn": ', b"[]\n", b"\xff\xfe"])
def test_what_is_no_json_object_is_a_corrupt_file_by_its_path(name: str, data: bytes, tmp_path: Path) -> None:
    path = stored(name, tmp_path, data)
    with raises_code(InfrastructureError, "corrupt-file", path):
        read(name, tmp_path)


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("changes", [{"at": None}, {"surprise": 1}, {"number": 2}, {"number": None}])
def test_a_key_too_few_or_too_many_and_another_number_are_a_corrupt_file(
    name: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    path = stored(name, tmp_path, changed(name, **changes))
    with raises_code(InfrastructureError, "corrupt-file", path):
        read(name, tmp_path)


def test_a_record_from_before_its_use_was_measured_is_read(tmp_path: Path) -> None:
    stored("record-train", tmp_path, changed("record-train", use=None))
    record = read("record-train", tmp_path)
    assert isinstance(record, RunRecord)
    assert record.use is None


def test_a_record_from_before_there_were_replays_is_read(tmp_path: Path) -> None:
    details = json.loads(golden("record-clean"))["details"]
    del details["replayed"]
    stored("record-clean", tmp_path, changed("record-clean", details=details))
    record = read("record-clean", tmp_path)
    assert isinstance(record, RunRecord)
    assert record.details_as(CleaningDetails).replayed == {}


def test_a_training_from_before_its_commit_was_recorded_is_read(tmp_path: Path) -> None:
    details = {name: value for name, value in json.loads(golden("record-train"))["details"].items() if name != "source"}
    stored("record-train", tmp_path, changed("record-train", details=details))
    record = read("record-train", tmp_path)
    assert isinstance(record, RunRecord)
    assert record.details_as(TrainingDetails).source is None


@pytest.mark.parametrize("name", [*SEQUENCES, *RUN_DOCUMENTS])
@pytest.mark.parametrize("envelope", [None, 3, "run-record/2", "surprise/1"])
def test_a_document_of_another_kind_or_version_is_a_corrupt_file(name: str, envelope: object, tmp_path: Path) -> None:
    path = stored(name, tmp_path, changed(name, format=envelope))
    with raises_code(InfrastructureError, "corrupt-file", path):
        read(name, tmp_path)


@pytest.mark.parametrize("name", ["promotion", "pause", "owner"])
def test_a_kind_that_nobody_writes_is_a_corrupt_file(name: str, tmp_path: Path) -> None:
    path = stored(name, tmp_path, changed(name, kind="surprise"))
    with raises_code(InfrastructureError, "corrupt-file", path):
        read(name, tmp_path)


@pytest.mark.parametrize("changes", [{"start": "yesterday"}, {"partitions": {"2013-06-01": {"state": "landed"}}}])
def test_a_date_or_a_partition_that_is_none_is_a_corrupt_file(changes: dict[str, Any], tmp_path: Path) -> None:
    path = stored("record-land", tmp_path, changed("record-land", **changes))
    with raises_code(InfrastructureError, "corrupt-file", path):
        read("record-land", tmp_path)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.startswith("profile-")])
def test_a_profile_of_another_format_is_a_corrupt_file(name: str, tmp_path: Path) -> None:
    path = stored(name, tmp_path, changed(name, format=7))
    with raises_code(InfrastructureError, "corrupt-file", path):
        read(name, tmp_path)


@pytest.mark.parametrize("name", NOTES)
@pytest.mark.parametrize("data", [b'{"torn": ', b"[]", b"{}", b'{"start": "yesterday"}'])
def test_a_note_that_cannot_be_read_is_passed_over(name: str, data: bytes, tmp_path: Path) -> None:
    stored(name, tmp_path, data)
    assert read(name, tmp_path) == []


def write_golden_files(scratch: Path) -> None:
    """Write every golden file anew, each from an empty lake below `scratch`."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        fix_the_world(monkeypatch)
        for name, document in DOCUMENTS.items():
            (GOLDEN / f"{name}.json").write_bytes(written(document, scratch / name))
