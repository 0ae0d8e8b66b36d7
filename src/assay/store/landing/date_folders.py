"""The names of the folders and files of a source that are dates: `2013-01-05`, or Hive's `date=2013-01-05`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from assay.errors import InputError
from assay.store.filesystem.storage_path import FolderEntry, StoragePath, entries
from assay.store.landing.file_cache import settled_at

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OF_HIVE = re.compile(r"([^=]+)=([0-9].*|__HIVE_DEFAULT_PARTITION__)")
_KEYS: dict[str, tuple[int, str | None]] = {}


class DatedEntry(NamedTuple):
    """An entry of a source that is named by a date; `key` is the name before the date in Hive's form."""

    day: date
    entry: FolderEntry
    key: str | None


def dated_entries(source: StoragePath, source_path: str, suffixes: Sequence[str]) -> list[DatedEntry]:
    """Return the entries of a source that are named by a date, in no order.

    Raises:
        InputError: An entry is meant as a date and is none, or folders in Hive's form have several names.
    """
    dated = []
    for entry in entries(source):
        if entry.name.startswith((".", "_")):
            continue
        in_hives_form = _OF_HIVE.fullmatch(entry.name) if entry.is_folder else None
        key, text = in_hives_form.groups() if in_hives_form else (None, _without_suffix(entry.name, suffixes))
        if text[:1].isdigit() or in_hives_form:
            dated.append(DatedEntry(_date(text, f"{source_path}/{entry.name}"), entry, key))
    _refuse_several(source_path, {one.key for one in dated if one.key is not None})
    return dated


def day_folders(source: StoragePath, day: date) -> list[StoragePath]:
    """Return the folders of a source in which files of `day` may be, whether they exist or not.

    Raises:
        InputError: The source has folders in Hive's form under several names.
    """
    key = hive_key(source)
    return [source / day.isoformat(), *([] if key is None else [source / f"{key}={day}"])]


def hive_key(source: StoragePath) -> str | None:
    """Return the name before the dates of a source's folders in Hive's form, None where it has no such folder.

    A source is listed again only after it got or lost an entry.

    Raises:
        InputError: The folders have several names.
    """
    try:
        changed = source.stat().st_mtime_ns
    except OSError:
        return None
    known = _KEYS.get(str(source))
    if known is not None and known[0] == changed:
        return known[1]
    keys = set(_keys(source))
    _refuse_several(source.name, keys)
    key = next(iter(keys), None)
    if settled_at(changed):
        _KEYS[str(source)] = (changed, key)
    return key


def _keys(source: StoragePath) -> Iterator[str]:
    for entry in entries(source):
        in_hives_form = _OF_HIVE.fullmatch(entry.name)
        if in_hives_form and entry.is_folder and not entry.name.startswith((".", "_")):
            yield in_hives_form[1]


def _refuse_several(source_path: str, keys: set[str]) -> None:
    if len(keys) > 1:
        first, second = sorted(keys)[:2]
        raise InputError(
            f"the folders of '{source_path}' are named by '{first}=' and by '{second}='",
            code="landing-date",
            hint="a source has one name before its dates: rename the others, or make two sources of them",
        )


def _date(text: str, shown: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"'{shown}' is not named by a date",
            code="landing-date",
            hint="folders and files of a source are named by their date, such as 2013-01-31, date=2013-01-31 or "
            "2013-01-31.csv.gz",
        ) from None


def _without_suffix(name: str, suffixes: Sequence[str]) -> str:
    return next((name.removesuffix(suffix) for suffix in suffixes if name.endswith(suffix)), name)
