"""Batch machine learning on Spark and Hadoop that lets nothing move on untested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import local_spark
    from assay.api import open_pipeline as open

__version__ = "0.1.0"
__all__ = ["__version__", "local_spark", "open"]


def __getattr__(name: str) -> Any:
    """Return `assay.open` or `assay.local_spark`, and import it only now: `import assay` alone loads nothing else.

    Args:
        name: The name of the attribute.

    Returns:
        `assay.api.open_pipeline` or `assay.api.local_spark`.

    Raises:
        AttributeError: The name is neither `open` nor `local_spark`.
    """
    if name == "open":
        from assay.api import open_pipeline

        return open_pipeline
    if name == "local_spark":
        from assay.api import local_spark

        return local_spark
    raise AttributeError(f"module 'assay' has no attribute '{name}'")
