"""`lineage` of an environment: where OpenLineage events go, and where their secrets are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from pydantic import Field, model_validator

from assay.spec.schema.field_types import SpecModel, Text, problem
from assay.spec.schema.notifications import Variable, WebAddress, needs_encryption


class LineageSpec(SpecModel):
    """The file or the server that takes an OpenLineage event for the begin and the end of each run."""

    file: Text | None = Field(None, description="A file that gets a line of JSON for each event")
    url: WebAddress | None = Field(None, description="The server, such as https://marquez.example.org")
    endpoint: Text = Field("api/v1/lineage", description="The path at the server that takes events")
    token_file: Text | None = Field(None, description="A file with a token, sent as 'Authorization: Bearer'")
    token_env: Variable | None = Field(None, description="The environment variable that holds the token")
    namespace: Text = Field("assay", description="The namespace of the jobs, such as the name of a team")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise problem("needs one place", "write 'file' or 'url'", "no-address")
        if self.token_file is not None and self.token_env is not None:
            raise problem("has two tokens", "write 'token_file' or 'token_env'", "two-secrets")
        has_token = self.token_file is not None or self.token_env is not None
        if has_token and self.url is None:
            raise problem("has a token for a file", "remove the token, or write 'url'", "no-address")
        if has_token and self.url is not None and needs_encryption(self.url):
            raise problem("would send a token without encryption", "write an address with https://", "no-encryption")
        if "://" in self.endpoint or self.endpoint.startswith("//"):
            raise problem("has an endpoint that is an address", "write the path alone", "bad-url")
        return self

    def with_places(self, text: Callable[..., str]) -> LineageSpec:
        """Return the section with `text(value, *path)` for the path of each file."""
        values = {key: getattr(self, key) for key in ("file", "token_file")}
        return self.model_copy(
            update={key: text(value, "lineage", key) for key, value in values.items() if value is not None}
        )
