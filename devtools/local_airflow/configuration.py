"""Airflow's configuration for one machine: loopback alone, a database file, and secrets made on the spot."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = "airflow.cfg"
PASSWORDS = "simple_auth_manager_passwords.json.generated"

_SETTINGS = """\
# Written by `python -m devtools.local_airflow`; for this machine alone.
# Its secrets were drawn here and are used nowhere else.
[core]
dags_folder = {root}/dags
plugins_folder = {root}/plugins
load_examples = False
executor = LocalExecutor
parallelism = {parallelism}
fernet_key = {fernet}
execution_api_server_url = {address}/execution/
simple_auth_manager_users = admin:admin
dagbag_import_error_traceback_depth = 0
[database]
sql_alchemy_conn = {database}
[api]
host = 127.0.0.1
port = {port}
base_url = {address}
secret_key = {api}
expose_config = False
[api_auth]
jwt_secret = {jwt}
[logging]
base_log_folder = {home}/logs/tasks
[scheduler]
scheduler_heartbeat_sec = {heartbeat}
task_instance_heartbeat_sec = 2
task_instance_heartbeat_timeout = 30
task_instance_heartbeat_timeout_detection_interval = 5
dag_dir_list_interval = 30
[dag_processor]
min_file_process_interval = {parse}
refresh_interval = {parse}
[usage_data_collection]
enabled = False
"""


def write_configuration(home: Path, root: Path, port: int, more: Mapping[str, object]) -> None:
    """Write `home`/airflow.cfg, readable by its owner alone, unless it is there already."""
    place = home / CONFIGURATION
    if place.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    settings = {"parallelism": 4, "heartbeat": 1, "parse": 30, "database": f"sqlite:///{home}/airflow.db"} | dict(more)
    text = _SETTINGS.format(
        home=home,
        root=root,
        port=port,
        address=f"http://127.0.0.1:{port}",
        fernet=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        api=secrets.token_hex(32),
        jwt=secrets.token_hex(32),
        **settings,
    )
    place.write_text(text, encoding="utf-8")
