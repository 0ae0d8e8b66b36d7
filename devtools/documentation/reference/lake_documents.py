"""The page of the documents of the lake: the folder, the fields and an example of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from assay.stages.features.leakage_proof import PROOF_FORMAT
from assay.stages.runtime.preflight import PASS_FORMAT
from assay.store.decisions.aligned_aliases import ALIASES_FORMAT
from assay.store.decisions.gate_inputs import GATE_INPUTS
from assay.store.decisions.gate_states import GATE_STATE_FORMAT
from assay.store.decisions.pauses import SWITCH_FORMAT
from assay.store.decisions.promotions import PROMOTION_FORMAT
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.lake_marker import FORMAT
from assay.store.landing.manifest import MANIFESTS_FORMAT
from assay.store.landing.table_manifest import TABLE_MANIFESTS_FORMAT
from assay.store.ledger.lineage_mark import LINEAGE_MARK_FORMAT
from assay.store.ledger.run_documents import DAILY_SUMS, DAILY_VERDICTS, VERDICT
from assay.store.ledger.run_record import RECORD_FORMAT
from assay.store.ledger.submissions import END_FORMAT
from assay.store.ledger.table_owners import OWNER_FORMAT
from assay.store.ledger.table_repairs import REPLAY_FORMAT
from assay.store.locks.notes import NOTE_FORMAT
from assay.store.notifications.outbox import DELIVERY_FORMAT, MARK_FORMAT
from devtools.documentation.markdown import anchor, block, code, page, paragraphs, table
from devtools.documentation.reference.document_types import dataclasses_in, type_in_words

GOLDEN = Path(__file__).parents[3] / "tests" / "unit" / "store" / "golden"
MAX_EXAMPLE_LINES = 60

LEAD = (
    "Find what a file below `_assay` holds, for a backup or an audit. The documents are internal: programs read them "
    "by `assay ... --json`, and only Assay writes them. Each is one JSON object whose key `format` holds its kind and "
    "the version of its layout."
)


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document: its format, the golden file that is its example, and its places below `_assay`."""

    form: DocumentFormat[Any]
    example: str
    places: tuple[str, ...]


KINDS = (
    DocumentKind(RECORD_FORMAT, "record-land", ("PIPELINE/ledger/NUMBER.json", "PIPELINE/runs/RUN/record.json")),
    DocumentKind(PROMOTION_FORMAT, "promotion", ("PIPELINE/promotions/NUMBER.json",)),
    DocumentKind(GATE_STATE_FORMAT, "gate-state", ("PIPELINE/looks/NUMBER.json",)),
    DocumentKind(SWITCH_FORMAT, "pause", ("PIPELINE/pauses/NUMBER.json",)),
    DocumentKind(VERDICT.form, "run-verdict", ("PIPELINE/runs/RUN/verdict.json",)),
    DocumentKind(GATE_INPUTS.form, "run-gate-inputs", ("PIPELINE/runs/RUN/inputs.json",)),
    DocumentKind(DAILY_VERDICTS.form, "run-daily-verdicts", ("PIPELINE/runs/RUN/verdict.json",)),
    DocumentKind(DAILY_SUMS.form, "run-daily-sums", ("PIPELINE/runs/RUN/sums.json",)),
    DocumentKind(MANIFESTS_FORMAT, "run-manifest", ("PIPELINE/runs/RUN/manifest.json",)),
    DocumentKind(TABLE_MANIFESTS_FORMAT, "run-table-manifest", ("PIPELINE/runs/RUN/table-manifest.json",)),
    DocumentKind(END_FORMAT, "submission", ("PIPELINE/submissions/TAG/verdict.json",)),
    DocumentKind(ALIASES_FORMAT, "aliases", ("PIPELINE/aliases.json",)),
    DocumentKind(
        DELIVERY_FORMAT,
        "delivery",
        ("PIPELINE/notifications/outbox/KEY.CHANNEL.json", "PIPELINE/notifications/sent/KEY.CHANNEL.json"),
    ),
    DocumentKind(MARK_FORMAT, "ledger-mark", ("PIPELINE/notifications/ledger-mark.ENVIRONMENT.json",)),
    DocumentKind(LINEAGE_MARK_FORMAT, "lineage-mark", ("PIPELINE/lineage/mark.ENVIRONMENT.json",)),
    DocumentKind(PROOF_FORMAT, "proof", ("PIPELINE/proofs/DIGEST.json",)),
    DocumentKind(OWNER_FORMAT, "owner", ("_tables/owners/TABLE/NUMBER.json",)),
    DocumentKind(REPLAY_FORMAT, "replay", ("_tables/repairs/TABLE/NUMBER.json",)),
    DocumentKind(PASS_FORMAT, "preflight", ("preflight/DIGEST.json",)),
    DocumentKind(NOTE_FORMAT, "lock-note", ("locks/LOCK.holders/NAME.json",)),
)
OTHERS = (
    ("lake.json", f"the marker of the lake: the number of its format, which is {FORMAT}, and an id"),
    ("PIPELINE/ledger/FIRST-LAST.jsonl", "500 records of the ledger, one a line, folded by `assay maintain`"),
    ("PIPELINE/procedures/DIGEST.zip", "the code of features and candidates of trainings, by its digest"),
    ("PIPELINE/profiles/KIND/SUBJECT/DATE/RUN.json.gz", "a Profile; its first key is the number of its own format"),
    ("PIPELINE/profiles/KIND/SUBJECT/MONTH.zip", "the Profiles of a month that is over, packed by `assay maintain`"),
    ("PIPELINE/daily/VERSION/*.bin", "the monitor's cache of daily statistics; it may be removed at any time"),
)
"""Files below `_assay` that are no document of a `DocumentFormat`."""


