"""The resources that a run took from its cluster, as its record keeps them."""

from __future__ import annotations

from dataclasses import dataclass


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
