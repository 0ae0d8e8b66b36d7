"""The challenger that stands beside the champion: since when, and on which days, it is compared with it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from assay.core.decisions.challenger_tenure import Standing
from assay.stages.runtime.context import Context
from assay.store.ledger.promotions import Promotion


def standing_of(state: Promotion | None) -> Standing | None:
    """The challenger of that state; None where there is none."""
    if state is None or state.challenger is None:
        return None
    about = state.evidence.get("versions", {}).get(str(state.challenger), {})
    name = f"version {state.challenger}" + (f" ({about['name']})" if about.get("name") else "")
    return Standing(name, about.get("recipe", ""), date.fromisoformat(state.evidence["challenge"]["since"]))


def against_another(ctx: Context, state: Promotion) -> dict[str, Any]:
    """The challenge of that state, going on against another champion.

    To be better than another champion is another question: no look at it was taken yet, and its days are those that
    follow the last one that was scored. Days before it were served by other versions, or were looked at already while
    the same version served earlier. The age of the challenge is not begun again: `since` stays.
    """
    since = state.evidence["challenge"]["since"]
    latest = ctx.ledger.latest("score", ctx.pipeline.name)
    scored = [day for day, (_, partition) in latest.items() if partition.state == "scored"]
    begun = {"from": str(max(scored) + timedelta(days=1))} if scored else {}
    return {"since": since, "looks": 0, **begun}
