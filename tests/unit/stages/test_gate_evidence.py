"""What a gate gives MLflow of a verdict: all models on the same days, by fold, and the champion beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assay.models.mlflow.run_contents import VerdictLog
from assay.stages.evaluation import gate_report
from assay.stages.evaluation.gate import gate
from assay.store.ledger.run_details import TrainingDetails

from .judged_pipeline import BETTER, START, WEEK, Loop


def logged_verdicts(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> list[VerdictLog]:
    """Let the gate log to a list; it fills while the test runs."""
    logged: list[VerdictLog] = []
    monkeypatch.setattr("assay.stages.evaluation.gate.record_evidence", gate_report.record_evidence)
    monkeypatch.setattr(loop.registry, "record_verdict", lambda _, verdict: logged.append(verdict), raising=False)
    monkeypatch.setattr(loop.registry, "how_to_open", lambda: "http://mlflow", raising=False)
    return logged


def test_every_model_is_measured_on_the_days_of_the_newest_folds(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = logged_verdicts(loop, monkeypatch)
    lines: list[str] = []
    loop.ctx.progress = lines.append
    run_id = loop.fitted(START, BETTER)
    gate(loop.ctx, START)
    [verdict] = verdicts
    blocks = loop.ctx.ledger.record(run_id).details_as(TrainingDetails).blocks
    rows = 300.0 * sum(len(block) for block in blocks)
    assert {name: one.metrics["holdout.rows"] for name, one in verdict.contenders.items()} == {
        "constant": rows,
        "boosted": rows,
    }
    assert verdict.champion is not None
    assert verdict.champion.measured.metrics["holdout.rows"] == rows
    assert (verdict.champion.name, verdict.champion.run_id) == ("champion (version 1)", "mlflow")
    assert verdict.holdout is not None
    assert verdict.holdout.name == f"parcels {blocks[0].start}..{blocks[-1].end - timedelta(days=1)}"
    folds = [one for one in verdict.contenders["boosted"].folds if one.name == "fold.log_loss"]
    assert [one.day for one in folds] == [block.start for block in blocks]
    assert any("http://mlflow" in line for line in lines)


def test_an_open_pair_with_older_days_is_still_shown_on_the_newest(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = logged_verdicts(loop, monkeypatch)
    for weeks in range(2):
        loop.training(START + weeks * WEEK)
    for verdict in verdicts:
        assert verdict.champion is not None
        rows = {one.metrics["holdout.rows"] for one in (*verdict.contenders.values(), verdict.champion.measured)}
        assert len(rows) == 1
    assert "gate.svg" in verdicts[0].figures
