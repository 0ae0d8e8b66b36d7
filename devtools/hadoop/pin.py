"""Write `jars.txt` anew from a folder that Maven filled: `python -m devtools.hadoop.pin FOLDER` (docs/cluster.md).

The folder is laid out like a repository: group/as/folders/artifact/version/artifact-version.jar.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assay.spark.session.jars import sha256
from devtools.hadoop.jars import LIST

_HEAD = "# Resolved from pom.xml by Maven, written by `python -m devtools.hadoop.pin`: group:artifact:version sha256\n"


def pinned(folder: Path) -> list[str]:
    """A line for each jar in `folder`, sorted; native libraries (jars with a classifier) are left out."""
    lines = []
    for jar in folder.rglob("*.jar"):
        *group, artifact, version = jar.parent.relative_to(folder).parts
        if jar.stem == f"{artifact}-{version}":
            lines.append(f"{'.'.join(group)}:{artifact}:{version} {sha256(jar)}\n")
    return sorted(lines)


if __name__ == "__main__":
    LIST.write_text(_HEAD + "".join(pinned(Path(sys.argv[1]))), encoding="ascii")
