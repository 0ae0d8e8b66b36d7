"""Ratios against peers and limits, measured side by side: `make bench`."""
