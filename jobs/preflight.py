"""spark-submit jobs/preflight.py --pipeline NAME ...: check the cluster, with the options of 'assay preflight'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("preflight", sys.argv[1:]))
