"""conf/environments/<name>.yaml: where things are. It holds no secret, and refuses what looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from assay.errors import InputError
from assay.spec.document import Document, load_document
from assay.spec.fields import SpecModel, Text
from assay.spec.reading import Step
from assay.spec.suggest import did_you_mean
from assay.spec.validation import raise_all, validate


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a pipeline runs: Spark's master and settings, the lake, the landing folder, MLflow's two places, and where
    trials are fitted (None: as the master suggests)."""

    name: str
    master: str
    spark: Mapping[str, str]
    lake: Path
    landing: Path
    mlflow_tracking: str
    mlflow_artifacts: str
    trials: Literal["driver", "executors"] | None = None


def _setting(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class _Spark(SpecModel):
    master: Text = Field(description="Spark's master, such as local[*]")
    trials: Literal["driver", "executors"] | None = Field(
        None, description="Where trials are fitted below the driver's budget; executors where the master is a cluster"
    )
    conf: dict[str, Annotated[str, BeforeValidator(_setting)]] = Field({}, description="Spark settings")


class _Mlflow(SpecModel):
    tracking: Text = Field(description="MLflow's tracking URI")
    artifacts: Text = Field(description="The folder or URI of the artifacts")


class _File(SpecModel):
    lake: Text = Field(description="The folder of all tables and records")
    landing: Text = Field(description="The folder that the sources' paths are relative to")
    spark: _Spark = Field(description="Spark's master and settings")
    mlflow: _Mlflow = Field(description="MLflow's places")


def load_environment(root: Path, home: Path, name: str) -> Environment:
    """The environment `name` of the project at `root`, with `${ASSAY_HOME}` replaced by `home`.

    Raises InputError for an unknown name, for a key or place that Assay does not know, and for anything that looks
    like a secret: those come from files or from the process environment.
    """
    folder = root / "conf" / "environments"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        raise InputError(
            f"there is no environment '{name}'", code="unknown-environment", hint=did_you_mean(name, known)
        )
    document = load_document(folder / f"{name}.yaml", root=root)
    raise_all(list(_secrets(document)))
    raw = validate(_File, document)
    errors: list[InputError] = []
    places = _Places(document, root, home, errors)
    environment = Environment(
        name=name,
        master=places.text(raw.spark.master, "spark", "master"),
        spark={key: places.text(value, "spark", "conf", key) for key, value in raw.spark.conf.items()},
        lake=places.folder(raw.lake, "lake"),
        landing=places.folder(raw.landing, "landing"),
        mlflow_tracking=places.text(raw.mlflow.tracking, "mlflow", "tracking"),
        mlflow_artifacts=places.text(raw.mlflow.artifacts, "mlflow", "artifacts"),
        trials=raw.spark.trials,
    )
    raise_all(errors)
    return environment


@dataclass(frozen=True, slots=True)
class _Places:
    document: Document
    root: Path
    home: Path
    errors: list[InputError]

    def text(self, value: str, *path: Step) -> str:
        for name in re.findall(r"\$\{([^}]*)\}", value):
            if name != "ASSAY_HOME":
                message = f"'${{{name}}}' stands for nothing"
                where = self.document.find(*path, token=name)
                hint = "'${ASSAY_HOME}' is the only one that is replaced"
                self.errors.append(InputError(message, code="unknown-variable", hint=hint, location=where))
        return value.replace("${ASSAY_HOME}", str(self.home))

    def folder(self, value: str, *path: Step) -> Path:
        text = self.text(value, *path)
        if "://" in text:
            message = f"'{'.'.join(map(str, path))}' is a URI, and only folders of this machine work yet"
            where = self.document.at(*path)
            self.errors.append(InputError(message, code="remote-place", hint="write a path", location=where))
        return self.root / Path(text).expanduser()


_SECRET = re.compile(r"password|passwd|passphrase|secret|token|(access|api|private)[._-]?key", re.IGNORECASE)
_HARMLESS = re.compile(r"\.(file|path|enabled|provider|renewal\w*)$", re.IGNORECASE)
_IN_VALUE = re.compile(r"(password|passwd|passphrase|secret|token|key)\s*=|://[^/@\s]*:[^/@\s]*@", re.IGNORECASE)


def _secrets(document: Document) -> Iterator[InputError]:
    for path, value in _leaves(document.data, ()):
        key = str(path[-1])
        looks = _SECRET.search(key) and not _HARMLESS.search(key)
        if not looks and not (isinstance(value, str) and _IN_VALUE.search(value)):
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
