"""Work on MLflow that fails no stage: it ends at a deadline, and its fault becomes one line."""

from __future__ import annotations

from collections.abc import Callable

from assay.errors import AssayError
from assay.models.mlflow.client import shown
from assay.stages.runtime.context import Context
from assay.store.deadline import run_within


def mlflow_fault(ctx: Context, seconds: float, work: Callable[[], object]) -> str:
    """Do the work within `seconds`, and return the cause in one line if it failed or is not done; empty if it is."""
    try:
        run_within(seconds, work)
    except TimeoutError:
        where = shown(ctx.pipeline.project.environment.mlflow_tracking)
        return f"MLflow at {where} did not answer within {seconds:g} seconds"
    except AssayError as error:
        return error.message
    except OSError as error:
        return str(error) or type(error).__name__
    return ""
