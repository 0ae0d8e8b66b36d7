"""A batch of days to score: its run, its days, the version that is settled, and the tables' versions to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from assay.core.interval import Interval
from assay.core.model_versions import ModelVersion
from assay.store.ledger.run_record import PartitionFingerprint

if TYPE_CHECKING:
    from assay.spark.scoring.score import ScoringModel

SCORED = "predictions"
HELD_SCORES = "predictions_held"
CHAMPION_SCORE = "score"
"""The name of the champion's model, and of its column, in a scan."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One scoring: its run, its days with their identities, the champion, and the champion's model.

    `versions` are those of the tables to read; a table that is missing there is read at its newest one.
    """

    run_id: str
    identities: Mapping[date, PartitionFingerprint]
    champion: ModelVersion
    model: ScoringModel
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        """The days to score, in order."""
        return sorted(self.identities)

    @property
    def interval(self) -> Interval:
        """The dates from the first day to the last."""
        return Interval(self.days[0], self.days[-1] + timedelta(days=1))

    def to_json(self) -> dict[str, Any]:
        """Return the batch as plain JSON types."""
        return {
            "run_id": self.run_id,
            "identities": [asdict(identity) for identity in self.identities.values()],
            "champion": self.champion,
            "model": asdict(self.model),
            "versions": dict(self.versions),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Batch:
        """Return the batch that `to_json` wrote."""
        from assay.spark.scoring.score import ScoringModel

        identities = [PartitionFingerprint(**identity) for identity in data["identities"]]
        by_day = {date.fromisoformat(identity.date): identity for identity in identities}
        return cls(data["run_id"], by_day, data["champion"], ScoringModel(**data["model"]), data["versions"])
