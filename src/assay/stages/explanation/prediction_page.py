"""The account of one prediction as the parts of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from assay.core.explanation.score_parts import Method, Scale, ScoreParts
from assay.core.text import quantity
from assay.report.content.explanation import Account, AccountPart
from assay.stages.explanation.input_rows import DayChecks, InputRow, InputRows
from assay.stages.explanation.keyed_rows import LandedRow
from assay.stages.explanation.missing_scores import key_words
from assay.stages.explanation.prediction import PredictionAccount, Recomputed
from assay.stages.explanation.version import version_parts

METHODS = {
    Method.CONSTANT: "the model looks at no feature",
    Method.FORECAST: "the score is the value of one feature, and the start the mean label of the training",
    Method.LINEAR: "exact: coefficient times standardised value, from the intercept",
    Method.TREE_SHAP: "SHAP values of the trees, exact up to single precision, from their mean",
    Method.SHAPLEY: "Shapley values over all sets of features, exact against rows of the training",
    Method.SAMPLED_SHAPLEY: "Shapley values from random orders of the features, against rows of the training",
}
SCALES = {Scale.LOG_ODDS: "log-odds", Scale.LOG: "the logarithm of the score", Scale.SCORE: "the score itself"}


def prediction_account(one: PredictionAccount) -> Account:
    """Return the account of a prediction as a page."""
    words = key_words({name: value for name, value in one.key.items() if value != one.date})
    score = one.explained
    headline = f"{_number(score.score)} by version {score.version}, {score.state}; scored at {score.scored_at}"
    parts = (
        _scores_part(one),
        *_contribution_parts(one.recomputed, one.note),
        _run_part(one),
        *map(_input_part, one.inputs),
        *version_parts(one.model),
    )
    return Account(one.pipeline, f"{words} on {one.date}", headline, parts)


def _scores_part(one: PredictionAccount) -> AccountPart:
    rows = tuple(
        (_number(score.score), f"version {score.version}", score.state.value, score.run_id, score.scored_at)
        for score in one.scores
    )
    return AccountPart("stored scores", columns=("score", "by", "state", "run", "scored at"), rows=rows)


def _contribution_parts(made: Recomputed | None, note: str) -> Iterator[AccountPart]:
    if made is None:
        yield AccountPart("features", notes=(note,))
        return
    parts = made.parts
    rows = tuple(
        (
            contribution.feature,
            _value(contribution.value),
            f"{contribution.amount:+.6f}",
            _error(contribution.standard_error),
        )
        for contribution in parts.contributions
    )
    facts = [
        ("computed again", f"{_number(made.score)}, {_comparison(made)}"),
        ("method", METHODS[parts.method] + _reference(parts)),
        ("start", f"{parts.start:.6f}, in {SCALES[parts.scale]}"),
        ("sum", f"{parts.output:.6f} (start and parts sum to it within {abs(parts.gap):.1e})"),
    ]
    if made.is_calibrated:
        facts.append(("before the calibrator", _number(made.raw_score)))
    yield AccountPart("features", tuple(facts), ("feature", "value", "adds", "standard error"), rows)


def _run_part(one: PredictionAccount) -> AccountPart:
    run = one.run
    read = tuple(
        (f"read {name}", f"version {read.version}, {read.start} to {read.end} (left out)")
        for name, read in run.read.items()
    )
    facts = (("run", run.run_id), ("at", f"{run.at} by {run.who}"), ("status", run.status), *read)
    why = (("because", run.why),) if run.why else ()
    return AccountPart("scoring", (*facts, *why), notes=(run.sentence,) if run.sentence else ())


def _input_part(one: InputRows) -> AccountPart:
    version = "" if one.version is None else f", version {one.version}"
    facts = [("read", f"{one.dates}{version}")]
    if one.by:
        facts.append(("rows with", "the same " + ", ".join(one.by)))
    rows = tuple(line for row in one.rows for line in _row_lines(row))
    notes = tuple(_check_lines(one.rows))
    more: tuple[str, ...] = (one.note,) if one.note else ()
    if one.by and one.is_input:
        more += ("The features function saw all rows of these dates that were known, and may use others too.",)
    if one.by and not rows and not one.note:
        more = ("No row has it on these dates.", *more)
    return AccountPart(
        f"rows of {one.table}", tuple(facts), ("date", "seen", "place", "row", ""), rows, (*more, *notes)
    )


def _row_lines(row: InputRow) -> Iterator[tuple[str, ...]]:
    seen = "" if row.is_seen is None else "yes" if row.is_seen else "not known yet"
    if not row.landed.rows:
        yield str(row.day), seen, ", ".join(row.landed.files), _value(dict(row.values)), row.landed.note
    for landed in row.landed.rows:
        yield str(row.day), seen, _place(landed), landed.raw, f"refused: {landed.refused}" if landed.refused else ""


def _place(row: LandedRow) -> str:
    return f"{row.file}:{row.first}" if row.first == row.last else f"{row.file}:{row.first}-{row.last}"


def _check_lines(rows: Sequence[InputRow]) -> Iterator[str]:
    """Yield a line about the checks of each cleaning, with all the days of which the same is true."""
    days: dict[str, set[date]] = {}
    for row in rows:
        if row.checks is not None:
            days.setdefault(_check_words(row.checks), set()).add(row.day)
    for words, on in sorted(days.items(), key=lambda one: max(one[1]), reverse=True):
        shown = f"{quantity(len(on), 'day')} from {min(on)} to {max(on)}" if len(on) > 1 else str(min(on))
        yield f"{shown}: {words}"


def _check_words(checks: DayChecks) -> str:
    passed = checks.checks - len(checks.not_passed)
    words = f"{passed} of {quantity(checks.checks, 'check')} passed ({checks.run_id})"
    if checks.not_passed:
        words += f"; not passed: {' '.join(checks.not_passed)}"
    return f"{words}; released by {checks.released_by}" if checks.released_by else words


def _comparison(made: Recomputed) -> str:
    if made.is_equal:
        return "the same bits as the stored score"
    return "the stored score is missing" if made.difference is None else f"{made.difference:+.3g} from the stored score"


def _reference(parts: ScoreParts) -> str:
    return f" ({quantity(parts.reference_rows, 'row')})" if parts.reference_rows else ""


def _number(score: float | None) -> str:
    return "no number" if score is None else f"{score:.6g}"


def _value(value: object) -> str:
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _error(error: float | None) -> str:
    return "" if error is None else f"{error:.6f}"
