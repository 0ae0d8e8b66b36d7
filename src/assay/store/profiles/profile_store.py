"""The Profiles of a pipeline by kind, subject, date and run; reading gives back exactly what was put."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Literal, get_args, overload

from assay.core.profiles.outcome_profile import OutcomeProfile
from assay.core.profiles.table_profile import DailyProfiles, TableProfile
from assay.errors import InfrastructureError
from assay.store.filesystem.atomic import corrupt, safe_name, write_atomically
from assay.store.filesystem.storage_path import StoragePath
from assay.store.profiles.archives import archive_month, archive_path, archived_names, read_archived, unarchived_months
from assay.store.profiles.profile_codec import Profile, decode, encode

Kind = Literal["table", "features", "training", "reference", "outcomes"]


class ProfileStore:
    """`<lake>/_assay/<pipeline>/profiles/<kind>/<subject>/<date>/<run_id>.json.gz`, or that name in `<month>.zip`."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._folder = lake / "_assay" / safe_name(pipeline, "a pipeline") / "profiles"

    def write(self, kind: Kind, subject: str, run_id: str, profiles: Mapping[date, Profile]) -> None:
        """Keep one profile per date. A rerun of the same run writes the same bytes over its own."""
        folder = self._subject(kind, subject)
        for day, profile in profiles.items():
            write_atomically(folder / day.isoformat() / _name(run_id), encode(profile))

    @overload
    def read(
        self,
        kind: Literal["table", "features", "training"],
        subject: str,
        run_id: str,
        dates: Iterable[date] | None = None,
    ) -> dict[date, TableProfile]: ...

    @overload
    def read(
        self, kind: Literal["reference"], subject: str, run_id: str, dates: Iterable[date] | None = None
    ) -> dict[date, DailyProfiles]: ...

    @overload
    def read(
        self, kind: Literal["outcomes"], subject: str, run_id: str, dates: Iterable[date] | None = None
    ) -> dict[date, OutcomeProfile]: ...

    def read(self, kind: Kind, subject: str, run_id: str, dates: Iterable[date] | None = None) -> dict[date, Any]:
        """Return the profiles that the run kept, of `dates` or of all its dates.

        Raises:
            InfrastructureError: A requested profile is missing or corrupt. To judge fewer days than was meant would
                pass for judging all of them.
        """
        if dates is None:
            dates = _dates_of(self._subject(kind, subject), _name(run_id))
        return self._read(kind, subject, dict.fromkeys(dates, run_id))

    @overload
    def read_days(
        self, kind: Literal["table", "features"], subject: str, kept_by: Mapping[date, str]
    ) -> dict[date, TableProfile]: ...

    @overload
    def read_days(
        self, kind: Literal["outcomes"], subject: str, kept_by: Mapping[date, str]
    ) -> dict[date, OutcomeProfile]: ...

    def read_days(self, kind: Kind, subject: str, kept_by: Mapping[date, str]) -> dict[date, Any]:
        """Return the profile of each date that the run of `kept_by` kept, in order; each archive is read once.

        Raises:
            InfrastructureError: As `read` does.
        """
        return self._read(kind, subject, kept_by)

    def read_with_digest(self, subject: str, run_id: str) -> tuple[dict[date, OutcomeProfile], str]:
        """Return the outcomes that the run kept, and the SHA-256 of what is stored of them. Raises as `read` does."""
        folder = self._subject("outcomes", subject)
        kept_by = dict.fromkeys(_dates_of(folder, _name(run_id)), run_id)
        stored = _bytes_of(folder, {day: f"{day}/{_name(run_id)}" for day in kept_by})
        return self._decoded(folder, kept_by, stored), stored_digest(stored)

    def _read(self, kind: Kind, subject: str, kept_by: Mapping[date, str]) -> dict[date, Any]:
        folder = self._subject(kind, subject)
        stored = _bytes_of(folder, {day: f"{day}/{_name(run)}" for day, run in kept_by.items()})
        return self._decoded(folder, kept_by, stored)

    @staticmethod
    def _decoded(folder: StoragePath, kept_by: Mapping[date, str], stored: Mapping[date, bytes]) -> dict[date, Any]:
        profiles: dict[date, Any] = {}
        for day, data in stored.items():
            try:
                profiles[day] = decode(data)
            except ValueError as error:
                raise corrupt(folder / str(day) / _name(kept_by[day]), str(error)) from error
        return profiles

    def unarchived(self, today: date) -> dict[StoragePath, list[StoragePath]]:
        """Return the profiles that are files of their own though their month is over, by the archive they belong to."""
        month = today.isoformat()[:7]
        subjects = sorted(self._folder.glob("*/*/"))
        return {archive: files for subject in subjects for archive, files in unarchived_months(subject, month).items()}

    def archive(self, today: date) -> Iterator[str]:
        """Put those profiles into one file a month; each step is named before it is done."""
        for archive, files in self.unarchived(today).items():
            yield from archive_month(archive, files)

    def _subject(self, kind: Kind, subject: str) -> StoragePath:
        if kind not in get_args(Kind):
            raise ValueError(f"'{kind}' is not a kind of profile")
        return self._folder / kind / safe_name(subject, "a profile's subject")


def stored_digest(stored: Mapping[date, bytes]) -> str:
    """Return the SHA-256 of the stored profiles of some days."""
    digest = hashlib.sha256()
    for day, data in sorted(stored.items()):
        digest.update(day.isoformat().encode())
        digest.update(data)
    return digest.hexdigest()


def _name(run_id: str) -> str:
    return f"{safe_name(run_id, 'a run')}.json.gz"


def _dates_of(folder: StoragePath, name: str) -> list[date]:
    """Return the dates of which a run kept a profile.

    The files are listed first: one that is archived meanwhile is in its archive by then.
    """
    unarchived = {path.parent.name for path in folder.glob(f"*/{name}")}
    archives = sorted(folder.glob("*.zip"))
    in_archives = {
        entry.split("/")[0] for archive in archives for entry in archived_names(archive) if entry.endswith(f"/{name}")
    }
    return [date.fromisoformat(day) for day in unarchived | in_archives]


def _bytes_of(folder: StoragePath, names: Mapping[date, str]) -> dict[date, bytes]:
    """Return the bytes of each date in order: those that its month's archive holds, or else the file's.

    Archives come first: a year then takes a dozen reads of HDFS and no look for a file of each day. A file that is
    archived between the two looks is in its archive by then.
    """
    profiles = _archived(folder, names)
    for day, name in names.items():
        if day not in profiles and (data := _file_bytes(folder / name)) is not None:
            profiles[day] = data
    missing = {day: name for day, name in sorted(names.items()) if day not in profiles}
    profiles |= _archived(folder, missing)
    for day, name in missing.items():
        if day not in profiles:
            raise InfrastructureError(
                f"the profile {folder / name} is missing",
                code="missing-profile",
                hint="measure it again: validate --rescan",
            )
    return dict(sorted(profiles.items()))


def _archived(folder: StoragePath, names: Mapping[date, str]) -> dict[date, bytes]:
    """Return the bytes of the dates that are in an archive; each archive is read once."""
    months: dict[StoragePath, dict[str, date]] = {}
    for day, name in names.items():
        months.setdefault(archive_path(folder, str(day)), {})[name] = day
    return {
        days[name]: data
        for archive, days in months.items()
        for name, data in read_archived(archive, list(days)).items()
    }


def _file_bytes(path: StoragePath) -> bytes | None:
    """Return the bytes of a file of its own; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InfrastructureError(f"cannot read {path}: {error}", code="cannot-read") from error
