"""The details that a run's record keeps beside its partitions and counts: one dataclass for each stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from assay.core.decisions.promotion_claim import PromotionClaim
from assay.core.interval import Interval
from assay.core.model_versions import ContenderEntry, ModelVersion
from assay.core.monitoring.action_review import ActionReview
from assay.store.ledger.code_origin import CodeOrigin


@dataclass(frozen=True, slots=True)
class TableRead:
    """A table that a run read: the version of its Delta log, and the half-open interval of dates."""

    version: int
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitDetails:
    """The details of a run that commits to tables: the table of its last commit, such as 'clean/flights'."""

    last_commit: str


@dataclass(frozen=True, slots=True)
class ReplayOrigin:
    """A replay by a person: its number among those of the table, who, when and why."""

    number: int
    who: str
    at: str
    why: str
    claimed: str = ""


@dataclass(frozen=True, slots=True)
class ReplayedDay:
    """The repairs with which a day was cleaned.

    - `rows` is the number of landed records that a repair has replaced, and `unfit` of repairs without their record.
    - `last` is the number of the table's newest replay at that time.
    - `origins` are the replays that the repairs are from.
    """

    rows: int
    unfit: int
    last: int
    origins: tuple[ReplayOrigin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningDetails(CommitDetails):
    """The details of clean: the rows that each rule took, by 'quarantined' and 'dropped', and why each date was due.

    `replayed` has the days that had repaired records.
    """

    rules: Mapping[str, Mapping[str, int]]
    reasons: Mapping[date, str]
    replayed: Mapping[date, ReplayedDay] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDetails(CommitDetails):
    """The details of a release: the run that held the date, and the run that measured it."""

    released_from: str
    measured_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringDetails(CommitDetails):
    """The details of score: the version that scored, the digest of its bundle, and what its features read."""

    version: ModelVersion
    digest: str
    read: Mapping[str, TableRead] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReleaseDetails(ScoringDetails):
    """The details of a release of held scores: those of the run that held them, and the run that measured them."""

    released_from: str
    measured_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationDetails:
    """The details of validate: whether the rows were read again."""

    rescan: bool


@dataclass(frozen=True, slots=True)
class ExecutorFit:
    """A fit of contenders on executors: the bytes of the encoded frame, the driver's budget, the workers."""

    frame_bytes: int
    driver_budget: int
    workers: int


@dataclass(frozen=True, slots=True)
class FoldReference:
    """A fold of a recipe: the first day of its block, the run that computed it, and the digest of its outcomes."""

    start: date
    run_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldDetails:
    """The details of a fold: the block that was scored, and the window by which the models of it were trained.

    A frozen model, an anchor, was not trained for the fold: its window is the block itself.

    - `known_on` is the date before which the block's labels were known.
    - `inputs` is the digest of what was read.
    - `outcomes` has the digest of the outcomes of each recipe, and `names` its name in the training.
    """

    block: Interval
    window: Interval
    known_on: date
    inputs: str
    outcomes: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredProcedure:
    """The code and the settings by which a training's contenders can be made again.

    - `code` is the digest of the zip with the code of features and candidates.
    - `candidates` names the function of the candidates, empty without one.
    - `train` is the spec's section, as in YAML.
    """

    code: str
    candidates: str
    train: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDetails:
    """The details of train: what was read, the code that built the features, and the contenders by name.

    - `parent` is the run in MLflow.
    - `window` are the days that the contenders were trained on.
    - `blocks` are the days of the folds, and `folds` has the folds of each contender.
    - `calendar` names the features that follow from the date alone, each with its rule.
    - `constant` is what the constant gives every row.
    - `distributed` is None for a fit in the driver.
    - `source` is the project's commit when the training began, None where no git repository was seen.
    """

    parent: str
    window: Interval
    blocks: tuple[Interval, ...]
    folds: Mapping[str, tuple[FoldReference, ...]]
    procedure: StoredProcedure
    features: tuple[str, ...] = ()
    calendar: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, TableRead] = field(default_factory=dict)
    code: str
    feature_section: Mapping[str, Any]
    contenders: Mapping[str, ContenderEntry]
    constant: float | None = None
    notes: tuple[str, ...] = ()
    distributed: ExecutorFit | None = None
    source: CodeOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDetails:
    """The details of gate.

    - `training` is the run that was judged.
    - `forward` is the contender to be promoted, and `claim` what it was promoted for; None without a promotion.
    - `champion` is the version that it was judged against.
    - `state` is the number of the gate's state after it; None where nothing was judged.
    - `promotion` is the number of the promotion that followed, `against` that of the promotion that a proposal is made
      against.
    """

    training: str
    forward: str | None
    claim: PromotionClaim | None
    champion: ModelVersion | None
    state: int | None
    promotion: int | None
    against: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDetails:
    """The details of an override: the run of the gate, its training, the contender, the promotion and the last day."""

    judged_by: str
    training: str
    contender: str
    promotion: int
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDetails:
    """The details of the answer to a proposal.

    They name the run that made the proposal, its training, and the promotion (None if it was declined).
    """

    judged_by: str
    training: str
    promotion: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverDetails:
    """The details of a promotion or rollback by hand: its number, the champion before it and the one from then on.

    A rollback that followed the monitor by itself was `requested_by` that run; None where a person decided.
    """

    promotion: int
    before: ModelVersion | None
    champion: ModelVersion
    requested_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlarm:
    """A daily statistic that drifted, as an alarm of its day (`drift.jump`) or in a digest (`drift.level`).

    `category` is empty unless the statistic is the share of one. `move` is in the unit of the statistic's floor.
    """

    check: str
    column: str
    statistic: str
    category: str
    meaning: str
    move: float


@dataclass(frozen=True, slots=True)
class Cadence:
    """The age in days from which on newer models of a recipe gained, as of a training; None where none is shown."""

    training: str
    recipe: str
    days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringDetails:
    """The details of monitor: the version that was judged, and what drifted on the days of the interval.

    The earlier version that was shown better on the same days is `better`, None without one. `reviews` are those of
    earlier actions, whose next days became mature. `cadence` is the age from which on a served model loses.
    """

    version: ModelVersion
    drifted: tuple[DriftAlarm, ...] = ()
    better: ModelVersion | None = None
    reviews: tuple[ActionReview, ...] = ()
    cadence: Cadence | None = None


RunDetails = Annotated[
    CleaningDetails
    | ReleaseDetails
    | ScoringDetails
    | ScoreReleaseDetails
    | ValidationDetails
    | FoldDetails
    | TrainingDetails
    | GateDetails
    | AnswerDetails
    | OverrideDetails
    | HandoverDetails
    | MonitoringDetails
    | Mapping[str, Any],
    Field(union_mode="left_to_right"),
]
"""A document is read as the first class that has exactly its keys. The mapping is for stages that keep only numbers."""
