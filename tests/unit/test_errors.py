"""What an error says wherever it is shown: on a terminal, in a log, in a notebook, and after a trip through JSON."""

from __future__ import annotations

import pytest

from assay.errors import AssayError, InputError, Location, LostRace, SpecErrors, error_from_json

PLACE = Location("conf/pipelines/flights.yaml", 3, 5, 4, "  gaet: {}")
ERRORS: list[AssayError] = [
    InputError("unknown key 'gaet'", code="unknown-key", hint="did you mean 'gate'?", location=PLACE),
    LostRace("another run was faster", code="lost-race"),
    SpecErrors([InputError("one", code="a", hint="mend it", location=PLACE), InputError("two", code="b")]),
]


def test_an_exception_as_text_keeps_its_place_and_its_hint() -> None:
    assert str(ERRORS[0]) == "conf/pipelines/flights.yaml:3:5: unknown key 'gaet' (did you mean 'gate'?)"
    assert str(ERRORS[1]) == "another run was faster"


def test_several_mistakes_as_text_keep_theirs() -> None:
    assert str(ERRORS[2]) == "conf/pipelines/flights.yaml:3:5: one (mend it); two"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_error_comes_out_of_json_as_it_went_in(error: AssayError) -> None:
    back = error_from_json(error.to_json())
    assert (type(back), str(back), back.render(), back.exit_code) == (
        type(error), str(error), error.render(), error.exit_code,
    )  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_a_rendered_error_says_its_hint_once(error: AssayError) -> None:
    for hint in ("did you mean", "mend it"):
        assert error.render().count(hint) == str(error).count(hint) <= 1
