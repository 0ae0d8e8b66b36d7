"""What is due: tasks, schedules, windows, and what waits."""
