"""Write the generated pages and the generated files of the package, and with `build` or `serve` the site."""

from __future__ import annotations

import argparse
import sys

from devtools.documentation import site
from devtools.documentation.pages import write_pages


def main(arguments: list[str]) -> int:
    """Return 0, or 1 after printing what keeps the site from being built."""
    parser = argparse.ArgumentParser(prog="python -m devtools.documentation", description=__doc__)
    parser.add_argument("what", nargs="?", default="pages", choices=["pages", "build", "serve"])
    parser.add_argument("--port", type=int, default=8000, help="the port of 'serve', on 127.0.0.1")
    chosen = parser.parse_args(arguments)
    for name in write_pages():
        print(f"{name} was written")
    if chosen.what == "pages":
        return 0
    try:
        return site.serve(chosen.port) if chosen.what == "serve" else site.build()
    except site.SiteError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
