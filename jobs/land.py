"""spark-submit jobs/land.py --pipeline NAME ...: the stage 'land', with the options of 'assay land'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("land", sys.argv[1:]))
