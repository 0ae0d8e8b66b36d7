"""The script that the wheel ships for `spark-submit`."""
