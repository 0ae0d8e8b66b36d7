"""Every document that Assay keeps in a lake or a home, by an example: how it is written and how it is read."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.check import Finding, Severity, Status
from assay.core.decisions.looks.error_account import ErrorAccount
from assay.core.decisions.looks.gate_state import ClosedPair, GateState, JudgedRefresh
from assay.core.decisions.looks.pair import LookOutcome, Pair
from assay.core.evaluation.contender import GatePolicy
from assay.core.interval import Interval
from assay.core.landing.refused_records import RecordPlace, RepairedRecord
from assay.core.model_versions import Evidence, ModelVersion, VersionEntry
from assay.core.operations.submission import StageEnd
from assay.core.profiles.table_profile import DailyProfiles
from assay.core.table_snapshot import DayContent, SourceFile
from assay.core.verdict import Action, Verdict
from assay.stages.features.leakage_proof import PROOF_FORMAT, FeatureProof
from assay.stages.ingest.sources.pins import MANIFESTS, TABLE_MANIFESTS
from assay.stages.runtime.preflight import PASS_FORMAT, PreflightPass
from assay.store.decisions import gate_states, pauses, promotions
from assay.store.decisions.aligned_aliases import ALIASES_FORMAT, AliasesNote, AlignedAliases
from assay.store.decisions.gate_inputs import GATE_INPUTS, GateInputs, RefreshRival, StoredOutcomes
from assay.store.decisions.gate_states import GateStates, JudgedState
from assay.store.decisions.pauses import Pauses, Switch
from assay.store.decisions.promotions import Promotion, Promotions
from assay.store.filesystem.atomic import read_json, to_json, write_atomically
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.lake_marker import Lake
from assay.store.landing.landed_file import LandedFile
from assay.store.landing.manifest import Manifest
from assay.store.landing.table_manifest import TableManifest
from assay.store.ledger import submissions
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.lineage_mark import LINEAGE_MARK_FORMAT, LineageMark
from assay.store.ledger.run_details import FoldReference
from assay.store.ledger.run_documents import DAILY_SUMS, DAILY_VERDICTS, RECORD, VERDICT, RunDocument, RunDocuments
from assay.store.ledger.run_record import RunRecord
from assay.store.ledger.submissions import read_verdict, write_verdict
from assay.store.ledger.table_owners import Definition, Kind, OwnerEntry, Owners
from assay.store.ledger.table_repairs import ReplayEntry, ReplayKind, TableRepairs
from assay.store.locks import heartbeats, locks
from assay.store.locks.heartbeats import Beating, Heartbeats
from assay.store.locks.locks import hold, holders
from assay.store.notifications.outbox import DELIVERY_FORMAT, MARK_FORMAT, LedgerMark
from assay.store.profiles.profile_store import ProfileStore
from assay.store.users import Actor

from .stored_document import StoredDocument
from .stored_message import DELIVERY
from .stored_profiles import ERRORS, SCORES, TABLE, WAITING
from .stored_records import AT, CONTENDER, DAY, RECORDS, SECTION, WHO

PIPELINE = "flight_delays"
RECORDS_FOLDER = f"_assay/{PIPELINE}"
RUN = "20130601T030000-clean-abc123"


def fix_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every writer the same clock, user, process, host and random digits."""
    for module in (promotions, gate_states, pauses, submissions, locks, heartbeats):
        monkeypatch.setattr(module, "now_utc", lambda: AT)
    for module in (locks, heartbeats):
        monkeypatch.setattr(module, "process_actor", lambda: Actor(WHO))
    monkeypatch.setattr("os.getpid", lambda: 4711)
    monkeypatch.setattr("socket.gethostname", lambda: "edge-1")
    monkeypatch.setattr(secrets, "token_hex", lambda count: "ab" * count)
    monkeypatch.setenv(submissions.ATTEMPT_VARIABLE, "attempt-1")
    monkeypatch.setenv("CONTAINER_ID", "container_1410901177871_0001_01_000005")


