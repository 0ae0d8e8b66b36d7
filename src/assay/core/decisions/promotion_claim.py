"""The claims that a promotion may rest on."""

from __future__ import annotations

from enum import StrEnum


class PromotionClaim(StrEnum):
    """The claim that a promotion rests on: shown better, or a refresh that was not shown worse."""

    BETTER = "better"
    REFRESH = "refresh"
