"""Delegation tokens, as Hadoop's tools write them and as WebHDFS takes them."""

from __future__ import annotations

import base64

_HEAD = b"HDTS\x00"
_ONE_BYTE = -112


def token_in(credentials: bytes) -> str:
    """The one token of a file of Hadoop's `Credentials`, in the form of `?delegation=`: its bytes in URL-safe base64.

    The file holds a head, the number of tokens, then each token after its name, and last the number of secrets; numbers
    are Hadoop's variable-length ones.
    """
    assert credentials.startswith(_HEAD), "not a file of credentials"
    tokens, at = _number(credentials, len(_HEAD))
    assert tokens == 1, f"{tokens} tokens"
    length, at = _number(credentials, at)
    return base64.urlsafe_b64encode(credentials[at + length : -1]).decode().rstrip("=")


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number of 0 or more, and where the next thing begins."""
    first = int.from_bytes(data[at : at + 1], signed=True)
    if first >= _ONE_BYTE:
        return first, at + 1
    end = at + 1 + _ONE_BYTE - first
    return int.from_bytes(data[at + 1 : end]), end