VERSION = VersionEntry(
    **CONTENDER, name="boosted", code="c1", feature_section=SECTION, subject=PIPELINE, training="t1", judged_by="g1"
)
PROMOTION: dict[str, Any] = {
    "kind": promotions.PromotionKind.PROMOTE,
    "champion": ModelVersion(1),
    "actor": Actor(WHO, "max"),
    "why": "boosted is better: größer",
    "run_id": "g1",
    "evidence": Evidence({ModelVersion(1): VERSION, ModelVersion(2): replace(VERSION, anchor=ModelVersion(1))}),
}
GATE_STATE = GateState(
    ErrorAccount(0.0075, DAY, 0.05),
    (Pair("5e1f", "boosted", PIPELINE, 0.0025, date(2013, 3, 9), 1, DAY, 0.012),),
    (ClosedPair("a0b1", "linear", LookOutcome.BELOW_MARGIN, DAY),),
    JudgedRefresh("c2d3", DAY, "what was served"),
)
INPUTS_OF_A_GATE = GateInputs(
    training="t1",
    policy=GatePolicy("roc_auc", 0.01, at_least=0.58, slices=("origin",)),
    folds=Interval(date(2013, 3, 9), DAY),
    champion=ModelVersion(1),
    champion_folds=(FoldReference(date(2013, 3, 9), "f1", "d1"),),
    beside=(RefreshRival("what was served", (StoredOutcomes(f"{PIPELINE}.score", "m1", (date(2013, 5, 4),)),)),),
    state=GATE_STATE,
    promotion=4,
    served={"5e1f": 2},
)
WITHOUT_ACTOR = {name: value for name, value in PROMOTION.items() if name != "actor"}
ENTRY = OwnerEntry(
    kind=Kind.CLAIM,
    pipeline=PIPELINE,
    definition=Definition("flights.yaml", {"key": '["flight"]'}, code="c1"),
    at=AT,
    who=WHO,
    run_id=RUN,
    number=1,
)
REPLAY = ReplayEntry(
    kind=ReplayKind.REPLAY,
    pipeline=PIPELINE,
    day=DAY,
    at=AT,
    who=WHO,
    why="the carrier has sent it again: größer",
    repairs=(RepairedRecord(RecordPlace("flights/2013-06-01/flights.csv", "5e1f", 1), "2013-06-01,UA,3"),),
    number=1,
    claimed="max",
)
FINDING = Finding(
    "range",
    Status.FAIL,
    "3 of 842 rows have a wind above 100.",
    Severity.CRITICAL,
    column="wind",
    observed=3,
    expected="[0, 100]",
    details={"check_id": "abc", "p": 0.5, "rows": [1, 2]},
)
VERDICT_ON_A_DAY = Verdict(Status.FAIL, Action.HOLD, "3 of 842 rows have a wind above 100.", (FINDING,))
MANIFEST = Manifest("flights", DAY, (LandedFile("flights/2013-06-01.csv", 1234, "ff00", 842, by_record=True),))
TABLE_MANIFEST = TableManifest(
    "flights",
    DAY,
    "s3a://lake/flights",
    "fl_date",
    17,
    DayContent(840, (SourceFile("fl_date=2013-06-01/part-0.parquet", 1234, 1_370_044_800_000, 840, "ff00"),)),
)
ALIASES = f"{RECORDS_FOLDER}/aliases.json"


def _records() -> Iterator[tuple[str, StoredDocument]]:
    for name, record in RECORDS.items():
        yield f"record-{name}", _record(record)


def _record(record: RunRecord) -> StoredDocument:
    return StoredDocument(
        f"{RECORDS_FOLDER}/ledger/0000000001.json",
        lambda lake: Ledger(lake, PIPELINE).append(record),
        lambda lake: Ledger(lake, PIPELINE).records()[0],
        replace(record, number=1),
    )


def _profile(kind: Any, profile: Any) -> StoredDocument:
    return StoredDocument(
        f"{RECORDS_FOLDER}/profiles/{kind}/flights/{DAY}/{RUN}.json.gz",
        lambda lake: ProfileStore(lake, PIPELINE).write(kind, "flights", RUN, {DAY: profile}),
        lambda lake: ProfileStore(lake, PIPELINE).read(kind, "flights", RUN),
        {DAY: profile},
    )


def _run_document(kind: RunDocument[Any], content: object) -> StoredDocument:
    return StoredDocument(
        f"{RECORDS_FOLDER}/runs/{RUN}/{kind.name}.json",
        lambda lake: RunDocuments(lake, PIPELINE).write(RUN, kind, content),
        lambda lake: RunDocuments(lake, PIPELINE).read(RUN, kind),
        content,
    )


def _kept(form: DocumentFormat[Any], content: object) -> StoredDocument:
    """Return a document that stages write for people, and look for by its name alone."""
    return StoredDocument(
        "kept.json",
        lambda lake: write_atomically(lake / "kept.json", to_json(form.document(content))),
        lambda lake: form.content(read_json(lake / "kept.json"), lake / "kept.json"),
        content,
    )


def _lock(lake: Path) -> None:
    lock = hold(lake, "clean/flights", Interval.of(DAY))
    lock.__enter__()
    written = lake / "_assay/locks/clean+flights.holders/4711-abababab.json"
    data = written.read_bytes()
    lock.__exit__(None, None, None)
    written.write_bytes(data)


def _beat(lake: Path) -> None:
    beating = Beating(lake / "notes", Interval.of(DAY))
    data = beating.place.read_bytes()
    beating.stop()
    (lake / "notes" / beating.place.name).write_bytes(data)


def _lake(lake: Path) -> Lake:
    return Lake(lake, lake / "home")


