"""The pure core: no Spark, no MLflow, no files. Measurements come in, findings and verdicts go out."""
