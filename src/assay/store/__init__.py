"""Files that are written whole, and the ledger, promotions, profiles and locks that rest on them; no JVM."""
