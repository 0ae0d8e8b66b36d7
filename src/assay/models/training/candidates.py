"""Check the user's `candidates()` before a row is read: its names, and the functions that make models."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from assay.core.evaluation.contender import CONSTANT, LINEAR, naive_name
from assay.errors import InputError
from assay.models.training.tuning import Candidate
from assay.spec.user_code.calls import call_user, kind_of, refuse_result

BASELINES = frozenset({CONSTANT, LINEAR})
"""The names of the contenders that Assay itself brings, beside those that begin with `naive`."""

HINT = "return a dict of names to functions: each gets an Optuna trial and returns an unfitted estimator"

_NAME = re.compile(r"\w[\w .+-]{0,79}")  # the name is that of a folder, of a column and of a run


def candidates_of(function: Callable[[], Any], reference: str) -> dict[str, Candidate]:
    """Return the candidates that `function` returns, which the spec calls `reference`, in its order.

    Raises:
        InputError: The function raises an error, or returns no mapping of names to functions. Also where a name cannot
            be that of a folder, or is a baseline's. The error is at the line of the user's code.
    """
    candidates = call_user(function, what=f"the function {reference}", code="candidates-failed", hint=HINT)
    if not isinstance(candidates, Mapping):
        raise _refuse(function, f"{reference} returned {kind_of(candidates)}, not a dict of candidates")
    if not candidates:
        hint = f"{HINT}; without any, leave 'candidates' out of the spec"
        raise _refuse(function, f"{reference} returned no candidate", hint)
    for name, candidate in candidates.items():
        _check_name(function, reference, name)
        _check_candidate(function, name, candidate)
    return dict(candidates)


def is_baseline(name: str) -> bool:
    """Return whether a name is that of a contender that Assay itself brings."""
    return name in BASELINES or name.startswith(naive_name(""))


def _check_name(function: Callable[[], Any], reference: str, name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = "a name has up to 80 letters, digits, spaces, '_', '.', '+' or '-', and starts with a letter or digit"
        raise _refuse(function, f"{reference} calls a candidate {name!r}", hint)
    if is_baseline(name):
        message = f"the candidate '{name}' has the name of a baseline"
        raise refuse_result(function, message, code="candidate-name", hint="give it another name")


def _check_candidate(function: Callable[[], Any], name: str, candidate: object) -> None:
    if inspect.isclass(candidate):
        description = f"the class {candidate.__name__}, which would take the trial for a parameter"
    elif callable(candidate):
        return
    else:
        description = kind_of(candidate)
    hint = f'write a function of the trial: "{name}": lambda trial: ...'
    raise _refuse(function, f"the candidate '{name}' is {description}, not a function that makes an estimator", hint)


def _refuse(function: Callable[[], Any], message: str, hint: str = HINT) -> InputError:
    return refuse_result(function, message, code="candidates-type", hint=hint)
