"""The Spark session of a process: its Java, its settings, its jars, its errors."""
