"""The encodings of text files: the names that a schema may use, each in one spelling."""

from __future__ import annotations

import codecs
import io
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from assay.core.suggestions import did_you_mean
from assay.spec.schema.field_types import problem

UTF_8 = "utf-8"

_BY_SPARK = {UTF_8: "UTF-8", "utf-8-sig": "UTF-8", "ascii": "UTF-8", "iso8859-1": "ISO-8859-1"}
"""The encodings whose lines Spark divides and decodes exactly as Python does, and Java's names."""

_USUAL = (UTF_8, "utf-8-sig", "latin-1", "windows-1252", "iso-8859-15", "utf-16", "shift_jis", "gb18030")
# What Python calls text encodings and no file is written in.
_NO_FILES = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})


def spark_name(encoding: str) -> str | None:
    """Return the name under which Spark reads a file of the encoding line by line, None where Python has to."""
    return _BY_SPARK.get(encoding)


def _encoding(text: str) -> str:
    try:
        name = codecs.lookup(text).name
        if name.replace("-", "_") in _NO_FILES:
            raise LookupError(text)
        io.TextIOWrapper(io.BytesIO(), encoding=text)  # refuses what turns bytes into bytes, such as base64
    except (LookupError, ValueError):
        hint = did_you_mean(text, _USUAL, "write one that Python knows, such as")
        raise problem(f"cannot be '{text}': there is no such encoding", hint, "unknown-encoding") from None
    return name


Encoding = Annotated[str, AfterValidator(_encoding), WithJsonSchema({"type": "string"})]
"""The encoding of text files, by the name that Python gives it."""
