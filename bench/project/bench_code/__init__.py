"""The user's code of the project that the benches run."""
