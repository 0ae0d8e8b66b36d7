from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.errors import InputError, Location
from assay.spec.user_code.functions import check_arguments, load_function

from ...expect_errors import missing_data, raises_code, rendered_places
from .conftest import Package

WHERE = Location("conf/pipelines/trips.yaml", 3, 22, 27, "features: {function: shuttle.features:features}")


def refusal(reference: str) -> str:
    with pytest.raises(InputError) as refused:
        load_function(reference, location=WHERE)
    assert refused.value.__context__ is None or refused.value.__suppress_context__
    return refused.value.render()


def test_a_function_is_loaded_by_its_reference(package: Package) -> None:
    package({"features.py": "def features(rows, *, results):\n    return rows\n"})
    assert load_function("shuttle.features:features")(7, results=None) == 7


def test_a_missing_function_is_shown_with_the_one_that_was_meant(package: Package) -> None:
    package({"features.py": "def featurs(rows): ...\n"})
    assert rendered_places(refusal("shuttle.features:features")) == [
        ("unknown-function", "conf/pipelines/trips.yaml:3:22", "shuttle.features:features}")
    ]
    assert missing_data(refusal("shuttle.features:features"), "shuttle.features", "features", "featurs") == []


def test_a_missing_module_is_shown_with_the_one_that_was_meant(package: Package) -> None:
    package({"features.py": ""})
    shown = refusal("shuttle.feature:features")
    assert missing_data(shown, "shuttle.feature", "shuttle.feature:features") == []
    assert missing_data(shown, "features") == []


def test_a_missing_package_is_shown_with_the_one_that_was_meant(package: Package) -> None:
    package({})
    shown = refusal("shutle.features:features")
    assert rendered_places(shown)[0][0] == "unknown-module"
    assert missing_data(shown, "shutle") == []
    assert missing_data(shown, "shuttle") == []


def test_something_that_is_no_function_is_refused(package: Package) -> None:
    package({"features.py": "features = 7\n"})
    assert missing_data(refusal("shuttle.features:features"), "shuttle.features:features") == []


@pytest.mark.parametrize("reference", ["shuttle", "shuttle:", ":f", "a b:c", "os.path:join:x", "../x:y"])
def test_a_reference_of_another_shape_is_refused(reference: str) -> None:
    assert rendered_places(refusal(reference))[0][0] == "bad-reference"
    assert missing_data(refusal(reference), f"'{reference}'") == []


def test_an_error_while_the_users_code_is_imported_is_shown_at_its_own_line(package: Package) -> None:
    folder = package(
        {"features.py": "from shuttle.tables import x\n", "tables.py": "import json\n\nx = json.loads('{')\n"}
    )
    shown = refusal("shuttle.features:features")
    assert rendered_places(shown) == [("broken-code", f"{folder}/tables.py:3:1", "x = json.loads('{')")]
    assert missing_data(shown, "shuttle.features", "JSONDecodeError", "line 1 column 2 (char 1)") == []


def test_a_package_that_the_users_code_lacks_is_shown_at_the_import(package: Package) -> None:
    folder = package({"features.py": "import os\nimport nowhere_to_be_found\n"})
    shown = refusal("shuttle.features:features")
    assert missing_data(shown, "ModuleNotFoundError", "nowhere_to_be_found") == []
    assert f"--> {folder}/features.py:2:1" in shown


def test_a_syntax_error_is_shown_where_it_is(package: Package) -> None:
    folder = package({"features.py": "def features(rows)\n    return rows\n"})
    shown = refusal("shuttle.features:features")
    assert missing_data(shown, "SyntaxError") == []
    assert f"--> {folder}/features.py:1:19" in shown


def test_code_that_ends_the_process_on_import_is_an_error_and_ends_nothing(package: Package) -> None:
    package({"features.py": "raise SystemExit(0)\n"})
    assert missing_data(refusal("shuttle.features:features"), "SystemExit: 0") == []


def features(rows: object, *, results: object, weather: object = None) -> None: ...
def anything(*args: object, **kwargs: object) -> None: ...
def candidates() -> None: ...
def positional(rows: object, /, results: object) -> None: ...


@pytest.mark.parametrize(
    ("function", "positionals", "keywords"),
    [
        (features, ["rows"], ["results"]),
        (features, ["rows"], ["weather", "results"]),
        (anything, ["rows"], ["x", "y"]),
        (candidates, [], []),
        (positional, ["rows"], ["results"]),
    ],
)
def test_a_function_that_can_be_called_so_passes(
    function: Callable[..., None], positionals: list[str], keywords: list[str]
) -> None:
    check_arguments(function, positional=positionals, keywords=keywords)
    function(*positionals, **dict.fromkeys(keywords))


@pytest.mark.parametrize(
    ("function", "positionals", "keywords", "named"),
    [
        (features, ["rows"], ["results", "planes"], "planes"),
        (features, ["rows"], [], "results"),
        (features, ["rows"], ["results", "rows"], "rows"),
        (features, [], ["results"], "rows"),
        (features, ["rows", "more"], ["results"], "more"),
        (candidates, ["rows"], [], "rows"),
        (positional, [], ["rows", "results"], "rows"),
    ],
)
def test_a_function_that_cannot_be_called_so_is_refused_with_its_real_parameters(
    function: Callable[..., None], positionals: list[str], keywords: list[str], named: str
) -> None:
    with raises_code(InputError, "wrong-arguments", function.__name__, f"'{named}'"):
        check_arguments(function, positional=positionals, keywords=keywords)
    with pytest.raises(TypeError):
        function(*positionals, **dict.fromkeys(keywords))


def test_an_input_that_the_features_do_not_take_is_shown_in_full() -> None:
    with pytest.raises(InputError) as refused:
        check_arguments(
            features, positional=["rows"], keywords=["planes"], reference="shuttle.features:features", location=WHERE
        )
    assert rendered_places(refused.value.render()) == [
        ("wrong-arguments", "conf/pipelines/trips.yaml:3:22", "shuttle.features:features}")
    ]
    assert missing_data(refused.value.render(), "shuttle.features:features", "planes") == []
