"""spark-submit jobs/clean.py --pipeline NAME ...: the stage 'clean', with the options of 'assay clean'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("clean", sys.argv[1:]))
