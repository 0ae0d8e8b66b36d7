"""From landed text to typed rows: parsed, repaired, quarantined, counted."""
