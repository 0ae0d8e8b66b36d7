"""The landed file and the date of each row that Spark reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import unquote, urlsplit

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from assay.errors import InfrastructureError

URI = "_assay_uri"
"""The column with Spark's own spelling of a row's file, as `file_uri` gives it."""

_MAX_FILES_IN_PLAN = 64


def file_uri() -> Column:
    """The address of the file that a row is read from, under the name `URI`."""
    return F.col("_metadata.file_path").alias(URI)


def with_places(named: DataFrame, read: DataFrame, files: Mapping[str, date], file: str, day: str) -> DataFrame:
    """The frame `named` with the columns `file` and `day` instead of `URI`.

    `read` is the frame of the reader, and `files` maps the path of each file to its date.
    """
    places = _places(read.inputFiles(), files)
    rest = [name for name in named.columns if name != URI]
    if len(places) > _MAX_FILES_IN_PLAN:
        rows = named.sparkSession.createDataFrame(places, f"{URI} string, {file} string, {day} date")
        return named.join(F.broadcast(rows), URI).select(*rest, file, day)
    # A literal map is searched one by one, but spares the job that a join would start with.
    paths = F.create_map(*[F.lit(text) for uri, path, _ in places for text in (uri, path)])
    days = F.create_map(*[F.lit(value) for uri, _, at in places for value in (uri, at)])
    return named.select(*rest, paths[F.col(URI)].alias(file), days[F.col(URI)].alias(day))


def _places(uris: list[str], files: Mapping[str, date]) -> list[tuple[str, str, date]]:
    """Spark's own spelling of each file's address, next to our path and its date."""
    landed_by_path = {urlsplit(path).path if "://" in path else path: (path, day) for path, day in files.items()}
    places = []
    for uri in uris:
        path = unquote(urlsplit(uri).path)
        if path not in landed_by_path:
            raise InfrastructureError(
                f"Spark reads '{path}', which is not among the landed files", code="unknown-file", hint="land it again"
            )
        # _metadata.file_path writes file:/x for what inputFiles writes file:///x.
        places.append((re.sub(r"^file:/+", "file:/", uri), *landed_by_path[path]))
    missing = set(files) - {path for _, path, _ in places}
    if missing:
        raise InfrastructureError(
            f"'{min(missing)}' was landed, but cannot be found", code="missing-file", hint="land the day again"
        )
    return places
