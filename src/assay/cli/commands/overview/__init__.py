"""The commands that show pipelines and runs as tables: status, models, runs, and the lines of a plan."""
