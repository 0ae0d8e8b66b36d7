"""The scheduler's side: what is to run of a pipeline, as plain data, and Assay's command line as its door to the rest.

It imports spec, store and core, and never a stage; `assay.orchestration.airflow` turns the plans into DAGs.
"""
