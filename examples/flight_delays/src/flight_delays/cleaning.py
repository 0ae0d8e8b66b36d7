"""Clean the outcomes' feed before it is read."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

MIDNIGHT = 2400


def outcomes(frame: DataFrame) -> DataFrame:
    """Return the outcomes with midnight written as 0 alone.

    The feed writes the clock times as HHMM from 1 to 2400. So midnight is 2400 in `dep_time` and `arr_time`. No clock
    shows 2400, and in any arithmetic on the hour of the day midnight is 0.
    """
    clocks = {name: F.when(F.col(name) == MIDNIGHT, 0).otherwise(F.col(name)) for name in ("dep_time", "arr_time")}
    return frame.withColumns({name: clock.cast("int") for name, clock in clocks.items()})
