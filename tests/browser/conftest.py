"""Chromium, and the pages of a year to be opened in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from assay.report.content.explanation import Account, AccountPart
from assay.stages.explanation.write_account import write_account
from assay.stages.reporting.write_report import write_index, write_report

from ..reported_lakes import year_home  # noqa: F401 - a fixture
from ..unit.stages.reported_year import ReportedYear

PARCELS = Path(__file__).parents[1] / "projects" / "parcels"


ACCOUNT = Account(
    "parcels",
    "parcel=P1 on 2024-02-01",
    "0.5 by version 1",
    (
        AccountPart("version 1", (("bundle", "5" * 64), ("features", ", ".join(f"feature_{n}" for n in range(12))))),
        AccountPart("rows", columns=("place", "row"), rows=(("landing/" + "x" * 60, "1," * 40),), notes=("a note",)),
    ),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; without one the tests are skipped, and fail in a continuous integration."""
    place = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if place is None:
        reason = "no Chromium: 'apt-get install chromium' brings one"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(year_home: Path) -> Path:  # noqa: F811 - the fixture
    """The folder of the pages of a year."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(year_home))
        patch.setattr(os, "fsync", lambda _: None)
        patch.syspath_prepend(str(PARCELS))
        ctx = ReportedYear.of(PARCELS).ctx
        write_report(ctx)
        write_index(ctx.pipeline.project)
        write_account(ctx, ACCOUNT)
    return year_home / "report"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of Chromium, which fails the test where it writes an error to its console or loads anything else."""
    opened = chromium.new_page(viewport={"width": 1100, "height": 900})
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: None if request.url.startswith("file:") else errors.append(request.url))
    yield opened
    opened.close()
    assert not errors
