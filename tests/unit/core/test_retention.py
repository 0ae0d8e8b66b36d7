"""What may go: nothing that is current, recent, leased or young, whatever the versions and the clocks say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assay.core.operations.compaction import crowded
from assay.core.operations.retention import (
    CURRENT,
    DAY,
    RECENT,
    YOUNG,
    Lease,
    StoredFile,
    horizon,
    log_start,
    readable,
    recent_versions,
    retain,
)

NOW = 1_000 * DAY
DAYS = ("2024-01-01", "2024-01-02")
paths = st.sampled_from([f"d={day}/{n}.parquet" for day in DAYS for n in range(5)])
instants = st.floats(NOW - 60 * DAY, NOW)


def a_file(path: str, age: float, size: int = 10) -> StoredFile:
    return StoredFile(path, size, NOW - age * DAY)


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[int, float], dict[int, frozenset[str]]]:
    """The commits of a table, at any times, and the files of each version."""
    count = draw(st.integers(1, 6))
    committed = {version: draw(instants) for version in range(count)}
    return committed, {version: draw(st.frozensets(paths)) for version in committed}


leases = st.lists(
    st.builds(Lease, st.integers(0, 7), st.just("a training"), st.none() | st.frozensets(st.sampled_from(DAYS)))
)


@given(tables(), leases, st.integers(1, 40), st.lists(instants, max_size=2), st.data())
def test_no_leased_recent_current_or_young_file_ever_goes_and_nothing_else_stays(
    table: tuple[dict[int, float], dict[int, frozenset[str]]],
    leased: list[Lease],
    days: int,
    running: list[float],
    data: st.DataObject,
) -> None:
    committed, files = table
    everything = sorted({path for names in files.values() for path in names} | data.draw(st.sets(paths)))
    stored = [StoredFile(path, 1, data.draw(instants)) for path in everything]
    since = horizon(NOW, days, running)
    recent = recent_versions(committed, since)
    decision = retain(stored, files, recent, leased, since)
    gone = {file.path for file in decision.removed}
    newest = max(committed)
    assert not gone & files[newest]
    for lease in leased:
        held = files.get(lease.version, frozenset())
        assert not gone & {p for p in held if lease.days is None or p[2:12] in lease.days}
    for version in committed:
        until = NOW if version == newest else committed[version + 1]
        if until >= since:
            assert not gone & files[version], "it was current at an instant that somebody may have begun to read at"
    assert all(file.written < since for file in decision.removed)
    kept = [file for those in decision.kept.values() for file in those]
    assert sorted(map(repr, kept + list(decision.removed))) == sorted(map(repr, stored)), "each file is told once"
    protected = {p for version in recent for p in files[version]}
    protected |= {
        p for lease in leased for p in files.get(lease.version, ()) if lease.days is None or p[2:12] in lease.days
    }
    assert all(file.path in protected or file.written >= since for file in kept)


def test_each_file_that_stays_has_its_strongest_reason() -> None:
    files = {0: {"d=1/a"}, 1: {"d=1/b", "d=2/x"}, 2: {"d=1/c"}, 3: {"d=1/d"}}
    stored = [a_file(path, 50) for path in ("d=1/a", "d=1/b", "d=2/x", "d=1/c", "d=1/d")]
    stored += [a_file("d=1/killed", 50), a_file("d=1/writing", 0.1)]
    leases = [Lease(1, "champion 1", frozenset({"1"})), Lease(9, "a version that is gone")]
    decision = retain(stored, files, [2, 3], leases, NOW - 7 * DAY)
    assert [file.path for file in decision.removed] == ["d=1/a", "d=2/x", "d=1/killed"]
    assert {why: [file.path for file in those] for why, those in decision.kept.items()} == {
        "champion 1": ["d=1/b"],
        RECENT: ["d=1/c"],
        CURRENT: ["d=1/d"],
        YOUNG: ["d=1/writing"],
    }


def test_the_horizon_waits_for_the_oldest_running_job() -> None:
    assert horizon(NOW, 7) == NOW - 7 * DAY
    assert horizon(NOW, 7, [NOW - DAY]) == NOW - 7 * DAY
    assert horizon(NOW, 7, [NOW - DAY, NOW - 9 * DAY]) == NOW - 9 * DAY


def test_a_version_is_recent_until_its_successor_is_older_than_the_retention() -> None:
    committed = {4: NOW - 90 * DAY, 5: NOW - 50 * DAY, 6: NOW - 40 * DAY, 7: NOW - 3 * DAY}
    assert recent_versions(committed, NOW - 7 * DAY) == [6, 7]
    assert recent_versions(committed, NOW - 45 * DAY) == [5, 6, 7]
    assert recent_versions(committed | {5: NOW - 1 * DAY}, NOW - 7 * DAY) == [4, 5, 6, 7], "a clock that went wrong"


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.integers(0, 30), st.integers(0, 60))
def test_a_log_that_was_trimmed_still_tells_every_needed_version(
    lost: set[int], checkpoints: set[int], oldest: int, age: int
) -> None:
    entries = set(range(31)) - {number for number in lost if number < oldest - 20}
    committed = {number: NOW - (60 - number) * DAY for number in entries}
    needed = [number for number in range(oldest, 31) if readable(number, entries, checkpoints)]
    if not needed:
        return
    start = log_start(committed, checkpoints, needed, NOW, age)
    left = {number for number in entries if number >= start}
    assert all(readable(number, left, {c for c in checkpoints if c >= start}) for number in needed)
    assert all(committed[number] < NOW - max(30, age) * DAY for number in entries - left)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 150)), max_size=60))
def test_what_was_compacted_is_never_compacted_again(files: list[tuple[str, int]]) -> None:
    target = 100
    for crowd in crowded(files, target):
        small = [size for partition, size in files if partition == crowd.partition and size < target]
        assert (crowd.files, crowd.size) == (len(small), sum(small))
        filled = next_fit(small, target)
        assert len(filled) < len(small), "it is worth it"
        assert crowded([(crowd.partition, size) for size in filled], target) == []


def next_fit(sizes: list[int], target: int) -> list[int]:
    """Files filled one after the other, as delta-rs does it to keep the order of the rows."""
    filled: list[int] = []
    for size in sizes:
        if filled and filled[-1] + size <= target:
            filled[-1] += size
        else:
            filled.append(size)
    return filled


def test_a_partition_of_a_few_or_of_large_files_is_left_alone() -> None:
    assert crowded([("a", 10), ("a", 10), ("b", 100), ("b", 100), ("b", 100)], target=100) == []
    assert [crowd.partition for crowd in crowded([("a", 60)] * 5 + [("b", 1)] * 5, target=100)] == ["b"]
