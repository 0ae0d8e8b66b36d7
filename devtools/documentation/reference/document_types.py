"""The types of a document's fields in words, from the annotations of its dataclasses."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin

from devtools.documentation.markdown import code

_PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", date: "date", Any: "any"}


def type_in_words(annotation: Any, anchors: Mapping[type, str]) -> str:
    """Return a type in words; a dataclass is a link to its heading.

    >>> type_in_words(Mapping[date, tuple[int, ...]], {})
    'mapping of date to list of whole number'
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, NewType):
        return type_in_words(annotation.__supertype__, anchors)
    if origin in (Union, types.UnionType):
        words = dict.fromkeys(type_in_words(one, anchors) for one in arguments)
        return " or ".join("none" if word == "NoneType" else word for word in words)
    if origin is Annotated:
        return type_in_words(arguments[0], anchors)
    if origin is Literal:
        return ", ".join(code(one) for one in arguments)
    if origin is tuple:
        several = arguments[-1] is ...
        return f"list of {type_in_words(arguments[0], anchors)}" + ("" if several else f", {len(arguments)} of them")
    if arguments and len(arguments) == 2:
        key, value = (type_in_words(one, anchors) for one in arguments)
        return f"mapping of {key} to {value}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(code(one.value) for one in annotation)
    if annotation in anchors:
        return f"[{annotation.__name__}](#{anchors[annotation]})"
    return _PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)))


def dataclasses_in(annotation: Any) -> Iterator[type]:
    """Return the dataclasses that an annotation names, at any depth."""
    if isinstance(annotation, type) and is_dataclass(annotation):
        yield annotation
    elif not isinstance(annotation, TypeVar):
        for argument in get_args(annotation):
            yield from dataclasses_in(argument)
