"""Output for people: tables that fit the terminal, colours, and the live line of a running stage."""
