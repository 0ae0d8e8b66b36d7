"""What every stage is given: its context, the check before it, the resources that it took."""
