"""The judgements of the ML Test Score, each from what is stored of a pipeline."""
