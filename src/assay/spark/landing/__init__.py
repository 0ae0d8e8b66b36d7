"""Landed files in other formats than CSV as frames, before their values are judged."""
