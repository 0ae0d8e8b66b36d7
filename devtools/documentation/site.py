"""The build of the site: the staged pages, Mermaid's script, Zensical in strict mode, and a server on loopback."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from devtools.documentation.mermaid import VERSION, MermaidError, fetch_mermaid
from devtools.documentation.source import SourceError, check_navigation, stage_pages

ROOT = Path(__file__).parents[2]
WEB = Path(__file__).parent / "web"
CONFIGURATION = Path(__file__).parent / "zensical.toml"
TOOLS = ROOT / ".tools" / "docs"
ZENSICAL, MERMAID = TOOLS / "bin" / "zensical", TOOLS / f"mermaid-{VERSION}.js"
BUILD = ROOT / "build" / "documentation"
"""Below it: the configuration, the staged pages in `source`, and the site in `site`."""

LOOPBACK = "127.0.0.1"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class SiteError(RuntimeError):
    """The site cannot be built: a broken link, a page outside of the navigation, or a tool that is missing."""


def build() -> int:
    """Build the site anew, print where its first page is, and return 0.

    Raises:
        SiteError: A link is broken, a page is outside of the navigation, or a tool fails.
    """
    source = BUILD / "source"
    try:
        pages = stage_pages(ROOT, source)
        check_navigation(_navigation(), source)
        fetch_mermaid(MERMAID, TOOLS)
    except (SourceError, MermaidError) as error:
        raise SiteError(f"the site was not built:\n{error}") from error
    shutil.copytree(WEB, source / WEB.name)
    shutil.copy(MERMAID, source / WEB.name / "mermaid.tiny.js")
    shutil.copy(CONFIGURATION, BUILD)
    shutil.rmtree(BUILD / "site", ignore_errors=True)
    _run_zensical()
    size = sum(path.stat().st_size for path in (BUILD / "site").rglob("*") if path.is_file())
    print(f"{pages} pages, {size / 1e6:.1f} MB: {(BUILD / 'site' / 'index.html').as_uri()}")
    print("'make docs SERVE=1' serves them on this machine, with the search")
    return 0


def serve(port: int) -> int:
    """Build the site, and serve it on loopback until Ctrl-C.

    Raises:
        SiteError: As `build` does, or the port is taken.
    """
    build()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(BUILD / "site"))
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError as error:
        raise SiteError(f"port {port} cannot be used: {error.strerror}; choose one with PORT=8001") from error
    print(f"http://{LOOPBACK}:{server.server_port}/ until Ctrl-C")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def _navigation() -> list[Any]:
    project: Mapping[str, Any] = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["project"]
    return list(project["nav"])


def _run_zensical() -> None:
    if not ZENSICAL.is_file():
        raise SiteError("Zensical is not installed: run 'make docs', which installs it")
    command = [str(ZENSICAL), "build", "--strict", "--clean", "--config-file", str(BUILD / CONFIGURATION.name)]
    done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        text = done.stdout + done.stderr.partition("Traceback (most recent call last)")[0]
        raise SiteError(f"the site was not built:\n{_COLOUR.sub('', text).strip()}")
