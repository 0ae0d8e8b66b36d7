"""spark-submit jobs/run.py --pipeline NAME ...: every stage that is due, with the options of 'assay run'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("run", sys.argv[1:]))
