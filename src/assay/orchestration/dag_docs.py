"""The page that Airflow shows of a DAG: the question, the spec's figures and what to do, in Markdown."""

from __future__ import annotations

from assay.core.text import quantity
from assay.orchestration.command_template import format_duration
from assay.orchestration.dag_plan import DagPlan
from assay.spec.project import Pipeline

_FACTS = """\
| | |
| --- | --- |
| owner | {owner} |
| time zone | {timezone}; a date is scored as of {as_of} |
| tables | {tables} |
| trained on | {window}; judged on {folds} by {metric}, margin {margin} |
| approval | {approval} |
| on a downgrade | {downgrade} |
| waits for landing | {landing_timeout}, then fails |
| retries | {retries}, of infrastructure alone |
"""

_LAST = """
A task that fails at once has a verdict or a mistake to report: its log ends with the sentence, and `assay explain RUN`
shows the findings. Infrastructure is tried again by itself. The runbook lists what to do: `docs/runbook.md`.

The whole spec, {path}:

```yaml
{text}
```
"""


def about_dag(pipeline: Pipeline, plan: DagPlan) -> str:
    """Return the DAG's documentation."""
    spec = pipeline.spec
    facts = _FACTS.format(
        owner=spec.owner,
        timezone=spec.timezone,
        as_of=f"{spec.as_of:%H:%M}",
        tables=", ".join(spec.tables),
        window="all history" if spec.train.window == "all" else quantity(spec.train.window, "day"),
        folds=f"{quantity(spec.gate.folds, 'fold')} of {quantity(spec.gate.fold, 'day')}",
        metric=spec.gate.metric,
        margin=spec.gate.margin,
        approval=spec.promotion.approval,
        downgrade=spec.promotion.downgrade,
        landing_timeout=format_duration(spec.operate.landing_timeout),
        retries=spec.operate.retries,
    )
    tasks = "\n".join(f"- **{task.name}**: {task.doc}" for task in plan.tasks)
    last = _LAST.format(path=pipeline.document.path, text=pipeline.document.text.strip())
    return f"### {plan.title}\n\n{facts}\n{tasks}\n{last}"
