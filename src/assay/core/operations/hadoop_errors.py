"""The faults of HDFS, YARN and Kerberos in Assay's words: all are infrastructure, and worth a retry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.errors import InfrastructureError


@dataclass(frozen=True, slots=True)
class Fault:
    """A pattern in the text of an error, and its meaning; `{0}` is the matched text, `{1}` its first group."""

    pattern: str
    code: str
    message: str
    hint: str

    def say(self, match: re.Match[str]) -> InfrastructureError:
        """Return the error with the message for this match."""
        words = [(group or "").strip() for group in (match[0], *match.groups())]
        return InfrastructureError(self.message.format(*words), code=self.code, hint=self.hint)


FAULTS = (
    Fault(
        r"SafeModeException|[Nn]ame node is in safe mode",
        "safe-mode",
        "HDFS is in safe mode, so nothing can be written",
        "the NameNode waits for its DataNodes, or an administrator turned it on: 'hdfs dfsadmin -safemode get'",
    ),
    Fault(
        r"Quota\w*Exceeded\w*:?([^\n]*)",
        "quota",
        "a quota of HDFS is full: {1}",
        "free space or raise the quota, then run again",
    ),
    Fault(
        r"BlockMissingException[^\n]*|could only be written to \d+ of the \d+[^\n]*|No live nodes contain[^\n]*"
        r"|Failed to find datanode[^\n]*",
        "lost-datanode",
        "HDFS lacks DataNodes: {0}",
        "how many live? 'hdfs dfsadmin -report'",
    ),
    Fault(
        r"Client cannot authenticate via:?\s*\[[A-Z, ]*\]|GSS initiate failed|SIMPLE authentication is not enabled"
        r"|token \([^)\n]*\) (?:is expired|can't be found in cache)|InvalidToken|Authentication failure"
        r"|Delegation Token can be issued only with kerberos|Unable to obtain password from user"
        r"|No Kerberos credentials available|Ticket expired",
        "no-ticket",
        "the cluster requires a Kerberos ticket, and there is none or it has expired ({0})",
        "run 'kinit', or name 'kerberos: {principal, keytab}' in the environment",
    ),
    Fault(
        r"Could not connect to meta store using any of the URIs provided|MetaException[^\n]*Could not connect"
        r"|Unable to instantiate org\.apache\.hadoop\.hive\.ql\.metadata\.SessionHiveMetaStoreClient",
        "metastore-unreachable",
        "the Hive metastore does not answer",
        "is it running at 'catalog: metastore:' of the environment? Run again",
    ),
    Fault(
        r"Call From \S+ to (\S+) failed on (?:connection|socket timeout) exception",
        "hdfs-unreachable",
        "a daemon of the cluster does not answer at {1}",
        "is it running? Run again",
    ),
    Fault(
        r"Application (application_\w+) failed \d+ times[^\n]*? due to ([^\n]*)",
        "yarn",
        "YARN could not run {1}: {2}",
        "its page and its logs have the details; run again",
    ),
    Fault(
        r"size of serialized results of \d+ tasks \(([^)]*)\) is bigger than spark\.driver\.maxResultSize \(([^)]*)\)",
        "collect-budget",
        "more would have been brought to the driver than it may collect: {1} against {2}",
        "this data has to stay on the cluster; spark.driver.maxResultSize of the environment is the budget",
    ),
)
"""The known faults; the first one with a match gives the message."""


def hadoop_fault(text: str) -> InfrastructureError | None:
    """Return the error for a text of Hadoop, None for a text without a known fault.

    >>> hadoop_fault("SafeModeException: Cannot create /lake/x. Name node is in safe mode.").message
    'HDFS is in safe mode, so nothing can be written'
    >>> hadoop_fault("[DIVIDE_BY_ZERO] Division by zero.")
    """
    for fault in FAULTS:
        match = re.search(fault.pattern, text)
        if match:
            return fault.say(match)
    return None
