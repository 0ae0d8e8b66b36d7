"""The house rules of `make lint`: each finds the file that breaks it, and leaves the one that does not alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from devtools.lint import __main__ as house_rules
from devtools.lint.checkout import SOURCE_FOLDERS, Checkout, read_checkout
from devtools.lint.cycles import check_cycles
from devtools.lint.finding import LintFinding
from devtools.lint.folders import check_folders
from devtools.lint.machine_paths import check_machine_paths
from devtools.lint.names import check_names
from devtools.lint.prose.baseline import check_prose
from devtools.lint.sizes import check_sizes
from devtools.lint.top_level import ALLOWED, FRAME, REQUIRED, check_top_level
from devtools.lint.vague_names import check_vague_names

ROOT = Path(__file__).parents[3]
SOME_HOME = "/ho" + "me/someone"  # in pieces, since the rule reads this file as well

Rule = Callable[[Checkout], Iterable[LintFinding]]
Files = dict[str, str]


def findings_of(rule: Rule, root: Path, files: Files) -> list[tuple[str, int, str]]:
    """Return path, line and rule of what `rule` finds in a checkout that holds `files`."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return [(finding.path.as_posix(), finding.line, finding.rule) for finding in rule(read_checkout(root))]


def function_of(lines: int, first: str = "pass") -> str:
    return f"def work():\n    {first}\n" + "    pass\n" * (lines - 1)


def package(files: Files) -> Files:
    """Return the files of the package `assay`, from texts by path below it without suffix."""
    return {f"src/assay/{name}.py": text for name, text in files.items()}


def test_the_checkout_itself_is_read() -> None:
    checkout = read_checkout(ROOT)
    assert len(checkout.modules) > 300
    assert len(checkout.texts) > len(checkout.modules)
    assert {module.path.parts[0] for module in checkout.modules} == set(SOURCE_FOLDERS)


@pytest.mark.parametrize(
    ("rule", "files", "finding"),
    [
        (check_sizes, {"bench/long.py": "x = 1\n" * 301}, ("bench/long.py", 301, "file-lines")),
        (check_sizes, {"jobs/clean.py": "x = 1\n" * 20}, ("jobs/clean.py", 20, "job-lines")),
        (check_sizes, {"src/a.py": function_of(40)}, ("src/a.py", 1, "function-lines")),
        (check_sizes, {"src/a.py": "async " + function_of(40)}, ("src/a.py", 1, "function-lines")),
        (check_names, {"devtools/hadoop/utils.py": ""}, ("devtools/hadoop/utils.py", 1, "module-name")),
        (check_names, {"bench/common/rows.py": ""}, ("bench/common/rows.py", 1, "module-name")),
        (check_names, {"examples/a/src/a.py": "x = 1\n"}, ("examples/a/src/a.py", 1, "module-docstring")),
        (check_names, {"src/a.py": '"""A."""\nf"{len(x)} days"\n'}, ("src/a.py", 2, "bare-plural")),
        (check_names, {"src/a.py": '"""A."""\nf"{len(x):,} good rows"\n'}, ("src/a.py", 2, "bare-plural")),
        (
            check_names,
            {"bench/a.py": "class A: ...\n", "src/b.py": '"""B."""\n\nclass A: ...\n'},
            ("bench/a.py", 1, "class-name"),
        ),
        (check_sizes, {"tests/long.py": "x = 1\n" * 301}, ("tests/long.py", 301, "file-lines")),
        *[
            (check_vague_names, {"tests/a.py": f"\n{line}\n"}, ("tests/a.py", 2, "vague-name"))
            for line in (
                "said = 1",
                "for said in x: ...",
                "print([said for said in x])",
                "if said := x: ...",
                "def said(): ...",
                "def f(*, said=1): ...",
                "class A: said: int",
                "import x as said",
            )
        ],
        (check_vague_names, {"src/a.py": "told = lambda: 1\n"}, ("src/a.py", 1, "vague-name")),
        (check_machine_paths, {"docs/a.md": f"\nsee {SOME_HOME}/x\n"}, ("docs/a.md", 2, "machine-path")),
        (check_machine_paths, {"Makefile": f"X = {SOME_HOME}\n"}, ("Makefile", 1, "machine-path")),
    ],
)
def test_a_breach_is_found_where_it_is(tmp_path: Path, rule: Rule, files: Files, finding: tuple[str, int, str]) -> None:
    assert findings_of(rule, tmp_path, files) == [finding]


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        (check_sizes, {"bench/long.py": "x = 1\n" * 300, "jobs/clean.py": "x = 1\n" * 19}),
        (check_sizes, {"src/a.py": function_of(39), "tests/a.py": function_of(40)}),
        (check_sizes, {"src/a.py": function_of(40, '"""A docstring is no part of the length."""')}),
        (check_names, {"src/utilities.py": '"""A."""\nf"{quantity(len(x), \'day\')}, {len(x)} of {y:,} rows"\n'}),
        (check_names, {"src/assay/__init__.py": "", "bench/rows.py": "x = 1\n"}),
        (check_vague_names, {"src/a.py": "'said'\nx = {'told': y.found}\nf(given=1)\nsaid_by = 1\n"}),
        (check_machine_paths, {"docs/a.md": f"~{SOME_HOME} {{root}}{SOME_HOME} /var/lib\n", "other.md": SOME_HOME}),
    ],
)
def test_what_keeps_a_rule_is_left_alone(tmp_path: Path, rule: Rule, files: Files) -> None:
    assert findings_of(rule, tmp_path, files) == []


