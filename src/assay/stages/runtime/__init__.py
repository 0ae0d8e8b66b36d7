"""The surroundings of every stage: its context, the check before it, the resources that it took."""
