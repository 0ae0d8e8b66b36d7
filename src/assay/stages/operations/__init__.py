"""The stages around the loop: run, check, maintain."""
