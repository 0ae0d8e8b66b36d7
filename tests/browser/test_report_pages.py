"""The pages of the report in a real Chromium: readable in light and dark, wide and narrow, by keyboard and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ..unit.stages.reported_year import DRIFTED, HELD

PAGES = (
    "index.html",
    "parcels/index.html",
    "parcels/days/2024.html",
    f"parcels/days/{HELD}.html",
    f"parcels/days/{DRIFTED}.html",
    "parcels/versions/1.html",
    "parcels/decisions/p0.html",
    "parcels/score-card.html",
    "parcels/accounts/parcel=P1-on-2024-02-01.html",
)
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def brightness(colour: str) -> float:
    """The mean of red, green and blue of a colour as CSS computes it, from 0 to 255."""
    return sum(float(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")) / 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_light_and_dark(report: Path, page: Page, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"file://{report / name}")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_of_390_pixels_scrolls_only_what_is_wide_itself(report: Path, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"file://{report / name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_is_dark_and_light_is_light(report: Path, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"file://{report / 'parcels/index.html'}")
    assert brightness(page.evaluate(BACKGROUND)) > 240
    page.emulate_media(color_scheme="dark")
    assert brightness(page.evaluate(BACKGROUND)) < 40


def test_the_page_opens_with_one_sentence_and_the_command_to_type(report: Path, page: Page) -> None:
    page.goto(f"file://{report / 'parcels/index.html'}")
    state = page.locator(".headline")
    assert state.is_visible()
    assert "act" in (state.get_attribute("class") or "")
    assert state.bounding_box()["y"] < 300  # type: ignore[index]
    assert f"--date {HELD}" in state.inner_text()


def test_the_keyboard_reaches_the_content_first_and_every_wide_table(report: Path, page: Page) -> None:
    page.goto(f"file://{report / 'parcels/index.html'}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    reached = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    wide = set(page.locator(".wide").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))"))
    hidden = {"metric by month", "looks in hindsight"}
    assert wide - hidden <= reached, "what scrolls is reached, but for closed details"


def test_a_click_on_a_held_day_of_the_calendar_opens_its_page(report: Path, page: Page) -> None:
    page.goto(f"file://{report / 'parcels/index.html'}")
    page.locator(f".calendar[aria-label^=deliveries] a[href='days/{HELD}.html']").click()
    assert page.url.endswith(f"days/{HELD}.html")
    page.locator("nav.path a", has_text="parcels").click()
    assert page.url.endswith("parcels/index.html")


def test_the_values_of_the_users_are_text_and_never_run(report: Path, page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(f"file://{report / f'parcels/days/{HELD}.html'}")
    assert "<script>alert(1)</script>" in page.inner_text("main")


def test_paper_has_the_whole_page_in_black_on_white(report: Path, page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"file://{report / 'parcels/index.html'}")
    assert brightness(page.evaluate(BACKGROUND)) == 255
    assert brightness(page.evaluate("getComputedStyle(document.querySelector('.headline strong')).color")) < 120
    assert not page.locator("nav.contents").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
