"""The messages of a pipeline that wait for their delivery, and those that were sent."""
