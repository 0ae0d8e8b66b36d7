"""The envelope of stored documents: the fields of a dataclass behind one key that names their kind and version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from assay.errors import AssayError
from assay.store.filesystem.atomic import corrupt
from assay.store.filesystem.storage_path import StoragePath

ENVELOPE = "format"
"""The key of each document that holds its kind and version, such as `promotion/1`."""

Content = TypeVar("Content")


class DocumentFormat(Generic[Content]):
    """The stored form of one kind of document: its fields, and the version of its layout.

    Reading refuses a missing key, an unknown one, a value of another type, another kind and another version. NaN and
    infinities pass here and are refused where the bytes are made.
    """

    def __init__(self, kind: str, version: int, content: type[Content]) -> None:
        self.name = f"{kind}/{version}"
        self.content_type = content

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        # pydantic takes no settings for a dataclass itself, but hands those of what is around it down.
        nullable: Any = self.content_type | None
        return TypeAdapter(nullable, config=ConfigDict(extra="forbid", ser_json_inf_nan="constants"))

    def fields(self, content: Content) -> dict[str, Any]:
        """Return the content as plain JSON types, without the envelope."""
        fields: dict[str, Any] = self._adapter.dump_python(content, mode="json", warnings="error")
        return fields

    def document(self, content: Content) -> dict[str, Any]:
        """Return what is stored: the envelope and the content."""
        return {ENVELOPE: self.name, **self.fields(content)}

    def content(self, document: Mapping[str, Any], path: StoragePath) -> Content:
        """Return the content of a document that was read from `path`.

        Raises:
            InfrastructureError: The document is of another kind or version, or is not what `document` makes.
        """
        if document.get(ENVELOPE) != self.name:
            raise corrupt(path, f"its format is {document.get(ENVELOPE)}, and this Assay reads {self.name}")
        try:
            content: Content = self._adapter.validate_python(without_envelope(document))
        except ValidationError as error:
            raise corrupt(path, _first_of(error)) from error
        except AssayError as error:  # a value's own check, such as that of an interval
            raise corrupt(path, error.message) from error
        return content


def _first_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}, not {first['input']!r:.60}"


def without_envelope(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a document of any kind."""
    return {name: value for name, value in document.items() if name != ENVELOPE}
