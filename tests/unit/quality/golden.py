"""What every case of the golden file compiles to, needs measured, costs and is judged as; or how it is refused.

`python -m tests.unit.quality.golden` replaces the file, for a change that is meant: look at its difference.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay.core.check import Check, CheckCost, Finding
from assay.core.expectations.catalog import find_type
from assay.core.expectations.judge import cost_of, judge_expectations
from assay.core.profiles.table_profile import ColumnState, Counter, Holistic, TableProfile
from assay.errors import InputError
from assay.quality.suite import load_suite

from .golden_cases import COLUMNS, cases

GOLDEN = Path(__file__).with_name("golden_expectations.json")
Outcome = dict[str, Any]

NUMBERS = ColumnState("number", 100, nulls=4, low=1, high=9, total=480.0, squares=2_800.0)
WILD = ColumnState("number", 100, nulls=4, nans=1, minus_inf=1, low=-1e6, high=1e6, total=0.5, squares=1e13)
TEXTS = {"a": 60, "b": 40}
PLAIN: dict[str, ColumnState] = {
    **dict.fromkeys(("x", "n", "big"), NUMBERS),
    "t": ColumnState("text", 100, categories=TEXTS),
    "d": ColumnState("date", 100, low=15_710 * 86_400.0, high=15_720 * 86_400.0),
    "at": ColumnState("timestamp", 100, low=15_710 * 86_400.5, high=15_720 * 86_400.5),
    "b": ColumnState("boolean", 100, nulls=100),
}
ODD: dict[str, ColumnState] = {
    **dict.fromkeys(("x", "n", "big"), WILD),
    "t": ColumnState("text", 100, categories={"a": 50, "c": 40}, other=10),
    "d": ColumnState("date", 100, nulls=100),
    "at": ColumnState("timestamp", 100, low=-0.5, high=0.5),
    "b": ColumnState("boolean", 100, categories={"true": 50, "false": 50}),
}


def outcomes() -> Iterator[tuple[str, Outcome]]:
    """Yield the key of every case, which is its type and keywords as JSON, and what comes of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "suite.json")
        for kind, kwargs in cases():
            path.write_text(json.dumps({"expectations": [{"type": kind, "kwargs": kwargs}]}, indent=0))
            yield f"{kind} {json.dumps(kwargs)}", _outcome(path)


def _outcome(path: Path) -> Outcome:
    try:
        [check] = load_suite(path, COLUMNS, name="suite")
    except InputError as error:
        place = error.location
        where = [place.line, place.column, place.length] if place else None
        return {"code": error.code, "place": where, "message": error.message, "hint": error.hint}
    cost, selection, measurement = (
        cost_of(check),
        find_type(check.type).selection(check),
        find_type(check.type).measurement(check),
    )
    compiled: Outcome = {"id": check.id, "cost": cost.value, "predicate": check.predicate, "applies": check.applies}
    compiled |= {"selection": asdict(selection)} if selection else {}
    compiled |= {"measurement": asdict(measurement)} if measurement else {}
    if cost is CheckCost.FALLBACK:
        return compiled
    judged = [_shown(finding) for profile in _profiles(check) for finding in judge_expectations([check], profile)]
    return {**compiled, "findings": judged}


def _profiles(check: Check) -> Iterator[TableProfile]:
    """Yield the fixed Profiles of a check: a plain one, an odd one, and one in which its own measurement is missing."""
    judged = find_type(check.type)
    selection, measurement = judged.selection(check), judged.measurement(check)
    results = ((PLAIN, Counter(96, 3), (10, 2, 8)), (ODD, Counter(0, 0), (100, 0, 100)))
    for columns, counter, (evaluated, failed, distinct) in results:
        selected = {selection.id: columns[selection.column]} if selection else {}
        wanted = len(measurement.probabilities or (0.5,)) if measurement else 0
        holistic = Holistic(evaluated, failed, distinct, tuple(1.5 * (i + 1) for i in range(wanted)))
        measured = {measurement.id: holistic} if measurement else {}
        yield TableProfile(100, columns, {check.id: counter}, selected, measured)
    yield TableProfile(100, {})


def _shown(finding: Finding) -> list[Any]:
    numbers = {name: value for name, value in finding.details.items() if name != "check_id"}
    return [finding.status.value, finding.observed, numbers, finding.expected, finding.sentence]


def as_json(written: dict[str, Outcome]) -> str:
    """Return the golden file's text, with one case in a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(outcome)}" for key, outcome in written.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    GOLDEN.write_text(as_json(dict(outcomes())))
