"""The commands and the blocks of the how-to pages that need no cluster, in the order in which a page has them.

A placeholder is replaced as in `test_page_commands`. The pages on HDFS and on Kerberos need a cluster: their commands
are parsed and their YAML is loaded by `tests/unit/documentation`.
"""

from __future__ import annotations

import json
import shlex
from datetime import date

import pytest

from assay.core.interval import Interval
from assay.stages.promotion.promote import promote
from assay.stages.scoring.score import score

from ..another_version import another_version
from ..unit.documentation.markdown_blocks import blocks
from .conftest import TRAINED, Project
from .test_page_commands import commands_of, filled

RANGE = {"P": "parcels", "FIRST": "2024-02-06", "LAST": "2024-02-08"}
"""Two days, none of which is a Monday: no training is due."""


def run_page(
    project: Project, page: str, values: dict[str, str], codes: dict[str, set[int]] | None = None
) -> list[str]:
    """Run the commands of the page, and return what each printed; `codes` are the exit codes by command, {0} else."""
    printed = []
    commands = commands_of(page)
    assert commands
    for words in commands:
        done = project.here(*filled(words, values))
        assert done.returncode in (codes or {}).get(words[0], {0}), f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        printed.append(done.stdout)
    return printed


def test_the_commands_of_the_page_on_a_backfill_run(own: Project) -> None:
    run_page(own, "docs/backfill.md", RANGE, {"plan": {0, 3}, "run": {0, 3}, "monitor": {0, 3}})
    last = own.context().ledger.records("score")[-1]
    assert last.why == "the scores were deleted by mistake"


def test_the_commands_of_the_page_on_several_pipelines_run(own: Project) -> None:
    values = {**RANGE, "LAST": "2024-02-07"}
    printed = run_page(own, "docs/several-pipelines.md", values, {"plan": {0, 3}, "run": {0, 3}})
    assert ["parcels", "ran"] in [line.split()[:2] for line in printed[-1].splitlines()]


def test_the_commands_of_the_page_on_a_rollback_end_with_repaired_scores(own: Project) -> None:
    ctx = own.context(why="it was shown better")
    score(ctx, Interval(date(2024, 2, 1), date(2024, 2, 4)))
    promote(ctx, another_version(ctx, TRAINED))
    score(ctx, Interval(date(2024, 2, 4), TRAINED))
    run_page(own, "docs/rollback-at-night.md", {"P": "parcels", "D": "2024-02-06"})
    state = own.context().promotions.current()
    assert state is not None
    assert state.champion == 1
    versions = {one.version for _, one in own.context().ledger.latest("score", "parcels").values()}
    assert versions == {1}


def test_the_check_of_the_page_is_a_part_of_a_suite_that_judges_past_days(owned: Project) -> None:
    [entry] = [block for block in blocks() if block.page == "docs/own-check.md" and block.language == "json"]
    suite = owned.root / "conf" / "expectations" / "parcels.json"
    done = owned.here("run", "parcels", "--from", "2024-01-01", "--to", "2024-01-03", "--select", "land..validate")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(suite.read_text())
    document["expectations"].append(json.loads(entry.text))
    suite.write_text(json.dumps(document, indent=2))
    values = {"P": "parcels", "FIRST": "2024-01-01", "LAST": "2024-01-03"}
    run = owned.context().ledger.records("clean", "parcels")[-1].run_id
    printed = run_page(owned, "docs/own-check.md", {**values, "RUN": run})
    assert len(printed) == 3


@pytest.mark.timeout(900)
def test_the_estimator_of_the_page_competes_in_a_side_training(own: Project) -> None:
    before = own.context().promotions.current()
    run_page(own, "docs/own-estimator.md", {"D": str(TRAINED)}, {"gate": {0, 3}})
    training = own.context().ledger.records("train")[-1]
    assert "forest" in own.here("explain", training.run_id).stdout + training.subject
    assert own.context().promotions.current() == before
