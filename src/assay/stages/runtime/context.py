"""The context of every stage: the pipeline, the places of its records, the user, and the way to report progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assay.connections import lake_of, landed_text, landing_of
from assay.core.interval import Interval
from assay.core.run_status import Ending, RunStatus
from assay.spec.project import Pipeline
from assay.spec.schema.environment import HIVE_CATALOG
from assay.spec.schema.pipeline import TableSpec
from assay.stages.runtime.preflight import preflight
from assay.stages.runtime.resource_usage import Footprints, UseMeter
from assay.stages.runtime.run_watch import RunWatch
from assay.store.decisions.gate_states import GateStates
from assay.store.decisions.promotions import Promotions
from assay.store.filesystem.lake_marker import Lake
from assay.store.filesystem.storage_path import StoragePath, authenticated_user
from assay.store.landing.file_cache import LandedFileCache
from assay.store.ledger.ledger import Ledger
from assay.store.ledger.run_documents import RunDocuments
from assay.store.ledger.run_record import RunRecord
from assay.store.ledger.submissions import note_application
from assay.store.profiles.profile_store import ProfileStore
from assay.store.users import Actor, claimed_user, now_utc

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from assay.models.mlflow.registry import Registry


def _silent(_: str) -> None:
    """Discard a line of progress."""


def start_spark(ctx: Context) -> SparkSession:
    """Return a session of the pipeline's environment, in a Spark that this process starts or that started it.

    Raises:
        InputError: Spark cannot find its cluster.
        InfrastructureError: The cluster is not fit for this environment.
    """
    from assay.spark.cluster.hadoop_conf import check_hadoop_conf
    from assay.spark.session.session import open_session

    environment, name = ctx.pipeline.project.environment, f"assay {ctx.pipeline.name}"
    check_hadoop_conf(environment)
    ctx.progress("starting Spark")
    in_catalog = any(table.from_.in_catalog for table in ctx.pipeline.spec.tables.values())
    spark = open_session(environment, name, extra=HIVE_CATALOG if in_catalog else None, landed=ctx.landed_bytes())
    note_application(spark.sparkContext.applicationId)
    if environment.on_yarn:
        for line in preflight(ctx.pipeline, ctx.lake, spark):
            ctx.progress(line)
    return spark


@dataclass(slots=True)
class Context:
    """One run of a pipeline's stages; Spark and MLflow start only when a stage first needs them.

    `claimed` is the name of the person for whom this process acts by its own account; the record has it beside the
    authenticated one. `why` is the reason a person gave, empty for a scheduled run. `progress` takes one line of text
    at a time, and `watch` the events of the steps. `open_spark` gives the session when one is first needed.
    """

    pipeline: Pipeline
    claimed: str = field(default_factory=claimed_user)
    why: str = ""
    force: bool = False
    wait: float = 0.0
    progress: Callable[[str], None] = _silent
    watch: RunWatch = field(default_factory=RunWatch)
    open_spark: Callable[[Context], SparkSession] = start_spark
    reader: LandedFileCache = field(default_factory=LandedFileCache)
    footprints: Footprints = field(default_factory=Footprints)
    meter: UseMeter = field(default_factory=UseMeter)
    named: set[tuple[str, str]] = field(default_factory=set)
    _actor: Actor | None = None
    _lake: Lake | None = None
    _landing: StoragePath | None = None
    _ledger: Ledger | None = None
    _spark: SparkSession | None = None
    _registry: Registry | None = None
    _expected: list[Interval] = field(default_factory=list)

    @property
    def lake(self) -> StoragePath:
        """The folder of all tables and of Assay's own records; nothing is created by looking.

        Raises:
            InfrastructureError: Its disk is not mounted.
            InputError: The home does not exist.
        """
        return self._own_lake.place

    @property
    def _own_lake(self) -> Lake:
        if self._lake is None:
            self._lake = lake_of(self.pipeline.project)
        return self._lake

    @property
    def actor(self) -> Actor:
        """The user who acts: as the lake's storage has authenticated it, with the name that was claimed beside it.

        Raises:
            InfrastructureError: HDFS does not answer.
        """
        if self._actor is None or self._actor.claimed != self.claimed:
            self._actor = Actor(authenticated_user(self.lake), self.claimed)
        return self._actor

    @property
    def landing(self) -> StoragePath:
        """The folder that the sources' paths are relative to; the errors are those of `lake`."""
        if self._landing is None:
            self._landing = landing_of(self.pipeline.project)
        return self._landing

    @property
    def partition(self) -> str:
        """The name of the partition column, the same in every table of the pipeline."""
        return self.pipeline.spec.partition

    @property
    def ledger(self) -> Ledger:
        """The records of who did what, when, on which data and why."""
        if self._ledger is None:
            self._ledger = Ledger(self.lake, self.pipeline.name)
        return self._ledger

    @property
    def runs(self) -> RunDocuments:
        """The folder of each run: its record before it counts, its verdict, its manifests."""
        return RunDocuments(self.lake, self.pipeline.name)

    @property
    def promotions(self) -> Promotions:
        """The dense sequence of who is champion."""
        return Promotions(self.lake, self.pipeline.name)

    @property
    def gate_states(self) -> GateStates:
        """The memory of the gate: the account of error, and the pairs that it measures."""
        return GateStates(self.lake, self.pipeline.name)

    @property
    def profiles(self) -> ProfileStore:
        """The stored measurements."""
        return ProfileStore(self.lake, self.pipeline.name)

    def table(self, name: str) -> TableSpec:
        """Return the spec of a table."""
        return self.pipeline.spec.tables[name]

    def folder(self, kind: str, name: str) -> StoragePath:
        """Return the folder of a Delta table; `kind` is one of the folders of docs/reference/lake-tables.md."""
        return self.lake / kind / name

    @property
    def spark(self) -> SparkSession:
        """The one Spark session of this process, started when it is first needed."""
        if self._spark is None:
            self._spark = self.open_spark(self)
        return self._spark

    def stop_spark(self) -> None:
        """End the Spark of this process with all its jobs, if there is one: nothing of them can be committed then."""
        if self._spark is not None:
            self._spark.stop()
            self._spark = None

    def hint_input_size(self, interval: Interval) -> None:
        """Note the dates that are about to be worked on: a Spark that starts for them is made fit for so much.

        Raises:
            InputError: Spark cannot find its cluster. It is raised now, before half of the work is done.
        """
        from assay.spark.cluster.hadoop_conf import check_hadoop_conf

        check_hadoop_conf(self.pipeline.project.environment)
        self._expected.append(interval)

    def landed_bytes(self) -> int:
        """Return the bytes that landed for the expected dates; looked up only when Spark starts.

        Often Spark need not start.
        """
        return max((landed_text(self.pipeline, at) for at in self._expected), default=0)

    def fork_session(self) -> Context:
        """Return a context for work that runs beside this one.

        It has its own Spark session, with settings of its own, in the same Spark.
        """
        spark = None if self._spark is None else self._spark.newSession()
        return replace(self, _spark=spark, meter=self.meter.fork(shared=len(self.pipeline.spec.tables) > 1))

    def with_fixed_ledger(self) -> Context:
        """Return a context that reads the ledger once, and does not see what is recorded meanwhile."""
        return replace(self, _ledger=self.ledger.snapshot())

    def record(
        self,
        run_id: str,
        stage: str,
        subject: str,
        interval: Interval,
        status: Ending,
        *,
        why: str | None = None,
        **what: Any,
    ) -> RunRecord:
        """Return the ledger's record of a run of this pipeline, now, by the context's user.

        - `why` is the reason of a verdict; the person's reason is taken if it is None.
        - `what` is the rest of `RunRecord`.

        The footprint is what a cluster gave, and the use what this machine gave. Every stage comes here before anything
        of it counts, so a new lake is marked as one here.
        """
        self._own_lake.settle()
        return RunRecord(
            run_id=run_id,
            pipeline=self.pipeline.name,
            stage=stage,
            subject=subject,
            start=interval.start,
            end=interval.end,
            status=status,
            at=now_utc(),
            who=self.actor.who,
            claimed=self.claimed,
            why=self.why if why is None else why,
            footprint=self.footprints.since(self.pipeline.project.environment, self._spark),
            use=self.meter.of_run(run_id, stage, what.get("counts", {})),
            **what,
        )

    def with_use(self, record: RunRecord) -> RunRecord:
        """Return a record that was made before its run's commits, with the use until now."""
        return replace(record, use=self.meter.of_run(record.run_id, record.stage, record.counts))

    @property
    def registry(self) -> Registry:
        """MLflow: the runs, the registered versions and the aliases that mirror the promotions."""
        if self._registry is None:
            from assay.models.mlflow.registry import Registry

            environment = self.pipeline.project.environment
            self._registry = Registry(
                environment.mlflow_tracking,
                environment.mlflow_artifacts,
                self.pipeline.name,
                self.pipeline.spec.question,
            )
        return self._registry


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """The result of a stage: the run's id (None when nothing was to do), one sentence, and numbers for machines.

    The exit code is 0 when done, 2 when a day has not landed that has to, and 3 when a verdict is a refusal.
    """

    stage: str
    subject: str
    run_id: str | None
    sentence: str
    status: Ending = RunStatus.DONE
    exit_code: int = 0
    numbers: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain JSON types."""
        return {
            "stage": self.stage,
            "subject": self.subject,
            "run_id": self.run_id,
            "status": self.status,
            "sentence": self.sentence,
            "exit_code": self.exit_code,
            "numbers": self.numbers,
        }


def exit_code(outcomes: Sequence[StageOutcome]) -> int:
    """Return 3 when any verdict is a refusal, 2 when a day has not landed that has to, 0 otherwise."""
    return max((outcome.exit_code for outcome in outcomes), default=0)
