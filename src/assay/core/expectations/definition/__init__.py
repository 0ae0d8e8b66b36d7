"""What a type of expectation consists of, for each kind of measurement that it is judged from."""
