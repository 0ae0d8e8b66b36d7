"""The plans as Airflow's DAGs and operators: the only part of Assay that imports Airflow, in Airflow's environment."""
