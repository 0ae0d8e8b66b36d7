"""An S3-compatible server on loopback, and the jars with which Spark reads it: for tests."""
