"""The commands of the command line, one file per group; each is thin and calls a stage or the store."""
