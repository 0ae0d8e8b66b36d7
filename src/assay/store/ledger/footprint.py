"""The resources that a run took, from its machine and from its cluster, as its record keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunUse:
    """The use of the machine on which a run was started, since its stage began or since the record before.

    - `cpu_seconds` are those of its process and of all that it started, Spark's JVM on this machine among them.
    - `peak_memory`, in bytes, is the sum of the largest resident size of each of these processes until now. Pages that
      they share count in each.
    - Both are None where the system has no /proc. Executors on a cluster are in the footprint.
    - `rows` are the rows that the stage worked on, None where it works on none.
    - `shared` is True where other tables were at work in the process: `cpu_seconds` has a part of theirs then.
    """

    duration_seconds: float
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    rows: int | None = None
    shared: bool = False

    @property
    def rows_per_second(self) -> float | None:
        """The rows per second of the wall clock, None without rows."""
        return self.rows / self.duration_seconds if self.rows and self.duration_seconds > 0 else None


@dataclass(frozen=True, slots=True)
class ApplicationUse:
    """The use of a YARN application by one run.

    - `collected` are the bytes of results that came to the driver, and `shuffled` those that were written for shuffles.
    - `peak_memory` is the largest size in bytes that the heap of one executor was seen at.
    - YARN allocated `vcore_seconds` and `megabyte_seconds` in `queue`, which is empty where YARN did not answer.
    """

    application: str
    collected: int
    shuffled: int
    peak_memory: int
    queue: str = ""
    vcore_seconds: int = 0
    megabyte_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Footprint:
    """The use of a cluster by one run: bytes of files sent and received over WebHDFS, and an application."""

    sent: int = 0
    received: int = 0
    application: ApplicationUse | None = None
