"""The error codes and the words of the command line, which ship with the package.

`python -m devtools.documentation` writes them beside this file. `assay help CODE` and the completion of a
shell read them, and import no other code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def error_codes() -> dict[str, Any]:
    """Return the explanation of each error code, by its name."""
    return _read("error_codes.json")


def command_words() -> dict[str, Any]:
    """Return the options and the arguments of each command, by its full name."""
    return _read("command_words.json")


def _read(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / name).read_text(encoding="utf-8")))
