#!/bin/sh
# One stage through spark-submit, on this machine or on a cluster:
#   ./spark-submit.sh STAGE --pipeline P --date D [--env cluster] [--deploy-mode client|cluster] [-- spark-submit's flags]
# `--help` says more. The work is done by `assay submit`.
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$here/.venv/bin/assay" ]; then
    echo "error: Assay is not installed here: run 'make install' in $here" >&2
    exit 2
fi
exec "$here/.venv/bin/assay" submit "$@"
