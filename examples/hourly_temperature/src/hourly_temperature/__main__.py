"""`python -m hourly_temperature FROM TO`: let the drops of the dates from FROM up to, and without, TO arrive."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path

from hourly_temperature.landing import write_drops


def main() -> int:
    """Write the drops and say how many; returns the exit code."""
    parser = argparse.ArgumentParser(prog="hourly_temperature", description="Let the drops of some dates of 2013 land.")
    parser.add_argument("start", type=date.fromisoformat, metavar="FROM", help="the first date")
    parser.add_argument("end", type=date.fromisoformat, metavar="TO", help="the date after the last")
    options = parser.parse_args()
    landing = Path(os.environ.get("ASSAY_HOME", ".assay")) / "landing"
    written = write_drops(landing, options.start, options.end, arrived_before=options.end)
    print(f"{written} files landed below {landing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
