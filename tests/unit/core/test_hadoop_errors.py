"""What HDFS, YARN and Kerberos say, by the texts that they were seen to say it in."""

from __future__ import annotations

import pytest

from assay.core.operations.hadoop_errors import hadoop_fault
from assay.errors import InfrastructureError

SEEN = {
    "safe-mode": "SafeModeException: Cannot create file/x. Name node is in safe mode.",
    "quota": "DSQuotaExceededException: The DiskSpace quota of /lake is exceeded: quota = 1 B",
    "lost-datanode": "File /a could only be written to 0 of the 1 minReplication nodes. There are 0 datanode(s)",
    "no-ticket": "AccessControlException: Client cannot authenticate via:[TOKEN, KERBEROS]",
    "hdfs-unreachable": "Call From vm/127.0.0.1 to localhost:8020 failed on connection exception: Connection refused",
    "yarn": "Application application_17_0001 failed 1 times (global limit =2) due to AM Container exited",
    "collect-budget": "Total size of serialized results of 9 tasks (1.1 GiB) is bigger than spark.driver.maxResultSize "
    "(1024.0 MiB)",
}


@pytest.mark.parametrize("code", SEEN)
def test_each_is_infrastructure_and_named(code: str) -> None:
    fault = hadoop_fault(SEEN[code])
    assert isinstance(fault, InfrastructureError)
    assert fault.code == code
    assert fault.hint


def test_an_ordinary_failure_is_none_of_these() -> None:
    text = "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0. SQLSTATE: 22012"
    assert hadoop_fault(text) is None
