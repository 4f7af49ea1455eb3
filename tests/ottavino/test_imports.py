"""Which package of the framework imports which, as `docs/design.md` has it."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from ottavino.settings import ROOT

pytestmark = pytest.mark.whole("parses all modules of the framework")

PACKAGE = ROOT / "ottavino"
TEMPLATES = PACKAGE / "dev" / "new" / "templates"

SHARED = {"__init__", "deadline", "errors", "identity", "setting", "settings"}
"""The modules that every package may import."""

ALLOWED: dict[str, set[str]] = {
    "postgres": set(),
    "declare": {"postgres"},
    "sql": {"postgres"},
    "query": {"declare", "postgres"},
    "migrate": {"declare", "postgres", "sql"},
    "inspect": {"declare", "postgres", "sql", "migrate"},
    "http": {"declare", "postgres"},
}
"""The packages that serve in production, and those under them."""

ANY = {"project", "testing", "dev", "__main__"}
"""They may import any package; `project` and `__main__` import `dev` only in functions."""


@cache
def modules() -> dict[str, Path]:
    paths = [path for path in PACKAGE.rglob("*.py") if TEMPLATES not in path.parents]
    return {_name(path): path for path in paths}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path, *, only_first: bool = False) -> tuple[str, ...]:
    """The modules that a module imports: anywhere, or only at its top level."""
    return tuple(_imports(path, only_first=only_first))


def imports_of_types(path: Path) -> set[str]:
    """The modules that only type checkers import."""
    tree = parsed(path)
    return {
        name
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for name in _imported(block.body)
    }


def _imports(path: Path, *, only_first: bool) -> Iterator[str]:
    tree = parsed(path)
    yield from _imported(tree.body if only_first else ast.walk(tree))


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules() else str(node.module)


def _part(module: str) -> str:
    """The package of the framework, or one of the modules beside the packages."""
    return [*module.split("."), "__init__"][1]


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_the_packages_it_may(package: str) -> None:
    others = {
        (module, imported)
        for module, path in modules().items()
        if _part(module) == package
        for imported in imports(path)
        if imported.startswith("ottavino")
        and _part(imported) not in SHARED | ALLOWED[package] | {package}
    }
    assert others == set()


def test_every_package_is_named_here() -> None:
    parts = {_part(module) for module in modules()}
    assert parts == SHARED | ALLOWED.keys() | ANY


@pytest.mark.parametrize("name", sorted(SHARED - {"__init__"}))
def test_a_shared_module_imports_no_package(name: str) -> None:
    parts = {
        _part(each) for each in imports(PACKAGE / f"{name}.py") if each.startswith("ottavino.")
    }
    assert parts <= SHARED


def test_production_imports_no_development_code_outside_of_commands() -> None:
    for module, path in modules().items():
        if _part(module) not in {"dev", "testing"}:
            parts = {
                _part(each)
                for each in imports(path, only_first=True)
                if each.startswith("ottavino.")
            }
            assert not parts & {"dev", "testing"}, module


def test_the_framework_knows_no_application() -> None:
    for module, path in modules().items():
        found = {each.partition(".")[0] for each in imports(path)}
        assert not found & {"db", "functions", "piccolo_conf", "tests"}, module


def test_no_modules_import_each_other_in_a_circle() -> None:
    # Types may refer to each other: a sum is an expression, and an expression has sums.
    graph = {
        module: {each for each in imports(path) if each in modules() and each != module}
        - imports_of_types(path)
        for module, path in modules().items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


BY_NAME = {
    "ottavino.__main__": "the application's configuration, whose mistakes become a sentence",
    "ottavino.dev.answer": "the development server's app, in each new process",
    "ottavino.dev.app": "the application's functions",
    "ottavino.dev.demo": "the application's rows for two users",
    "ottavino.http.discovery": "the application's functions",
    "ottavino.project.apps": "the application's tables",
    "ottavino.sql": "the parser, which production does not have",
    "ottavino.testing.cluster": "the application's configuration, to migrate a database",
    "ottavino.testing.plugin": "the application's functions",
}
"""The modules that import another one by a string, which the tests above do not see."""


def test_only_these_modules_import_others_by_name() -> None:
    found = {
        module
        for module, path in modules().items()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
    }
    assert found == BY_NAME.keys()


def test_no_import_by_name_leaves_its_package_for_another_of_the_framework() -> None:
    named = {
        (module, node.value)
        for module in BY_NAME
        for node in ast.walk(parsed(modules()[module]))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"ottavino(\.\w+)+\.?", node.value)
    }
    assert {(module, name) for module, name in named if _part(module) != _part(name)} == set()
