"""The page of an account, below the pages of its pipeline's report."""

from __future__ import annotations

from pathlib import Path

import assay
from assay.report.content.explanation import Account
from assay.report.page import render
from assay.stages.reporting.links import report_folder
from assay.stages.runtime.context import Context
from assay.store.filesystem.atomic import write_atomically
from assay.store.users import now_utc


def write_account(ctx: Context, account: Account) -> Path:
    """Write the page of an account, over an earlier one of the same thing, and return its place."""
    path = report_folder(ctx.pipeline.project) / ctx.pipeline.name / "accounts" / account.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, render("account.html", account=account, version=assay.__version__, at=now_utc()).encode())
    return path
