"""The files of Kerberos without its library: the keys of a keytab, and the tickets of a file cache.

The formats are those of MIT's documentation ("Keytab file format", "Credential cache file format"). Keytabs are of
version 2. Caches are of version 4, which MIT's programs write, or 3, which Java's own classes write.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

KEYTAB_VERSION, CACHE_VERSION, JAVA_CACHE_VERSION = b"\x05\x02", b"\x05\x04", b"\x05\x03"


@dataclass(frozen=True, slots=True)
class KerberosTicket:
    """A ticket of a cache: who it is for, the service that takes it, and the instants at which it and its renewal end.

    `renewable_until` is None for a ticket that cannot be renewed.
    """

    principal: str
    service: str
    ends: datetime
    renewable_until: datetime | None

    @property
    def is_granting(self) -> bool:
        """True for the ticket with which other tickets are requested."""
        return self.service.startswith("krbtgt/")


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ValueError("the file ends within an entry")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), signed=signed)

    def counted(self, size: int) -> bytes:
        return self.take(self.number(size))

    def more(self) -> bool:
        return self.at < len(self.data)


def keytab_principals(data: bytes) -> list[str]:
    """Return the principals that a keytab has keys of, each once, in the order of the file.

    Raises:
        ValueError: The bytes are not those of a whole keytab of version 2.
    """
    reader = _Reader(data)
    if reader.take(2) != KEYTAB_VERSION:
        raise ValueError("the file is no keytab of version 2")
    principals: dict[str, None] = {}
    while reader.more():
        size = reader.number(4, signed=True)
        entry = _Reader(reader.take(abs(size)))
        if size > 0:  # a negative size marks an entry that was deleted
            count = entry.number(2)
            principals[_principal(entry, count, 2)] = None
    return list(principals)


def cached_tickets(data: bytes) -> tuple[str, list[KerberosTicket]]:
    """Return the principal of a cache, and its tickets.

    Raises:
        ValueError: The bytes are not those of a whole cache of version 3 or 4.
    """
    reader = _Reader(data)
    version = reader.take(2)
    if version not in (CACHE_VERSION, JAVA_CACHE_VERSION):
        raise ValueError("the file is no credential cache of version 3 or 4")
    if version == CACHE_VERSION:
        reader.counted(2)  # offsets to the clock of the centre
    owner = _cache_principal(reader)
    tickets = list(_tickets(reader, key_types=1 if version == CACHE_VERSION else 2))
    return owner, [ticket for ticket in tickets if not ticket.service.startswith("krb5_ccache_conf_data/")]


def cache_place() -> tuple[str, str]:
    """Return the kind of this user's cache and its place, such as ("FILE", "<temporary folder>/krb5cc_1000").

    It is that of KRB5CCNAME, else the usual file of MIT's library. `krb5.conf` may name another one.
    """
    named = os.environ.get("KRB5CCNAME", "")
    kind, colon, place = named.partition(":")
    if not named:
        return "FILE", str(Path(tempfile.gettempdir()) / f"krb5cc_{os.getuid()}")
    return (kind.upper(), place) if colon else ("FILE", named)


def _tickets(reader: _Reader, key_types: int) -> Iterator[KerberosTicket]:
    while reader.more():
        client, service = _cache_principal(reader), _cache_principal(reader)
        reader.take(2 * key_types)  # version 3 has the type of the key twice
        reader.counted(4)  # the key of the session
        _, _, ends, renewable = (reader.number(4) for _ in range(4))
        reader.take(1 + 4)
        for _ in range(2):  # addresses, then data of the authorisation
            for _ in range(reader.number(4)):
                reader.number(2)
                reader.counted(4)
        reader.counted(4)
        reader.counted(4)
        until = datetime.fromtimestamp(renewable, UTC) if renewable else None
        yield KerberosTicket(client, service, datetime.fromtimestamp(ends, UTC), until)


def _cache_principal(reader: _Reader) -> str:
    reader.number(4)  # the type of the name
    return _principal(reader, reader.number(4), 4)


def _principal(reader: _Reader, components: int, size: int) -> str:
    realm = reader.counted(size).decode("utf-8", "replace")
    names = [reader.counted(size).decode("utf-8", "replace") for _ in range(components)]
    return f"{'/'.join(names)}@{realm}"
