"""The types of the keys of a YAML file in words, from the annotations of the models that read it."""

from __future__ import annotations

import types
from collections.abc import Collection, Iterable, Mapping
from datetime import time
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assay.spec.schema import field_types
from devtools.documentation.markdown import code, table

VALUES: Mapping[str, tuple[Any, str, str]] = {
    "name": (field_types.Name, "`flight_delays`", "lower-case letters, digits and `_`; a letter first; at most 63"),
    "column": (field_types.Column, "`dep_time`", "letters, digits and `_`; a letter first; at most 127"),
    "text": (field_types.Text, '`"arr_delay > 15"`', "any text that is not blank; SQL is Spark SQL"),
    "days from 0": (field_types.Days, "`0 days`", "a number of days, 0 or more, with its unit"),
    "days": (field_types.SomeDays, "`28 days`", "a number of days, 1 or more, with its unit"),
    "window": (field_types.TrainingWindow, "`60 days`", "a number of days, 1 or more, with its unit; or `all`"),
    "duration": (field_types.Duration, "`5 minutes`", "a number of `seconds`, `minutes`, `hours` or `days`"),
    "size": (field_types.Bytes, "`500 MB`", "a whole number of `kB`, `MB`, `GB` or `TB`, which are powers of 1,000"),
    "clock time": (field_types.Clock, '`"06:00"`', "hours and minutes in the pipeline's time zone, in quotes"),
    "function": (field_types.Reference, "`parcel_code.features:features`", "a module and a function of it"),
    "cron line": (field_types.Cron, '`"0 6 * * *"`', "five fields, in the pipeline's time zone"),
    "time zone": (field_types.Zone, "`America/New_York`", "a name of the IANA database"),
    "path": (field_types.LandingPath, "`landing/parcels`", "relative to the landing folder, and inside it"),
    "number": (field_types.Number, "`0.95`", "a finite number"),
}
"""Each kind of value: its annotation, an example, and what is accepted."""

_PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", time: "clock time"}
_LIMITS: Mapping[Any, str] = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt"}
_SECONDS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def values_table(kinds: Collection[str]) -> str:
    """Return a table of the kinds of values that are in `kinds`, with an example of each."""
    rows = [[kind, *rest] for kind, (_, *rest) in VALUES.items() if kind in kinds]
    return table(["type", "example", "what is accepted"], rows)


def type_in_words(annotation: Any, sections: Mapping[type[BaseModel], str]) -> str:
    """Return the type of a value in words; a model is a link to its heading in `sections`.

    >>> type_in_words(list[field_types.Column] | None, {})
    'list of column'
    """
    for kind, (known, *_) in VALUES.items():
        if annotation == known:
            return kind
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(type_in_words(one, sections) for one in arguments if one is not type(None))
    if origin is Annotated:
        return _limited(type_in_words(arguments[0], sections), arguments[1:])
    if origin is Literal:
        return ", ".join(code(one) for one in arguments)
    if origin is list:
        return f"list of {type_in_words(arguments[0], sections)}"
    if origin is dict:
        key, value = (type_in_words(one, sections) for one in arguments)
        return f"mapping of {key} to {value}"
    return f"[mapping](#{sections[annotation]})" if annotation in sections else _PLAIN[annotation]


def default_in_words(field: FieldInfo, annotation: Any) -> str:
    """Return the default of a key as the YAML writes it, or 'required'."""
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "see meaning" if get_origin(annotation) is Annotated else "its defaults"
    value = field.default
    if value is None:
        return "none"
    if annotation in (field_types.Days, field_types.SomeDays):
        return code(f"{value} days")
    if annotation == field_types.Duration:
        unit, seconds = next((unit, each) for unit, each in _SECONDS if value % each == 0)
        return code(f"{value // seconds} {unit}")
    if isinstance(value, list | dict | str):
        return code(str(value).replace("'", '"')) if value not in ("", ",") else code(f'"{value}"')
    return code(value)


def limits_in_words(metadata: Iterable[Any]) -> str:
    """Return the limits of a number in words, such as '1 to 20'."""
    limits = {
        kind: f"{getattr(one, name):,}" for one in metadata for kind, name in _LIMITS.items() if type(one) is kind
    }
    if limits.keys() == {Ge, Le}:
        return f"{limits[Ge]} to {limits[Le]}"
    words = {Ge: "{} or more", Gt: "above {}", Le: "{} or less", Lt: "below {}"}
    return " and ".join(words[kind].format(limit) for kind, limit in limits.items())


def _limited(words: str, metadata: Iterable[Any]) -> str:
    nested = [one for item in metadata for one in (item.metadata if isinstance(item, FieldInfo) else [item])]
    limits = limits_in_words(nested)
    return f"{words}, {limits}" if limits else words
