"""The translation of errors into exit codes, for all commands."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable

import click

from assay.cli import interrupt
from assay.errors import AssayError

EXIT_BUG = 1


def guarded(body: Callable[[], int | None], *, as_json: bool = False) -> int:
    """Run `body`; write an error that it raises to standard error, and return the error's exit code."""
    try:
        return body() or 0
    except Exception as error:
        interrupt.hold_if_interrupted()
        return _ended_by(error, as_json=as_json)
    except KeyboardInterrupt:
        interrupt.hold_if_interrupted()
        sys.stderr.write("interrupted: run the same command again to go on\n")
        return interrupt.EXIT_CODE
    finally:
        interrupt.hold_if_interrupted()


def _ended_by(error: Exception, *, as_json: bool) -> int:
    """Write the message of an error, and return its exit code."""
    match error:
        case AssayError():
            if as_json:
                error_fields = {"error": error.code, "message": error.message, "hint": error.hint}
                sys.stdout.write(json.dumps(error_fields) + "\n")
            sys.stderr.write(error.render() + "\n")
            return error.exit_code
        case click.ClickException():
            error.show()
            return error.exit_code
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            sys.stderr.write("interrupted: run the same command again to go on\n")
            return interrupt.EXIT_CODE
        case BrokenPipeError():
            interrupt.stop_writing()
            return 0
    traceback.print_exception(error)
    sys.stderr.write("error[bug]: this is a defect of Assay's, not of yours; the lines above say where\n")
    return EXIT_BUG