def lake_documents_page() -> str:
    """Return the page of the documents."""
    nested = _nested()
    anchors = {one: anchor(one.__name__) for one in nested}
    anchors |= {one.form.content_type: anchor(one.form.name) for one in KINDS if is_dataclass(one.form.content_type)}
    rows = [[f"[{code(one.form.name)}](#{anchor(one.form.name)})", ", ".join(map(code, one.places))] for one in KINDS]
    parts = ["## The kinds", table(["kind and version", "place below `_assay`"], rows)]
    parts += [
        "Other files:",
        table(["place below `_assay`", "content"], [[code(place), text] for place, text in OTHERS]),
    ]
    parts += [_kind(one, anchors) for one in KINDS]
    parts += ["## Parts of the documents", *(_part(one, anchors) for one in nested)]
    return page("Documents of the lake", LEAD, *parts)


def _contents() -> list[Any]:
    return [one.form.content_type for one in KINDS]


def _nested() -> list[type]:
    """Return the dataclasses inside of the documents, each once, in the order in which they are met."""
    met: dict[type, None] = {}

    def visit(annotation: Any) -> None:
        for one in dataclasses_in(annotation):
            if one not in met:
                met[one] = None
                for _, hint, _ in _fields(one):
                    visit(hint)

    for content in _contents():
        for _, hint, _ in _fields(content) if is_dataclass(content) else [("", content, None)]:
            visit(hint)
    return [one for one in met if one not in _contents()]


def _kind(kind: DocumentKind, anchors: Mapping[type, str]) -> str:
    content = kind.form.content_type
    parts = [f"## `{kind.form.name}`"]
    if is_dataclass(content):
        parts += [paragraphs(_first(content)), _fields_table(content, anchors)]
    else:
        day, value = get_args(content)
        parts.append(f"A mapping of {type_in_words(day, anchors)} to {type_in_words(value, anchors)}.")
    text = json.dumps(json.loads((GOLDEN / f"{kind.example}.json").read_text()), indent=2, ensure_ascii=False)
    if text.count("\n") <= MAX_EXAMPLE_LINES:
        parts.append(block("json", text))
    return "\n\n".join(parts)


def _part(part: type, anchors: Mapping[type, str]) -> str:
    return f"### `{part.__name__}`\n\n{paragraphs(_first(part))}\n\n{_fields_table(part, anchors)}"


def _first(kind: Any) -> str:
    """Return the docstring without its examples."""
    return (kind.__doc__ or "").partition(">>>")[0]


def _fields_table(kind: Any, anchors: Mapping[type, str]) -> str:
    rows = [[code(name), type_in_words(hint, anchors), _default(field)] for name, hint, field in _fields(kind)]
    return table(["key", "type", "default"], rows)


def _fields(kind: Any) -> Iterator[tuple[str, Any, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return ((field.name, hints[field.name], field) for field in fields(kind))


def _default(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return "empty"
    if field.default is MISSING:
        return "required"
    return {None: "none", "": "empty", (): "empty"}.get(field.default, code(json.dumps(field.default)))
