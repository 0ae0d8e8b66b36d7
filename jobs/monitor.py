"""spark-submit jobs/monitor.py --pipeline NAME ...: the stage 'monitor', with the options of 'assay monitor'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("monitor", sys.argv[1:]))
