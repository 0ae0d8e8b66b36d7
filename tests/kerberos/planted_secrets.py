"""Secrets that a run is given, and where in a pile of files any of them, or any of Hadoop's tokens, can be read."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from pathlib import Path

PASSWORDS = {name: f"canary-{name}-5f0c2a9e" for name in ("mlflow", "s3a", "trial")}
"""What no log, conf, record or table may hold, by where it is planted."""


def needles(keytab: bytes) -> dict[str, bytes]:
    """What is looked for, by its name: the passwords, any delegation token in the form of a URL, and the keys."""
    kinds = (b"HDFS_DELEGATION_TOKEN", b"RM_DELEGATION_TOKEN")
    tokens = {f"{kind.decode()} {shift}": _inside(kind, shift) for kind in kinds for shift in range(3)}
    # A record of a keytab ends with the key and its number.
    key = keytab[-36:-4]
    keys = {"key": key, "key in hex": key.hex().encode(), "key in base64": base64.b64encode(key)[:40]}
    return {name: text.encode() for name, text in PASSWORDS.items()} | tokens | keys


def occurrences(folders: list[Path], wanted: dict[str, bytes]) -> list[str]:
    """`name: file` for each of what is wanted and each file below the folders that holds it, archives unpacked."""
    return [
        f"{name}: {file}"
        for folder in folders
        for file, data in _contents(folder)
        for name, needle in wanted.items()
        if needle in data
    ]


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield str(file), file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                yield from ((f"{file}/{name}", archive.read(name)) for name in archive.namelist())


def _inside(text: bytes, shift: int) -> bytes:
    """What all base64 texts have in common in which these bytes begin `shift` bytes after a group of three."""
    coded = base64.urlsafe_b64encode(bytes(shift) + text).rstrip(b"=")
    return coded[4 if shift else 0 : len(coded) - 2]
