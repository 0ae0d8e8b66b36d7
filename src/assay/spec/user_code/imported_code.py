"""The code behind a function of the user's: the files of its package that it can import, found without importing them.

A file that nothing imports does not change what the function does, so it is no part of its identity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from assay.spec.user_code.package import digest_of_files, package_files, zip_of_files

_READS_DATA = ("importlib.resources", "importlib.metadata")
_IMPORTERS = frozenset({"importlib", "pkgutil", "runpy", "imp", "zipimport"})
"""Modules of Python that import others by a name which only the running program knows."""

_RUNNERS = frozenset({"__import__", "exec", "eval", "compile"})


class _DynamicImportError(Exception):
    """A file may import anything of its package; raised and caught in this module alone."""


def code_files(reference: str) -> dict[str, bytes]:
    """Return the files of the top-level package that the module of `reference` can import, by path.

    These are the module, the packages around it, and what they import of the same package, in a function too. The files
    that are not Python count all: a table that the code reads changes what it does. The whole package is returned where
    a file imports by a name that only the running program knows (`importlib`, `exec`, `import *` of a package).

    Raises:
        InputError: There is no such package.
    """
    files = package_files(reference)
    module = reference.partition(":")[0]
    if f"{module.partition('.')[0]}.py" in files:
        return files
    try:
        imported = _imported(module, files)
    except _DynamicImportError:
        return files
    return {name: data for name, data in files.items() if not name.endswith(".py") or name in imported}


def code_digest(reference: str) -> str:
    """Return the SHA-256 of the names and bytes of the `code_files` of a function or module.

    Raises:
        InputError: There is no such package.
    """
    return digest_of_files(code_files(reference))


def code_zip(reference: str) -> bytes:
    """Return the `code_files` of a function or module as a zip that Python can import from.

    Raises:
        InputError: There is no such package.
    """
    return zip_of_files(code_files(reference))


def _imported(module: str, files: Mapping[str, bytes]) -> set[str]:
    """Return the names of the Python files that importing `module` can run, its own among them."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        parts = waiting.pop().split(".")
        for end in range(1, len(parts) + 1):
            name = ".".join(parts[:end])
            file = _file_of(name, files)
            if file is not None and file not in reached:
                reached.add(file)
                waiting += _imports_of(name, file, files)
    return reached


def _file_of(module: str, files: Mapping[str, bytes]) -> str | None:
    path = module.replace(".", "/")
    return next((name for name in (f"{path}/__init__.py", f"{path}.py") if name in files), None)


def _imports_of(module: str, file: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the modules of the same package that a file names in its import statements."""
    try:
        tree = ast.parse(files[file], file)
    except (SyntaxError, ValueError) as error:
        raise _DynamicImportError from error
    package = module if file.endswith("/__init__.py") else module.rpartition(".")[0]
    top = module.partition(".")[0]
    for node in ast.walk(tree):
        for name in _names(node, package, files):
            if name.partition(".")[0] in _IMPORTERS and not name.startswith(_READS_DATA):
                raise _DynamicImportError
            if name.partition(".")[0] == top:
                yield name


def _names(node: ast.AST, package: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the full names of the modules that one node of a file may import."""
    match node:
        case ast.Import(names=aliases):
            yield from (alias.name for alias in aliases)
        case ast.ImportFrom(module=named, names=aliases, level=level):
            start = _parent(package, level - 1) if level else ""
            source = ".".join(filter(None, (start, named)))
            for alias in aliases:
                if alias.name == "*" and (_file_of(source, files) or "").endswith("/__init__.py"):
                    raise _DynamicImportError
                # A name of a module, or a module itself: `from package import module`.
                yield f"{source}.{alias.name}"
        case ast.Name(id=name) if name in _RUNNERS:
            raise _DynamicImportError
        case ast.Attribute(attr="import_module") | ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            raise _DynamicImportError


def _parent(package: str, levels: int) -> str:
    return ".".join(package.split(".")[: len(package.split(".")) - levels])
