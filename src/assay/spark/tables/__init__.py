"""Delta tables as Spark reads and commits them."""
