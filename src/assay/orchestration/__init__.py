"""The scheduler's side: the plan of what is to run of a pipeline, as plain data, and calls of Assay's command line.

It imports spec, store and core, and never a stage; `assay.orchestration.airflow` turns the plans into DAGs.
"""
