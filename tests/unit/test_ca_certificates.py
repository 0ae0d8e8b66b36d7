"""What this machine trusts, as a file that Java reads: read back here by a Java where there is one."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from assay.spark.session.ca_certificates import java_trust, key_store


@pytest.fixture
def authorities() -> list[bytes]:
    certificates = ssl.create_default_context().get_ca_certs(binary_form=True)[:3]
    if not certificates:
        pytest.skip("this machine trusts nobody")
    return certificates


def test_javas_own_tool_reads_the_key_store(authorities: list[bytes], tmp_path: Path) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("no keytool")
    store = tmp_path / "trust.jks"
    store.write_bytes(key_store(authorities))
    listed = subprocess.run(
        [keytool, "-list", "-keystore", str(store), "-storepass", "changeit", "-storetype", "JKS"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.count("trustedCertEntry") == len(authorities)


def test_a_bundle_of_the_environment_is_taken_first(
    monkeypatch: pytest.MonkeyPatch, authorities: list[bytes], tmp_path: Path
) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text(ssl.DER_cert_to_PEM_cert(authorities[0]))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    arguments = java_trust(tmp_path)
    assert arguments[0] == f"-Djavax.net.ssl.trustStore={tmp_path}/trust.jks"
    assert (tmp_path / "trust.jks").read_bytes() == key_store(authorities[:1])


def test_a_machine_without_a_list_leaves_java_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr("assay.spark.session.ca_certificates._BUNDLES", (str(tmp_path / "none"),))
    assert java_trust(tmp_path) == []
    assert not list(tmp_path.iterdir())
