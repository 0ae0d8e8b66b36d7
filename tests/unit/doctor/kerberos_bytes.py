"""Keytabs and caches of tickets as bytes, written by MIT's description of the formats."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime

WRITTEN_BY_JAVA = b64decode(
    "BQMAAAAAAAAAAQAAAAtFWEFNUExFLk9SRwAAAAVhc3NheQAAAAAAAAABAAAAC0VYQU1QTEUuT1JHAAAABWFzc2F5AAAAAgAA"
    "AAIAAAALRVhBTVBMRS5PUkcAAAAGa3JidGd0AAAAC0VYQU1QTEUuT1JHABIAEgAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAGkrszBpK7MwaSw/0Gk07bAAAAAAAAAAAAAAAAAAAAAAT2FNMEugAwIBBaENGwtFWEFNUExFLk9SR6IgMB6g"
    "AwIBAqEXMBUbBmtyYnRndBsLRVhBTVBMRS5PUkejEzARoAMCARKhAwIBAaIFBAMBAgMAAAAA"
)
"""A cache as OpenJDK 17's own classes wrote it: a made-up ticket of assay@EXAMPLE.ORG, with a key of zeros."""


def counted(text: str | bytes, size: int) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return len(data).to_bytes(size) + data


def keytab(*principals: str, deleted: str = "") -> bytes:
    data = b"\x05\x02"
    for name in (*principals, *([deleted] if deleted else [])):
        names, realm = name.split("@")
        parts = names.split("/")
        entry = len(parts).to_bytes(2) + counted(realm, 2) + b"".join(counted(part, 2) for part in parts)
        entry += (1).to_bytes(4) + (1_700_000_000).to_bytes(4) + b"\x02" + (18).to_bytes(2) + counted(b"k" * 32, 2)
        size = -len(entry) if name == deleted else len(entry)
        data += size.to_bytes(4, signed=True) + entry
    return data


def _principal(name: str) -> bytes:
    names, realm = name.split("@")
    parts = names.split("/")
    head = (1).to_bytes(4) + len(parts).to_bytes(4) + counted(realm, 4)
    return head + b"".join(counted(part, 4) for part in parts)


def _ticket(owner: str, service: str, ends: int, renewable: int) -> bytes:
    times = b"".join(instant.to_bytes(4) for instant in (1, 1, ends, renewable))
    key = (18).to_bytes(2) + counted(b"s" * 32, 4)
    addresses = (1).to_bytes(4) + (2).to_bytes(2) + counted(b"\x7f\x00\x00\x01", 4)
    return (
        _principal(owner) + _principal(service) + key + times + b"\x00" + b"\x00" * 4
        + addresses + (0).to_bytes(4) + counted(b"ticket" * 9, 4) + counted(b"", 4)
    )  # fmt: skip


def cache(owner: str, ends: datetime, *, renewable: datetime | None = None, granting: bool = True) -> bytes:
    realm = owner.partition("@")[2]
    until = int(renewable.timestamp()) if renewable else 0
    header = counted(b"\x00\x01\x00\x08" + b"\x00" * 8, 2)
    configuration = _ticket(owner, "krb5_ccache_conf_data/fast_avail@X-CACHECONF:", 0, 0)
    service = f"krbtgt/{realm}@{realm}" if granting else f"HTTP/host@{realm}"
    return (
        b"\x05\x04" + header + _principal(owner) + configuration + _ticket(owner, service, int(ends.timestamp()), until)
    )
