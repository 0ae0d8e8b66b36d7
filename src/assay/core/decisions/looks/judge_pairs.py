"""The looks of one training: new recipes are paired with the champion, and the pairs that are due are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from assay.core.decisions.looks.gate_state import GateState, closed_by
from assay.core.decisions.looks.look import Look, LookSetting, gone, unmeasured
from assay.core.decisions.looks.pair import LookOutcome, Pair, choose
from assay.core.evaluation.contender import CONSTANT, Contender
from assay.core.interval import Interval


@dataclass(frozen=True, slots=True)
class JudgedTraining:
    """The training that is judged: its date, its subject in the ledger, and the days of its newest folds.

    - A side training has another subject than the pipeline. Only its own candidates may be promoted, and no refresh.
    - `promotion` is the number of the last promotion, and `served` has the number of the newest one by recipe.
    - `recipes` are those of all its contenders, also of those that cannot be measured.
    """

    day: date
    subject: str
    folds: Interval
    side: bool = False
    promotion: int = 0
    served: Mapping[str, int] = field(default_factory=dict)
    recipes: frozenset[str] = frozenset()

    def served_since(self, pair: Pair) -> bool:
        """Return whether the recipe of a pair became champion after the pair was opened."""
        return self.served.get(pair.recipe, 0) > pair.promotion


@dataclass(frozen=True, slots=True)
class PairsJudged:
    """The result of the looks: the state after them, each look, and the one whose contender is to be promoted."""

    state: GateState
    looks: tuple[Look, ...] = ()
    shown: Look | None = None


def judge_pairs(
    contenders: Sequence[Contender], setting: LookSetting, training: JudgedTraining, state: GateState
) -> PairsJudged:
    """Return the state after the looks of a training, and the look at the contender that was shown better.

    A contender of a recipe that has neither an open pair nor a rest is paired with the incumbent. The new pairs share
    half of the account. The pairs of other subjects are left as they are, until their days are old. A pair whose recipe
    is not trained any more is closed. The pair of a recipe that has become champion rests, so that a rollback from it
    is not undone at once.
    """
    rivals = {one.recipe: one for one in contenders if _may_meet(one, setting.incumbent, training)}
    state = state.opened(_new_pairs(rivals, training, state))
    serves = [p for p in state.pairs if p.recipe == setting.incumbent.recipe or training.served_since(p)]
    own = [pair for pair in state.pairs if pair.subject == training.subject and pair not in serves]
    others = [pair for pair in state.pairs if pair not in serves and pair not in own]
    old = [pair for pair in others if _is_old(pair, setting)]
    looks = tuple(_look(pair, rivals, setting, training) for pair in own)
    still = [pair for pair in others if pair not in old]
    still += [_after(look, setting.incumbent) for look in looks if not _ends(look)]
    closed = [closed_by(look.pair, look.outcome) for look in looks if _ends(look)]
    closed += [closed_by(pair, LookOutcome.GONE) for pair in old]
    closed += [closed_by(pair, LookOutcome.SHOWN if pair.shown_against else LookOutcome.SERVED) for pair in serves]
    shown = _best([look for look in looks if look.outcome is LookOutcome.SHOWN], rivals, setting.policy.margin)
    waiting = [pair for pair in still if pair.shown_against == setting.incumbent.recipe]
    undecided = [pair for pair in still if pair not in waiting]
    after = state.after_looks(undecided, closed, setting.policy.challengers)
    return PairsJudged(replace(after, pairs=(*waiting, *after.pairs)), looks, shown)


def _look(pair: Pair, rivals: Mapping[str, Contender], setting: LookSetting, training: JudgedTraining) -> Look:
    if pair.recipe in rivals:
        return setting.look(pair, rivals[pair.recipe])
    return unmeasured(pair) if pair.recipe in training.recipes else gone(pair)


def _is_old(pair: Pair, setting: LookSetting) -> bool:
    """Return whether the last days of a pair ended as long ago as a closed pair rests."""
    rest = timedelta(days=setting.policy.fold * setting.policy.folds)
    return (pair.until or pair.first_day + rest) + rest <= setting.end


def _may_meet(one: Contender, incumbent: Contender, training: JudgedTraining) -> bool:
    if one.kind == CONSTANT or one.recipe == incumbent.recipe:
        return False
    return one.kind == "candidate" or not training.side


def _new_pairs(rivals: Mapping[str, Contender], training: JudgedTraining, state: GateState) -> list[Pair]:
    known = {pair.recipe for pair in state.pairs} | {pair.recipe for pair in state.closed}
    return [
        Pair(recipe, rival.name, training.subject, 0.0, training.folds.start, promotion=training.promotion)
        for recipe, rival in rivals.items()
        if recipe not in known
    ]


def _best(shown: Sequence[Look], rivals: Mapping[str, Contender], margin: float) -> Look | None:
    if not shown:
        return None
    by_recipe = {look.pair.recipe: look for look in shown}
    ranked = [(look.pair.estimate, rivals[recipe].complexity, recipe) for recipe, look in by_recipe.items()]
    return by_recipe[choose(ranked, margin)]


def _ends(look: Look) -> bool:
    """Return whether a pair is closed. One that was shown ends when it serves, or when a person declines it."""
    return look.outcome.closes and look.outcome is not LookOutcome.SHOWN


def _after(look: Look, incumbent: Contender) -> Pair:
    return replace(look.pair, shown_against=incumbent.recipe) if look.outcome is LookOutcome.SHOWN else look.pair
