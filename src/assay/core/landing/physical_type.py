"""The types of the columns in Parquet and ORC files, and the types of a schema that they can be read as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PhysicalKind(StrEnum):
    """A type as a columnar file declares it, in Spark's words."""

    TINYINT = "tinyint"
    SMALLINT = "smallint"
    INT = "int"
    BIGINT = "bigint"
    DECIMAL = "decimal"
    FLOAT = "float"
    DOUBLE = "double"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "timestamp"
    """A timestamp with a zone."""
    LOCAL_TIME = "timestamp_ntz"
    """A timestamp without a zone."""
    INSTANT_NANOS = "instant_nanos"
    """Nanoseconds since 1970 in UTC, which Spark reads as whole numbers."""
    LOCAL_NANOS = "local_nanos"
    """Nanoseconds since 1970 by clocks of an unknown zone, which Spark reads as whole numbers."""


_WHOLE = frozenset({PhysicalKind.TINYINT, PhysicalKind.SMALLINT, PhysicalKind.INT, PhysicalKind.BIGINT})
_NUMBERS = _WHOLE | {PhysicalKind.DECIMAL, PhysicalKind.FLOAT, PhysicalKind.DOUBLE}
_TIMES = frozenset(
    {PhysicalKind.INSTANT, PhysicalKind.LOCAL_TIME, PhysicalKind.INSTANT_NANOS, PhysicalKind.LOCAL_NANOS}
)
_READ_AS = {
    "string": frozenset({PhysicalKind.STRING}),
    "double": _NUMBERS,
    "boolean": frozenset({PhysicalKind.BOOLEAN}),
    "date": frozenset({PhysicalKind.DATE}),
    "timestamp": _TIMES,
}


@dataclass(frozen=True, slots=True)
class PhysicalType:
    """The type of a column in a file; `precision` and `scale` are those of a decimal, in digits."""

    kind: PhysicalKind
    precision: int = 0
    scale: int = 0

    @property
    def spark(self) -> str:
        """The type with which Spark reads the column as it was written."""
        if self.kind is PhysicalKind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        return PhysicalKind.BIGINT.value if self.in_nanos else self.kind.value

    @property
    def in_nanos(self) -> bool:
        """True where the values are nanoseconds since 1970."""
        return self.kind in (PhysicalKind.INSTANT_NANOS, PhysicalKind.LOCAL_NANOS)

    @property
    def is_local(self) -> bool:
        """True where the values are times without a zone."""
        return self.kind in (PhysicalKind.LOCAL_TIME, PhysicalKind.LOCAL_NANOS)

    def can_be(self, column_type: str) -> bool:
        """Return whether values of this type can be read as a schema's type.

        Some values may still be refused: a number too large, or a decimal that no double represents.
        """
        if column_type in ("int", "long"):
            return self.kind in _WHOLE or (self.kind is PhysicalKind.DECIMAL and self.scale == 0)
        return self.kind in _READ_AS[column_type]
