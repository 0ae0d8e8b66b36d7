"""The columns that a landed row has beside those of its table, and the reasons why a row is refused."""

REASON = "_assay_reason"
"""Why a row is refused: null for a good row, `quarantine:<what>` or `drop:<rule>` otherwise."""

RAW = "_assay_raw"
"""The record as it was in the file."""

FILE = "_assay_file"
"""The file that a row came from."""

UNREAD = "_assay_unread"
"""The fields of a row whose text is not of its column's type: column -> text; null where all are."""

REPLAYED = "_assay_replayed"
"""The id of the repair that a row is made of, null for a row as it landed; only frames with repairs have it."""

INTERNAL = (REASON, RAW, FILE, UNREAD)
QUARANTINE = "quarantine:"
DROP = "drop:"
TYPE = "type:"
"""The reason, before the column's name, of a row with a text that is not of its column's type."""

CLOCK_CHANGE = "clock_change:"
"""The reason, before the column's name, of a row with a local time that the clocks skipped or showed twice."""

DAY = "_assay_day"
"""The date that the place of the row's file names."""

TEXT = "_assay_text_"
"""Before a column's name: the text that its value is made of."""

READ = "_assay_read"
"""The values that Spark's own parser read in a line."""

PLAIN = "_assay_plain"
"""True for a line of which Spark's own parser makes the right values."""
