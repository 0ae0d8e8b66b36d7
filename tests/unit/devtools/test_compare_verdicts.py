"""Two lakes that came to the same verdicts compare equal, whatever their runs are named; any other number is found."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay.core.run_status import RunStatus
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_documents import RunDocuments
from assay.store.ledger.run_record import RunRecord
from devtools.compare_verdicts import compare, main, verdicts_of
from devtools.verdict_fields import Reading, read_text

from ...local_paths import local

DAY = date(2024, 1, 1)


def finding(check: str = "gate.psi", **changed: Any) -> dict[str, Any]:
    """A finding as a verdict holds it."""
    fields = {"check": check, "status": "pass", "severity": "critical", "column": None, "sentence": "", "observed": 0.5}
    return {**fields, "expected": "at most 0.7", "details": {"check_id": "d606e107fa4aee44", "rows": 120}, **changed}


def verdict(*findings: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A verdict over these findings."""
    fields = {"status": "pass", "action": "promote", "sentence": "All 2 checks hold."}
    return {**fields, "findings": list(findings or [finding()]), **changed}


def write_fields(runs: RunDocuments, run: str, document: dict[str, Any]) -> None:
    """Write the verdict of a run as any version of Assay may have stored it."""
    folder = local(runs.path(run))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "verdict.json").write_text(json.dumps(document))


def home(place: Path, *verdicts: dict[str, Any], salt: str = "a") -> Path:
    """A home whose lake holds one run of the gate for each verdict, and a clean whose days have one each."""
    lake = place / "lake"
    ledger, runs = Ledger(lake, "parcels"), RunDocuments(lake, "parcels")
    days = {"2024-01-01": verdict(finding("table.rows")), "2024-01-02": verdict(finding("table.rows"))}
    for number, (stage, document) in enumerate([("clean", days), *(("gate", one) for one in verdicts)]):
        run = f"20240101T00000{number}-{stage}-{salt * 6}"
        write_fields(runs, run, document)
        ledger.append(
            RunRecord(run, "parcels", stage, "parcels", DAY, date(2024, 1, 3), RunStatus.DONE, "now", "somebody")
        )
    return place


def differing(before: Path, after: Path, names: dict[str, str] | None = None, tolerance: float = 0.0) -> list[str]:
    """The names of the fields that differ."""
    one, other = verdicts_of(before, Reading(names or {})), verdicts_of(after, Reading({}))
    return [difference.field for difference in compare(one, other, tolerance).differences]


def test_runs_paths_instants_and_digests_may_differ(tmp_path: Path) -> None:
    one = verdict(finding(details={"check_id": "a1", "run": "20240101T000000-clean-aaaaaa", "place": "/one/lake"}))
    other = verdict(finding(details={"check_id": "b2", "run": "20260101T000000-clean-bbbbbb", "place": "/other/lake"}))
    before, after = home(tmp_path / "a", one), home(tmp_path / "b", other, salt="b")
    assert differing(before, after) == []
    assert main([str(before), str(after)]) == 0


def test_what_a_run_took_may_differ(tmp_path: Path) -> None:
    one, other = (verdict(finding(), finding("cost.score", observed=factor)) for factor in (1.0, 1.2))
    assert differing(home(tmp_path / "a", one), home(tmp_path / "b", other)) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (verdict(status="warn"), "status"),
        (verdict(action="refuse"), "action"),
        (verdict(sentence="All 3 checks hold."), "sentence"),
        (verdict(finding(observed=0.5000001)), "gate.psi#1.observed"),
        (verdict(finding(observed=None)), "gate.psi#1.observed"),
        (verdict(finding(expected="at most 0.8")), "gate.psi#1.expected"),
        (verdict(finding(severity="info")), "gate.psi#1.severity"),
        (verdict(finding(details={"rows": 121})), "gate.psi#1.details.rows"),
        (verdict(finding(), finding("gate.slice", column="depot")), "gate.slice(depot)#1"),
    ],
)
def test_another_status_action_finding_or_number_is_found(changed: dict[str, Any], field: str, tmp_path: Path) -> None:
    before, after = home(tmp_path / "a", verdict()), home(tmp_path / "b", changed)
    assert field in differing(before, after)
    assert main([str(before), str(after)]) == 1


def test_a_reworded_sentence_with_the_same_numbers_is_no_difference(tmp_path: Path) -> None:
    before = home(tmp_path / "a", verdict(sentence="All 2 checks hold."))
    after = home(tmp_path / "b", verdict(sentence="The 2 checks passed."))
    assert differing(before, after) == []


def test_the_order_of_findings_does_not_matter(tmp_path: Path) -> None:
    findings = [finding("gate.floor"), finding("gate.slice", column="depot", observed=1)]
    assert differing(home(tmp_path / "a", verdict(*findings)), home(tmp_path / "b", verdict(*findings[::-1]))) == []


def test_a_verdict_that_one_lake_lacks_is_found(tmp_path: Path) -> None:
    before, after = home(tmp_path / "a", verdict(), verdict()), home(tmp_path / "b", verdict())
    assert "status" in differing(before, after)
    assert "status" in differing(after, before)


def test_a_mapping_gives_old_names_their_new_ones(tmp_path: Path) -> None:
    before = home(tmp_path / "a", verdict(finding(details={"k": 4, "kind": "psi"})))
    after = home(tmp_path / "b", verdict(finding("gate.drift", details={"bin_exponent": 4, "kind": "drift"})))
    names = {"k": "bin_exponent", "psi": "drift"}
    assert differing(before, after) != []
    assert differing(before, after, names) == []
    file = tmp_path / "names.yaml"
    file.write_text(json.dumps(names))
    assert main([str(before), str(after), "--names", str(file)]) == 0


def test_numbers_may_differ_by_a_tolerance_that_is_asked_for(tmp_path: Path) -> None:
    before = home(tmp_path / "a", verdict(finding(observed=0.5)))
    after = home(tmp_path / "b", verdict(finding(observed=0.5000001)))
    assert differing(before, after, tolerance=1e-6) == []


def test_a_run_that_was_killed_before_it_counted_is_left_out(tmp_path: Path) -> None:
    before, after = home(tmp_path / "a", verdict()), home(tmp_path / "b", verdict())
    write_fields(RunDocuments(after / "lake", "parcels"), "20240101T000009-gate-cccccc", verdict(status="fail"))
    assert differing(before, after) == []


def test_a_lake_whose_documents_have_an_earlier_layout_is_read(tmp_path: Path) -> None:
    before, after = home(tmp_path / "a", verdict()), home(tmp_path / "b", verdict(), salt="b")
    for file in (before / "lake/_assay/parcels/ledger").glob("*.json"):
        file.write_text(json.dumps({k: v for k, v in json.loads(file.read_text()).items() if k != "format"}))
    assert differing(before, after) == []
    assert main([str(before), str(after)]) == 0


def test_two_lakes_without_verdicts_prove_nothing(tmp_path: Path) -> None:
    assert main([str(tmp_path), str(tmp_path)]) == 2
    (tmp_path / "lake" / "_assay").mkdir(parents=True)
    assert main([str(tmp_path), str(tmp_path)]) == 2


def test_numbers_of_prose_keep_their_sign_and_their_size() -> None:
    assert read_text("+0.259 on 2,520 rows, p = 6.8e-17, of 2024-01-02", Reading({})) == (
        *(0.259, 2520.0, 6.8e-17, 2024.0),
        *(1.0, 2.0),
    )
