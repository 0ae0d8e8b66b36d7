"""Checks of one part of a spec against another part."""
