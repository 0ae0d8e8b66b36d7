"""Translate Pydantic's errors into plain sentences, each at its place in the YAML, with a likely correction."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assay.core.suggestions import did_you_mean
from assay.errors import InputError, SpecErrors
from assay.spec.yaml.document import Document
from assay.spec.yaml.parser import Step

M = TypeVar("M", bound=BaseModel)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "list_type": "a list",
    "finite_number": "a finite number",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def validate(model: type[M], document: Document) -> M:
    """Return the document as `model`.

    Raises:
        InputError: It has one mistake.
        SpecErrors: It has several, in the file's order.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as invalid:
        details = [d for d in invalid.errors(include_url=False) if d["type"] != "default_factory_not_called"]
        raise_all([_translate(detail, model, document) for detail in details])
        raise  # unreachable: an invalid document has a detail


def raise_all(errors: Sequence[InputError]) -> None:
    """Raise the one error, or SpecErrors for several, ordered by place and none of them twice; none raises nothing."""
    distinct = list({error.render(): error for error in errors}.values())
    if len(distinct) == 1:
        raise distinct[0]
    if distinct:
        raise SpecErrors(sorted(distinct, key=_place))


def _place(error: InputError) -> tuple[str, int, int]:
    where = error.location
    return (where.file, where.line, where.column) if where is not None else ("", 0, 0)


def _translate(detail: ErrorDetails, model: type[BaseModel], document: Document) -> InputError:
    kind, value = detail["type"], detail["input"]
    context = detail.get("ctx", {})
    of_key = detail["loc"][-1:] == ("[key]",)
    path: tuple[Step, ...] = tuple(detail["loc"][:-1] if of_key else detail["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(path, model, document)
    if kind == "missing":
        return _missing_key(path, model, document)
    named = f"the key '{path[-1]}' of {_called(path[:-1])}" if of_key else _called(path)
    where = document.at(*path, key=of_key)
    if kind == "assay":
        message, hint, code = (str(context[part]) for part in ("message", "hint", "code"))
        return InputError(f"{named} {message}", code=code, hint=hint, location=where)
    if kind == "literal_error":
        known = [str(x) for x in _choices(model, path, of_key)]
        message = f"{named} cannot be {_described(value)}"
        return InputError(
            message, code="unknown-value", hint=did_you_mean(str(value), known, "it can be"), location=where
        )
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        message = f"{named} must be {words} {_plain(context[name])}, not {_plain(value)}"
        return InputError(message, code="out-of-range", location=where)
    if kind == "too_short":
        return InputError(f"{named} must not be empty", code="empty", location=where)
    if kind in _WANTED:
        hint = "put it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""
        message = f"{named} must be {_WANTED[kind]}, not {_described(value)}"
        return InputError(message, code="wrong-type", hint=hint, location=where)
    return InputError(f"{named} is wrong: {detail['msg']}", code="bad-value", location=where)


def _unknown_key(path: tuple[Step, ...], model: type[BaseModel], document: Document) -> InputError:
    owner = _model_at(model, path[:-1])
    known = _keys(owner) if owner is not None else []
    return InputError(
        f"{_called(path[:-1])} has no key '{path[-1]}'",
        code="unknown-key",
        hint=did_you_mean(str(path[-1]), known, "its keys are"),
        location=document.at(*path, key=True),
    )


def _missing_key(path: tuple[Step, ...], model: type[BaseModel], document: Document) -> InputError:
    owner = _model_at(model, path[:-1])
    described = ""
    if owner is not None:
        about = {field.alias or name: field.description for name, field in owner.model_fields.items()}
        described = about.get(str(path[-1])) or ""
    return InputError(
        f"{_called(path[:-1])} needs the key '{path[-1]}'",
        code="missing-key",
        hint=f"{path[-1]}: {described[:1].lower()}{described[1:]}" if described else "",
        location=document.at(*path[:-1], key=True),
    )


def _called(path: Sequence[Step]) -> str:
    """The name of the value at `path` in a message: 'tables.flights.rules[0].action'."""
    name = ""
    for step in path:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return f"'{name}'" if name else "the file"


def _described(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value:g}" if isinstance(value, float) else f"the number {value}"
        case str():
            return f"'{value}'" if len(value) <= 60 else f"'{value[:57]}...'"
        case list():
            return "a list"
        case Mapping():
            return "a mapping"
    return "this"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: Sequence[Step]) -> type[BaseModel] | None:
    annotation = _type_at(model, path)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _choices(model: type[BaseModel], path: Sequence[Step], of_key: bool) -> tuple[Any, ...]:
    if not of_key:
        return get_args(_type_at(model, path))
    container = _type_at(model, path[:-1])
    return get_args(_bare(get_args(container)[0])) if get_args(container) else ()


def _type_at(annotation: Any, path: Sequence[Step]) -> Any:
    """The type of the value at `path` of a value of type `annotation`, without Optional and Annotated."""
    bare = _bare(annotation)
    if not path:
        return bare
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        for name, field in bare.model_fields.items():
            if (field.alias or name) == path[0]:
                return _type_at(field.annotation, path[1:])
        return None
    arguments = get_args(bare)
    return _type_at(arguments[-1], path[1:]) if get_origin(bare) in (list, dict) else None


def _bare(annotation: Any) -> Any:
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin is Union or origin is types.UnionType:
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation
