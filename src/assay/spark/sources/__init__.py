"""Tables that other jobs fill, read by Spark."""
