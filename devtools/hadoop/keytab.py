"""Keytabs: files with the keys of Kerberos principals, in MIT's format 5.2."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

_HEAD = b"\x05\x02"


def only(keytab: bytes, principals: Collection[str]) -> bytes:
    """The keytab with the keys of the given principals (`user@REALM`, `service/host@REALM`) and of no other."""
    return _HEAD + b"".join(record for principal, record in records(keytab) if principal in principals)


def principals(keytab: bytes) -> set[str]:
    """Those that have a key in it; none of a keytab that is still being written."""
    try:
        return {principal for principal, _ in records(keytab)}
    except (struct.error, UnicodeDecodeError):
        return set()


def records(keytab: bytes) -> Iterator[tuple[str, bytes]]:
    """Each key's principal, and the bytes of its record: a signed length, negative for a hole, and what it counts."""
    at = len(_HEAD)
    while at < len(keytab):
        (size,) = struct.unpack_from(">i", keytab, at)
        end = at + 4 + abs(size)
        if size > 0:
            yield _principal(keytab[at + 4 : end]), keytab[at:end]
        at = end


def _principal(record: bytes) -> str:
    """A record begins with how many parts the name has, the realm, and these parts; each text after its length."""
    (parts,) = struct.unpack_from(">H", record)
    at = 2
    texts = []
    for _ in range(parts + 1):
        (length,) = struct.unpack_from(">H", record, at)
        texts.append(record[at + 2 : at + 2 + length].decode())
        at += 2 + length
    realm, *name = texts
    return f"{'/'.join(name)}@{realm}"
