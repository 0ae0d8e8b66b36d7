"""Every error code that the package raises, found in its syntax trees: code, exit code, message, hint and place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay import errors

PACKAGE = Path(errors.__file__).parent
INPUT, INFRASTRUCTURE = errors.InputError.exit_code, errors.InfrastructureError.exit_code


@dataclass(frozen=True, slots=True, order=True)
class RaisedCode:
    """An error that a line of the package makes; `place` is its file below `src/assay`."""

    code: str
    exit_code: int
    message: str
    hint: str
    place: str


@dataclass(frozen=True, slots=True)
class Maker:
    """A call that makes an error: its exit code, and the positions of code, message and hint among its arguments."""

    exit_code: int
    code: int = -1
    message: int = 0
    hint: int = -1
    default: str = ""


MAKERS: Mapping[str, Maker] = {
    **{
        name: Maker(kind.exit_code)
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.AssayError) and kind is not errors.SpecErrors
    },
    "MistakeError": Maker(INPUT, default="bad-suite"),
    "problem": Maker(INPUT, code=2, hint=1, default="bad-value"),
    "_error": Maker(INPUT, code=2, message=1, hint=3),
    "_quantity": Maker(INPUT, code=3, message=-1, hint=2),
    "refuse_result": Maker(INPUT, message=1),
    "call_user": Maker(INPUT, message=-1),
    "Fault": Maker(INFRASTRUCTURE, code=1, message=2, hint=3),
    "SqlProblem": Maker(INPUT, message=3),
}
"""Each class and function that makes an error from a code. SqlProblem names its code `kind`."""

PASSED_ON: Mapping[str, str] = {
    "self.code": "the code of a `Fault`",
    "fault.code": "the code of a `Fault`",
    "problem.kind": "the kind of a `SqlProblem`",
    "mistake.code": "the code of a `MistakeError`",
    "code": "an argument of the function that makes the error",
    "condition": "the name that Spark gives to the mistake",
}
"""Codes that a call receives from elsewhere. They are found there as a literal, so nothing is lost here."""

ELSEWHERE = (
    RaisedCode("no-key", INPUT, "the keytab … holds no key of …", "", "spark/cluster/auth_errors.py"),
    RaisedCode("refused-keytab", INPUT, "Kerberos takes the keytab … no longer", "", "spark/cluster/auth_errors.py"),
    RaisedCode("cannot-write", INFRASTRUCTURE, "cannot write …: …", "", "store/filesystem/atomic.py"),
    RaisedCode("spec", INPUT, "several mistakes in one file, each printed with its own code", "", "errors.py"),
)
"""Errors whose code no call has as a literal: it is in a table, or made of two parts."""


class UnknownCodeError(ValueError):
    """A call makes an error with a code that this module cannot find: declare it in `ELSEWHERE` or `PASSED_ON`."""


def raised_codes() -> list[RaisedCode]:
    """Return every error that the package makes, sorted by its code.

    Raises:
        UnknownCodeError: A code is neither a literal nor declared here.
    """
    raised = set(ELSEWHERE)
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(PACKAGE).as_posix()
        constants = _assigned(tree.body)
        for function, call in _calls(tree):
            before = [node for node in ast.walk(function) if _line(node) <= call.lineno] if function else []
            local = {**constants, **_assigned(sorted(before, key=_line))}
            raised.update(_made_by(call, local, place))
    return sorted(raised)


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST | None, ast.Call]]:
    """Return each call with the function around it."""

    def below(node: ast.AST, function: ast.AST | None) -> Iterator[tuple[ast.AST | None, ast.Call]]:
        if isinstance(node, ast.Call):
            yield function, node
        inner = node if isinstance(node, ast.FunctionDef) else function
        for child in ast.iter_child_nodes(node):
            yield from below(child, inner)

    return below(tree, None)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Return the last value that the nodes, in their order, assign to each name."""
    values: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
    return values


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _made_by(call: ast.Call, local: Mapping[str, ast.expr], place: str) -> Iterator[RaisedCode]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    maker = MAKERS.get(name)
    if maker is None:
        return
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    code_argument = keywords.get("code") or _argument(call, maker.code)
    if name == "SqlProblem":
        code_argument = _argument(call, 0)
    message = _argument(call, maker.message) or keywords.get("what")
    hint = keywords.get("hint") or _argument(call, maker.hint)
    for code in _codes(code_argument, local, maker, place):
        yield RaisedCode(code, maker.exit_code, _text(message, local), _text(hint, local), place)


def _argument(call: ast.Call, position: int) -> ast.expr | None:
    return call.args[position] if 0 <= position < len(call.args) else None


def _codes(code_argument: ast.expr | None, local: Mapping[str, ast.expr], maker: Maker, place: str) -> list[str]:
    if code_argument is None:
        return [maker.default] if maker.default else []
    if ast.unparse(code_argument) in PASSED_ON and not _values(code_argument, local):
        return []
    values = _values(code_argument, local)
    if not values and "cannot-" not in ast.unparse(code_argument):
        raise UnknownCodeError(f"{place}:{code_argument.lineno}: {ast.unparse(code_argument)}")
    return values


def _values(node: ast.expr, local: Mapping[str, ast.expr]) -> list[str]:
    """Return the texts that an expression may have: a literal, a choice of two, a name of either, an f-string of it."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return [*_values(node.body, local), *_values(node.orelse, local)]
        case ast.Name(id=name) if name in local and local[name] is not node:
            return _values(local[name], {key: value for key, value in local.items() if key != name})
        case ast.JoinedStr():
            texts = [""]
            for part in node.values:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                texts = [text + value for text in texts for value in _values(inner, local)]
            return texts
    return []


def _text(node: ast.expr | None, local: Mapping[str, ast.expr]) -> str:
    """Return a message as its source has it, with '…' for each part that is computed; empty where all of it is."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(_text(part, local) if isinstance(part, ast.Constant) else "…" for part in node.values)
        case ast.BinOp(op=ast.Add()):
            return f"{_text(node.left, local) or '…'}{_text(node.right, local) or '…'}"
        case ast.Name(id=name) if name in local and local[name] is not node:
            return _text(local[name], {key: value for key, value in local.items() if key != name})
    return ""
