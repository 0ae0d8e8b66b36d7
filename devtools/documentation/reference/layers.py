"""The page of the layers: who may import whom, from the import contracts of `pyproject.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from devtools.documentation.markdown import block, code, page, table

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
LEAD = (
    "See which package of `src/assay` may import which other. `make lint` checks each rule of this page: the rules are "
    "the contracts of import-linter in `pyproject.toml`. [Architecture](architecture.md) explains what the layers do."
)


def layers_page() -> str:
    """Return the page of the layers."""
    contracts = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layered = [one for one in contracts if one["type"] == "layers"]
    forbidden = [one for one in contracts if one["type"] == "forbidden"]
    whole = next(one for one in layered if "containers" not in one)
    rooms = [[code(one["containers"][0]), _order(one["layers"])] for one in layered if "containers" in one]
    return page(
        "Layers of the code", LEAD,
        "## The layers",
        "A package imports packages of lower boxes only. Packages in one box do not import each other.",
        block("mermaid", "\n".join(_picture(whole["layers"]))),
        "## The folders inside of a package",
        "A folder imports the folders to its right. Folders between the same arrows do not import each other, but for "
        "those that a colon joins.",
        table(["package", "folders, from the top down"], rooms),
        "## Libraries that few packages import",
        table(["rule", "packages that must not import", "what they must not import"], map(_forbidden, forbidden)),
    )  # fmt: skip


def _picture(layers: Sequence[str]) -> Iterator[str]:
    """Return the lines of a chart with a box for each layer, the highest first."""
    yield "flowchart TB"
    for number, layer in enumerate(layers):
        names = ", ".join(name.strip().removeprefix("assay.") for name in layer.split("|"))
        yield f'    layer{number}["{names}"]'
    yield f"    {' --> '.join(f'layer{number}' for number in range(len(layers)))}"


def _order(layers: Sequence[str]) -> str:
    return " → ".join(
        " : ".join(" \\| ".join(code(name.strip()) for name in part.split("|")) for part in layer.split(":"))
        for layer in layers
    )


def _forbidden(contract: Mapping[str, Any]) -> list[str]:
    sources = ", ".join(code(name.removeprefix("assay.")) for name in contract["source_modules"])
    return [contract["name"], sources, ", ".join(map(code, contract["forbidden_modules"]))]
