"""The 28 tests of the ML Test Score, with how each is answered.

Breck, Cai, Nielsen, Salib, Sculley (2017): The ML Test Score: A Rubric for ML Production Readiness and Technical Debt
Reduction. IEEE Big Data, doi 10.1109/BigData.2017.8258038. The numbers are those of the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """A section of the rubric: seven tests each."""

    DATA = "data"
    MODEL = "model"
    INFRASTRUCTURE = "infrastructure"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class CardTest:
    """A test of the rubric.

    An `automatic` one is judged from what is stored, and can pass and fail. Of the others `todo` describes what the
    team does.
    """

    id: str
    section: Section
    title: str
    automatic: bool
    todo: str


def _section(section: Section, *tests: tuple[str, bool, str]) -> tuple[CardTest, ...]:
    return tuple(
        CardTest(f"{section}-{number}", section, title, automatic, todo)
        for number, (title, automatic, todo) in enumerate(tests, start=1)
    )


TESTS = (
    *_section(
        Section.DATA,
        ("What is expected of the data is written down", True, "give each table a suite"),
        (
            "Each feature is beneficial",
            False,
            "leave out one feature or group at a time in a side experiment, and note the gain that is lost",
        ),
        (
            "No feature costs too much",
            False,
            "compare the gain of each feature with the time, the memory and the upkeep that it takes",
        ),
        ("Features keep the rules about what may be used", True, "prove the features by 'assay check'"),
        (
            "The data have privacy controls",
            False,
            "review who may read the lake, and which columns hold personal data",
        ),
        ("A new feature can be added quickly", False, "measure the days from an idea to a feature that serves"),
        ("The code of features is tested", True, "write unit tests, and run them by continuous integration"),
    ),
    *_section(
        Section.MODEL,
        ("The code of a model is reviewed and in a repository", True, "commit and review before a training"),
        (
            "The metric of the gate goes with the effect on the business",
            False,
            "compare changes of the metric with those of a KPI, for example by an experiment on live traffic",
        ),
        ("Hyperparameters are tuned", True, "name candidates, and give train.trials 2 or more"),
        ("The cost of a stale model is known", True, "serve and train: folds beside served days show it"),
        ("A simpler model is not better", True, "let the simpler model serve, or add data or features"),
        ("Quality is enough on all important slices", True, "name the columns in gate.slices"),
        (
            "The model was tested for inclusion",
            False,
            "compare errors between groups of people, and look for features that stand in for a group",
        ),
    ),
    *_section(
        Section.INFRASTRUCTURE,
        ("Training is reproducible", True, "train a date twice and compare"),
        ("The code of a model is unit tested", True, "write unit tests of the candidates"),
        ("The whole pipeline has an integration test", True, "run the pipeline on few rows in a test"),
        ("Quality is validated before a model serves", True, "let the gate decide what serves"),
        (
            "One example can be followed step by step",
            False,
            "follow one row from the landed file to its score, and note how",
        ),
        ("A new model serves a little before it serves all", True, "let the first day of a version be judged alone"),
        ("A model can be rolled back quickly and safely", True, "rehearse 'assay rollback' once a year"),
    ),
    *_section(
        Section.MONITORING,
        ("A change of what the data depend on is notified", True, "limit the age of landings, and add a channel"),
        ("The data keep their invariants", True, "clean or release what is held, and restore what was rewritten"),
        ("Features of training and of serving are the same", True, "find what differs between the two days' rows"),
        ("Models are not too stale", True, "train, or set gate.max_champion_age"),
        ("The model is numerically stable", True, "find the rows whose features or scores are no numbers"),
        ("Speed and memory have not become worse", True, "compare the code and the machine of the named runs"),
        ("The quality of served predictions has not become worse", True, "read the verdict of the monitoring"),
    ),
)
"""All tests, in the order of the paper."""

BY_ID = {test.id: test for test in TESTS}
