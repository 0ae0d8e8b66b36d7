"""gate --replay: compute an earlier verdict of the gate again from what is stored, and compare; no JVM, no MLflow."""

from __future__ import annotations

from typing import Any

from assay.core.verdict import Verdict
from assay.errors import InputError
from assay.stages.evaluation.judgement import judge
from assay.stages.runtime.context import Context, StageOutcome
from assay.store.decisions.gate_inputs import GATE_INPUTS, GateInputs
from assay.store.ledger.run_details import GateDetails
from assay.store.ledger.run_documents import VERDICT
from assay.store.ledger.run_record import RunRecord

NOT_EQUAL = 3
"""The exit code of a replay whose verdict is another one."""


def replay(ctx: Context, run_id: str) -> StageOutcome:
    """Compute the verdict of a run of the gate again, by the policy and the state that it had; write nothing.

    The exit code is 3 where the verdict, or the state of the gate after it, is another one.

    Raises:
        InputError: The run is none of the gate, or it refused before it judged anything.
        InfrastructureError: The outcomes of a fold are not those that the ledger names.
    """
    record = ctx.ledger.record(run_id)
    if record.stage != "gate":
        raise InputError(
            f"{run_id} is a run of '{record.stage}': only a run of the gate can be replayed",
            code="not-a-gate",
            hint=f"'assay report {ctx.pipeline.name}' and 'assay status {ctx.pipeline.name}' name runs of the gate",
        )
    details = record.details_as(GateDetails)
    stored = ctx.runs.read(run_id, VERDICT)
    training = ctx.ledger.record(details.training)
    decision = judge(ctx, training, _inputs(ctx, run_id, stored)).decision
    differences = _differences(stored, decision.verdict)
    if details.state is not None and ctx.gate_states.history()[details.state - 1].after != decision.state:
        differences.append("the state of the gate after it is another one")
    return _outcome(record, decision.verdict, differences)


def _inputs(ctx: Context, run_id: str, stored: Verdict) -> GateInputs:
    try:
        return ctx.runs.read(run_id, GATE_INPUTS)
    except InputError as error:
        raise InputError(
            f"{run_id} judged nothing: {stored.sentence}",
            code="nothing-judged",
            hint=f"'assay explain {run_id}' shows why",
        ) from error


def _outcome(record: RunRecord, verdict: Verdict, differences: list[str]) -> StageOutcome:
    if not differences:
        sentence = f"equal to the verdict of {record.run_id}: {verdict.sentence}"
        return StageOutcome("replay", record.subject, None, sentence, numbers={"equal": True})
    what = "; ".join(differences)
    sentence = f"NOT equal to the verdict of {record.run_id}: {what}. By what is stored: {verdict.sentence}"
    numbers = {"equal": False, "differences": differences}
    return StageOutcome("replay", record.subject, None, sentence, exit_code=NOT_EQUAL, numbers=numbers)


def _differences(stored: Verdict, computed: Verdict) -> list[str]:
    """Return what differs between two verdicts as they are stored, as clauses; empty for equal ones."""
    before, after = (VERDICT.form.fields(one) for one in (stored, computed))
    if before == after:
        return []
    clauses = []
    if stored.action is not computed.action:
        clauses.append(f"the action was {stored.action} and is {computed.action}")
    differ = [one for one in (*before["findings"], *after["findings"]) if not _in_both(one, before, after)]
    named = sorted({_named(finding) for finding in differ})
    return [*clauses, f"these findings differ: {', '.join(named)}" if named else "the sentence or the order differs"]


def _in_both(finding: dict[str, Any], *verdicts: dict[str, Any]) -> bool:
    return all(finding in verdict["findings"] for verdict in verdicts)


def _named(finding: dict[str, Any]) -> str:
    details = finding["details"]
    model = details.get("ours") or details.get("model") or finding["column"]
    return f"{finding['check']} of {model}" if model else str(finding["check"])
