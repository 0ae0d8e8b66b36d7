"""What the other tests expect of errors fails where class, code or a datum is another one."""

from __future__ import annotations

import pytest

from assay.errors import InputError, Location, VerdictFailed

from ..expect_errors import error_codes, missing_data, raises_code, rendered_places

ERROR = InputError(
    "no key 'gaet'", code="unknown-key", hint="'gate'?", location=Location("a.yaml", 3, 1, 4, "gaet: {days: 17}")
)


def test_class_code_and_data_of_an_error_are_expected() -> None:
    with raises_code(InputError, "unknown-key", "gaet", "gate", "a.yaml:3:1") as caught:
        raise ERROR
    assert caught.value is ERROR


@pytest.mark.parametrize(
    ("kind", "code", "data"),
    [(InputError, "other", []), (InputError, "unknown-key", ["gat"]), (InputError, "unknown-key", [17])],
    ids=["code", "part of a word", "the file's own text"],
)
def test_another_code_or_a_datum_that_is_missing_fails(kind: type[InputError], code: str, data: list[object]) -> None:
    with pytest.raises(AssertionError), raises_code(kind, code, *data):
        raise ERROR


def test_another_class_is_raised_as_it_is() -> None:
    with pytest.raises(InputError), raises_code(VerdictFailed, "unknown-key"):
        raise ERROR


def test_no_error_at_all_fails() -> None:
    with pytest.raises(pytest.fail.Exception), raises_code(InputError, "unknown-key"):
        pass


def test_what_a_command_printed_is_read_back() -> None:
    text = f"{ERROR.render()}\n\n{InputError('two', code='b').render()}"
    assert error_codes(text) == ["unknown-key", "b"]
    assert rendered_places(text) == [("unknown-key", "a.yaml:3:1", "gaet"), ("b", "", "")]
    assert missing_data("17 of 18", 7, 17, 18) == ["7"]
