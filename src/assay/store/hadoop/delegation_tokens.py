"""Delegation tokens, which open a secured cluster to this process, and the file that passes one on to delta-rs."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol

from assay.errors import InfrastructureError

VARIABLE = "HADOOP_TOKEN_FILE_LOCATION"
"""The environment variable that names a file of tokens to the clients of Hadoop, delta-rs among them."""

HEAD = b"HDTS\x00"
"""The first bytes of a file of Hadoop's `Credentials`."""

_ONE_BYTE = 127

_WRITING = Lock()
"""The tables of a run are read side by side, and all of them need the one file."""


class TokenProvider(Protocol):
    """A source of delegation tokens, in the form in which Hadoop's web addresses take them.

    A token that was `refused`, since it has expired, is not given again. Each method raises InfrastructureError where
    there is no Kerberos ticket to get a token with.
    """

    def hdfs(self, refused: str = "") -> str:
        """Return a token for HDFS."""

    def yarn(self, refused: str = "") -> str:
        """Return a token for YARN's ResourceManager."""


@dataclass(frozen=True, slots=True)
class StaticToken:
    """The right that a token gives by itself: a driver passes it to its workers, and it ends with the token."""

    token: str = field(repr=False)

    def hdfs(self, refused: str = "") -> str:
        """Return the token.

        Raises:
            InfrastructureError: HDFS has refused this token.
        """
        if refused == self.token:
            raise InfrastructureError("HDFS no longer takes the token that this worker was given", code="no-ticket")
        return self.token

    def yarn(self, refused: str = "") -> str:  # noqa: ARG002 - as the protocol has it
        """Raise InfrastructureError: a worker has no token for YARN."""
        raise InfrastructureError("a worker has no token for YARN", code="no-ticket")


def write_token_file(right: TokenProvider, authority: str) -> None:
    """Let delta-rs open `hdfs://<authority>` with the token that WebHDFS takes.

    delta-rs looks for a Kerberos ticket of the machine or for a file of tokens, and a driver has only its JVM's keytab.
    This user alone can read the file, and it is removed when the process ends. Threads may call this at once.
    """
    data = token_file(right.hdfs(), authority)
    with _WRITING:
        file = _folder() / "tokens"
        if not file.is_file() or file.read_bytes() != data:
            partial = file.with_suffix(".part")
            partial.touch(mode=0o600)
            partial.write_bytes(data)
            partial.replace(file)  # delta-rs may read it meanwhile
        os.environ[VARIABLE] = str(file)


def token_file(token: str, authority: str) -> bytes:
    """Return a file of Hadoop's `Credentials` with a token for the HDFS at `authority`.

    The file holds a head, the number of tokens, each token after its name, and the number of secrets. A reader looks
    for the name of a service: a NameNode's `host:port`, or the name of a nameservice as it is or as Java writes it. So
    the file has the token under each of these names.
    """
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    identifier, password, kind = _fields(data)
    services = [authority] if ":" in authority else [authority, f"ha-hdfs:{authority}"]
    entries = b"".join(
        b"".join(_counted(field) for field in (name, identifier, password, kind, name))
        for name in (service.encode() for service in services)
    )
    return HEAD + _number(len(services)) + entries + _number(0)


@lru_cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="assay-tokens-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _fields(data: bytes) -> list[bytes]:
    """Return the identifier, the password and the kind of a token; in its bytes each follows its length."""
    fields, at = [], 0
    for _ in range(3):
        length, at = read_number(data, at)
        fields.append(data[at : at + length])
        at += length
    return fields


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return one of Hadoop's variable-length numbers of 0 or more, and the offset of what follows."""
    first = int.from_bytes(data[at : at + 1], signed=True)
    end = at + 1 if first >= 0 else at - 111 - first
    return (first if first >= 0 else int.from_bytes(data[at + 1 : end])), end


def _counted(field: bytes) -> bytes:
    return _number(len(field)) + field


def _number(value: int) -> bytes:
    if value <= _ONE_BYTE:
        return bytes([value])
    data = value.to_bytes((value.bit_length() + 7) // 8)
    return (-112 - len(data)).to_bytes(signed=True) + data
