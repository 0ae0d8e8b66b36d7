"""The inputs of a training at the versions that it read, for work that is compared with it."""

from __future__ import annotations

from assay.core.interval import Interval
from assay.errors import InputError
from assay.stages.features.inputs import Inputs
from assay.stages.runtime.context import Context
from assay.store.delta.table_files import DeltaFiles
from assay.store.ledger.run_details import TrainingDetails
from assay.store.ledger.run_record import RunRecord


def pinned_inputs(ctx: Context, training: RunRecord, dates: Interval) -> Inputs:
    """Return the training's own table versions, cut to some dates.

    Raises:
        InputError: A version is gone.
    """
    read, lookbacks = training.details_as(TrainingDetails).read, ctx.pipeline.spec.features.inputs
    for name, table in read.items():
        if not DeltaFiles(ctx.folder("clean", name)).whole(table.version):
            raise InputError(
                f"version {table.version} of the table '{name}', which the training read, is gone",
                code="version-gone",
                hint="train again; 'maintain' in the spec sets how many trainings keep what they read",
            )
    intervals = {name: dates.back(lookbacks.get(name, 0)) for name in read}
    return Inputs(dates, intervals, {name: table.version for name, table in read.items()}, {})
