"""Text of Spark SQL: names, values and patterns, and the mistakes that a suite can make in them."""
