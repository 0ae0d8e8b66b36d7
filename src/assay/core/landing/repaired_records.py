"""The text of one repaired record, divided into fields by the rules for records of a landed file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from assay.core.csv_records import Refusal, records
from assay.core.landing.csv_layout import CsvLayout
from assay.core.landing.json_records import JsonShape, json_records, members_of
from assay.core.landing.refused_records import RecordPlace, RepairedRecord


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """A repaired record of a date, divided into fields as a record of its file would be.

    - `file` is the file or the table as the landed rows name it.
    - `fields` has the text of each column of the source, None for a missing value. A record that is refused has none.
    - `refusal` is the reason why the record is refused, and `problem` describes it.
    """

    place: RecordPlace
    file: str
    day: date
    raw: str
    fields: tuple[str | None, ...]
    refusal: str | None = None
    problem: str = ""


def csv_row(repair: RepairedRecord, file: str, day: date, layout: CsvLayout) -> RepairedRow:
    """Return the one CSV record of a repair; a text with none, or with several, is refused as malformed."""
    parsed = list(records(io.StringIO(repair.record, newline=""), layout.shape))
    if len(parsed) != 1:
        problem = f"it holds {len(parsed)} records"
        return RepairedRow(repair.place, file, day, repair.record, (), str(Refusal.MALFORMED), problem)
    refusal = parsed[0].refusal
    named = None if refusal is None else str(refusal)
    problem = f"the header has {len(layout.shape.names)} fields" if refusal is Refusal.MALFORMED else ""
    return RepairedRow(repair.place, file, day, repair.record, layout.kept(parsed[0].fields), named, problem)


def json_row(
    repair: RepairedRecord, file: str, day: date, shape: JsonShape, is_known: Callable[[str], bool], type_reason: str
) -> RepairedRow:
    """Return the record of a repair that is one JSON object, in one line or in several; any other text is malformed.

    So is an object with a member that is no column of the source: its value would be lost.
    """
    members = members_of(repair.record)
    unknown = [name for name, _ in members or () if not is_known(name)]
    if members is None or unknown:
        problem = f"it has the member '{unknown[0]}', which is no column" if unknown else "it is no JSON object"
        return RepairedRow(repair.place, file, day, repair.record, (), str(Refusal.MALFORMED), problem)
    [parsed] = json_records([repair.record], shape, type_reason)
    return RepairedRow(repair.place, file, day, repair.record, parsed.fields, parsed.refusal)
