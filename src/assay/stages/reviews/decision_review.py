"""The decisions of a pipeline in hindsight, for the report, its JSON document and the demo; no JVM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.decisions.champion_changes import ChangeWorth, Compared, KnownChanges, shown_better, shown_worse
from assay.core.decisions.decision_review import DecisionReview, UndecidedShare, closed_pairs
from assay.core.decisions.looks.pair import CONFIDENCE, LookOutcome
from assay.core.decisions.naive_rules import Hindsight
from assay.core.evaluation.constant_baseline import LOSSES
from assay.core.evaluation.jackknife import Insufficient
from assay.core.evaluation.metrics import METRICS
from assay.core.text import quantity
from assay.stages.reviews.budget import judgements_of
from assay.stages.reviews.champion_changes import champion_changes
from assay.stages.runtime.context import Context


def decision_review(ctx: Context, looks: Sequence[Hindsight]) -> DecisionReview:
    """Return the changes of the champion, and the shares of `looks` and of closed pairs that decided nothing."""
    return DecisionReview(
        changes=tuple(champion_changes(ctx)),
        looks=UndecidedShare.of(LookOutcome(look.outcome) for look in looks),
        closed=UndecidedShare.of(pair.outcome for pair in closed_pairs(judgements_of(ctx))),
    )


def decision_review_document(ctx: Context, review: DecisionReview) -> dict[str, Any]:
    """Return the review as plain JSON types."""
    spec = ctx.pipeline.spec
    return {
        "metric": spec.gate.metric,
        "loss": LOSSES[spec.label.task],
        "confidence": round(2 * CONFIDENCE - 1, 10),
        "changes": [_change(worth) for worth in review.changes],
        "by_metric": _known(review.by_metric),
        "by_loss": _known(review.by_loss),
        "looks": _share(review.looks),
        "closed_pairs": _share(review.closed),
    }


def _change(worth: ChangeWorth) -> dict[str, Any]:
    return {
        "promotion": worth.change.number,
        "kind": worth.change.kind.value,
        "chosen": worth.change.chosen,
        "before": worth.change.before,
        "alternative": worth.alternative,
        "source": worth.source.value if worth.source else None,
        "by_metric": _numbers(worth.by_metric),
        "by_loss": _numbers(worth.by_loss),
        "why": worth.by_metric.reason if isinstance(worth.by_metric, Insufficient) else "",
    }


def _numbers(compared: Compared) -> dict[str, Any] | None:
    if isinstance(compared, Insufficient):
        return None
    low, high = compared.interval
    return {
        "gain": compared.evidence.estimate,
        "low": low,
        "high": high,
        "days": compared.evidence.days,
        "first": str(compared.days[0]),
        "last": str(compared.days[1]),
        "shown_better": shown_better(compared),
        "shown_worse": shown_worse(compared),
    }


def _known(known: KnownChanges) -> dict[str, int]:
    return {"known": known.known, "shown_better": known.better, "shown_worse": known.worse}


def _share(share: UndecidedShare) -> dict[str, Any]:
    return {"count": share.count, "undecided": share.undecided, "share": share.share}


def decision_review_sentences(ctx: Context, review: DecisionReview) -> list[str]:
    """Return how many changes of the champion are shown worse, and how much was left undecided, as two sentences."""
    spec, known = ctx.pipeline.spec, review.by_metric
    metric, loss = METRICS[spec.gate.metric].title, METRICS[LOSSES[spec.label.task]].title
    changes = quantity(len(review.changes), "change")
    return [
        f"Of {changes} of the champion {known.known} can be compared with the alternative: "
        f"{known.worse} of {known.known} shown worse by {metric}, {review.by_loss.worse} of {review.by_loss.known} by "
        f"{loss}.",
        f"Undecided are {review.looks.undecided} of {quantity(review.looks.count, 'look')}, and "
        f"{review.closed.undecided} of {quantity(review.closed.count, 'closed pair')}.",
    ]
