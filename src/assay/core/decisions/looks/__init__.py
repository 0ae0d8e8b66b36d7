"""Looks at pairs of models over time: the account of error, the looks of a pair, refreshes, and the plan of both."""
