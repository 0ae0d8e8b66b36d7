"""The training of contenders: on the driver, on executors, and the search for parameters."""
