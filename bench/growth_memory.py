"""`python -m bench.growth_memory JSON`: the memory of the growing work, in a process that has done nothing else."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

from bench.growth import subjects
from bench.memory import memory_of
from bench.model import BenchModel
from bench.setting import JAVA_OPTIONS, Machine, Setting


def main(job_json: str) -> int:
    """Print the memory of each size but the tiny one as the last line, by the name of the work, and return 0."""
    from assay.spark.session.session import open_session

    warnings.simplefilter("ignore")
    wanted = json.loads(job_json)
    spark = open_session(Machine(), "bench memory", java_options=JAVA_OPTIONS)
    home, scratch = Path(wanted["home"]), Path(wanted["scratch"])
    setting = Setting(spark, home, scratch, wanted["rows"], 1, wanted["quick"], lambda _: None)
    chosen = subjects(setting, BenchModel(Path(wanted["bundle"]), wanted["digest"], "", None))
    # The tiny size comes first and is not kept: it imports and starts what any size needs.
    memory_by_work = {
        s.name: [asdict(memory_of(spark, lambda s=s, n=n: s.work(n))) for n in s.sizes][1:]  # type: ignore[misc]
        for s in chosen
    }
    print(json.dumps(memory_by_work))
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
