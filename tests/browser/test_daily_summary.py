"""The page of a daily summary in a real Chromium."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from assay.stages.reporting.daily_summary import daily_summary
from assay.stages.reporting.write_summary import SummaryFormat, write_summary

from ..unit.stages.summarised_days import NEWEST, SUMS, hold, summarised


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of the newest day, after which a day is held."""
    ctx = summarised(tmp_path, monkeypatch)
    hold(ctx, NEWEST + timedelta(days=1))
    written = write_summary(ctx, daily_summary(ctx))
    return next(one.path for one in written if one.form is SummaryFormat.HTML)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_scrolls_only_what_is_wide_itself(summary: Path, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"file://{summary}")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_shows_the_held_day_the_sums_and_both_days_of_scores(summary: Path, page: Page) -> None:
    page.goto(f"file://{summary}")
    assert str(NEWEST + timedelta(days=1)) in page.locator(".headline").inner_text()
    assert all(page.get_by_text(sql).is_visible() for sql in SUMS.values())
    assert page.locator("svg .bar").count() > 5
    assert page.locator("svg path.then").count() == 1
