"""The page of each version in MLflow: its looks, promotions, rollbacks and days of service, from Assay's documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assay.core.check import Finding
from assay.core.model_versions import ModelVersion, VersionEntry
from assay.core.monitoring.service.service_periods import service_stretches
from assay.core.text import quantity
from assay.errors import AssayError
from assay.stages.promotion.promote import known_versions, left_by_rollbacks
from assay.stages.runtime.context import Context
from assay.store.decisions.promotions import Promotion, PromotionKind
from assay.store.ledger.run_details import GateDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import PartitionStatus

if TYPE_CHECKING:
    from assay.models.mlflow.projection import VersionText

NEWEST_GATES = 100
"""Gates whose verdicts are read for the looks; MLflow's page has no room for more."""

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class DatedLook:
    """A look at a recipe by the gate of a day: the outcome, and the sentence about it."""

    day: date
    recipe: str
    outcome: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Life:
    """A version with all that happened to it, oldest first; each stretch of service has its days."""

    version: ModelVersion
    entry: VersionEntry
    history: Sequence[Promotion]
    service: Sequence[Sequence[date]]
    looks: Sequence[DatedLook]
    judged: str


def version_texts(ctx: Context) -> dict[int, VersionText]:
    """Return the page of each version that the promotions know, the same for the same documents."""
    history = ctx.promotions.history()
    known = known_versions(history[-1] if history else None)
    if not known:
        return {}
    looks, served = _looks(ctx), served_days(ctx)
    sentences = {record.run_id: record.sentence for record in ctx.ledger.records("gate")}
    return {
        int(version): _text(
            _Life(
                version,
                entry,
                history,
                service_stretches(served, version),
                [look for look in looks if look.recipe == entry.recipe],
                sentences.get(entry.judged_by, ""),
            )
        )
        for version, entry in known.items()
    }


def served_days(ctx: Context) -> dict[date, ModelVersion]:
    """Return the version that served each scored day: that of its newest scoring."""
    latest = ctx.ledger.latest("score", ctx.pipeline.name, PartitionStatus.SCORED)
    return {day: state.version for day, (_, state) in latest.items() if state.version is not None}


def _looks(ctx: Context) -> list[DatedLook]:
    """Return the looks of the newest gates, oldest first; a verdict that is no longer stored has none.

    A training that was judged again, by force or after a kill, took the same look: the newest judgement counts.
    """
    looks: dict[tuple[str, str], DatedLook] = {}
    for record in ctx.ledger.records("gate")[-NEWEST_GATES:]:
        training = record.details.training if isinstance(record.details, GateDetails) else record.run_id
        try:
            findings: Iterable[Finding] = ctx.runs.read(record.run_id, VERDICT).findings
        except AssayError:
            continue
        for one in findings:
            if one.check == "gate.pair" and "look" in one.details:
                recipe, outcome = str(one.details["recipe"]), str(one.details["outcome"])
                looks[training, recipe] = DatedLook(record.start, recipe, outcome, one.sentence)
    return list(looks.values())


def _text(life: _Life) -> VersionText:
    """Return the page as lists: MLflow draws the tables of a version's description without space between columns.

    Each list begins with the newest, since MLflow's limit cuts the end of a page.
    """
    from assay.models.mlflow.projection import VersionText

    changes, days = _changes(life), [day for stretch in life.service for day in stretch]
    stretches = [f"{served[0]} to {served[-1]}: {quantity(len(served), 'day')}" for served in reversed(life.service)]
    parts = [
        f"**{life.entry.name}**: {_state(life)}. The training is run `{life.entry.training}`.",
        life.judged,
        _listed("Service", stretches) or "It served no day yet.",
        _listed("Promotions and rollbacks", [change.line for change in reversed(changes)]),
        _listed("Looks at this recipe", [f"{one.day}, {one.outcome}: {one.sentence}" for one in reversed(life.looks)]),
    ]
    tags = {
        "state": _state(life),
        "served": f"{days[0]} to {days[-1]} ({quantity(len(days), 'day')})" if days else "no day yet",
        "promotions": str(sum(change.gained and not change.rollback for change in changes)),
        "rollbacks": str(sum(change.rollback for change in changes)),
        "looks": quantity(len(life.looks), "look") + (f", the last: {life.looks[-1].outcome}" if life.looks else ""),
    }
    return VersionText("\n\n".join(part for part in parts if part), tags)


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"**{title}**", "", *(f"- {line}" for line in lines)]) if lines else ""


def _state(life: _Life) -> str:
    if life.history[-1].champion == life.version:
        return "champion"
    if life.version in left_by_rollbacks(life.history):
        return "rolled back"
    return "champion before" if any(one.champion == life.version for one in life.history) else "never champion"


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A promotion or rollback that gave a version the role of the champion, or took it."""

    promotion: Promotion
    gained: bool

    @property
    def rollback(self) -> bool:
        """Return whether it was a rollback, to the version or away from it."""
        return self.promotion.kind is PromotionKind.ROLLBACK

    @property
    def line(self) -> str:
        """The change in one line: when, what, by whom, and the beginning of the reason."""
        after = self.promotion
        if self.gained:
            act = "made champion by a rollback" if self.rollback else "made champion"
        elif after.champion is None:
            act = "rolled back"
        else:
            act = f"{'rolled back to' if self.rollback else 'replaced by'} version {after.champion}"
        why = " ".join(after.why.split())
        reason = why if len(why) <= LONGEST_REASON else f"{why[:LONGEST_REASON].rstrip()} ..."
        return f"{after.at}, {act}, by {after.actor}" + (f": {reason}" if reason else "")


def _changes(life: _Life) -> list[RoleChange]:
    changes, had = [], False
    for after in life.history:
        has = after.champion == life.version
        if had != has:
            changes.append(RoleChange(after, has))
        had = has
    return changes
