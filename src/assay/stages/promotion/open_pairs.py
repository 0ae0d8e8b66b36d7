"""The challengers of the champion: the pairs that the gate has not decided."""

from __future__ import annotations

from assay.core.decisions.looks.pair import Pair
from assay.stages.promotion.promote import serving_recipe
from assay.stages.runtime.context import Context


def open_pairs(ctx: Context) -> list[Pair]:
    """Return the recipes that are compared with the champion's and are undecided, or wait to be promoted."""
    gate, serves = ctx.gate_states.current(), serving_recipe(ctx.promotions.current())
    return [pair for pair in gate.pairs if pair.recipe != serves] if gate else []
