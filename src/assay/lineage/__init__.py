"""OpenLineage: the events of a run as the client's objects, and their way to a file or a server."""
