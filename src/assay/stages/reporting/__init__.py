"""The pages of the report: what the ledger, the Profiles and the verdicts hold, as plain values; no JVM, no MLflow."""
