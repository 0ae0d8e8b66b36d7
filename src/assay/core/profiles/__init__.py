"""The Profiles: the measurements of a partition, and how those of several partitions merge."""
