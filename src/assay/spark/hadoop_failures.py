"""What HDFS, YARN and Kerberos make Spark raise, said in Assay's words: all of it infrastructure, worth a retry."""

from __future__ import annotations

import re
from collections.abc import Callable

from assay.errors import AssayError, InfrastructureError


def _safe_mode(_: re.Match[str]) -> AssayError:
    return InfrastructureError(
        "HDFS is in safe mode, so nothing can be written",
        code="safe-mode",
        hint="the NameNode waits for its DataNodes, or somebody put it there: 'hdfs dfsadmin -safemode get'",
    )


def _quota(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"a quota of HDFS is full: {found[1].strip()}",
        code="quota",
        hint="free space or raise the quota, then run again",
    )


def _datanodes(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"HDFS lacks DataNodes: {found[0].strip()}", code="lost-datanode", hint="how many live? 'hdfs dfsadmin -report'"
    )


def _namenode(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"a daemon of the cluster does not answer at {found[1]}",
        code="hdfs-unreachable",
        hint="is it running? Run again",
    )


def _ticket(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"the cluster asks for a Kerberos ticket, and there is none or it has expired ({found[0].strip()})",
        code="no-ticket",
        hint="run 'kinit', or name 'kerberos: {principal, keytab}' in the environment",
    )


def _application(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"YARN could not run {found[1]}: {found[2].strip()}", code="yarn", hint="its page and logs say more; run again"
    )


def _collected(found: re.Match[str]) -> AssayError:
    return InfrastructureError(
        f"more would have been brought to the driver than it may collect: {found[1]} against {found[2]}",
        code="collect-budget",
        hint="this data has to stay on the cluster; spark.driver.maxResultSize of the environment is the budget",
    )


HADOOP: list[tuple[str, Callable[[re.Match[str]], AssayError]]] = [
    (r"SafeModeException|[Nn]ame node is in safe mode", _safe_mode),
    (r"(?:NSQuota|DSQuota|Quota)Exceeded\w*(?:Exception)?:?([^\n]*)", _quota),
    (
        r"BlockMissingException[^\n]*|could only be written to \d+ of the \d+[^\n]*|No live nodes contain[^\n]*",
        _datanodes,
    ),
    (
        r"Client cannot authenticate via:?\s*\[[A-Z, ]*\]|GSS initiate failed|SIMPLE authentication is not enabled",
        _ticket,
    ),
    (r"token \([^)\n]*\) (?:is expired|can't be found in cache)", _ticket),
    (r"Call From \S+ to (\S+) failed on (?:connection|socket timeout) exception", _namenode),
    (r"Application (application_\w+) failed \d+ times[^\n]*? due to ([^\n]*)", _application),
    (
        r"size of serialized results of \d+ tasks \(([^)]*)\) is bigger than spark\.driver\.maxResultSize \(([^)]*)\)",
        _collected,
    ),
]
"""A pattern in the text of Spark's error, and what it means; the first that is found says it."""
