"""spark-submit jobs/validate.py --pipeline NAME ...: the stage 'validate', with the options of 'assay validate'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("validate", sys.argv[1:]))
