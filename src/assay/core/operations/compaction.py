"""Which partitions hold so many small files that they are worth writing anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TARGET_FILE_BYTES = 128 * 2**20
"""Bytes of a file of the right size: one block of HDFS, and one task of Spark."""


@dataclass(frozen=True, slots=True)
class SmallFileGroup:
    """A partition with many small files: how many, and their bytes together."""

    partition: str
    files: int
    size: int


def crowded(files: Iterable[tuple[str, int]], target: int = TARGET_FILE_BYTES) -> list[SmallFileGroup]:
    """The partitions, in order, whose files below `target` bytes are more than twice as many as they need to be.

    `files` are a partition and the bytes of each file. Filling files one after the other needs at most twice the least
    number, as two neighbours together pass the target: so what was compacted once never comes back.

    >>> crowded([("a", 10), ("a", 10), ("a", 10), ("b", 10), ("b", 10)], target=100)
    [SmallFileGroup(partition='a', files=3, size=30)]
    """
    small: dict[str, list[int]] = {}
    for partition, size in files:
        if size < target:
            small.setdefault(partition, []).append(size)
    crowds = [SmallFileGroup(partition, len(sizes), sum(sizes)) for partition, sizes in sorted(small.items())]
    return [crowd for crowd in crowds if crowd.files > 2 * max(1, -(-crowd.size // target))]
