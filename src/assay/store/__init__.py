"""Files that are written whole, and the ledger, promotions, profiles and locks that are built on them; no JVM."""
