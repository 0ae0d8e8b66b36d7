"""The drift of daily statistics, judged by the spread of days."""
