"""The contenders of a window that is fitted on executors, beyond the driver's budget."""
