"""Tokens for a secured cluster without a JVM, where the extra `assay[kerberos]` is installed.

A token is requested over HTTP with a ticket of MIT's library (SPNEGO). That takes half a second instead of five.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.errors import InfrastructureError
from assay.spark.cluster.auth_errors import auth_error

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS = (5.0, 30.0)


def is_installed() -> bool:
    """Return whether this process has the libraries to use Kerberos without a JVM."""
    return find_spec("spnego") is not None and find_spec("gssapi") is not None


class SpnegoTokenProvider:
    """Tokens for the HDFS and the YARN at these web addresses, by `principal`'s `keytab` or by the user's own ticket.

    The user's ticket serves where there is no keytab. The methods raise InputError for a keytab of another principal,
    and InfrastructureError where there is no ticket or no service answers.
    """

    def __init__(self, hdfs: tuple[str, ...], yarn: tuple[str, ...], principal: str, keytab: str) -> None:
        self._hdfs_at = hdfs
        self._yarn_at = yarn
        self._principal = principal
        self._keytab = keytab
        self._given = {"hdfs": "", "yarn": ""}

    def hdfs(self, refused: str = "") -> str:
        """A token for HDFS other than the one that was refused."""
        if self._given["hdfs"] in ("", refused):
            reply = self._first(self._hdfs_at, "GET", "/webhdfs/v1/?op=GETDELEGATIONTOKEN")
            self._given["hdfs"] = reply["Token"]["urlString"]
        return self._given["hdfs"]

    def yarn(self, refused: str = "") -> str:
        """A token for YARN's ResourceManager other than the one that was refused."""
        if self._given["yarn"] in ("", refused):
            renewer = self._principal.partition("@")[0].partition("/")[0]
            reply = self._first(self._yarn_at, "POST", "/ws/v1/cluster/delegation-token", json={"renewer": renewer})
            self._given["yarn"] = reply["token"]
        return self._given["yarn"]

    def _first(self, addresses: tuple[str, ...], method: str, path: str, **request_options: Any) -> Mapping[str, Any]:
        """Return the reply of the first address that gives one."""
        import requests

        failure = "no address"
        for address in addresses:
            try:
                answer = self._ask(method, address + path, **request_options)
                if answer.ok:
                    return dict(answer.json())
                failure = f"{address} answers {answer.status_code}"
            except (requests.RequestException, ValueError) as error:
                failure = f"{address}: {type(error).__name__}"
        raise InfrastructureError(
            f"no service gives a token for this ticket ({failure})",
            code="no-token",
            hint="does the cluster run, and does it know this principal?",
        )

    def _ask(self, method: str, url: str, **request_options: Any) -> requests.Response:
        import requests

        ticket = self._ticket(urlsplit(url).hostname or "")
        headers = {"Authorization": f"Negotiate {base64.b64encode(ticket).decode()}"}
        return requests.request(method, url, headers=headers, timeout=TIMEOUT_SECONDS, **request_options)

    def _ticket(self, host: str) -> bytes:
        import spnego
        from krb5 import Krb5Error
        from spnego.exceptions import SpnegoError

        who = spnego.KerberosKeytab(self._keytab, self._principal) if self._keytab else None
        try:
            proof: bytes | None = spnego.client(who, hostname=host, service="HTTP", protocol="kerberos").step()
        except (Krb5Error, SpnegoError) as error:
            raise auth_error(str(error), self._principal, self._keytab) from None
        assert proof, "the first step always gives a token"
        return proof
