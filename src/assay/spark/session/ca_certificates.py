"""The certificate authorities of this machine as a file that Java reads.

A Java from PyPI brings its own list. Where a company's proxy signs for the outside world, only the system's list has
its authority. Without that list nothing could be fetched.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import struct
from pathlib import Path

_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def java_trust(folder: Path) -> list[str]:
    """The arguments that make a Java trust what this machine trusts; none where the system has no list of its own.

    The list is the file that SSL_CERT_FILE names, else the system's. The key store is written into `folder`.
    """
    bundles = [Path(name) for name in (os.environ.get("SSL_CERT_FILE", ""), *_BUNDLES) if name]
    ca_file = next((bundle for bundle in bundles if bundle.is_file()), None)
    if ca_file is None:
        return []
    store = folder / "trust.jks"
    store.write_bytes(key_store(ssl.create_default_context(cafile=str(ca_file)).get_ca_certs(binary_form=True)))
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=JKS"]


def key_store(certificates: list[bytes], *, now: int = 0) -> bytes:
    """A Java key store (JKS, version 2) of trusted certificates in DER form, under the usual password `changeit`.

    The format is that of OpenJDK's `sun.security.provider.JavaKeyStore`: a list of entries, then a SHA-1 over a salt
    and the list. The digest protects nothing here: the certificates are public, and so is the password.
    """
    body = struct.pack(">III", 0xFEEDFEED, 2, len(certificates))
    for number, certificate in enumerate(certificates):
        body += struct.pack(">I", 2) + _text(f"authority-{number}") + struct.pack(">Q", now)
        body += _text("X.509") + struct.pack(">I", len(certificate)) + certificate
    salt = "changeit".encode("utf-16-be") + b"Mighty Aphrodite"
    return body + hashlib.sha1(salt + body, usedforsecurity=False).digest()


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode("ascii")
