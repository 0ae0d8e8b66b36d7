"""spark-submit jobs/train.py --pipeline NAME ...: the stage 'train', with the options of 'assay train'."""

import sys

from assay.cli.commands.job import job

if __name__ == "__main__":
    sys.exit(job("train", sys.argv[1:]))
