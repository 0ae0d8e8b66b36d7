"""spark-submit jobs/score.py --pipeline NAME ...: the stage 'score', with the options of 'assay score'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("score", sys.argv[1:]))
