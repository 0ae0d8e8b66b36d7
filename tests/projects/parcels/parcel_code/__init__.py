"""The user's code of the small pipeline that the tests run."""
