"""Programs that the project's own developers run: none of them is part of what is installed."""
