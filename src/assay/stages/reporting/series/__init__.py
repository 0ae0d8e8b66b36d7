"""The numbers behind the charts of the report."""
