"""The parts of a type of expectation, for each kind of measurement that it is judged from."""
