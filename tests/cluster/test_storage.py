"""The store on a real HDFS: documents appear whole, one of many wins, and HDFS's own faults are said by their name."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.errors import InfrastructureError, LostRace
from assay.store.decisions.promotions import PromotionKind, Promotions
from assay.store.filesystem.atomic import create_exclusively, read_json, sweep_temporaries, to_json, write_atomically
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import entries, files_below, open_place
from assay.store.locks.heartbeats import DEAD_AFTER_SECONDS
from assay.store.locks.locks import hold
from assay.store.users import Actor
from devtools.hadoop.cluster import Cluster

from ..expect_errors import raises_code

JANUARY = Interval(date(2024, 1, 1), date(2024, 2, 1))


@pytest.fixture
def folder(cluster: Cluster, request: pytest.FixtureRequest) -> HdfsPath:
    """A folder of the test's own."""
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    place = open_place(f"{cluster.hdfs}/tests/{name}", [cluster.webhdfs])
    assert isinstance(place, HdfsPath)
    return place


def test_a_document_is_created_once_and_replaced_whole(folder: HdfsPath) -> None:
    place = folder / "a" / "b.json"
    assert create_exclusively(place, b"one")
    assert not create_exclusively(place, b"two")
    assert place.read_bytes() == b"one"
    write_atomically(place, b"three")
    assert place.read_bytes() == b"three"
    assert [entry.name for entry in entries(place.parent)] == ["b.json"], "no temporary name is left"


def test_what_is_not_there_is_missing_as_on_a_local_disk(folder: HdfsPath) -> None:
    place = folder / "nothing.json"
    assert (place.exists(), place.is_dir(), place.is_file(), entries(place)) == (False, False, False, [])
    with pytest.raises(FileNotFoundError):
        read_json(place)
    with pytest.raises(FileNotFoundError):
        place.unlink()
    place.unlink(missing_ok=True)


def test_names_are_found_by_pattern_and_by_walking(folder: HdfsPath) -> None:
    for name in (
        "2024-01-01/a.json.gz",
        "2024-01-02/b.json.gz",
        "2024-01-02/c.txt",
        "d.json",
        "it's 100% {odd} ü.json",
    ):
        create_exclusively(folder / name, name.encode())
    assert sorted(path.name for path in folder.glob("????-??-??/*.json.gz")) == ["a.json.gz", "b.json.gz"]
    assert sorted(path.name for path in folder.glob("*/")) == ["2024-01-01", "2024-01-02"]
    assert [path.name for path in folder.glob("2024-01-02/c.txt")] == ["c.txt"]
    contents = {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path, _ in files_below(folder)}
    assert len(contents) == 5
    assert all(name == content for name, content in contents.items())


def test_a_large_file_goes_up_and_comes_down_as_it_was(folder: HdfsPath, tmp_path: Path) -> None:
    local = tmp_path / "drop.csv"
    local.write_bytes(os.urandom(5_000_000))
    place = folder / "drop.csv"
    before = place.web.sent
    assert place.put(local) == hashlib.sha256(local.read_bytes()).hexdigest()
    assert place.web.sent - before == 5_000_000, "what leaves this machine is counted"
    with place.open("rb") as stream:
        assert stream.read(7) + stream.read() == local.read_bytes()


def promote(web: str, lake: str, number: int, won: Queue[int]) -> None:
    promotions = Promotions(open_place(lake, [web]), "flights")
    try:
        promotions.write(
            0,
            kind=PromotionKind.PROMOTE,
            champion=ModelVersion(number),
            why="race",
            run_id=f"r{number}",
            actor=Actor(f"writer {number}"),
        )
        won.put(number)
    except LostRace:
        pass


@pytest.mark.fault("R13", "eight promotions at once")
def test_of_eight_promotions_at_once_one_wins_and_the_others_are_told(cluster: Cluster, folder: HdfsPath) -> None:
    spawn = multiprocessing.get_context("spawn")
    won = spawn.Queue()
    racers = [spawn.Process(target=promote, args=(cluster.webhdfs, str(folder), number, won)) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0] * 8
    [winner] = Promotions(folder, "flights").history()
    assert won.get(timeout=5) == winner.champion
    assert won.empty()


