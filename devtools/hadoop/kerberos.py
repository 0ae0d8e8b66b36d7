"""Kerberos for the cluster: a key distribution centre of its own, and the daemons' settings for it."""

from __future__ import annotations

import base64
import hmac
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InputError
from assay.spark.session.java import java_version
from devtools.hadoop import keytab
from devtools.hadoop.configuration import Properties
from devtools.hadoop.layout import Layout

REALM = "ASSAY.LOCAL"
USERS = {
    "hdfs": ("hdfs/127.0.0.1",),
    "yarn": ("yarn/127.0.0.1",),
    "http": ("HTTP/127.0.0.1", "HTTP/localhost"),
    "assay": ("assay",),
}
"""The users with a keytab, and its principals: HDFS (the superuser), YARN, their web servers, and one user."""


OLDEST_WITHOUT = 24
"""The oldest Java on which Hadoop 3.5.0 loses its tickets: its threads no longer inherit the user they act for."""

_COOKIE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Kerberos:
    """The realm of the cluster in `layout`, whose centre listens on `port` of loopback."""

    layout: Layout
    port: int

    @property
    def configuration(self) -> Path:
        """krb5.conf, for clients as for the daemons (KRB5_CONFIG, -Djava.security.krb5.conf)."""
        return self.layout.conf / "krb5.conf"

    @property
    def folder(self) -> Path:
        """The folder of the keytabs, which only this user may read."""
        return self.layout.home / "keytabs"

    @property
    def has_all_keys(self) -> bool:
        """True when the centre has made the keys of all its principals."""
        return self._all_keys.is_file() and keytab.principals(self._all_keys.read_bytes()) >= set(_everybody())

    @property
    def is_handed_out(self) -> bool:
        """True when every user has a keytab of their own, and the keytab of all is removed."""
        return not self._all_keys.exists()

    def principal(self, user: str) -> str:
        """Return the (first) principal of a user of USERS."""
        return f"{USERS[user][0]}@{REALM}"

    def keytab(self, user: str) -> Path:
        """Return the path of the file with the keys of a user of USERS."""
        return self.folder / f"{user}.keytab"

    def login(self, user: str) -> dict[str, str]:
        """Return the variables with which a program of Hadoop logs in as that user."""
        return {"KRB5PRINCIPAL": self.principal(user), "KRB5KEYTAB": str(self.keytab(user))}

    def cookie(self, *, takes_tokens: bool) -> str:
        """Return the cookie of HDFS's superuser for any web server of the cluster, signed with their shared secret.

        With it no client is needed that does Kerberos over HTTP (SPNEGO). A server that takes delegation tokens as
        well, as the ResourceManager does, calls its kind of authentication by another name. The form is that of
        hadoop-auth's AuthenticationToken and Signer.
        """
        kind = "kerberos-dt" if takes_tokens else "kerberos"
        expires = int((time.time() + _COOKIE_SECONDS) * 1_000)
        text = f"u=hdfs&p={self.principal('hdfs')}&t={kind}&e={expires}"
        signature = hmac.digest(self._secret.read_bytes(), text.encode(), "sha256")
        return f'hadoop.auth="{text}&s={base64.b64encode(signature).decode()}"'

    def arguments(self) -> list[str]:
        """The arguments of the centre's main class."""
        principals = [name for names in USERS.values() for name in names]
        return [str(self._work), str(self._properties), str(self._all_keys), *principals]

    def prepare(self, java: Path) -> None:
        """Write the settings of the centre and its clients. The centre makes new keys whenever it starts.

        Raises:
            InputError: The Java whose home is `java` is one on which this cannot work (`wrong-java`).
        """
        version = java_version(java / "bin" / "java")
        if version >= OLDEST_WITHOUT:
            raise InputError(
                f"Hadoop's Kerberos does not work on Java {version} ({java})",
                code="wrong-java",
                hint=f"set JAVA_HOME to a Java older than {OLDEST_WITHOUT}: 17 was tried",
            )
        self.folder.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir(parents=True)
        self._all_keys.unlink(missing_ok=True)
        organisation, domain = REALM.split(".")
        self._properties.write_text(
            f"org.name={organisation}\norg.domain={domain}\nkdc.bind.address=127.0.0.1\nkdc.port={self.port}\n"
        )
        self.configuration.write_text(_KRB5.format(realm=REALM, port=self.port))
        self._secret.touch(mode=0o600)
        self._secret.write_text(secrets.token_hex(32))

    def hand_out(self) -> None:
        """Give each user a keytab with its own keys."""
        everything = self._all_keys.read_bytes()
        for user, names in USERS.items():
            self.keytab(user).touch(mode=0o600)
            self.keytab(user).write_bytes(keytab.only(everything, {f"{name}@{REALM}" for name in names}))
        self._all_keys.unlink()

    def sites(self) -> dict[str, Properties]:
        """Return the settings that Kerberos adds to each of Hadoop's XML files, by the file's name."""
        return {"core-site": self._core_site(), "hdfs-site": self._hdfs_site(), "yarn-site": self._yarn_site()}

    def _core_site(self) -> Properties:
        """A client must have a ticket, over the web as well."""
        return {
            "hadoop.security.authentication": "kerberos",
            "hadoop.security.authorization": "true",
            "hadoop.http.filter.initializers": "org.apache.hadoop.security.AuthenticationFilterInitializer",
            "hadoop.http.authentication.type": "kerberos",
            "hadoop.http.authentication.simple.anonymous.allowed": "false",
            "hadoop.http.authentication.signature.secret.file": str(self._secret),
            **self._web("hadoop.http.authentication.kerberos.principal", "hadoop.http.authentication.kerberos.keytab"),
            "hadoop.user.group.static.mapping.overrides": ";".join(f"{user}={user}" for user in USERS),
        }

    def _hdfs_site(self) -> Properties:
        """Blocks are read with tokens of the NameNode, over ports that any user may open."""
        own = ("dfs.namenode.kerberos.principal", "dfs.namenode.keytab.file")
        datanode = ("dfs.datanode.kerberos.principal", "dfs.datanode.keytab.file")
        return {
            **self._of("hdfs", *own),
            **self._of("hdfs", *datanode),
            **self._web("dfs.web.authentication.kerberos.principal", "dfs.web.authentication.kerberos.keytab"),
            "dfs.block.access.token.enable": "true",
            "dfs.data.transfer.protection": "authentication",
            "ignore.secure.ports.for.testing": "true",
        }

    def _yarn_site(self) -> Properties:
        """The ResourceManager and the NodeManagers, which start all containers as the user that they run as."""
        manager, node = "yarn.resourcemanager", "yarn.nodemanager"
        return {
            **self._of("yarn", f"{manager}.principal", f"{manager}.keytab"),
            **self._of("yarn", f"{node}.principal", f"{node}.keytab"),
            **self._web(f"{manager}.webapp.spnego-principal", f"{manager}.webapp.spnego-keytab-file"),
            **self._web(f"{node}.webapp.spnego-principal", f"{node}.webapp.spnego-keytab-file"),
        }

    def _web(self, principal: str, file: str) -> Mapping[str, str]:
        return self._of("http", principal, file)

    def _of(self, user: str, principal: str, file: str) -> Mapping[str, str]:
        return {principal: self.principal(user), file: str(self.keytab(user))}

    @property
    def _all_keys(self) -> Path:
        return self.folder / "all.keytab"

    @property
    def _work(self) -> Path:
        return self.layout.data("kdc")

    @property
    def _properties(self) -> Path:
        return self.folder / "kdc.properties"

    @property
    def _secret(self) -> Path:
        return self.folder / "http.secret"


def _everybody() -> list[str]:
    return [f"{name}@{REALM}" for names in USERS.values() for name in names]


_KRB5 = """[libdefaults]
    default_realm = {realm}
    udp_preference_limit = 1
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false

[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
"""
