"""A first suite, each check fitted on the first half of the days and back-tested on the second half.

A limit is fitted and judged on different days, as a forecast is (rolling-origin evaluation; Tashman 2000). A check that
would have raised more than one false alarm in three months is loosened, or left out with a note.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assay.core.check import Severity
from assay.core.proposals.column_types import ProposedColumn, numbers_of
from assay.core.proposals.dated_rows import DatedRows

MAX_ALARMS_PER_MONTH = 1 / 3
"""The most false alarms of a proposed check: one in three months."""

DAYS_PER_MONTH = 30.44
_MOSTLY = (1.0, 0.99, 0.95, 0.9)
_WIDER = (0.1, 0.5, 1.0, 2.0)

Passes = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class BackTest:
    """The days on which checks were fitted, and those on which they were tested."""

    fitted: tuple[date, ...]
    tested: tuple[date, ...]

    @property
    def months(self) -> float:
        """The length of the test in months of days with rows."""
        return len(self.tested) / DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class ProposedCheck:
    """A check with its arguments as Great Expectations names them, and the days of the test on which it failed."""

    type: str
    arguments: Mapping[str, Any]
    severity: Severity
    alarms: int
    alarms_per_month: float


@dataclass(frozen=True, slots=True)
class ProposedSuite:
    """The checks of a table, a line for each check that was left out, and the days behind them."""

    checks: tuple[ProposedCheck, ...]
    left_out: tuple[str, ...]
    test: BackTest


@dataclass(frozen=True, slots=True)
class _Variant:
    """One strictness of a check: its arguments, and whether the texts of a day's column pass it.

    A day without a value to look at is a warning of the check, so it does not pass.
    """

    arguments: Mapping[str, Any]
    passes: Passes


def halves(dates: Sequence[date]) -> BackTest:
    """Return the first half of the dates to fit on, and the second to test on; a single date is fitted alone."""
    middle = (len(dates) + 1) // 2
    return BackTest(tuple(dates[:middle]), tuple(dates[middle:]))


def propose_suite(table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str]) -> ProposedSuite:
    """Return the checks of the rows: their number on a day, missing values, categories, and ranges of numbers."""
    test = halves(table.dates)
    checks: list[ProposedCheck] = []
    left_out: list[str] = []
    for kind, name, severity, variants in _families(table, columns, missing, test):
        chosen, best = _choose(kind, name, severity, variants, table, test)
        if chosen is not None:
            checks.append(chosen)
        else:
            where = f" of {name}" if name else ""
            left_out.append(f"{kind}{where}: it would have raised {best:.1f} false alarms a month at its loosest")
    return ProposedSuite(tuple(checks), tuple(left_out), test)


def _families(
    table: DatedRows, columns: Mapping[str, ProposedColumn], missing: Collection[str], test: BackTest
) -> Iterator[tuple[str, str, Severity, list[_Variant]]]:
    """Each check with its variants, the strictest first."""
    yield "expect_table_row_count_to_be_between", "", Severity.CRITICAL, _row_counts(table, test)
    for name, column in columns.items():
        texts = table.texts(name, test.fitted)
        known = [text for text in texts if text not in missing]
        share = len(known) / len(texts) if texts else 0.0
        if share >= _MOSTLY[-1]:
            variants = [_not_null(name, mostly, missing) for mostly in _MOSTLY]
            yield "expect_column_values_to_not_be_null", name, Severity.CRITICAL, variants
        if column.values and len(set(known)) > 1:
            variants = [_in_set(name, frozenset(known), mostly, missing) for mostly in _MOSTLY[1:]]
            yield "expect_column_values_to_be_in_set", name, Severity.WARNING, variants
        if column.is_number and len(set(known)) > 1:
            yield "expect_column_values_to_be_between", name, Severity.WARNING, _ranges(column, known, missing)


def _choose(
    kind: str, name: str, severity: Severity, variants: Sequence[_Variant], table: DatedRows, test: BackTest
) -> tuple[ProposedCheck | None, float]:
    """The strictest variant with few enough false alarms, and the fewest alarms a month of all of them."""
    rates: list[float] = []
    for variant in variants:
        alarms = sum(not variant.passes(_texts_of_day(table, name, day)) for day in test.tested)
        rates.append(alarms / test.months if test.tested else 0.0)
        if rates[-1] <= MAX_ALARMS_PER_MONTH:
            weight = severity if alarms == 0 else Severity.WARNING
            return ProposedCheck(kind, variant.arguments, weight, alarms, rates[-1]), rates[-1]
    return None, min(rates)


def _texts_of_day(table: DatedRows, name: str, day: date) -> Sequence[str]:
    """The texts of a column on a day; of the whole table one text for each row."""
    return table.texts(name, [day]) if name else ["row"] * len(table.days[day])


def _row_counts(table: DatedRows, test: BackTest) -> list[_Variant]:
    counts = [len(table.days[day]) for day in test.fitted]
    low, high = min(counts), max(counts)
    limits = [(max(1, int(low * (1 - wider))), int(high * (1 + wider)) + 1) for wider in (0.2, 0.5, 0.8)]
    least = max(1, low // 10)
    return [*(_count(*pair) for pair in limits), _Variant({"min_value": least}, lambda texts: len(texts) >= least)]


def _count(least: int, most: int) -> _Variant:
    return _Variant({"min_value": least, "max_value": most}, lambda texts: least <= len(texts) <= most)


def _not_null(name: str, mostly: float, missing: Collection[str]) -> _Variant:
    def passes(texts: Sequence[str]) -> bool:
        return sum(text not in missing for text in texts) >= mostly * len(texts)

    return _Variant(_with_mostly({"column": name}, mostly), passes)


def _in_set(name: str, values: Collection[str], mostly: float, missing: Collection[str]) -> _Variant:
    def passes(texts: Sequence[str]) -> bool:
        known = [text for text in texts if text not in missing]
        return bool(known) and sum(text in values for text in known) >= mostly * len(known)

    return _Variant(_with_mostly({"column": name, "value_set": sorted(values)}, mostly), passes)


def _ranges(column: ProposedColumn, known: Sequence[str], missing: Collection[str]) -> list[_Variant]:
    numbers = numbers_of(known, missing)
    low, high = min(numbers), max(numbers)
    variants = []
    for wider in _WIDER:
        least, most = low - wider * (high - low), high + wider * (high - low)
        least = 0.0 if low >= 0 > least else least
        variants.append(_between(column, _rounded(column, least), _rounded(column, most), missing))
    return variants


def _between(column: ProposedColumn, least: float, most: float, missing: Collection[str]) -> _Variant:
    def passes(texts: Sequence[str]) -> bool:
        numbers = numbers_of(texts, missing)
        return bool(numbers) and sum(least <= number <= most for number in numbers) >= 0.99 * len(numbers)

    arguments = {"column": column.name, "min_value": least, "max_value": most}
    return _Variant(_with_mostly(arguments, 0.99), passes)


def _rounded(column: ProposedColumn, number: float) -> float:
    return round(number) if column.type in ("int", "long") else float(f"{number:.4g}")


def _with_mostly(arguments: dict[str, Any], mostly: float) -> dict[str, Any]:
    return arguments if mostly == 1.0 else {**arguments, "mostly": mostly}
