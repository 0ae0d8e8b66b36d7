"""Expectations as Great Expectations writes them: compiled to checks, or judged by it."""
