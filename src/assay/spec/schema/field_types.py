"""The kinds of value that a spec holds: names, durations, references, times; each error shows the right form."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from datetime import datetime, time
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from assay.core.suggestions import did_you_mean

MAX_DURATION_DAYS = 36_500
"""The most days that a duration may have."""

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
"""The seconds of each unit of a duration."""

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
"""The bytes of each unit of a size."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,126}")
_DAYS = re.compile(r"([0-9]{1,6}) days?")
_DURATION = re.compile(r"([0-9]{1,5}) (second|minute|hour|day)s?")
_BYTES = re.compile(r"([0-9]{1,6}) (kB|MB|GB|TB)")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_CRON = re.compile(r"[0-9A-Za-z*/,#?L-]+( [0-9A-Za-z*/,#?L-]+){4}")


class SpecModel(BaseModel):
    """A mapping of a spec: unknown keys are refused, no value is converted to another type, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def problem(message: str, hint: str = "", code: str = "bad-value") -> PydanticCustomError:
    """The error for a validator to raise: the message that follows the name of the key, and the hint."""
    return PydanticCustomError("assay", "{message}", {"message": message, "hint": hint, "code": code})


def leave_out(written: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a serialized mapping without those of the keys `names` that were not written.

    The digest of a section, by which work is done or due, then does not know a key that is not used.
    """
    return {name: value for name, value in written.items() if name not in names or value is not None}


def _name(text: str) -> str:
    if not _NAME.fullmatch(text) or keyword.iskeyword(text):
        raise problem(
            f"cannot be '{text}'", "a name has lower-case letters, digits and '_', and starts with a letter", "bad-name"
        )
    return text


def _column(text: str) -> str:
    if not _COLUMN.fullmatch(text):
        raise problem(
            f"cannot be '{text}'", "a column has letters, digits and '_', and starts with a letter", "bad-name"
        )
    return text


def _quantity(
    pattern: re.Pattern[str], unit: str, hint: str, code: str, worth: Callable[[re.Match[str]], int]
) -> Callable[[Any], Any]:
    """Return a validator of a number with its unit.

    It gives the value of a text that fits. It refuses other texts and a bare number. Anything else is left to the type.
    """

    def read(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            raise problem(f"must have a unit: {value} alone is not enough", f"write '{value} {unit}'", code)
        if not isinstance(value, str):
            return value
        match = pattern.fullmatch(value.strip())
        if match is None:
            raise problem(f"cannot be '{value}'", hint, code)
        return worth(match)

    return read


_days = _quantity(
    _DAYS,
    "days",
    "a duration is a number of days, such as '7 days' or '1 day'",
    "bad-duration",
    lambda match: int(match[1]),
)
_duration = _quantity(
    _DURATION,
    "minutes",
    "a duration is a number of seconds, minutes, hours or days, such as '5 minutes' or '6 hours'",
    "bad-duration",
    lambda match: int(match[1]) * SECONDS[match[2]],
)
_bytes = _quantity(
    _BYTES,
    "MB",
    f"a size is a whole number and one of {', '.join(UNITS)}, such as '500 MB' or '2 GB'",
    "bad-size",
    lambda match: int(match[1]) * UNITS[match[2]],
)


def _window(value: Any) -> Any:
    if value == "all":
        return value
    days = _days(value)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DURATION_DAYS:
        hint = f"a window is from 1 to {MAX_DURATION_DAYS} days, such as '60 days', or 'all'"
        raise problem(f"cannot be '{value}'", hint, "bad-duration")
    return days


def _clock(value: Any) -> Any:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise problem(
            f"cannot be '{value}'", 'a time of day is written as "HH:MM", such as "00:00" or "18:30"', "bad-time"
        )
    return time(int(match[1]), int(match[2]))


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise problem(f"cannot be '{text}'", "a function is written as module:function", "bad-reference")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise problem("is empty", "write something", "empty")
    return text


def _cron(text: str) -> str:
    if not _CRON.fullmatch(text):
        raise problem(f"cannot be '{text}'", 'a schedule has five fields, such as "0 1 * * *"', "bad-schedule")
    try:
        CronSim(text, datetime(2000, 1, 1))  # noqa: DTZ001 - any start will do
    except CronSimError as error:
        raise problem(f"cannot be '{text}': {error}", 'for example "0 3 * * MON"', "bad-schedule") from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(text, sorted(available_timezones())) if text else "write UTC"
        raise problem(f"cannot be '{text}': there is no such time zone", hint, "unknown-timezone") from None
    return text


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or not path.parts or re.search(r"[\\\x00*?~\[\]]|://", text):
        raise problem(
            f"cannot be '{text}'", "a path is relative to the landing folder and stays inside it", "path-climbs-out"
        )
    return path.as_posix()


def _schema(pattern: re.Pattern[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$"})


Name = Annotated[str, AfterValidator(_name), _schema(_NAME)]
Column = Annotated[str, AfterValidator(_column), _schema(_COLUMN)]
Text = Annotated[str, AfterValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]
Sql = Text
Days = Annotated[int, BeforeValidator(_days), Field(ge=0, le=MAX_DURATION_DAYS), _schema(_DAYS)]
SomeDays = Annotated[int, BeforeValidator(_days), Field(ge=1, le=MAX_DURATION_DAYS), _schema(_DAYS)]
TrainingWindow = Annotated[
    int | Literal["all"],
    BeforeValidator(_window),
    WithJsonSchema({"type": "string", "pattern": f"^(all|{_DAYS.pattern})$"}),
]
Duration = Annotated[int, BeforeValidator(_duration), Field(ge=1, le=MAX_DURATION_DAYS * 86_400), _schema(_DURATION)]
Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=1), _schema(_BYTES)]
Clock = Annotated[time, BeforeValidator(_clock), _schema(_CLOCK)]
Reference = Annotated[str, AfterValidator(_reference), _schema(_REFERENCE)]
Cron = Annotated[str, AfterValidator(_cron), WithJsonSchema({"type": "string"})]
Zone = Annotated[str, AfterValidator(_zone), WithJsonSchema({"type": "string", "description": "An IANA name"})]
LandingPath = Annotated[str, AfterValidator(_inside), WithJsonSchema({"type": "string"})]
Number = Annotated[float, Field(allow_inf_nan=False)]
