"""Stored Profiles, one by one and packed into archives."""
