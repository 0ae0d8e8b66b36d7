"""The names of datasets by the rules of OpenLineage: a namespace for the store, and a name within it."""

from __future__ import annotations

from assay.core.lineage.lineage_run import DatasetName

_S3 = frozenset({"s3", "s3a", "s3n"})
_CONTAINERS = frozenset({"abfs", "abfss", "wasb", "wasbs"})


def dataset_name(address: str) -> DatasetName:
    """Return the name of what is at an absolute path or an address.

    A user or a password before the host is left out, and so is a query. In the address of a container of Azure the
    part before the host is the container, and stays.

    >>> dataset_name("/lake/clean/flights")
    DatasetName(namespace='file', name='/lake/clean/flights')
    >>> dataset_name("hdfs://name-node:8020/lake/clean/flights/")
    DatasetName(namespace='hdfs://name-node:8020', name='/lake/clean/flights')
    >>> dataset_name("s3a://bucket/clean/flights")
    DatasetName(namespace='s3://bucket', name='clean/flights')
    """
    scheme, is_address, rest = address.rpartition("://")
    if not is_address or scheme == "file":
        return DatasetName("file", rest.rstrip("/") or "/")
    authority, _, path = rest.partition("/")
    path = path.partition("?")[0].strip("/")
    if scheme not in _CONTAINERS or ":" in authority.rpartition("@")[0]:
        authority = authority.rpartition("@")[2]
    if scheme in _S3:
        return DatasetName(f"s3://{authority}", path or "/")
    return DatasetName(f"{scheme}://{authority}", f"/{path}" if scheme == "hdfs" else path or "/")
