"""The small project on a cluster that Kerberos guards, used as `assay` would, with a keytab or with a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.spark.session.java import find_java, java_version
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.environment import packed_environment
from devtools.hadoop.kerberos import OLDEST_WITHOUT
from devtools.hadoop.spark import SMALL_JVM

from ..cluster.on_cluster import ENVIRONMENT, LIVED, OnCluster, make_project

HOME = "/user/assay"
TOKENS_LIVE = 45
"""Seconds, of a token of HDFS that nobody renews."""

MARKS = [
    pytest.mark.system,
    pytest.mark.skipif(
        java_version(find_java() / "bin" / "java") >= OLDEST_WITHOUT,
        reason="Hadoop's Kerberos does not work on this Java",
    ),
]
"""The marks of all the tests here."""


@dataclass(frozen=True, slots=True)
class KerberosProject(OnCluster):
    """The small project, its environment with the keytab of the one user there is."""

    def environment(self, **variables: str) -> dict[str, str]:
        """A user's environment who is set up for this cluster, and has no ticket."""
        assert self.cluster.kerberos is not None
        kerberos_variables = {
            "KRB5_CONFIG": str(self.cluster.kerberos.configuration),
            "KRB5CCNAME": str(self.root / "no-ticket"),
        }
        return OnCluster.environment(self, **{**kerberos_variables, **variables})

    def write_environment(self, text: str, name: str = "cluster") -> None:
        """Let the environment file of that name hold `text`."""
        (self.root / "conf" / "environments" / f"{name}.yaml").write_text(text)

    def applications(self) -> list[str]:
        """The names of all that had a container: whoever has no ticket may not ask YARN."""
        return sorted(path.name for path in self.cluster.layout.data("nodemanager-1").glob("log/application_*"))

    def hdfs(self, *arguments: str) -> str:
        """What Hadoop's own `hadoop fs` says to the user."""
        return self.cluster.shell(*arguments, user="assay")


def environment_text(cluster: Cluster, mlflow: str, kerberos: str) -> str:
    """An environment file whose places lie in the user's home, with a section for Kerberos or without."""
    assert cluster.kerberos is not None
    places = {"hdfs": f"{cluster.hdfs}{HOME}", "webhdfs": cluster.webhdfs, "yarn": cluster.resource_manager}
    archive = f"{cluster.hdfs}{HOME}/staging/{packed_environment().name}"
    # No krb5.conf of the machine's own names this centre, as it would on a company's nodes.
    java_options = f"{SMALL_JVM} -Duser.timezone=UTC -Djava.security.krb5.conf={cluster.kerberos.configuration}"
    text = ENVIRONMENT.format(**places, mlflow=mlflow, environment=archive).replace(SMALL_JVM, java_options)
    head, mark, rest = text.partition("mlflow:")
    return f"{head}    spark.driver.extraJavaOptions: {java_options}\n{mark}{rest}{kerberos}"


def with_keytab(cluster: Cluster, keytab: Path | None = None) -> str:
    """The section of an environment file for that keytab, or for the user's own."""
    assert cluster.kerberos is not None
    file = keytab or cluster.kerberos.keytab("assay")
    return f"kerberos: {{principal: {cluster.kerberos.principal('assay')}, keytab: {file}}}\n"


@pytest.fixture(scope="session")
def kerberized(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, mlflow_address: str
) -> Iterator[KerberosProject]:
    """Five weeks have landed on HDFS, and nothing ran."""
    root = tmp_path_factory.mktemp("guarded") / "project"
    make_project(root, environment_text(cluster, mlflow_address, with_keytab(cluster)))
    project = KerberosProject(root, cluster)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(root))
        from parcel_code.landing import write_drops

        local = tmp_path_factory.mktemp("landing") / "landing"
        write_drops(local, LIVED.start, len(LIVED))
        project.hdfs("-mkdir", "-p", f"{HOME}/parcels", f"{HOME}/staging")
        project.hdfs("-put", str(local), f"{HOME}/parcels/landing")
        project.hdfs("-put", str(packed_environment()), f"{HOME}/staging/")
        yield project
