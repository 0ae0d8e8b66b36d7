"""Compare the verdicts of two lakes: `python -m devtools.compare_verdicts BEFORE AFTER`.

Two versions of Assay that ran the same days have to come to the same findings, statuses, actions and numbers. Names of
runs, instants, paths and digests differ from run to run and are left out. Prose is compared by its numbers alone, so
that a sentence may be worded anew.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from assay.store.ledger.run_documents import RunDocuments
from assay.store.ledger.sequence import Sequence as StoredSequence
from devtools.verdict_fields import Field, Reading, fields_of

ABSENT = "(absent)"


@dataclass(frozen=True, slots=True, order=True)
class VerdictKey:
    """The key of a verdict: of runs over the same dates of the same subject, `turn` counts the earlier ones."""

    pipeline: str
    stage: str
    subject: str
    dates: str
    day: str
    turn: int

    def __str__(self) -> str:
        """Return the key as the beginning of a line of the output."""
        return " ".join(filter(None, [self.pipeline, self.stage, self.subject, self.dates, self.day, f"#{self.turn}"]))


@dataclass(frozen=True, slots=True)
class VerdictDifference:
    """A field of a verdict that is not the same in both lakes."""

    place: VerdictKey
    field: str
    before: Field
    after: Field

    def __str__(self) -> str:
        """Return the difference as a line of the output."""
        return f"{self.place}: {self.field}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class VerdictComparison:
    """The number of verdicts in both lakes, and their differences."""

    verdicts: int
    differences: list[VerdictDifference] = field(default_factory=list)


Verdicts = Mapping[VerdictKey, Mapping[str, Field]]


def verdicts_of(folder: Path, reading: Reading) -> Verdicts:
    """Return the fields of each verdict of a lake, or of the lake of a home.

    A run that the ledger does not hold was killed before it counted, and its verdict does not count either. The
    documents are read as plain JSON, because those of a lake may have the layout of an earlier version.

    Raises:
        FileNotFoundError: The folder is no lake, and no home with one.
    """
    lake = next((place for place in (folder, folder / "lake") if (place / "_assay").is_dir()), None)
    if lake is None:
        raise FileNotFoundError(f"{folder} is neither a lake nor a home with one")
    turns: Counter[tuple[str, ...]] = Counter()
    fields_by_verdict: dict[VerdictKey, Mapping[str, Field]] = {}
    for pipeline in sorted(path.parent.name for path in lake.glob("_assay/*/ledger")):
        runs, seen = RunDocuments(lake, pipeline), set[str]()
        for record in StoredSequence(lake / "_assay" / pipeline / "ledger").read():
            run = record["run_id"]
            if run in seen or not (runs.path(run) / "verdict.json").exists():
                continue
            seen.add(run)
            for day, verdict in _by_day(runs.read_fields(run, "verdict")):
                name = _name(record, day, reading)
                turns[name] += 1
                fields_by_verdict[VerdictKey(*name, turns[name])] = fields_of(verdict, reading)
    return fields_by_verdict


def _by_day(document: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the verdict of each day; the day is empty where one verdict is over all of them."""
    if "status" in document:
        yield "", document
        return
    for day, verdict in document.items():
        assert isinstance(verdict, dict)
        yield day, verdict


def _name(record: Mapping[str, str], day: str, reading: Reading) -> tuple[str, str, str, str, str]:
    pipeline, stage, subject = (reading.renamed(record[key]) for key in ("pipeline", "stage", "subject"))
    return pipeline, stage, subject, f"{record['start']}..{record['end']}", day


def compare(before: Verdicts, after: Verdicts, tolerance: float = 0.0) -> VerdictComparison:
    """Return the differences; numbers may differ by `tolerance` of the larger one."""
    differences = []
    for place in sorted({*before, *after}):
        one, other = before.get(place, {}), after.get(place, {})
        for name in sorted({*one, *other}):
            left, right = one.get(name, ABSENT), other.get(name, ABSENT)
            if not _same(left, right, tolerance):
                differences.append(VerdictDifference(place, name, left, right))
    return VerdictComparison(len({*before} & {*after}), differences)


def _same(left: Field, right: Field, tolerance: float) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(_same(*pair, tolerance) for pair in zip(left, right, strict=True))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right or abs(left - right) <= tolerance * max(abs(left), abs(right))
    return left == right


def main(argv: Sequence[str] | None = None) -> int:
    """Print the differences; return 0 if there are none, 1 if there are some, 2 if there is nothing to compare."""
    options = _arguments().parse_args(argv)
    names = yaml.safe_load(options.names.read_text(encoding="utf-8")) if options.names else {}
    try:
        before = verdicts_of(options.before, Reading(names, options.sentences))
        after = verdicts_of(options.after, Reading({}, options.sentences))
    except FileNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    comparison = compare(before, after, options.tolerance)
    for difference in comparison.differences:
        print(difference)
    print(f"{comparison.verdicts} verdicts in both lakes, {len(comparison.differences)} differences")
    if not before and not after:
        return 2
    return 1 if comparison.differences else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devtools.compare_verdicts", description=__doc__)
    parser.add_argument("before", type=Path, help="a home or a lake")
    parser.add_argument("after", type=Path, help="a home or a lake that ran the same days")
    parser.add_argument("--names", type=Path, metavar="FILE", help="YAML or JSON: old name -> new name")
    parser.add_argument("--tolerance", type=float, default=0.0, help="relative difference of numbers that is none (0)")
    parser.add_argument("--no-sentences", dest="sentences", action="store_false", help="leave sentences out")
    return parser


if __name__ == "__main__":
    sys.exit(main())
