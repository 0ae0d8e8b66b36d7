"""Make the installed pyspark complete, so that a plain `spark-submit` finds Delta, Python, Java and its settings.

A session that is opened from Python gets all of these as arguments. Under `spark-submit` the JVM starts before Python
does. A `spark.jars` set by then comes too late (ClassNotFoundException for Delta's catalog, tried with Spark 4.2.0).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from assay.spark.session.jars import CHECKSUMS, jar_name, spark_home

_DEFAULTS = """# Written by `make install`. What is set before the JVM starts; the rest: assay.spark.session.session.
spark.driver.memory              2g
spark.driver.extraJavaOptions    -Duser.timezone=UTC
spark.ui.showConsoleProgress     false
"""

_ENVIRONMENT = """# Written by `make install`. The driver's python3 is the one that Assay is installed in.
PATH="{bin}:$PATH"
if [ -z "${{ASSAY_JAVA:-}}" ]; then
    if assay_java=$("{bin}/python" -m assay.spark.session.java); then
        eval "$assay_java"
    else
        exit 2
    fi
fi
"""


def install_spark_conf(jars: Path, *, home: Path | None = None, bin_folder: Path | None = None) -> None:
    """Put the Delta jars and a `conf` folder into the Spark at `home`, and let `bin_folder`/spark-submit find it.

    Safe to repeat. `home` is by default the installed pyspark, `bin_folder` that of the running Python.
    """
    home = home or spark_home()
    bin_folder = bin_folder or Path(sys.executable).parent
    for artifact in CHECKSUMS:
        _link(jars / jar_name(artifact), home / "jars" / jar_name(artifact))
    conf = home / "conf"
    conf.mkdir(exist_ok=True)
    (conf / "spark-defaults.conf").write_text(_DEFAULTS, encoding="utf-8")
    (conf / "spark-env.sh").write_text(_ENVIRONMENT.format(bin=bin_folder), encoding="utf-8")
    shutil.copyfile(Path(__file__).parent / "log4j2.properties", conf / "log4j2.properties")
    _let_spark_submit_find(home, bin_folder)


def _link(source: Path, target: Path) -> None:
    # A second name for the same bytes; a copy where the file system has none. Appears whole or not at all.
    partial = target.with_suffix(".part")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, partial)
    partial.replace(target)
    # rename does nothing where both names are already the same file
    partial.unlink(missing_ok=True)


def _let_spark_submit_find(home: Path, bin_folder: Path) -> None:
    # `bin/spark-submit` finds pyspark through the python3 of PATH, which has it only in an activated environment. But
    # it looks for a folder of this name beside itself first (pyspark/find_spark_home.py).
    link = bin_folder / "spark-distribution"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(home, bin_folder), target_is_directory=True)


if __name__ == "__main__":
    install_spark_conf(Path(sys.argv[1]))
