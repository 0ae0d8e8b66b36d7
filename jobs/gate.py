"""spark-submit jobs/gate.py --pipeline NAME ...: the stage 'gate', with the options of 'assay gate'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("gate", sys.argv[1:]))
