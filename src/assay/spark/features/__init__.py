"""Features as of an instant, their labels, and the proof that nothing later is used."""
