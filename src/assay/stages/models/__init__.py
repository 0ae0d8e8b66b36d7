"""Model versions at work: their outcomes, and their own code in its own process."""
