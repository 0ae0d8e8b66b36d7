"""Submit a stage, follow it to its end, and report how it ended: the same in client and in cluster mode."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.connections import lake_of, yarn_of
from assay.core.operations.submission import JOBS, TAG_VARIABLE, DeployMode, Ending, Shipment, Submission
from assay.errors import InputError
from assay.spark.cluster.hadoop_conf import check_hadoop_conf
from assay.spark.cluster.jvm_tokens import check_keytab
from assay.spark.session.jars import spark_home
from assay.spark.session.java import prepare_java, prepare_kerberos
from assay.spec.project import Pipeline
from assay.spec.schema.environment import looks_secret
from assay.store.hadoop.delegation_tokens import VARIABLE as TOKENS_VARIABLE
from assay.store.hadoop.resource_manager import Application, ResourceManager
from assay.store.ledger.code_origin import git_origin, origin_text
from assay.store.ledger.submissions import ATTEMPT_VARIABLE, read_ending
from assay.store.users import claimed_user, unix_user
from assay.submission.code_archive import archive_code, digest_of
from assay.submission.driver_jvm import driver_settings, driver_variables
from assay.submission.staging import ship, stage

Say = Callable[[str], None]

_STDERR = 2
"""The file descriptor of standard error."""


@dataclass(frozen=True, slots=True)
class Job:
    """The script that runs a stage, and its arguments before the stage's options."""

    script: Path
    entry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission with the zip of its code, before anything is sent."""

    submission: Submission
    code: bytes
    pipeline: Pipeline
    script: Path


def prepare(
    pipeline: Pipeline, name: str, arguments: tuple[str, ...], mode: DeployMode | None, flags: tuple[str, ...]
) -> Prepared:
    """Return what would be submitted.

    Raises:
        InputError: There is no such job, the master cannot have the mode, the cluster's address is unknown, the keytab
            is missing, or a flag holds a secret.
    """
    environment, job = pipeline.project.environment, job_of(pipeline.project.root, name)
    chosen: DeployMode = mode or environment.deploy_mode
    if chosen == "cluster" and not environment.on_yarn:
        raise InputError(
            f"the environment '{environment.name}' has the master {environment.master}, which runs no driver",
            code="deploy-mode",
            hint="--deploy-mode client, or an environment with 'master: yarn'",
        )
    check_hadoop_conf(environment)
    check_keytab(environment.keytab)
    _check_flags(flags)
    code = archive_code(pipeline)
    driver = {} if environment.on_yarn else driver_settings(pipeline, name, arguments)
    submission = Submission(
        stage=name,
        pipeline=pipeline.name,
        env=environment.name,
        arguments=arguments,
        digest=digest_of(code),
        master=environment.master,
        deploy_mode=chosen,
        conf={**driver, **environment.spark},
        principal=environment.principal,
        keytab=environment.keytab,
        who=claimed_user() or unix_user(),
        flags=flags,
        entry=job.entry,
        origin=origin_text(git_origin(pipeline.project.root)) if chosen == "cluster" else "",
    )
    return Prepared(submission, code, pipeline, job.script)


def dry_run(prepared: Prepared) -> list[str]:
    """Return the exact command, with the addresses that things would have."""
    on_yarn = prepared.submission.on_yarn
    return _command(prepared, stage(prepared.pipeline, prepared.code).shipment if on_yarn else None)


def prepare_for_scheduler(prepared: Prepared, before: Mapping[str, str], say: Say) -> dict[str, Any]:
    """Send all that a cluster needs, and return what a scheduler needs to start spark-submit by itself.

    The result has plain JSON types:

    - The program, its settings, script and arguments.
    - `variables` to start it with; None is for one to start it without. They are those that differ from `before`, the
      variables that this process was started with. To look for Java or for a ticket changes them long before anything
      is sent.
    - `tag` and `attempt`, by which `assay submission status` finds how it ended.
    - `running`, an application that does the same work already. Nothing was sent then.
    - `last`, the newest application of that tag. A newer one is that of this submission.

    The errors are those of `submit`.
    """
    submission, attempt = prepared.submission, secrets.token_hex(8)
    lake_of(prepared.pipeline.project)  # refused here, a stage is not refused on the cluster after all was sent there
    known = _yarn(prepared).tagged(submission.tag) if submission.on_yarn else []
    running = _running(known)
    shipment = ship(prepared.pipeline, prepared.code, say) if submission.on_yarn and running is None else None
    after = _environment(prepared, attempt)
    # Ours always: the scheduler need not have the variables of this process. But no tokens, which end with it.
    variable_names = {
        name for name in {*before, *after} if name.startswith("ASSAY_") or before.get(name) != after.get(name)
    }
    variable_names.discard(TOKENS_VARIABLE)
    return {
        "tag": submission.tag,
        "attempt": attempt,
        "running": running.id if running else "",
        "last": known[0].id if known else "",
        "program": _program(),
        "master": submission.master,
        "deploy_mode": submission.deploy_mode if submission.on_yarn else None,
        "name": submission.name,
        "settings": submission.settings(shipment, driver_python=sys.executable if shipment else ""),
        "flags": list(submission.flags),
        "script": str(prepared.script),
        "arguments": submission.job_arguments,
        "variables": {name: after.get(name) for name in sorted(variable_names)},
    }


def submit(prepared: Prepared, say: Say, *, to_stderr: bool = False) -> Ending:
    """Run a stage on the environment's master, and return how it ended.

    An application that does the same already is waited for, and nothing is submitted. What a driver in client mode
    prints goes to standard output, or to standard error with `to_stderr`, beside the JSON of a command.

    Raises:
        InfrastructureError: HDFS or YARN does not answer.
        InputError: The lake has another format.
    """
    attempt = secrets.token_hex(8)
    lake_of(prepared.pipeline.project)
    if not prepared.submission.on_yarn:
        return _ending(prepared, "", attempt, f"exit {_run(prepared, None, attempt, to_stderr)}")
    yarn, tag = _yarn(prepared), prepared.submission.tag
    running = _running(yarn.tagged(tag))
    if running is not None:
        say(f"{running.id} does this already: waiting for it ({running.tracking})")
        return _followed(prepared, yarn, running.id, "", say)
    shipment = ship(prepared.pipeline, prepared.code, say)
    last = yarn.newest(tag)
    code = _run(prepared, shipment, attempt, to_stderr)
    started = yarn.newest(tag, after=last)
    if started:
        return _followed(prepared, yarn, started, attempt, say)
    # A stage without Spark's work needs no application in client mode, and has written its verdict all the same.
    return _ending(prepared, "", attempt, f"exit {code}")


def _yarn(prepared: Prepared) -> ResourceManager:
    return yarn_of(prepared.pipeline.project.environment)


def _running(same: Sequence[Application]) -> Application | None:
    """Return the newest of the applications that do the same work, newest first, that has not ended."""
    return next((one for one in same if not one.over), None)


def job_of(root: Path, stage: str) -> Job:
    """Return the project's own script for the stage, else the wheel's script for all stages.

    Raises:
        InputError: There is no such stage.
    """
    own = root / "jobs" / f"{stage}.py"
    if own.is_file():
        return Job(own)
    if stage in JOBS:
        return Job(Path(__file__).parents[1] / "jobs" / "stage.py", (stage,))
    from assay.core.suggestions import did_you_mean

    raise InputError(f"there is no job '{stage}'", code="unknown-stage", hint=did_you_mean(stage, JOBS))


def _check_flags(flags: tuple[str, ...]) -> None:
    """Refuse a secret: every user of the machine can read a command line.

    Raises:
        InputError: A flag holds one.
    """
    for flag in flags:
        key, _, value = flag.removeprefix("--conf=").partition("=")
        if looks_secret(key, value):
            raise InputError(
                f"'{key}' looks like a secret, and everybody on this machine can read a command line",
                code="secret",
                hint="spark-submit takes it from a file that is yours alone: -- --properties-file FILE",
            )


def _run(prepared: Prepared, shipment: Shipment | None, attempt: str, to_stderr: bool) -> int:
    command, variables = _command(prepared, shipment), _environment(prepared, attempt)
    return subprocess.run(command, env=variables, stdout=_STDERR if to_stderr else None, check=False).returncode


def _ending(prepared: Prepared, application: str, attempt: str, state: str) -> Ending:
    lake = lake_of(prepared.pipeline.project).place
    name, tag = prepared.pipeline.name, prepared.submission.tag
    return read_ending(lake, name, tag, application=application, attempt=attempt, state=state)[0]


def _followed(prepared: Prepared, yarn: ResourceManager, name: str, attempt: str, say: Say) -> Ending:
    application = yarn.wait(name)
    end = _ending(prepared, name, attempt, application.final_status)
    say(f"{name} {application.final_status}: {application.tracking}")
    if end.exit_code != 0:
        _tell_why(prepared, yarn, application, say)
    return end


def _tell_why(prepared: Prepared, yarn: ResourceManager, application: Application, say: Say) -> None:
    if prepared.submission.deploy_mode == "client":  # its driver wrote to this terminal
        return
    for line in yarn.last_words(application):
        say(f"  | {line}")
    say(f"the logs: {application.logs or '-'}, or 'yarn logs -applicationId {application.id}'")


def _command(prepared: Prepared, shipment: Shipment | None) -> list[str]:
    python = "" if shipment is None else sys.executable
    return prepared.submission.command(_program(), str(prepared.script), shipment, driver_python=python)


def _program() -> str:
    return str(Path(sys.executable).parent / "spark-submit")


def _environment(prepared: Prepared, attempt: str) -> Mapping[str, str]:
    prepare_java()
    prepare_kerberos()
    tag = prepared.submission.tag
    submission_variables = {
        TAG_VARIABLE: tag,
        ATTEMPT_VARIABLE: attempt,
        "ASSAY_PROJECT": str(prepared.pipeline.project.root),
    }
    # Spark takes these over the settings of the submission.
    left_out = {"PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"} if prepared.submission.on_yarn else set()
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {
        **kept,
        "SPARK_HOME": str(spark_home()),
        **driver_variables(prepared.submission.conf),
        **submission_variables,
    }
