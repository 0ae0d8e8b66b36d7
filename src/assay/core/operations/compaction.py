"""The choice of partitions that hold so many small files that a rewrite is worth its cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TARGET_FILE_BYTES = 128 * 2**20
"""Bytes of a file of the target size: one block of HDFS, and one task of Spark."""


@dataclass(frozen=True, slots=True)
class SmallFileGroup:
    """A partition with many small files: the number of files, and the sum of their bytes."""

    partition: str
    files: int
    size: int


def crowded(files: Iterable[tuple[str, int]], target: int = TARGET_FILE_BYTES) -> list[SmallFileGroup]:
    """Return the partitions, in order, that have more than twice the needed number of files below `target` bytes.

    Each of `files` is a partition and the bytes of a file. To fill one file after the other takes at most twice the
    least number of files, since two neighbours together exceed the target. So a compacted partition is never chosen
    again.

    >>> crowded([("a", 10), ("a", 10), ("a", 10), ("b", 10), ("b", 10)], target=100)
    [SmallFileGroup(partition='a', files=3, size=30)]
    """
    small: dict[str, list[int]] = {}
    for partition, size in files:
        if size < target:
            small.setdefault(partition, []).append(size)
    crowds = [SmallFileGroup(partition, len(sizes), sum(sizes)) for partition, sizes in sorted(small.items())]
    return [crowd for crowd in crowds if crowd.files > 2 * max(1, -(-crowd.size // target))]
