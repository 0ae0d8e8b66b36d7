"""Shows the pipelines' reports below Airflow's own address."""

from pathlib import Path

from assay.orchestration.airflow.reports import plugin_of

Reports = plugin_of(Path(__file__).resolve().parents[1])
