"""What `candidates()` returns: everything but names with functions is the user's mistake, at the user's line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assay.errors import InputError
from assay.models.training.candidates import candidates_of


class Model:
    """Stands for an estimator."""

    def fit(self, *_: Any) -> Any:
        return self


def builder(_trial: Any) -> Any:
    return Model()


def refusal(function: Callable[[], Any]) -> InputError:
    with pytest.raises(InputError) as refused:
        candidates_of(function, "trips.models:candidates")
    assert refused.value.exit_code == 2
    assert refused.value.hint
    assert refused.value.location is not None
    assert refused.value.location.file.endswith("test_candidates.py")
    return refused.value


@pytest.mark.parametrize(
    "returned",
    [
        [builder],
        None,
        builder,
        Model(),
        {},
        {"own": Model()},
        {"own": Model},
        {"own": None},
        {"own": "xgboost"},
        {3: builder},
        {"": builder},
        {"../up": builder},
        {"a/b": builder},
        {".hidden": builder},
        {"x" * 200: builder},
    ],
)
def test_what_is_no_dict_of_names_to_functions_is_refused_at_the_function(returned: Any) -> None:
    def candidates() -> Any:
        return returned

    error = refusal(candidates)
    assert error.code == "candidates-type"
    assert error.location is not None
    assert error.location.text.strip() == "def candidates() -> Any:"


def test_a_baselines_name_is_refused() -> None:
    def candidates() -> Any:
        return {"linear": builder}

    assert refusal(candidates).code == "candidate-name"


@pytest.mark.parametrize("error", [ImportError("no"), ModuleNotFoundError("no"), KeyError("x"), SystemExit(1)])
def test_what_it_raises_is_shown_at_the_line_that_raised_it(error: BaseException) -> None:
    def candidates() -> Any:
        raise error

    fault = refusal(candidates)
    assert fault.code == "candidates-failed"
    assert fault.location is not None
    assert fault.location.text.strip() == "raise error"
    assert type(error).__name__ in fault.message


def test_functions_and_lambdas_under_names_are_candidates_in_their_order() -> None:
    def candidates() -> Any:
        return {"boosted": builder, "forest 2": lambda _: Model()}

    assert list(candidates_of(candidates, "trips.models:candidates")) == ["boosted", "forest 2"]
