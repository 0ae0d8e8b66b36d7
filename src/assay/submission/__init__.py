"""A cluster from outside: what is shipped to it once, how a stage is submitted, and what YARN reports of it."""
