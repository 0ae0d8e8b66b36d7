"""HDFS, YARN and an executor: reachable, the active NameNode, and a write."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from assay.connections import place_of, yarn_of
from assay.core.text import quantity
from assay.doctor.check_line import PassedCheck
from assay.errors import InfrastructureError
from assay.spec.project import Pipeline
from assay.spec.schema.environment import Environment
from assay.store.filesystem.atomic import create_exclusively
from assay.store.hadoop.name_nodes import NameNodeState, name_nodes


def check_hdfs(environment: Environment) -> PassedCheck:
    """Return the state of each NameNode, after a small file was written to the folder for shipped files and removed.

    Raises:
        InputError: The keytab is missing.
        InfrastructureError: No NameNode is active, or HDFS takes no file.
    """
    from assay.spark.cluster.jvm_tokens import right_of

    if not environment.webhdfs:
        return PassedCheck("none: the environment names no WebHDFS address")
    nodes = name_nodes(environment.webhdfs, right_of(environment))
    shown = tuple(f"{node.address}: {node.state}" for node in nodes)
    if all(node.state is not NameNodeState.ACTIVE for node in nodes):
        raise InfrastructureError(
            f"no NameNode is active: {'; '.join(shown)}",
            code="hdfs-unreachable",
            hint="'hdfs haadmin -getAllServiceState' shows them; is 'hdfs: web:' of the environment their address?",
        )
    if not environment.staging.startswith("hdfs://"):
        return PassedCheck("a NameNode is active; nothing is written there", shown)
    trial = place_of(environment, environment.staging) / f"trial-{secrets.token_hex(6)}.json"
    create_exclusively(trial, b"{}")
    trial.unlink()
    return PassedCheck(f"a NameNode is active, and {environment.staging} can be written", shown)


def check_yarn(environment: Environment) -> PassedCheck:
    """Return YARN's version and its nodes.

    Raises:
        InputError: HADOOP_CONF_DIR names no cluster.
        InfrastructureError: YARN does not answer, or no node takes work.
    """
    from assay.spark.cluster.hadoop_conf import check_hadoop_conf

    if not environment.on_yarn:
        return PassedCheck(f"none: the master is {environment.master}")
    manager = yarn_of(environment)
    manager.tagged("assay-doctor")  # as a submission does, and not only what a standby answers
    state = manager.state()
    if not state.active_nodes:
        hint = "'yarn node -list -all' shows them"
        raise InfrastructureError("no node of YARN takes work", code="no-nodes", hint=hint)
    check_hadoop_conf(environment)
    bad = f", {quantity(state.bad_nodes, 'node')} lost or unhealthy" if state.bad_nodes else ""
    return PassedCheck(f"YARN {state.version} with {quantity(state.active_nodes, 'active node')}{bad}")


def check_executors(pipeline: Pipeline, say: Callable[[str], None]) -> PassedCheck:
    """Return the words of a job that looked at an executor: its packages, its code, and a table that it wrote.

    Raises:
        InfrastructureError: The job failed.
    """
    from assay.submission.submit import prepare, submit

    if not pipeline.project.environment.on_yarn:
        return PassedCheck("none: tasks run in this machine's processes")
    end = submit(prepare(pipeline, "preflight", (), "client", ()), say, to_stderr=True)
    if end.exit_code != 0:
        hint = f"assay preflight {pipeline.name} --env {pipeline.project.environment.name}"
        raise InfrastructureError(end.sentence, code="preflight", hint=hint)
    return PassedCheck(end.sentence)
