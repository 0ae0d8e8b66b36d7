"""The pictures of README and docs, made from the lake that `make demo` left: `make pictures`."""

from __future__ import annotations

import html
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow import MlflowClient
from playwright.sync_api import Browser, sync_playwright

from assay.errors import InputError
from assay.spec.project import load_pipeline, open_project
from assay.stages.reporting.write_report import write_index, write_report
from assay.stages.runtime.context import Context

PIPELINE = "flight_delays"
IMAGES = Path(__file__).parents[1] / "docs" / "images"
COLUMNS = 100
COMMANDS = (("status",), ("runs", PIPELINE, "--limit", "6"), ("models", PIPELINE))
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #14171d; }}
pre {{ margin: 0; padding: 18px 22px; display: inline-block; color: #e8ebf0; font: 13px/1.45 ui-monospace, monospace; }}
b {{ color: #8fb4ff; }}</style><pre>{}</pre>"""


def main() -> int:
    """Make all pictures, and print the path of each."""
    project = open_project()
    ctx = Context(load_pipeline(project, PIPELINE))
    if not ctx.ledger.records():
        raise InputError("the lake is empty", code="empty-lake", hint="run 'make demo' first")
    report = write_report(ctx).path
    write_index(project)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        of_page(browser, report.as_uri(), "report.png", height=1010)
        of_page(browser, report.as_uri() + "#drift", "report-drift-dark.png", height=760, dark=True)
        of_page(browser, report.as_uri(), "report-phone.png", width=390, height=844)
        of_terminal(browser, "terminal.png")
        with mlflow_server(project.environment.mlflow_tracking) as address:
            experiment = MlflowClient(project.environment.mlflow_tracking).get_experiment_by_name(PIPELINE)
            runs = f"{address}/#/experiments/{experiment.experiment_id}/runs?workflowType=machine_learning"
            of_page(browser, runs, "mlflow-runs.png", width=1500, height=760, wait_for="text=2013-05-01")
        browser.close()
    return 0


def of_page(
    browser: Browser,
    address: str,
    name: str,
    *,
    width: int = 1100,
    height: int,
    dark: bool = False,
    wait_for: str = "body",
) -> None:
    """Write the picture of what a window of this size shows of a page."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page.goto(address)
    page.locator(wait_for).first.wait_for()
    page.screenshot(path=IMAGES / name)
    page.close()
    sys.stdout.write(f"{IMAGES / name}\n")


def of_terminal(browser: Browser, name: str) -> None:
    """Write the picture of some commands with what they print in a window of COLUMNS columns."""
    lines = []
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "assay.cli.main", *command],
            env=os.environ | {"COLUMNS": str(COLUMNS)},
            capture_output=True,
            text=True,
            check=True,
        )
        lines.append(f"<b>$ assay {html.escape(' '.join(command))}</b>\n{html.escape(done.stdout)}")
    page = browser.new_page(viewport={"width": 900, "height": 600})
    page.set_content(TERMINAL.format("\n".join(lines)))
    page.locator("pre").screenshot(path=IMAGES / name)
    page.close()
    sys.stdout.write(f"{IMAGES / name}\n")


@contextmanager
def mlflow_server(tracking: str) -> Iterator[str]:
    """Serve a tracking store on loopback, and yield the address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", tracking, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if "startup complete" in line.lower():
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


if __name__ == "__main__":
    raise SystemExit(main())
