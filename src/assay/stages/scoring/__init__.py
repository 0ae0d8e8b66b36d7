"""The stage that scores, and the tables of predictions."""
