"""Scoring on a real cluster while others score, promote, or have broken a file: one whole answer for every day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from assay.store.decisions.promotions import Promotions
from assay.store.delta.log import commits
from assay.store.filesystem.hdfs_path import HdfsPath
from assay.store.filesystem.storage_path import uri

from ..another_version import another_version
from .on_cluster import TRAINED, OnCluster
from .running_stage import during

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

ROWS_A_DAY = 120


def days(before: int) -> list[str]:
    """An interval of two days, that many days before the training's date: no other test of this file scores it."""
    start = TRAINED - timedelta(days=before)
    return ["--from", str(start), "--to", str(start + timedelta(days=2))]


def answers(served: OnCluster, chosen: list[str]) -> list[tuple[object, ...]]:
    """For each day of the interval: rows, distinct keys, and the model versions among them."""
    table = uri(served.context().folder("predictions", "parcels"))
    return served.ask(
        "select ship_date, count(*), count(distinct parcel), count(distinct model_version), max(model_version)"
        f" from delta.`{table}` where ship_date >= '{chosen[1]}' and ship_date < '{chosen[3]}' group by 1 order by 1"
    )


def is_whole(served: OnCluster, chosen: list[str]) -> bool:
    """Whether both days have every row once, of one model."""
    return [row[1:4] for row in answers(served, chosen)] == [(ROWS_A_DAY, ROWS_A_DAY, 1)] * 2


@pytest.mark.fault("R11", "two scorers on the same days, a third on others (R12)")
def test_of_two_scorers_of_the_same_days_one_commits_and_of_other_days_both_do(served: OnCluster) -> None:
    same, other = days(14), days(16)
    racers = [served.start("score", *arguments) for arguments in (same, [*same, "--force"], other)]
    outputs = [racer.communicate(timeout=600)[0] for racer in racers]
    codes = [racer.returncode for racer in racers]
    assert codes[2] == 0, outputs[2]
    assert 0 in codes[:2], outputs
    assert set(codes[:2]) <= {0, 4}, outputs
    assert served.submit("score", *same).returncode == 0
    assert is_whole(served, same)
    assert is_whole(served, other)


@pytest.mark.fault("R15", "a promotion while an interval is scored")
def test_a_promotion_during_scoring_leaves_one_model_per_interval(served: OnCluster) -> None:
    chosen = days(18)
    challenger = another_version(served.context(), TRAINED)
    with during(served, "score", *chosen) as end:
        promoted = served.assay(
            "promote", "parcels", str(challenger), "--reason", "while it is scored", "--env", "cluster"
        )
        assert promoted.returncode == 0, promoted.stdout + promoted.stderr
        assert end() in {0, 4}
    assert served.submit("score", *chosen).returncode == 0
    assert is_whole(served, chosen)
    now = Promotions(served.context().lake, "parcels").current()
    assert now is not None
    assert now.champion == challenger
    back = served.assay("rollback", "parcels", "--reason", "the test is over", "--env", "cluster")
    assert back.returncode == 0, back.stdout + back.stderr


@contextmanager
def broken(place: HdfsPath) -> Iterator[None]:
    """The file cut in half, as long as the block runs."""
    whole = place.read_bytes()
    place.replace_by(whole[: len(whole) // 2])
    try:
        yield
    finally:
        place.replace_by(whole)


@pytest.mark.fault("R20", "a truncated parquet file of a table")
def test_a_truncated_parquet_file_is_named_and_never_gives_fewer_rows(served: OnCluster) -> None:
    chosen = days(20)
    ctx = served.context()
    [file] = ctx.folder("clean", "parcels").glob(f"ship_date={chosen[1]}/*.parquet")
    assert isinstance(file, HdfsPath)
    with broken(file):
        refused = served.submit("score", *chosen)
        assert refused.returncode == 4, refused.stdout + refused.stderr
        assert file.name in refused.stdout + refused.stderr
    assert answers(served, chosen) == []
    assert served.submit("score", *chosen).returncode == 0
    assert is_whole(served, chosen)


@pytest.mark.fault("R21", "a corrupt entry of a table's log")
def test_a_corrupt_log_entry_is_refused_and_nothing_is_written(served: OnCluster) -> None:
    chosen = days(12)
    ctx = served.context()
    entry = max(ctx.folder("clean", "parcels").glob("_delta_log/*.json"))
    assert isinstance(entry, HdfsPath)
    before = len(commits(ctx.folder("predictions", "parcels"), None))
    with broken(entry):
        refused = served.submit("score", *chosen)
        assert refused.returncode == 4, refused.stdout + refused.stderr
        assert entry.name in refused.stdout + refused.stderr
    assert len(commits(ctx.folder("predictions", "parcels"), None)) == before
    assert served.submit("score", *chosen).returncode == 0
    assert is_whole(served, chosen)
