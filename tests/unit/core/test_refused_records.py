"""The ids of refused records do not change when a day is cleaned again, and each record has one of its own."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from assay.core.csv_records import Shape
from assay.core.landing.csv_layout import CsvLayout
from assay.core.landing.json_records import JsonShape
from assay.core.landing.refused_records import RecordPlace, RepairedRecord, digest_of_repairs, digest_of_text, places_of
from assay.core.landing.repaired_records import csv_row, json_row

DAY = date(2024, 1, 1)
PLACE = RecordPlace("a.csv", "5e1f", 0)
RECORDS = st.lists(st.tuples(st.sampled_from(["a.csv", "b.csv"]), st.sampled_from(["1;x", "2;x", ""])), max_size=12)


@given(RECORDS)
def test_each_record_has_an_id_of_its_own_that_no_order_changes(records: list[tuple[str, str]]) -> None:
    ids = Counter(place.id for place in places_of(records, []))
    assert set(ids.values()) <= {1}
    assert ids == Counter(place.id for place in places_of(reversed(records), []))


@given(RECORDS, st.data())
def test_repaired_records_keep_their_ids_and_those_beside_them_too(
    records: list[tuple[str, str]], data: st.DataObject
) -> None:
    places = places_of(records, [])
    pairs = list(zip(places, records, strict=True))
    chosen = data.draw(st.sets(st.sampled_from(range(len(records)))) if records else st.just(set()))
    repairs = [RepairedRecord(place, f"repaired {n}") for n, (place, _) in enumerate(pairs) if n in chosen]
    refused_again = [(place.file, f"repaired {n}") for n, (place, _) in enumerate(pairs) if n in chosen]
    rest = [record for n, (_, record) in enumerate(pairs) if n not in chosen]
    again = places_of([*refused_again, *rest], repairs)
    assert Counter(again) == Counter(places)


def test_the_digest_of_repairs_depends_on_ids_and_texts_alone_and_is_empty_without_any() -> None:
    one, two = RepairedRecord(PLACE, "x"), RepairedRecord(RecordPlace("a.csv", "5e1f", 1), "y")
    assert digest_of_repairs({}) == ""
    assert digest_of_repairs({"1": one, "2": two}) == digest_of_repairs({"2": two, "1": one})
    assert digest_of_repairs({"1": one}) != digest_of_repairs({"1": RepairedRecord(PLACE, "z")})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_digest_of_a_text_is_that_of_its_bytes_in_utf_8(text: str) -> None:
    assert len(digest_of_text(text)) == 64
    assert digest_of_text(text) == digest_of_text(text.encode().decode())


def test_a_csv_repair_is_one_record_of_its_file_whose_left_out_fields_are_not_kept() -> None:
    layout = CsvLayout(Shape(("n", "note", "v"), ";"), (0, 2))

    def row(text: str) -> tuple[tuple[str | None, ...], str | None]:
        one = csv_row(RepairedRecord(PLACE, text), "a.csv", DAY, layout)
        return one.fields, one.refusal

    assert row('1;;"a\n""b"""') == (("1", 'a\n"b"'), None)
    assert row("1;x;2\n3;x;4") == ((), "malformed")
    assert row("") == ((), "malformed")
    assert row("1;x") == ((), "malformed")
    assert row('1;x;"2') == ((), "unclosed_quote")
    assert row("1;x;\0") == ((), "nul_byte")


def test_a_json_repair_is_one_object_without_unknown_members() -> None:
    shape = JsonShape(("N", "V"), ("n", "v"), frozenset({"NA"}))

    def row(document: object) -> tuple[tuple[str | None, ...], str | None]:
        text = document if isinstance(document, str) else json.dumps(document, indent=1)
        one = json_row(RepairedRecord(PLACE, text), "a.jsonl", DAY, shape, lambda n: n in ("N", "V", "note"), "type:")
        return one.fields, one.refusal

    assert row({"V": "NA", "note": [1]}) == ((None, None), None)
    assert row({"N": 1.50, "V": True}) == (("1.5", "true"), None)
    assert row({"N": [1]}) == ((), "type:n")
    assert row({"N": 1, "W": 2}) == ((), "malformed")
    assert row('{"N": 1}\n{"N": 2}') == ((), "malformed")
    assert row("") == ((), "malformed")
