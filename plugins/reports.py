"""Shows the pipelines' reports below Airflow's own address."""

from pathlib import Path

from assay.orchestration.airflow.report_plugin import plugin_of

Reports = plugin_of(Path(__file__).resolve().parents[1])