DOCUMENTS: dict[str, StoredDocument] = {
    **dict(_records()),
    "promotion": StoredDocument(
        f"{RECORDS_FOLDER}/promotions/0000000001.json",
        lambda lake: Promotions(lake, PIPELINE).write(0, **PROMOTION),
        lambda lake: Promotions(lake, PIPELINE).current(),
        Promotion(number=1, at=AT, who=WHO, claimed="max", **WITHOUT_ACTOR),
    ),
    "gate-state": StoredDocument(
        f"{RECORDS_FOLDER}/looks/0000000001.json",
        lambda lake: GateStates(lake, PIPELINE).write("t1", ModelVersion(1), "g1", GATE_STATE),
        lambda lake: GateStates(lake, PIPELINE).history(),
        [JudgedState(1, "t1", ModelVersion(1), "g1", AT, None, GATE_STATE)],
    ),
    "pause": StoredDocument(
        f"{RECORDS_FOLDER}/pauses/0000000001.json",
        lambda lake: Pauses(lake, PIPELINE).write("pause", Actor(WHO, "max"), "outcomes look wrong"),
        lambda lake: Pauses(lake, PIPELINE).current(),
        Switch(1, "pause", AT, WHO, "outcomes look wrong", "max"),
    ),
    "owner": StoredDocument(
        "_assay/_tables/owners/flights/0000000001.json",
        lambda lake: Owners(lake, "flights").append(None, ENTRY),
        lambda lake: Owners(lake, "flights").history(),
        [ENTRY],
    ),
    "replay": StoredDocument(
        "_assay/_tables/repairs/flights/0000000001.json",
        lambda lake: TableRepairs(lake, "flights").append(0, REPLAY),
        lambda lake: TableRepairs(lake, "flights").history(),
        [REPLAY],
    ),
    "run-record": _run_document(RECORD, RECORDS["clean"]),
    "run-verdict": _run_document(VERDICT, VERDICT_ON_A_DAY),
    "run-gate-inputs": _run_document(GATE_INPUTS, INPUTS_OF_A_GATE),
    "run-daily-verdicts": _run_document(DAILY_VERDICTS, {DAY: VERDICT_ON_A_DAY}),
    "run-daily-sums": _run_document(DAILY_SUMS, {DAY: {"cost": 1234.5, "infinite": None}}),
    "run-manifest": _run_document(MANIFESTS, {DAY: MANIFEST}),
    "run-table-manifest": _run_document(TABLE_MANIFESTS, {DAY: TABLE_MANIFEST}),
    "submission": StoredDocument(
        f"{RECORDS_FOLDER}/submissions/tag-1/verdict.json",
        lambda lake: write_verdict(lake, PIPELINE, "tag-1", StageEnd(3, "held", answer={"outcomes": []})),
        lambda lake: read_verdict(lake, PIPELINE, "tag-1"),
        StageEnd(3, "held", "application_1410901177871_0001", "attempt-1", AT, {"outcomes": []}),
    ),
    "lock-note": StoredDocument(
        "_assay/locks/clean+flights.holders/4711-abababab.json",
        _lock,
        lambda lake: [holder.who for holder in holders(lake)],
        [f"clean/flights: process 4711 of {WHO}, since {AT}"],
    ),
    "heartbeat": StoredDocument(
        "notes/edge-1-4711-abababab.json",
        _beat,
        lambda lake: [(note.who, note.dates) for note in Heartbeats(lake / "notes").notes()],
        [(f"process 4711 of {WHO} on edge-1, since {AT}", Interval.of(DAY))],
    ),
    "preflight": _kept(PASS_FORMAT, PreflightPass(AT, ("workers: edge-1, with the driver's Python",))),
    "aliases": StoredDocument(
        ALIASES,
        lambda lake: AlignedAliases(lake, PIPELINE, "http://mlflow:5000").write(7),
        lambda lake: ALIASES_FORMAT.content(read_json(lake / ALIASES), lake / ALIASES),
        AliasesNote(7, "http://mlflow:5000"),
    ),
    "delivery": _kept(DELIVERY_FORMAT, DELIVERY),
    "ledger-mark": _kept(MARK_FORMAT, LedgerMark(7)),
    "lineage-mark": _kept(LINEAGE_MARK_FORMAT, LineageMark(7)),
    "proof": _kept(PROOF_FORMAT, FeatureProof(AT, WHO, DAY, "no look-ahead: größer")),
    "lake-marker": StoredDocument(
        "_assay/lake.json", lambda lake: _lake(lake).settle(), lambda lake: _lake(lake).check()
    ),
    "profile-table": _profile("table", TABLE),
    "profile-days": _profile("reference", DailyProfiles({DAY: TABLE})),
    "profile-scores": _profile("outcomes", SCORES),
    "profile-waiting": _profile("outcomes", WAITING),
    "profile-errors": _profile("outcomes", ERRORS),
}
