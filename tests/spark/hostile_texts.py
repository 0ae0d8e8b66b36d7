"""Texts that a parser may get wrong, and what each of them means, worked out in Python alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from .landed_csv import schema

ZONE = "Australia/Lord_Howe"  # its clocks are put forward and back by half an hour
KINDS = ("int", "long", "double", "boolean", "date", "timestamp", "string")
SCHEMA = schema("n int", *(f"{kind} {kind}" for kind in KINDS))
USUAL = {
    "int": "12",
    "long": "-3",
    "double": "2.5",
    "boolean": "true",
    "date": "2013-01-05",
    "timestamp": "2013-01-05T10:00:00Z",
    "string": "AA",
}

REFUSED = object()


def words(text: str) -> list[str]:
    return text.split()


NUMBERS = words("""
0 -0 +5 007 1.0 1. .5 1_000 1,000 0x10 1e5 1E-5 12D 1f 0x1p3 -- +-1 1+ - + . 1e e5 ٣ ½
2147483647 2147483648 -2147483648 -2147483649 9223372036854775807 9223372036854775808 9007199254740993
1e308 1e309 -1e400 1e-400 4e-324 1e-324 0e-999 -0.0 0.0 NaN nan -NaN inf Infinity -Infinity +inf infinit
""")
NUMBERS += ["1 000", "0." + "0" * 330 + "1", "1" + "0" * 400]
BOOLEANS = words("true TRUE False t F yes NO y n 1 0 2 maybe tru on truee")
DATES = words("""
2013-02-30 2013-02-28 2012-02-29 2013-1-5 0000-01-01 0001-01-01 9999-12-31 10000-01-01 2013 2013-01 20130105 05.01.2013
2013-01-05T00:00:00Z 2013-13-01 1582-10-10 -2013-01-05
""")
TIMES = words("""
2013-01-05T10:00Z 2013-01-05T10:00:00+0545 now today 2013-01-05T10:00:00-08 2013-01-05T24:00:00Z 2013-01-05T23:59:60Z
2013-02-30T10:00:00Z 2013-01-05T10:00:00.1Z 2013-01-05T10:00:00.123456Z 2013-01-05T10:00:00.1234567Z 2013-01-05 10:00:00
2013-01-05T10:00:00.123456000Z 2013-01-05T10:00:00.123456001 2013-01-05T10:00:00. 2013-01-05T10:00:00+19 1357380000
2013-01-05T10:00:00.0000000000000000 0001-01-01T00:00:00+14:00 9999-12-31T23:59:59-01:00 2013-01-05T10:00
0001-01-01T00:00:00Z 9999-12-31T23:59:59.999999Z 1850-01-01T00:00 2013-10-06T01:59:59 2013-10-06T02:00:00
2013-10-06T02:29:59.999999 2013-10-06T02:30:00 2013-04-07T01:29:59 2013-04-07T01:30:00 2013-04-07T01:45
2013-04-07T01:59:59.9 2013-04-07T02:00:00 2013-04-07T01:45:00+11:00 2013-04-07T01:45:00+10:30
2013-01-05T10:00:00Europe/Berlin 2013-01-05T10:00:00UTC
""")
TIMES += [text.replace("T", " ") for text in TIMES if "T1" in text] + ["2013-01-05T10:00:00 +01:00"]
TEXTS = words(r"""
NA na null " "" "" a,b \ \" ' é # =1+1 5"pipe "quoted" ""doubled"" , 😀
""")
TEXTS += [
    "",
    " ",
    "  x ",
    "a\nb",
    "\r\n",
    "a\rb",
    "\ufeff",
    "\0",
    "a\0b",
    "\x01",
    "\x1a",
    "\u2028",
    "\x85",
    "\t",
    '5" pipe',
]
EVERYTHING = NUMBERS + BOOLEANS + DATES + TIMES + TEXTS
INSERTED = [*"0123456789.,:+-eETZ \t\n\r\"'\\_dDfFxX/", "\x00", "\x01", "\u00a0", "é", "٣"]


def hostile_cells(drawn: random.Random) -> Iterator[tuple[int, str, str]]:
    """(number, type, text): every listed text in every type's column, and texts of a type with an error in them."""
    typical = {
        "int": NUMBERS,
        "long": NUMBERS,
        "double": NUMBERS,
        "boolean": BOOLEANS,
        "date": DATES,
        "timestamp": TIMES,
    }
    cells = [(kind, text) for kind in KINDS for text in EVERYTHING]
    for kind in KINDS:
        for _ in range(450):
            text = drawn.choice([*typical.get(kind, TEXTS), USUAL[kind]])
            for _ in range(drawn.randint(1, 2)):
                at = drawn.randint(0, len(text))
                text = text[:at] + drawn.choice(INSERTED) + text[at + drawn.randint(0, 1) :]
            cells.append((kind, text))
    yield from ((number, *cell) for number, cell in enumerate(cells))


def oracle(kind: str, text: str, zone: str = ZONE) -> Any:
    """What a text means, by the rules of docs/landing.md: a value, None for a missing one, or `REFUSED`."""
    if text in SCHEMA.nulls:
        return None
    if kind == "string":
        return text
    readers: dict[str, Callable[[str], Any]] = {
        "int": partial(whole, bits=32),
        "long": partial(whole, bits=64),
        "double": number,
        "boolean": truth,
        "date": day,
        "timestamp": partial(instant, zone=zone),
    }
    try:
        return readers[kind](text)
    except (ValueError, OverflowError):
        return REFUSED


def whole(text: str, bits: int) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text.strip(" \t")):
        raise ValueError
    value = int(text)
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError
    return value


def number(text: str) -> float:
    bare = text.strip(" \t").lower()
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?nan|[+-]?inf(inity)?", bare):
        raise ValueError
    value = float(bare)
    if "n" not in bare and (abs(value) == float("inf") or (value == 0 and re.search("[1-9]", bare.split("e")[0]))):
        raise ValueError
    return value


def truth(text: str) -> bool:
    bare = text.strip(" \t").lower()
    if bare not in ("true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"):
        raise ValueError
    return bare in ("true", "t", "yes", "y", "1")


def day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return date.fromisoformat(text)


def instant(text: str, zone: str) -> int:
    match = re.fullmatch(
        r"([0-9-]{10})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.]([0-9]{1,6})0*)?)?(?: ?(Z|z|[+-][0-9:]{2,5}))?", text
    )
    if not match:
        raise ValueError
    hour, minute, second = (int(match[n] or 0) for n in (2, 3, 4))
    at = datetime.combine(day(match[1]), datetime.min.time()).replace(
        hour=hour, minute=minute, second=second, microsecond=int((match[5] or "").ljust(6, "0"))
    )
    value = local(at, ZoneInfo(zone)) if match[6] is None else at.replace(tzinfo=UTC) - offset(match[6])
    return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta()
    match = re.fullmatch(r"([+-])([0-9]{2})(?::?([0-9]{2}))?", text)
    if not match or int(match[3] or 0) > 59:
        raise ValueError
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if size > timedelta(hours=18):
        raise ValueError
    return size if match[1] == "+" else -size


def local(at: datetime, zone: ZoneInfo) -> datetime:
    both = [at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if both[0] != both[1] or both[0].astimezone(zone).replace(tzinfo=None) != at:
        raise ValueError  # shown twice, or never
    return both[0]
