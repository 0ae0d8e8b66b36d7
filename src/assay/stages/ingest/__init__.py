"""The stages from landing to a published table: land, clean, validate, release."""
