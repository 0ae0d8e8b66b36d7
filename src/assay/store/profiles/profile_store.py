"""The Profiles of a pipeline by kind, subject, date and run; reading gives back exactly what was put."""

from __future__ import annotations

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
        name = f"{safe_name(run_id, 'a run')}.json.gz"
        for day, profile in profiles.items():
            write_atomically(folder / day.isoformat() / name, encode(profile))

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
        folder = self._subject(kind, subject)
        name = f"{safe_name(run_id, 'a run')}.json.gz"
        if dates is None:
            dates = _dates_of(folder, name)
        profiles: dict[date, Any] = {}
        for day, data in _bytes_of(folder, name, dates).items():
            try:
                profiles[day] = decode(data)
            except ValueError as error:
                raise corrupt(folder / day.isoformat() / name, str(error)) from error
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


def _bytes_of(folder: StoragePath, name: str, dates: Iterable[date]) -> dict[date, bytes]:
    """Return the bytes of each date in order: the file's, or else those that its month's archive holds."""
    file_bytes: dict[date, bytes | None] = {}
    for day in sorted(dates):
        path = folder / day.isoformat() / name
        try:
            file_bytes[day] = path.read_bytes()
        except FileNotFoundError:
            file_bytes[day] = None
        except OSError as error:
            raise InfrastructureError(f"cannot read {path}: {error}", code="cannot-read") from error
    wanted: dict[StoragePath, list[str]] = {}
    for day in (day for day, data in file_bytes.items() if data is None):
        wanted.setdefault(archive_path(folder, str(day)), []).append(f"{day}/{name}")
    from_archives = {
        entry: data for archive, names in wanted.items() for entry, data in read_archived(archive, names).items()
    }
    whole = {day: from_archives.get(f"{day}/{name}") if data is None else data for day, data in file_bytes.items()}
    for day, data in whole.items():
        if data is None:
            raise InfrastructureError(
                f"the profile {folder / day.isoformat() / name} is missing",
                code="missing-profile",
                hint="measure it again: validate --rescan",
            )
    return {day: data for day, data in whole.items() if data is not None}
