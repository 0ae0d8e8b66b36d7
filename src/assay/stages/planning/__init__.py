"""Planning: tasks, schedules, windows, and days that wait."""