def folders_with(baseline: dict[str, int]) -> Rule:
    return lambda checkout: check_folders(checkout, baseline)


def test_a_folder_holds_at_most_twelve_files_besides_its_init(tmp_path: Path) -> None:
    twelve = package({"a/__init__": "", **{f"a/m{number}": "" for number in range(12)}})
    assert findings_of(folders_with({}), tmp_path, twelve) == []
    assert findings_of(folders_with({}), tmp_path, package({"a/m12": ""})) == [("src/assay/a", 1, "folder-files")]


def test_the_baseline_of_a_folder_only_shrinks(tmp_path: Path) -> None:
    files = package({f"a/m{number}": "" for number in range(14)})
    assert findings_of(folders_with({"a": 14}), tmp_path, files) == []
    assert findings_of(folders_with({"a": 13}), tmp_path, files) == [("src/assay/a", 1, "folder-files")]
    assert findings_of(folders_with({"a": 15}), tmp_path, files) == [("src/assay/a", 1, "folder-baseline")]
    gone = folders_with({"a": 14, "b": 13})
    assert findings_of(gone, tmp_path, files) == [("src/assay/b", 1, "folder-baseline")]


@pytest.mark.parametrize(
    "second",
    [
        "from assay.one import x\n",
        "from assay import one\n",
        "import assay.one\n",
        "from .one import x\n",
        "from . import one\n",
        "def f():\n    from assay.one import x\n",
        "if TYPE_CHECKING:\n    from assay.one import X\n",
    ],
)
def test_two_files_that_import_each_other_are_a_cycle(tmp_path: Path, second: str) -> None:
    files = package({"one": "\nimport assay.two\n", "two": second})
    assert ("src/assay/one.py", 2, "file-cycle") in findings_of(check_cycles, tmp_path, files)


def test_a_cycle_through_the_init_of_a_package_is_one(tmp_path: Path) -> None:
    files = package(
        {"a/__init__": "from assay.a.one import x\n", "a/one": "from assay.b import y\n", "b": "import assay.a\n"}
    )
    cycles = findings_of(check_cycles, tmp_path, files)
    assert ("src/assay/a/__init__.py", 1, "file-cycle") in cycles


