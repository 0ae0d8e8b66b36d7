"""Every YAML block of the pages loads with the reader of its kind; a fragment is merged into a whole file first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from assay.spec.schema import environment
from assay.spec.schema.environment import load_environment
from assay.spec.schema.pipeline import PipelineSpec
from assay.spec.schema.table import TableSchema
from assay.spec.score_card import ScoreCardSpec
from assay.spec.yaml.document import Document, load_document, parse_document
from assay.spec.yaml.validation import validate

from .markdown_blocks import ROOT, Block, blocks

BLOCKS = [block for block in blocks() if block.language in ("yaml", "yml")]
KINDS: dict[str, type[BaseModel]] = {
    "pipeline": PipelineSpec,
    "environment": environment.EnvironmentFile,
    "schema": TableSchema,
    "score card": ScoreCardSpec,
}
BASES = {
    "pipeline": ROOT / "conf" / "pipelines" / "flight_delays.yaml",
    "environment": ROOT / "conf" / "environments" / "cluster.yaml",
}


def keys_of(kind: str) -> set[str]:
    return {field.alias or name for name, field in KINDS[kind].model_fields.items()}


def kind_of(data: dict[str, Any]) -> str:
    """Return the kind of file that a block is, or is a part of: the one that has all of its keys."""
    [kind] = [kind for kind in KINDS if data.keys() <= keys_of(kind)]
    return kind


def merged(base: Any, part: Any) -> Any:
    """Return `part` laid over `base`; a list replaces the one below it."""
    if isinstance(base, dict) and isinstance(part, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in part.items()}}
    return part


def test_the_pages_have_blocks_of_pipelines_and_of_environments() -> None:
    kinds = [kind_of(parse_document(block.text, block.place).data) for block in BLOCKS]
    assert {"pipeline", "environment"} <= set(kinds)
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_yaml_block_loads_as_the_file_that_it_is_a_part_of(block: Block, tmp_path: Path) -> None:
    part = parse_document(block.text, block.place)
    kind = kind_of(part.data)
    base = load_document(BASES[kind]).data if kind in BASES else {}
    whole = Document(block.place, merged(base, part.data), block.text, part.places)
    if kind != "environment":
        validate(KINDS[kind], whole)
        return
    file = tmp_path / "conf" / "environments" / "documented.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(whole.data))
    assert load_environment(tmp_path, tmp_path, "documented").name == "documented"
