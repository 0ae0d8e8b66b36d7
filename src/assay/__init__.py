"""Batch machine learning on Spark and Hadoop that lets nothing move on untested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import open_pipeline as open

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def __getattr__(name: str) -> Any:
    """Return `assay.open`, and import it only now: `import assay` alone loads nothing else.

    Args:
        name: The name of the attribute.

    Returns:
        `assay.api.open_pipeline`.

    Raises:
        AttributeError: The name is not `open`.
    """
    if name == "open":
        from assay.api import open_pipeline

        return open_pipeline
    raise AttributeError(f"module 'assay' has no attribute '{name}'")
