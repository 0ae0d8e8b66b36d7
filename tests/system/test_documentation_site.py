"""`make docs`, as a person runs it in a checkout."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "documentation" / "site"
LOADED = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']?(https?://[^"' >]+)""")


@pytest.mark.system
@pytest.mark.timeout(600)
def test_the_site_is_built_and_needs_no_other_host() -> None:
    done = subprocess.run(["make", "docs"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = sorted(SITE.rglob("*.html"))
    assert {"index.html", "tutorial.html", "gate.html"} <= {page.name for page in pages}
    assert len(pages) > 40
    loaded = {address for page in pages for address in LOADED.findall(page.read_text())}
    assert {address for address in loaded if "canonical" not in address} == set()
