"""Reading of landed files by their format: headers, footers, compression and checksums."""
