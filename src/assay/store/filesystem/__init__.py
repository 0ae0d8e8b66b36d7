"""Files of a lake, local or on HDFS: paths, atomic writes, temporary names."""
