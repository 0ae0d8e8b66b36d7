"""A real Airflow on this machine, with the DAGs of a project, for people and for the tests."""
