"""Arrays of doubles and a header in one compressed file, behind the digest of all of it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_DIGEST, _LENGTH = 32, 8
_DOUBLES = np.dtype("<f8")


def pack(header: Mapping[str, Any], arrays: Mapping[str, Doubles]) -> bytes:
    """Return the header and the arrays as bytes that `unpack` reads; a NaN is kept."""
    shapes = {name: array.shape for name, array in arrays.items()}
    text = json.dumps({"header": header, "shapes": shapes}, separators=(",", ":")).encode("ascii")
    content = b"".join(
        [len(text).to_bytes(_LENGTH, "big"), text, *(array.astype(_DOUBLES).tobytes() for array in arrays.values())]
    )
    data = zlib.compress(content, level=1)
    return hashlib.sha256(data).digest() + data


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Doubles]]:
    """Return the header and the arrays that `pack` wrote.

    Raises:
        ValueError: The bytes are not whole, or are anything else.
    """
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        raise ValueError("its digest is not that of its content")
    content = zlib.decompress(data[_DIGEST:])
    begin = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
    document = json.loads(content[_LENGTH:begin])
    arrays: dict[str, Doubles] = {}
    for name, shape in document["shapes"].items():
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(content, _DOUBLES, count, begin).reshape(shape)
        begin += count * _DOUBLES.itemsize
    return document["header"], arrays
