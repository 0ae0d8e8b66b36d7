"""Delegation tokens, as Hadoop's tools write them and as WebHDFS takes them."""

from __future__ import annotations

import base64

from assay.store.hadoop.delegation_tokens import HEAD, read_number


def token_in(credentials: bytes) -> str:
    """The one token of a file of Hadoop's `Credentials`, in the form of `?delegation=`: its bytes in URL-safe base64.

    The file holds a head, the number of tokens, then each token after its name, and last the number of secrets; numbers
    are Hadoop's variable-length ones.
    """
    assert credentials.startswith(HEAD), "not a file of credentials"
    tokens, at = read_number(credentials, len(HEAD))
    assert tokens == 1, f"{tokens} tokens"
    length, at = read_number(credentials, at)
    return base64.urlsafe_b64encode(credentials[at + length : -1]).decode().rstrip("=")
