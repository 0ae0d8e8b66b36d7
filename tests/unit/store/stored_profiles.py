"""Profiles of every kind, as examples of what is stored."""

from __future__ import annotations

from fractions import Fraction

from assay.core.profiles.histogram import Histogram
from assay.core.profiles.outcome_profile import LabelledScores, OutcomeProfile
from assay.core.profiles.residuals import Residuals
from assay.core.profiles.table_profile import ColumnState, Counter, Holistic, TableProfile

TABLE = TableProfile(
    rows=4,
    columns={
        "wind": ColumnState(
            "number",
            4,
            nulls=1,
            low=-0.5,
            high=2.0,
            total=Fraction(2**60 + 1, 2),
            squares=0.25,
            histogram=Histogram(-1, {-1: 1, 4: 2}, under=0, over=1),
        ),
        "hour": ColumnState("text", 4, categories={"b": 1, "a": 3}),
    },
    counters={"range": Counter(4, 1)},
    selections={"subset": ColumnState("number", 1)},
    holistic={"unique": Holistic(4, 1, 3, (0.5, float("inf")))},
)
HALF = Histogram(-12, {2048: 3})
EVEN = Histogram(-6, {0: 3})
WAITING = OutcomeProfile(
    LabelledScores(EVEN, EVEN, 3, {}, EVEN), {"origin": {"EWR": LabelledScores(EVEN, EVEN, 3, {}, EVEN)}}
)
SCORES = OutcomeProfile(LabelledScores(EVEN, EVEN, 1, {"log_loss": Fraction(1, 3), "brier": 0.25}), {})
ERRORS = OutcomeProfile(
    Residuals(3, HALF, HALF, {0: Fraction(5, 2)}, 1, 0, {"error": 0.5}),
    {"carrier": {"AA": Residuals(3, HALF, HALF, {}, 0, 0, {})}},
)  # fmt: skip
