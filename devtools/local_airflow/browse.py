"""Run by Airflow's own Python: looks at a run in Airflow's UI as a person would, in Chromium, and prints what it saw.

Its input is a JSON document: address, user, password, dag, run, task, chromium, and a folder for pictures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

SECONDS = 60_000


def main(visit: dict[str, Any]) -> dict[str, str]:
    """The texts of the graph, of the task's XComs, and of its log."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=visit["chromium"], args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(SECONDS)
        _log_in(page, visit)
        run = f"{visit['address']}/dags/{visit['dag']}/runs/{visit['run']}"
        seen = {
            "graph": _graph(page, run, visit),
            "verdict": _tab(page, f"{run}/tasks/{visit['task']}/xcom", visit, "verdict"),
            "log": _tab(page, f"{run}/tasks/{visit['task']}", visit, "log"),
        }
        browser.close()
    return seen


def _log_in(page: Page, visit: dict[str, Any]) -> None:
    page.goto(visit["address"])
    page.locator("input[name=username]").fill(visit["user"])
    page.locator("input[name=password]").fill(visit["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "login" not in address)


def _graph(page: Page, run: str, visit: dict[str, Any]) -> str:
    page.goto(run)
    page.get_by_label("Show Graph").first.click()
    page.locator(".react-flow__node").first.wait_for()
    page.screenshot(path=str(Path(visit["pictures"]) / "graph.png"))
    return "\n".join(page.locator(".react-flow__node").all_inner_texts())


def _tab(page: Page, address: str, visit: dict[str, Any], name: str) -> str:
    page.goto(address)
    page.get_by_text(visit["said"]).first.wait_for()
    page.screenshot(path=str(Path(visit["pictures"]) / f"{name}.png"))
    return str(page.locator("body").inner_text())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.stdin.read()))))
