"""Run by Airflow's own Python: for each line that it reads, how many resting transactions hold the row of a run."""

from __future__ import annotations

import sys

import psycopg2

HOLDING = """
select count(*) from pg_stat_activity activity
where state = 'idle in transaction'
  and exists (select from pg_locks held where held.pid = activity.pid
              and held.mode = 'RowShareLock' and held.relation = 'dag_run'::regclass)
  and exists (select from pg_locks held where held.pid = activity.pid
              and held.locktype = 'transactionid' and held.mode = 'ExclusiveLock')
"""


def main(address: str) -> None:
    """Answer until the input ends."""
    connection = psycopg2.connect(address.replace("postgresql+psycopg2:", "postgresql:"))
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in sys.stdin:
        cursor.execute(HOLDING)
        sys.stdout.write(f"{cursor.fetchone()[0]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
