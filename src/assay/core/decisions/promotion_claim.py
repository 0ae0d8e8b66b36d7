"""The claims that a promotion may rest on."""

from __future__ import annotations

from enum import StrEnum


class PromotionClaim(StrEnum):
    """The claim that a promotion rests on: shown better, a refresh that was not shown worse, or a person's override."""

    BETTER = "better"
    REFRESH = "refresh"
    OVERRIDE = "override"
