"""A real Airflow on this machine, with the DAGs of a project: for whoever wants to look, and for the tests."""
