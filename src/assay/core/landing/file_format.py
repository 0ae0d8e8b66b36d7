"""The formats of landed files, by the ends of their names."""

from __future__ import annotations

from enum import StrEnum

COMPRESSIONS = (".gz", ".bz2", ".zst")
"""The ends of the names of compressed text files."""

_TEXT_BYTES = {".gz": 5, ".bz2": 7, ".zst": 5, ".parquet": 4, ".orc": 4}


class FileFormat(StrEnum):
    """A format of files that land by date."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ORC = "orc"

    @property
    def is_columnar(self) -> bool:
        """True where the files have typed columns and a footer instead of lines of text."""
        return self in (FileFormat.PARQUET, FileFormat.ORC)

    @property
    def plain_suffixes(self) -> tuple[str, ...]:
        """The ends of the names of files that are not compressed as a whole."""
        return (".jsonl", ".ndjson", ".json") if self is FileFormat.JSONL else (f".{self.value}",)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """All ends of names, such as `.csv` and `.csv.gz`."""
        if self.is_columnar:
            return self.plain_suffixes
        return tuple(f"{plain}{packed}" for plain in self.plain_suffixes for packed in ("", *COMPRESSIONS))

    @property
    def in_words(self) -> str:
        """The plain ends of names, and the compressions that may follow, for messages."""
        plain = ", ".join(self.plain_suffixes)
        return plain if self.is_columnar else f"{plain} (compressed: {', '.join(COMPRESSIONS)})"

    def stem(self, name: str) -> str:
        """Return the name without its end in this format, or all of it where it has another end."""
        ends = [suffix for suffix in self.suffixes if name.endswith(suffix)]
        return name.removesuffix(max(ends, key=len)) if ends else name


def format_of(name: str) -> FileFormat:
    """Return the format of a file by the end of its name; a name with an unknown end is that of a CSV file."""
    return next((one for one in FileFormat if name.endswith(one.suffixes)), FileFormat.CSV)


def text_bytes(name: str, size: int) -> int:
    """Return an estimate of the bytes that a file of `size` bytes would have as plain text."""
    return size * next((factor for end, factor in _TEXT_BYTES.items() if name.endswith(end)), 1)