def test_whoever_writes_is_named_to_whoever_comes_second(folder: HdfsPath) -> None:
    with hold(folder, "clean/flights", JANUARY):
        with hold(folder, "clean/flights", Interval(date(2024, 2, 1), date(2024, 3, 1))):
            pass
        busy = raises_code(LostRace, "locked", os.getpid(), "2024-01-01", "2024-01-31")
        with busy, hold(folder, "clean/flights", Interval.of(date(2024, 1, 31))):
            pass
    with hold(folder, "clean/flights", JANUARY):
        pass


def test_the_lock_of_a_killed_writer_ends_by_itself(cluster: Cluster, folder: HdfsPath) -> None:
    code = (
        "import sys; from datetime import date; from assay.core.interval import Interval\n"
        "from assay.store.locks.locks import hold; from assay.store.filesystem.storage_path import open_place\n"
        f"lake = open_place({str(folder)!r}, [{cluster.webhdfs!r}])\n"
        "with hold(lake, 'clean/flights', None):\n    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        os.kill(writer.pid, signal.SIGKILL)
    started = time.monotonic()
    with hold(folder, "clean/flights", JANUARY):
        assert time.monotonic() - started < DEAD_AFTER_SECONDS + 15


@pytest.mark.fault("R18", "a DataNode dead while documents are read and written over HTTP")
def test_a_dead_datanode_is_left_out_and_nothing_is_lost(cluster: Cluster, folder: HdfsPath) -> None:
    places = [folder / f"{number}.json" for number in range(6)]
    for number, place in enumerate(places):
        write_atomically(place, to_json({"number": number}))
    cluster.datanodes[0].kill()
    try:
        assert [read_json(place)["number"] for place in places] == list(range(6))
        write_atomically(folder / "after.json", to_json({"number": 7}))
        assert read_json(folder / "after.json")["number"] == 7
    finally:
        cluster.datanodes[0].start()


@pytest.mark.fault("R18", "the NameNode restarted between documents")
def test_a_restarted_namenode_is_waited_for(cluster: Cluster, folder: HdfsPath) -> None:
    write_atomically(folder / "before.json", to_json({"number": 1}))
    cluster.namenode.kill()
    cluster.namenode.start()
    assert read_json(folder / "before.json")["number"] == 1
    write_atomically(folder / "before.json", to_json({"number": 2}))
    assert read_json(folder / "before.json")["number"] == 2


@pytest.mark.fault("R17", "safe mode while a document is written over HTTP")
def test_safe_mode_is_named_once_waiting_is_over(
    cluster: Cluster, folder: HdfsPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More of them than there are DataNodes: each may first say that its connection to a restarted NameNode is gone.
    monkeypatch.setattr("assay.store.hadoop.webhdfs.RETRY_SECONDS", (0.05,) * 8)
    cluster.safe_mode(on=True)
    try:
        with raises_code(InfrastructureError, "safe-mode"):
            write_atomically(folder / "a.json", b"{}")
    finally:
        cluster.safe_mode(on=False)


@pytest.mark.fault("R19", "a full quota while a document is written over HTTP")
def test_a_full_quota_is_named(cluster: Cluster, folder: HdfsPath) -> None:
    create_exclusively(folder / "small" / "a.json", b"{}")
    cluster.set_quota((folder / "small").path, names=2)
    with raises_code(InfrastructureError, "quota"):
        create_exclusively(folder / "small" / "b.json", b"{}")
    assert [entry.name for entry in entries(folder / "small")] == ["a.json"]


def test_an_hdfs_that_is_not_there_is_said_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.store.hadoop.webhdfs.RETRY_SECONDS", ())
    place = open_place("hdfs://127.0.0.1:1/lake", ["http://127.0.0.1:1"])
    with raises_code(InfrastructureError, "hdfs-unreachable", "http://127.0.0.1:1"):
        place.exists()


def test_what_a_killed_writer_left_is_swept_and_what_is_whole_stays(folder: HdfsPath) -> None:
    create_exclusively(folder / "a.json", b"{}")
    folder.web.write((folder / f".b.json.{os.getpid()}-0123456789ab.tmp").path, b"{", 1)
    assert sweep_temporaries(folder) == 0, "it is younger than a day"
    assert sweep_temporaries(folder, older_than=-60) == 1
    assert [entry.name for entry in entries(folder)] == ["a.json"]
    assert json.loads((folder / "a.json").read_bytes()) == {}
