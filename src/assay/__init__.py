"""Batch machine learning on Spark and Hadoop that lets nothing move on untested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import open_pipeline as open

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def __getattr__(name: str) -> Any:
    """`assay.open`, imported when first used: `import assay` alone costs nothing."""
    if name == "open":
        from assay.api import open_pipeline

        return open_pipeline
    raise AttributeError(f"module 'assay' has no attribute '{name}'")
