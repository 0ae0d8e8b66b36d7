"""The features of a pipeline where stages use them: their inputs, their proof, and their rows with labels."""