def test_two_folders_whose_files_import_each_other_are_a_cycle(tmp_path: Path) -> None:
    files = package({"a/one": "import assay.b.one\n", "a/two": "", "b/one": "", "b/two": "\nimport assay.a.two\n"})
    assert findings_of(check_cycles, tmp_path, files) == [("src/assay/a/one.py", 1, "folder-cycle")]


def test_a_folder_and_its_subfolder_that_import_each_other_are_a_cycle(tmp_path: Path) -> None:
    files = package({"a/one": "import assay.a.b.one\n", "a/two": "", "a/b/one": "import assay.a.two\n"})
    assert findings_of(check_cycles, tmp_path, files) == [("src/assay/a/one.py", 1, "folder-cycle")]


def test_folders_of_folders_may_be_no_cycle_either(tmp_path: Path) -> None:
    files = package(
        {"a/b/one": "import assay.c.d.one\n", "a/e/one": "", "c/d/one": "", "c/f/one": "import assay.a.e.one\n"}
    )
    assert findings_of(check_cycles, tmp_path, files) == [("src/assay/a/b/one.py", 1, "folder-cycle")]


def test_imports_in_one_direction_are_no_cycle(tmp_path: Path) -> None:
    files = package(
        {
            "__init__": "def __getattr__(name):\n    from assay.api import open\n",
            "api": "import assay.a.one\nimport assay.b.one\nimport numpy\n",
            "a/one": "import assay.b.one\nfrom assay.a import two\n",
            "a/version": "import assay\n",
            "a/two": "from assay.errors import X\n",
            "b/one": "from assay.errors import X\n",
            "errors": "import assayed.one\n",
        }
    )
    assert findings_of(check_cycles, tmp_path, files) == []


def listed(root: Path) -> None:
    files = {"LICENSE", *(name for name in REQUIRED | FRAME if "." in name.lstrip("."))}
    for name in {*REQUIRED, *FRAME, *SOURCE_FOLDERS}:
        (root / name).write_text("") if name in files else (root / name).mkdir()


def test_the_top_level_holds_what_is_listed_and_what_git_ignores(tmp_path: Path) -> None:
    listed(tmp_path)
    ignored = {".gitignore": ".venv/\n*.egg-info/\n", ".venv/x.py": "", "assay.egg-info/y": "", "Makefile": ""}
    assert findings_of(check_top_level, tmp_path, ignored) == []
    assert findings_of(check_top_level, tmp_path, {"scratch.txt": ""}) == [("scratch.txt", 1, "top-level-unlisted")]


def test_what_users_name_keeps_its_place_at_the_top_level(tmp_path: Path) -> None:
    listed(tmp_path)
    (tmp_path / "jobs").rmdir()
    (tmp_path / "spark-submit.sh").unlink()
    (tmp_path / "LICENSE").unlink()
    missing = [(name, 1, "top-level-missing") for name in ("LICENSE", "jobs", "spark-submit.sh")]
    assert findings_of(check_top_level, tmp_path, {}) == missing
    assert {"jobs", "dags", "src", "conf", "tests", "README.md", "pyproject.toml"} < REQUIRED < ALLOWED
    assert {".github", "LICENSE", "SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md"} < FRAME < ALLOWED


def test_a_breach_is_printed_with_its_place_and_is_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_rules, "RULES", (check_sizes, check_names))
    assert findings_of(check_sizes, tmp_path, {"src/a.py": '"""A."""\n' + function_of(39)}) == []
    assert house_rules.main(tmp_path) == 0
    findings_of(check_sizes, tmp_path, {"src/b.py": function_of(40)})
    assert house_rules.main(tmp_path) == 1
    printed = [line.rpartition(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert [line.split(": ")[:2] for line in printed] == [
        ["src/b.py:1", "function-lines"],
        ["src/b.py:1", "module-docstring"],
    ]


def test_every_rule_is_run() -> None:
    rules = {
        check_sizes,
        check_names,
        check_vague_names,
        check_machine_paths,
        check_folders,
        check_cycles,
        check_top_level,
        check_prose,
    }
    assert set(house_rules.RULES) == rules
