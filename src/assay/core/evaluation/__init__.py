"""The comparison of models on the same days: metrics, errors of differences, claims and slices."""
