"""Delta's log and files, read and maintained without a JVM."""
