"""What the outcomes' feed needs before anybody reads it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MIDNIGHT = 2400


def outcomes(frame: DataFrame) -> DataFrame:
    """The outcomes with midnight written as 0 alone.

    The feed writes the clock times as HHMM from 1 to 2400: midnight is 2400 in `dep_time` and `arr_time`, but 0 in any
    arithmetic on the hour of the day, and no clock shows it.
    """
    clocks = {name: F.when(F.col(name) == MIDNIGHT, 0).otherwise(F.col(name)) for name in ("dep_time", "arr_time")}
    return frame.withColumns({name: clock.cast("int") for name, clock in clocks.items()})
