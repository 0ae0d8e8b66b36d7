"""The `spark-submit` command of a stage, and the meaning of its end, for the command line and the scheduler."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

DeployMode = Literal["client", "cluster"]

ENVIRONMENT, CODE = "environment", "code"
"""The folders of a container's working directory into which YARN unpacks the shipped archives."""

PYTHON = f"./{ENVIRONMENT}/bin/python"
ORIGIN_VARIABLE = "ASSAY_CODE_ORIGIN"
"""The environment variable with the git commit of the shipped code."""

TAG_VARIABLE = "ASSAY_SUBMISSION"
"""The environment variable with the tag of a stage's submission."""

JOBS = ("land", "clean", "validate", "train", "gate", "score", "monitor", "run", "preflight")
"""The stages that `spark-submit` can run."""

IGNORED_OPTIONS = frozenset({"--json", "--wait", "--reason"})
"""Options of a stage that do not change its work: a run with other values of them is the same run."""

_VALUED = frozenset({"--wait", "--reason"})
_NOT_IN_A_TAG = re.compile(r"[^a-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Shipment:
    """The addresses of the three archives that a cluster gets.

    They are the packed Python environment, a zip of Assay's code with the project's files, and a zip of the jars of
    Spark and Delta.
    """

    environment: str
    code: str
    jars: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One stage of one pipeline for Spark: `arguments` belong to the stage, `flags` to spark-submit, both unchanged.

    The `digest` is that of the code: other code makes another submission. The user for the ledger is `who`. The script
    gets the words of `entry` before its options: the stage's name, where one script serves every stage. The `origin` is
    the git commit of the code, as the driver of a cluster reads it.
    """

    stage: str
    pipeline: str
    env: str
    arguments: tuple[str, ...]
    digest: str
    master: str
    deploy_mode: DeployMode = "client"
    conf: Mapping[str, str] = field(default_factory=dict)
    principal: str = ""
    keytab: str = ""
    who: str = ""
    flags: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    origin: str = ""

    @property
    def tag(self) -> str:
        """The run's identity as a YARN tag: equal for the same work, at any time and from any machine.

        >>> Submission("clean", "flights", "cluster", ("--date", "2013-01-05"), "abc", "yarn").tag
        'assay-flights-clean-cf63e1853419'
        """
        text = json.dumps([self.stage, self.pipeline, self.env, *_that_matter(self.arguments), self.digest])
        name = _NOT_IN_A_TAG.sub("-", f"{self.pipeline}-{self.stage}".lower())[:60]
        return f"assay-{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @property
    def on_yarn(self) -> bool:
        """True if a cluster runs the stage."""
        return self.master.startswith("yarn")

    def settings(self, shipment: Shipment | None, *, driver_python: str = "") -> dict[str, str]:
        """Return the Spark settings: Assay's own, replaced where the environment file has another value.

        In client mode, `driver_python` runs the driver.
        """
        if shipment is None:
            return dict(self.conf)
        assay_settings = {
            "spark.yarn.tags": self.tag,
            # A second attempt by YARN would hide the verdict of the first; the submitter decides on a retry.
            "spark.yarn.maxAppAttempts": "1",
            "spark.yarn.archive": shipment.jars,
            "spark.yarn.dist.archives": f"{shipment.environment}#{ENVIRONMENT},{shipment.code}#{CODE}",
            "spark.pyspark.python": PYTHON,
            # Spark's code for a hundred checks is one method of more than 8,000 bytes, which Java would interpret.
            "spark.executor.extraJavaOptions": "-XX:-DontCompileHugeMethods",
            "spark.executorEnv.PYTHONPATH": CODE,
            "spark.yarn.appMasterEnv.PYTHONPATH": CODE,
            "spark.yarn.appMasterEnv.ASSAY_PROJECT": CODE,
            "spark.yarn.appMasterEnv.ASSAY_HOME": "assay-home",
            f"spark.yarn.appMasterEnv.{TAG_VARIABLE}": self.tag,
            "spark.yarn.appMasterEnv.ASSAY_USER": self.who,
        }
        if self.deploy_mode == "cluster":
            # That of the submitting machine names its own files.
            assay_settings["spark.driver.extraJavaOptions"] = "-Duser.timezone=UTC"
            if self.origin:
                assay_settings[f"spark.yarn.appMasterEnv.{ORIGIN_VARIABLE}"] = self.origin
        if self.keytab:
            assay_settings |= {"spark.kerberos.principal": self.principal, "spark.kerberos.keytab": self.keytab}
        settings = {**assay_settings, **self.conf}
        if driver_python and self.deploy_mode == "client":
            settings["spark.pyspark.driver.python"] = driver_python
        return settings

    def command(self, spark_submit: str, script: str, shipment: Shipment | None, *, driver_python: str) -> list[str]:
        """Return the exact command; `script` is the stage's job, and `driver_python` runs the driver in client mode.

        >>> work = Submission("land", "flights", "local", (), "abc", "local[2]")
        >>> " ".join(work.command("spark-submit", "jobs/land.py", None, driver_python="python"))
        'spark-submit --master local[2] --name flights: land jobs/land.py --pipeline flights --env local'
        """
        settings = self.settings(shipment, driver_python=driver_python)
        mode = ["--deploy-mode", self.deploy_mode] if self.on_yarn else []
        conf = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        name = ["--name", self.name]
        return [spark_submit, "--master", self.master, *mode, *name, *conf, *self.flags, script, *self.job_arguments]

    @property
    def name(self) -> str:
        """The application's name, as YARN shows it."""
        return f"{self.pipeline}: {self.stage}"

    @property
    def job_arguments(self) -> list[str]:
        """The arguments of the job: its pipeline, its environment and the options of the stage."""
        return [*self.entry, "--pipeline", self.pipeline, "--env", self.env, *self.arguments]


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a submission: the exit code for a scheduler, a sentence, and whether both come from the stage."""

    exit_code: int
    sentence: str
    judged: bool = True


@dataclass(frozen=True, slots=True)
class StageEnd:
    """The end of a submission's stage, as its driver writes it to the lake for the submitter.

    The YARN `application` and the `attempt` are those of the driver; `answer` is the JSON that the command printed.
    """

    exit_code: int
    sentence: str
    application: str = ""
    attempt: str = ""
    at: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)


def ending(left: StageEnd | None, application: str, attempt: str = "", state: str = "") -> Ending:
    """Return the end of a submission, from the document that its stage `left`.

    The document has to be of this YARN `application`, or of this `attempt` of a driver. A document of another one does
    not count: then this driver ended before it wrote its own, which is infrastructure (exit 4). The `state` is added
    to the sentence.

    >>> ending(StageEnd(3, "held", "app_1"), "app_1").exit_code
    3
    >>> ending(StageEnd(0, "done", "app_1"), "app_2", state="KILLED")
    Ending(exit_code=4, sentence='app_2 ended without a verdict (KILLED)', judged=False)
    """
    if left is not None:
        same_application = bool(application) and left.application == application
        same_attempt = bool(attempt) and left.attempt == attempt
        if same_application or same_attempt:
            return Ending(left.exit_code, left.sentence)
    sentence = f"{application or 'the driver'} ended without a verdict" + (f" ({state})" if state else "")
    return Ending(4, sentence, judged=False)


def _that_matter(arguments: Sequence[str]) -> list[str]:
    kept, words = [], iter(arguments)
    for word in words:
        name, joined, _ = word.partition("=")
        if name not in IGNORED_OPTIONS:
            kept.append(word)
        elif name in _VALUED and not joined:
            next(words, None)
    return kept
