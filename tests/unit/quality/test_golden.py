"""Every type with many arguments compiles, costs, judges and refuses as the golden file holds it."""

from __future__ import annotations

import json

from .golden import GOLDEN, as_json, outcomes


def test_every_case_comes_out_as_the_golden_file_holds_it() -> None:
    expected = json.loads(GOLDEN.read_text())
    actual = json.loads(as_json(dict(outcomes())))
    assert {key: (actual.get(key), expected.get(key)) for key in actual if actual[key] != expected.get(key)} == {}
    assert list(actual) == list(expected)
