"""The commands about the command line itself: help, and the completion of a shell."""
