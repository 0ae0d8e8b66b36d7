"""A user's function that fails: exit 2, the line of the user's own code, and what to do."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.errors import AssayError, InfrastructureError, InputError, VerdictFailed
from assay.spec.user_code.calls import call_user, defined_at
from assay.spec.user_code.functions import load_function

from ...expect_errors import missing_data


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Callable[..., Any]]]:
    """The function `f` of the module `ferry.work` with that text."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def function(text: str) -> Callable[..., Any]:
        folder = tmp_path / "ferry"
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").write_text("")
        (folder / "work.py").write_text(text)
        return load_function("ferry.work:f")

    yield function
    for name in [name for name in sys.modules if name.partition(".")[0] == "ferry"]:
        del sys.modules[name]


def call(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> AssayError:
    with pytest.raises(AssayError) as raised:
        call_user(function, *arguments, what="the function ferry.work:f", code="x-failed", hint="mend it", **keywords)
    return raised.value


@pytest.mark.parametrize(
    "raised",
    ["ImportError('no')", "ValueError('no')", "AssertionError()", "ZeroDivisionError()", "SystemExit(3)", "Odd('no')"],
)
def test_whatever_a_users_function_raises_is_a_mistake_at_the_users_own_line(
    raised: str, write: Callable[[str], Callable[..., Any]], tmp_path: Path
) -> None:
    error = call(write(f"class Odd(Exception): ...\n\ndef f():\n    x = 1\n    raise {raised}\n"))
    assert isinstance(error, InputError)
    assert (error.code, error.hint) == ("x-failed", "mend it")
    assert error.location is not None
    assert (error.location.file, error.location.line) == (str(tmp_path / "ferry" / "work.py"), 5)
    assert "ferry.work:f" in error.message


def test_an_error_within_a_library_is_shown_where_the_users_code_called_it(
    write: Callable[[str], Callable[..., Any]],
) -> None:
    error = call(write("import json\n\ndef f():\n    return g()\n\ndef g():\n    return json.loads('{')\n"))
    assert isinstance(error, InputError)
    assert error.location is not None
    assert (error.location.line, error.location.text.strip()) == (7, "return json.loads('{')")


def test_a_function_that_does_not_take_its_arguments_is_shown_at_its_definition(
    write: Callable[[str], Callable[..., Any]],
) -> None:
    error = call(write("def keep(g):\n    return g\n\n@keep\ndef f():\n    return 1\n"), 7)
    assert isinstance(error, InputError)
    assert error.location is not None
    assert error.location.line == 5


def test_an_import_within_the_function_that_fails_is_the_users_mistake(
    write: Callable[[str], Callable[..., Any]],
) -> None:
    error = call(write("def f():\n    import nowhere_to_be_found\n"))
    assert isinstance(error, InputError)
    assert error.location is not None
    assert error.location.line == 2


@pytest.mark.parametrize("raised", [MemoryError(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_failure_of_the_machine_within_it_is_no_mistake(raised: Exception) -> None:
    def full() -> None:
        raise raised

    assert isinstance(call(full), InfrastructureError)


def test_an_error_of_assays_own_passes_as_it_is() -> None:
    own = VerdictFailed("no", code="no")

    def judged() -> None:
        raise own

    assert call(judged) is own


def test_what_the_engine_says_is_explained_and_infrastructure_stays_that() -> None:
    def lost() -> None:
        raise RuntimeError("gone")

    gone = InfrastructureError("the JVM ended", code="spark-gone")
    assert call(lost, explain=lambda _: gone) is gone
    explanation = InputError("there is no column 'x'", code="unresolved")
    error = call(lost, explain=lambda _: explanation)
    assert isinstance(error, InputError)
    assert missing_data(error.message, "x") == []
    assert error.location is not None
    assert error.location.text.strip() == 'raise RuntimeError("gone")'


def test_what_works_is_returned_with_its_arguments() -> None:
    assert call_user(lambda a, *, what: (a, what), 1, what="f", code="x", keywords={"what": 2}) == (1, 2)
    assert defined_at(len) is None
