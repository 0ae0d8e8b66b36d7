"""The Profiles: what is measured of a partition, and how partitions merge."""
