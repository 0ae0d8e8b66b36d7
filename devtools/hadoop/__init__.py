"""A real Hadoop for developers and tests: HDFS and YARN as plain processes on loopback (docs/cluster.md)."""
