"""A cluster that Kerberos guards serves whom it knows, as whom it knows, and nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from assay.errors import InfrastructureError, InputError
from devtools.hadoop.cluster import Cluster
from devtools.hadoop.keytab import principals
from devtools.hadoop.spark import SMALL_JVM, settings

from ..expect_errors import raises_code
from .kerberos_project import MARKS

DATA = bytes(range(256)) * 400
pytestmark = MARKS


@pytest.fixture
def token(cluster: Cluster) -> str:
    return cluster.delegation_token("assay")


def ask(method: str, address: str, data: bytes = b"", user: str | None = None, **query: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        parameters = query if user is None else {"user.name": user, **query}
        return session.request(method, address, params=parameters, data=data, timeout=60)


def test_nobody_is_served_without_a_ticket(cluster: Cluster) -> None:
    files = f"{cluster.webhdfs}/webhdfs/v1/"
    assert ask("GET", files, op="LISTSTATUS").status_code == 401
    assert ask("GET", files, op="LISTSTATUS", user="hdfs").status_code == 401
    assert ask("GET", f"{cluster.resource_manager}/ws/v1/cluster/apps").status_code == 401
    assert ask("GET", f"http://127.0.0.1:{cluster.state.ports['nodemanager-1-web']}/ws/v1/node").status_code == 401
    with pytest.raises(InfrastructureError, match="Client cannot authenticate via"):
        cluster.shell("-ls", "/")


def test_a_user_with_a_keytab_is_served_as_that_user(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a line")
    cluster.shell("-put", str(file), "/user/assay/file", user="assay")
    assert cluster.shell("-cat", "/user/assay/file", user="assay") == "a line"
    with pytest.raises(InfrastructureError, match="Permission denied: user=assay"):
        cluster.shell("-mkdir", "/elsewhere", user="assay")


def test_a_delegation_token_opens_webhdfs_for_its_user_alone(cluster: Cluster, token: str) -> None:
    files = f"{cluster.webhdfs}/webhdfs/v1"
    assert ask("GET", files, op="GETHOMEDIRECTORY", delegation=token).json() == {"Path": "/user/assay"}
    redirect = ask("PUT", f"{files}/user/assay/data", op="CREATE", noredirect="true", delegation=token)
    assert ask("PUT", redirect.json()["Location"], DATA).status_code == 201
    assert ask("GET", f"{files}/user/assay/data", op="OPEN", delegation=token).content == DATA
    refused = ask("PUT", f"{files}/elsewhere", op="MKDIRS", delegation=token)
    assert refused.json()["RemoteException"]["exception"] == "AccessControlException"
    altered = ("A" if token[10] != "A" else "B").join((token[:10], token[11:]))
    assert ask("GET", files, op="GETHOMEDIRECTORY", delegation=altered).status_code in (401, 403)


def test_a_datanode_serves_nobody_without_a_token_either(cluster: Cluster, token: str) -> None:
    cluster.shell("-touchz", "/user/assay/guarded", user="assay")
    file = f"{cluster.webhdfs}/webhdfs/v1/user/assay/guarded"
    place = urlsplit(ask("GET", file, op="OPEN", noredirect="true", delegation=token).json()["Location"])
    assert "delegation" in parse_qs(place.query)
    address = f"http://{place.netloc}{place.path}"
    namenode = parse_qs(place.query)["namenoderpcaddress"][0]
    refused = ask("GET", address, op="OPEN", namenoderpcaddress=namenode, user="assay")
    assert refused.status_code in (401, 403)


def test_a_keytab_holds_the_keys_of_its_user_alone(cluster: Cluster) -> None:
    assert cluster.kerberos is not None
    assert principals(cluster.kerberos.keytab("assay").read_bytes()) == {"assay@ASSAY.LOCAL"}
    keytabs = list(cluster.kerberos.folder.glob("*.keytab"))
    assert len(keytabs) == 4
    assert {file.stat().st_mode & 0o777 for file in keytabs} == {0o600}


def test_a_guarded_cluster_is_not_taken_for_an_open_one(cluster: Cluster) -> None:
    with raises_code(InputError, "other-cluster", cluster.layout.home):
        Cluster(cluster.layout.home, kerberos=False)


def test_safe_mode_is_turned_on_by_the_superuser(cluster: Cluster) -> None:
    cluster.safe_mode(on=True)
    try:
        assert cluster.is_in_safe_mode()
    finally:
        cluster.safe_mode(on=False)


JOB = """
import json, sys
from pyspark.sql import SparkSession
from assay.spark.session.java import prepare_java

prepare_java()
context = SparkSession.builder.master("yarn").config(map=json.loads(sys.argv[2])).getOrCreate().sparkContext
lines = context.textFile(sys.argv[1]).map(lambda line: line.upper())
lines.saveAsTextFile(sys.argv[1] + ".upper")
print(json.dumps({"user": context.sparkUser(), "application": context.applicationId}))
context.stop()
"""


def test_a_spark_application_runs_on_guarded_yarn_with_a_keytab(cluster: Cluster, tmp_path: Path) -> None:
    assert cluster.kerberos is not None
    spark_settings = settings(f"{SMALL_JVM} -Djava.security.krb5.conf={cluster.kerberos.configuration}") | {
        "spark.kerberos.principal": cluster.kerberos.principal("assay"),
        "spark.kerberos.keytab": str(cluster.kerberos.keytab("assay")),
    }
    lines, script = tmp_path / "lines", tmp_path / "job.py"
    lines.write_text("one\ntwo\n")
    script.write_text(JOB)
    cluster.shell("-put", str(lines), "/user/assay/lines", user="assay")
    done = subprocess.run(
        [sys.executable, str(script), f"{cluster.hdfs}/user/assay/lines", json.dumps(spark_settings)],
        env=os.environ | {"HADOOP_CONF_DIR": str(cluster.conf), "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["user"] == "assay"
    assert cluster.shell("-cat", "/user/assay/lines.upper/part-*", user="assay") == "ONE\nTWO\n"


def test_when_the_centre_died_all_start_anew_with_its_new_keys(cluster: Cluster) -> None:
    assert cluster.kdc is not None
    cluster.shell("-touchz", "/user/assay/kept", user="assay")
    cluster.kdc.kill()
    assert len(cluster.start()) == 6
    assert "/user/assay/kept" in cluster.shell("-ls", "/user/assay", user="assay")
