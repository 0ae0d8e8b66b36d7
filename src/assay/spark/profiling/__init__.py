"""Measurement of rows: the fused Profiles of tables, scores, outcomes and residuals."""
