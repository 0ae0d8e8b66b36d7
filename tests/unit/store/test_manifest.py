"""What landed: every byte accounted for, every broken promise of a source named."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import InfrastructureError, InputError
from assay.spec.schema.table import TableSchema
from assay.store.landing.file_cache import LandedFileCache
from assay.store.landing.landed_file import data_lines
from assay.store.landing.manifest import (
    Manifest,
    landed_bytes,
    landed_dates,
    refuse_changed,
    refuse_repeated_days,
    take_manifest,
)

from ...expect_errors import missing_data, raises_code

DAY = date(2013, 1, 5)
SCHEMA = TableSchema.model_validate(
    {
        "columns": [
            {"name": "carrier", "type": "string"},
            {"name": "air_time", "type": "double"},
            {"name": "distance", "type": "int"},
        ]
    }
)
HEADER = "carrier,air_time,distance\n"
SOURCE = "landing/outcomes"


def drop(landing: Path, content: str | bytes, name: str = "2013-01-05/x.csv") -> Path:
    path = landing / SOURCE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") and isinstance(content, str) else data)
    return path


def take(landing: Path, day: date = DAY) -> Manifest | None:
    return take_manifest(landing, SOURCE, day, SCHEMA)


def refused(landing: Path, code: str = "bad-landing-file") -> str:
    with raises_code(InputError, code) as raised:
        take(landing)
    return str(raised.value)


def test_nothing_landed_is_no_manifest(tmp_path: Path) -> None:
    assert take(tmp_path) is None
    (tmp_path / SOURCE / "2013-01-05").mkdir(parents=True)
    assert take(tmp_path) is None


@pytest.mark.parametrize("name", ["2013-01-05/x.csv", "2013-01-05/x.csv.gz", "2013-01-05.csv", "2013-01-05.csv.gz"])
def test_a_file_is_measured_wherever_it_may_lie(tmp_path: Path, name: str) -> None:
    path = drop(tmp_path, HEADER + "UA,227,1400\nAA,,2475\n", name)
    manifest = take(tmp_path)
    assert manifest is not None
    (file,) = manifest.files
    assert file.path == f"{SOURCE}/{name}"
    assert file.size == path.stat().st_size
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (file.lines, manifest.lines, manifest.table, manifest.date) == (2, 2, "outcomes", DAY)
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_a_header_alone_is_a_day_without_rows(tmp_path: Path) -> None:
    drop(tmp_path, HEADER)
    manifest = take(tmp_path)
    assert manifest is not None
    assert manifest.lines == 0


@given(
    st.lists(st.sampled_from(["UA,1,2", "", "  ", "\t", "AA,\u00a0,3", "\u2028"])),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_lines_are_counted_as_spark_reads_them_whatever_ends_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ending: str
) -> None:
    landing = tmp_path_factory.mktemp("landing")
    drop(landing, ending.join([HEADER.strip(), *lines]).encode())
    manifest = take(landing)
    assert manifest is not None
    assert manifest.lines == sum(any(letter > " " for letter in line) for line in lines)


def test_line_endings_that_fall_between_two_chunks_count_once(tmp_path: Path) -> None:
    row = "UA,227,1400\r\n"
    drop(tmp_path, (HEADER.strip() + "\r\n" + row * 300_000).encode())
    manifest = take(tmp_path)
    assert manifest is not None
    assert manifest.lines == 300_000


def test_the_digest_changes_with_bytes_and_names_and_with_nothing_else(tmp_path: Path) -> None:
    path = drop(tmp_path, HEADER + "UA,227,1400\n")
    first = take(tmp_path)
    path.touch()
    assert take(tmp_path) == first
    path.write_text(HEADER + "UA,228,1400\n")
    second = take(tmp_path)
    path.rename(path.with_name("y.csv"))
    third = take(tmp_path)
    assert first is not None
    assert second is not None
    assert third is not None
    assert len({first.digest, second.digest, third.digest}) == 3


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("carrier,distance", ["'air_time'"]),
        ("carrier,air_time,distance,gate", ["'gate'"]),
        ("carrier,airtime,distance", ["'air_time'", "'airtime'"]),
        ("carrier,minutes,distance", ["'air_time'", "'minutes'"]),
        ("carrier,distance,air_time", [2, "'distance'", "'air_time'"]),
        ("carrier;air_time;distance", ["';'"]),
        ("carrier\tair_time\tdistance", ["tab"]),
        ("carrier,air_time,distance,carrier", ["'carrier'"]),
        ("UA,227,1400", ["'UA,227,1400'"]),
        ("carrier, air_time,distance", ["'air_time'", "' air_time'"]),
    ],
)
def test_a_changed_header_is_refused_naming_the_file_and_the_column(
    tmp_path: Path, header: str, named: list[object]
) -> None:
    drop(tmp_path, header + "\n1,2,3\n")
    assert missing_data(refused(tmp_path, "changed-schema"), f"{SOURCE}/2013-01-05/x.csv", *named) == []


def test_an_empty_file_is_refused_naming_the_file(tmp_path: Path) -> None:
    drop(tmp_path, "")
    assert missing_data(refused(tmp_path), f"{SOURCE}/2013-01-05/x.csv", 0) == []


def test_a_file_of_blank_lines_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, "\n  \n")
    assert missing_data(refused(tmp_path), "x.csv") == []


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_truncated_gzip_is_refused_naming_the_file(tmp_path: Path, keep: float) -> None:
    whole = gzip.compress((HEADER + "UA,227,1400\n" * 10_000).encode())
    drop(tmp_path, whole[: int(len(whole) * keep)], "2013-01-05/x.csv.gz")
    assert missing_data(refused(tmp_path), "x.csv.gz") == []


def test_a_plain_file_that_calls_itself_gzip_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, HEADER.encode(), "2013-01-05/x.csv.gz")
    assert missing_data(refused(tmp_path), "x.csv.gz") == []


def test_a_damaged_byte_inside_a_gzip_is_refused(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress((HEADER + "UA,227,1400\n" * 1_000).encode()))
    whole[-6] ^= 0xFF
    drop(tmp_path, bytes(whole), "2013-01-05/x.csv.gz")
    assert missing_data(refused(tmp_path), "x.csv.gz") == []


def test_text_that_is_not_utf8_is_refused_naming_the_file_and_the_byte(tmp_path: Path) -> None:
    drop(tmp_path, HEADER.encode() + "Zürich,1,2\n".encode("latin-1"))
    assert missing_data(refused(tmp_path), "x.csv", "0xfc") == []


def test_a_byte_order_mark_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, HEADER.encode("utf-8-sig"))
    assert missing_data(refused(tmp_path), "x.csv") == []


def test_the_same_bytes_twice_in_a_day_are_refused_naming_both(tmp_path: Path) -> None:
    drop(tmp_path, HEADER + "UA,227,1400\n", "2013-01-05/a.csv")
    drop(tmp_path, HEADER + "UA,227,1400\n", "2013-01-05/b.csv")
    assert missing_data(refused(tmp_path, "duplicate-drop"), "2013-01-05/b.csv", "2013-01-05/a.csv") == []


def test_a_day_sent_again_under_the_next_date_is_refused(tmp_path: Path) -> None:
    drop(tmp_path, HEADER + "UA,227,1400\n")
    drop(tmp_path, HEADER + "UA,227,1400\n", "2013-01-06/x.csv")
    both = [take(tmp_path, day) for day in (DAY, date(2013, 1, 6))]
    with raises_code(InputError, "duplicate-drop", f"{SOURCE}/2013-01-06/x.csv", f"{SOURCE}/2013-01-05/x.csv"):
        refuse_repeated_days(manifest for manifest in both if manifest)


def test_files_without_rows_may_be_alike(tmp_path: Path) -> None:
    drop(tmp_path, HEADER, "2013-01-05/a.csv")
    drop(tmp_path, HEADER, "2013-01-05/b.csv")
    manifest = take(tmp_path)
    assert manifest is not None
    assert (len(manifest.files), manifest.lines) == (2, 0)


def test_markers_are_passed_over_and_other_files_refused(tmp_path: Path) -> None:
    drop(tmp_path, HEADER)
    drop(tmp_path, "", "2013-01-05/_SUCCESS")
    drop(tmp_path, "", "2013-01-05/.x.csv.crc")
    manifest = take(tmp_path)
    assert manifest is not None
    assert len(manifest.files) == 1
    drop(tmp_path, "half", "2013-01-05/y.csv.part")
    assert missing_data(refused(tmp_path, "landing-file"), "outcomes/2013-01-05/y.csv.part") == []


@pytest.mark.parametrize("name", ["README.txt", "readme", ".DS_Store", "_SUCCESS", "Thumbs.db"])
def test_what_is_known_to_be_no_data_is_passed_over(tmp_path: Path, name: str) -> None:
    drop(tmp_path, HEADER)
    drop(tmp_path, "about these files", f"2013-01-05/{name}")
    manifest = take(tmp_path)
    assert manifest is not None
    assert [file.path for file in manifest.files] == [f"{SOURCE}/2013-01-05/x.csv"]


@pytest.mark.parametrize("name", ["notes.txt", "y.csv.part", "more/y.csv", "readme.csv/y.csv"])
def test_what_is_no_data_file_stops_its_own_date_and_no_other(tmp_path: Path, name: str) -> None:
    drop(tmp_path, HEADER)
    drop(tmp_path, HEADER, f"2013-01-06/{name}")
    drop(tmp_path, HEADER, "2013-01-06/x.csv")
    assert landed_dates(tmp_path, SOURCE) == [date(2013, 1, 5), date(2013, 1, 6)]
    assert take(tmp_path) is not None
    with raises_code(InputError, "landing-file", f"outcomes/2013-01-06/{Path(name).parts[0]}") as caught:
        take(tmp_path, date(2013, 1, 6))
    assert caught.value.code == "landing-file"


def test_a_record_of_two_lines_is_counted_once_and_its_file_is_read_by_record(tmp_path: Path) -> None:
    drop(tmp_path, HEADER + '"U\r\nA",227,1400\nAA,,2475\n', "2013-01-05/two.csv.gz")
    drop(tmp_path, HEADER + '"U""A",227,1400\n', "2013-01-05/usual.csv")
    manifest = take(tmp_path)
    assert manifest is not None
    assert [(file.lines, file.by_record) for file in manifest.files] == [(2, True), (1, False)]
    assert Manifest.from_json(manifest.to_json()) == manifest
    two = tmp_path / SOURCE / "2013-01-05" / "two.csv.gz"
    assert list(data_lines(two)) == ['"U\r\n', 'A",227,1400\n', "AA,,2475\n"]
    two.write_bytes(two.read_bytes()[:-9])
    with raises_code(InfrastructureError, "cannot-read", two):
        list(data_lines(two))


def test_a_source_or_a_link_that_climbs_out_is_refused(tmp_path: Path) -> None:
    landing = tmp_path / "home"
    secret = tmp_path / "secret.csv"
    secret.write_text(HEADER)
    with raises_code(InputError, "path-outside", "../elsewhere", landing):
        take_manifest(landing, "../elsewhere", DAY, SCHEMA)
    (landing / SOURCE / "2013-01-05").mkdir(parents=True)
    (landing / SOURCE / "2013-01-05" / "x.csv").symlink_to(secret)
    assert missing_data(refused(landing, "path-outside"), "x.csv") == []


def test_the_dates_that_landed_are_listed_in_order(tmp_path: Path) -> None:
    drop(tmp_path, HEADER, "2013-01-06/x.csv")
    drop(tmp_path, HEADER, "2013-01-05.csv.gz")
    drop(tmp_path, HEADER, "_checkpoint/x.csv")
    (tmp_path / SOURCE / "2013-01-07").mkdir()
    assert landed_dates(tmp_path, SOURCE) == [date(2013, 1, 5), date(2013, 1, 6)]
    assert landed_dates(tmp_path, "landing/nothing") == []


def test_the_bytes_of_some_dates_are_those_of_their_files_with_a_gzip_taken_for_five(tmp_path: Path) -> None:
    plain = drop(tmp_path, HEADER + "UA,227,1400\n")
    packed = drop(tmp_path, HEADER + "UA,227,1401\n", "2013-01-06/x.csv.gz")
    drop(tmp_path, HEADER, "2013-01-07/x.csv")
    days = [date(2013, 1, 5), date(2013, 1, 6), date(2013, 1, 8)]
    assert landed_bytes(tmp_path, SOURCE, days) == plain.stat().st_size + 5 * packed.stat().st_size


@pytest.mark.parametrize("name", ["2013-02-30/x.csv", "20130105/x.csv", "2013-1-5.csv"])
def test_a_date_that_is_none_is_refused_naming_the_entry(tmp_path: Path, name: str) -> None:
    drop(tmp_path, HEADER, name)
    with raises_code(InputError, "landing-date", f"{SOURCE}/{Path(name).parts[0]}"):
        landed_dates(tmp_path, SOURCE)


def test_a_file_that_is_not_what_its_manifest_says_any_more_is_refused_by_name(tmp_path: Path) -> None:
    path = drop(tmp_path, HEADER + "UA,227,1400\n")
    manifest = take(tmp_path)
    assert manifest is not None
    refuse_changed(tmp_path, [manifest], LandedFileCache())
    path.write_text(HEADER + "UA,227,1401\n")
    with raises_code(InfrastructureError, "file-changed", f"{SOURCE}/2013-01-05/x.csv"):
        refuse_changed(tmp_path, [manifest], LandedFileCache())
    path.unlink()
    with raises_code(InfrastructureError, "file-changed", f"{SOURCE}/2013-01-05/x.csv"):
        refuse_changed(tmp_path, [manifest], LandedFileCache())
