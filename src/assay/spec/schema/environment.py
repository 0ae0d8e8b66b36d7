"""conf/environments/<name>.yaml: where things are. It holds no secret, and refuses values that look like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from assay.core.suggestions import did_you_mean
from assay.errors import InputError
from assay.spec.schema.field_types import Name, SpecModel, Text
from assay.spec.schema.lineage import LineageSpec
from assay.spec.schema.notifications import NotificationsSpec
from assay.spec.yaml.document import Document, load_document
from assay.spec.yaml.parser import Step
from assay.spec.yaml.validation import raise_all, validate

HIVE_CATALOG: Mapping[str, str] = MappingProxyType({"spark.sql.catalogImplementation": "hive"})
"""The setting with which Spark knows the tables of a Hive metastore."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The place where a pipeline runs: Spark, the lake, the landing folder, MLflow, and the services of a cluster.

    - `master` and `spark` are Spark's master and settings.
    - `lake` and `landing` are folders: absolute paths, or hdfs://...
    - `mlflow_tracking` and `mlflow_artifacts` are MLflow's two places.
    - `trials` is where trials are fitted; None: as the master suggests.

    The rest is for a cluster:

    - `webhdfs` and `resource_manager` are the addresses of WebHDFS and of YARN's ResourceManager.
    - `deploy_mode` is where a driver runs, unless the submission names a mode.
    - `staging` is the folder on HDFS for files that are shipped once.
    - `packed` is a Python environment that is packed already; empty: it is packed from the lock.
    - `principal` and `keytab` are the Kerberos principal and the path of its keytab; empty where there is none.
    - `database` is the database of Spark's catalog in which tables get names; empty: none do.

    `notifications` are the channels that get messages about events, and `lineage` the place of OpenLineage events; None
    without one.
    """

    name: str
    master: str
    spark: Mapping[str, str]
    lake: str
    landing: str
    mlflow_tracking: str
    mlflow_artifacts: str
    trials: Literal["driver", "executors"] | None = None
    webhdfs: tuple[str, ...] = ()
    deploy_mode: Literal["client", "cluster"] = "client"
    staging: str = ""
    packed: str = ""
    resource_manager: tuple[str, ...] = ()
    principal: str = ""
    keytab: str = ""
    database: str = ""
    notifications: NotificationsSpec | None = None
    lineage: LineageSpec | None = None

    @property
    def secured(self) -> bool:
        """True where the cluster requires Kerberos."""
        return bool(self.principal)

    @property
    def on_yarn(self) -> bool:
        """True where Spark runs on a cluster."""
        return self.master.startswith("yarn")


def _setting(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class _Spark(SpecModel):
    master: Text = Field(description="Spark's master, such as local[*]")
    trials: Literal["driver", "executors"] | None = Field(
        None, description="Where trials are fitted below the driver's budget; by default executors on a cluster"
    )
    conf: dict[str, Annotated[str, BeforeValidator(_setting)]] = Field({}, description="Spark settings")
    deploy_mode: Literal["client", "cluster"] = Field("client", description="Where the driver of a submission runs")
    staging: Text | None = Field(
        None, description="The folder on HDFS for jars and Python environments; by default in the lake"
    )
    environment: Text | None = Field(
        None, description="A packed Python environment on HDFS (.tar.gz); by default packed from uv.lock"
    )


class _Mlflow(SpecModel):
    tracking: Text = Field(description="MLflow's tracking URI")
    artifacts: Text | None = Field(
        None, description="The folder or URI of the artifacts; leave it out where MLflow's server decides it"
    )


class _Hdfs(SpecModel):
    web: list[Text] = Field(min_length=1, description="WebHDFS addresses of the NameNodes, such as http://host:9870")


class _Yarn(SpecModel):
    web: list[Text] = Field(min_length=1, description="Web addresses of the ResourceManagers: http://host:8088")


class _Kerberos(SpecModel):
    principal: Text = Field(description="The principal that Spark acts as, such as assay@EXAMPLE.ORG")
    keytab: Text | None = Field(
        None, description="The path of the keytab file on the submitting machine; by default the user's ticket (kinit)"
    )


class _Catalog(SpecModel):
    database: Name = Field(description="The database in which tables get names, such as assay")
    metastore: Text | None = Field(
        None,
        description="The Hive metastore, such as thrift://host:9083; by default the one in Spark's hive-site.xml",
    )


class EnvironmentFile(SpecModel):
    """The content of `conf/environments/NAME.yaml`."""

    lake: Text = Field(description="The folder of all tables and records: a path, or hdfs://name-node:port/path")
    landing: Text = Field(description="The folder that the sources' paths are relative to")
    spark: _Spark = Field(description="Spark's master and settings")
    mlflow: _Mlflow = Field(description="MLflow's places")
    hdfs: _Hdfs | None = Field(None, description="The web access to HDFS, without a JVM; needed for places on hdfs://")
    yarn: _Yarn | None = Field(None, description="The web access to YARN's applications; needed for submissions to it")
    catalog: _Catalog | None = Field(None, description="The catalog in which tables get names for queries")
    kerberos: _Kerberos | None = Field(None, description="The identity on a secured cluster; never a password")
    notifications: NotificationsSpec | None = Field(None, description="Webhooks and mails about events")
    lineage: LineageSpec | None = Field(None, description="The file or the server that takes OpenLineage events")


def load_environment(root: Path, home: Path, name: str) -> Environment:
    """Return the environment `name` of the project at `root`, with `${ASSAY_HOME}` replaced by `home`.

    Secrets come from files or from the process environment.

    Raises:
        InputError: The name is unknown, or the file has an unknown key or place, or a value that looks like a secret.
    """
    folder = root / "conf" / "environments"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise InputError(
            f"there is no environment '{name}'", code="unknown-environment", hint=did_you_mean(name, known)
        )
    document = load_document(folder / f"{name}.yaml", root=root)
    raise_all(list(_secrets(document)))
    raw = validate(EnvironmentFile, document)
    errors: list[InputError] = []
    places = _Places(document, root, home, errors)
    lake = places.folder(raw.lake, "lake")
    environment = Environment(
        name=name,
        master=places.text(raw.spark.master, "spark", "master"),
        spark=_catalog_settings(raw.catalog)
        | {key: places.text(value, "spark", "conf", key) for key, value in raw.spark.conf.items()},
        lake=lake,
        landing=places.folder(raw.landing, "landing"),
        mlflow_tracking=places.text(raw.mlflow.tracking, "mlflow", "tracking"),
        mlflow_artifacts=places.text(raw.mlflow.artifacts or "", "mlflow", "artifacts"),
        trials=raw.spark.trials,
        webhdfs=places.addresses(raw.hdfs.web if raw.hdfs else [], "hdfs"),
        resource_manager=places.addresses(raw.yarn.web if raw.yarn else [], "yarn"),
        packed=places.text(raw.spark.environment or "", "spark", "environment"),
        database=raw.catalog.database if raw.catalog else "",
        deploy_mode=raw.spark.deploy_mode,
        staging=places.folder(raw.spark.staging, "spark", "staging") if raw.spark.staging else f"{lake}/_assay/staging",
        principal=raw.kerberos.principal if raw.kerberos else "",
        keytab=places.text(raw.kerberos.keytab or "", "kerberos", "keytab") if raw.kerberos else "",
        notifications=raw.notifications.with_places(places.file) if raw.notifications else None,
        lineage=raw.lineage.with_places(places.file) if raw.lineage else None,
    )
    places.need_web(raw)
    places.need_pipelines(raw)
    raise_all(errors)
    return environment


def _catalog_settings(catalog: _Catalog | None) -> dict[str, str]:
    if catalog is None:
        return {}
    return dict(HIVE_CATALOG) | ({"spark.hadoop.hive.metastore.uris": catalog.metastore} if catalog.metastore else {})


@dataclass(frozen=True, slots=True)
class _Places:
    document: Document
    root: Path
    home: Path
    errors: list[InputError]

    def text(self, value: str, *path: Step) -> str:
        for name in re.findall(r"\$\{([^}]*)\}", value):
            if name != "ASSAY_HOME":
                message = f"'${{{name}}}' has no value"
                where = self.document.find(*path, token=name)
                hint = "'${ASSAY_HOME}' is the only one that is replaced"
                self.errors.append(InputError(message, code="unknown-variable", hint=hint, location=where))
        return value.replace("${ASSAY_HOME}", str(self.home))

    def folder(self, value: str, *path: Step) -> str:
        text = self.text(value, *path)
        if "://" not in text:
            return str(self.root / Path(text).expanduser())
        if not re.fullmatch(r"hdfs://[^/?#\s]+/[^?#\s]*", text):
            message = f"'{'.'.join(map(str, path))}' is a URI that Assay cannot keep a lake on"
            hint = "write a path, or hdfs://name-node:port/path"
            self.errors.append(InputError(message, code="remote-place", hint=hint, location=self.document.at(*path)))
        return text.rstrip("/")

    def file(self, value: str, *path: Step) -> str:
        return str(self.root / Path(self.text(value, *path)).expanduser())

    def addresses(self, web_urls: list[str], section: str) -> tuple[str, ...]:
        return tuple(self.text(one, section, "web", index) for index, one in enumerate(web_urls))

    def need_web(self, raw: EnvironmentFile) -> None:
        for key in ("lake", "landing"):
            if getattr(raw, key).startswith("hdfs://") and raw.hdfs is None:
                message = f"'{key}' is on HDFS, and no web address is given to reach it without a JVM"
                hint = "add 'hdfs: {web: [\"http://name-node:9870\"]}'"
                where = self.document.at(key)
                self.errors.append(InputError(message, code="no-web-address", hint=hint, location=where))

    def need_pipelines(self, raw: EnvironmentFile) -> None:
        known = sorted(path.stem for path in (self.root / "conf" / "pipelines").glob("*.yaml"))
        channels = raw.notifications.channels if raw.notifications and known else {}
        for name, channel in channels.items():
            for index, pipeline in enumerate(channel.pipelines or ()):
                if pipeline not in known:
                    where = self.document.at("notifications", "channels", name, "pipelines", index)
                    message, hint = f"there is no pipeline '{pipeline}'", did_you_mean(pipeline, known)
                    self.errors.append(InputError(message, code="unknown-pipeline", hint=hint, location=where))


_SECRET = re.compile(r"password|passwd|passphrase|secret|token|(access|api|private)[._-]?key", re.IGNORECASE)
_HARMLESS = re.compile(r"\.(file|path|enabled|provider|renewal\w*)$|_(file|env)$", re.IGNORECASE)
_IN_VALUE = re.compile(
    r"(password|passwd|passphrase|secret|token|key)\s*=|://[^/@\s]*:[^/@\s]*@"
    r"|hooks\.slack\.com/|webhook\.office\.com/|discord(app)?\.com/api/webhooks|[?&]sig=",  # who has it may post
    re.IGNORECASE,
)


def looks_secret(key: str, value: Any) -> bool:
    """Return whether a setting belongs into a file of its own or into the process environment.

    >>> looks_secret("spark.ssl.keyPassword", "x"), looks_secret("spark.kerberos.keytab", "/etc/assay.keytab")
    (True, False)
    """
    named = _SECRET.search(key) and not _HARMLESS.search(key)
    return bool(named or (isinstance(value, str) and _IN_VALUE.search(value)))


def _secrets(document: Document) -> Iterator[InputError]:
    for path, value in _leaves(document.data, ()):
        key = str(path[-1])
        if not looks_secret(key, value):
            continue
        at = document.at(*path, key=True)
        shown = replace(at, text=at.text[: at.column - 1 + at.length] + ": ...")  # the message must not show it either
        yield InputError(
            f"'{key}' looks like a secret, and a secret does not belong in a file of the project",
            code="secret",
            hint="give it by a file or by the process environment",
            location=shown,
        )


def _leaves(value: Any, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, step))
    elif path:
        yield path, value
