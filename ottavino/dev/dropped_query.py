"""Finds queries that are written as a statement of their own, and so never run."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE = "ottavino.query"
QUERIES = {
    f"{MODULE}.{name}"
    for name in ("call", "call_set", "delete", "insert", "objects", "select", "sql", "update")
}
"""What makes a query. Other calls to await are coroutines, which type checkers report."""

Imported = dict[str, str]
"""The full name of what each imported name stands for."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A place where a query is made and not used."""

    path: Path
    line: int
    called: str

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.called}() is not awaited, so its query "
            "never runs: write await before it."
        )


def dropped_queries(paths: Iterable[Path]) -> Iterator[Dropped]:
    """Every such query in some files."""
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"), str(path))
        imported = _imported(tree)
        for call, called in _dropped(tree, imported):
            yield Dropped(path, call.lineno, called)


def _imported(tree: ast.AST) -> Imported:
    """Imports inside of functions count for the whole file."""
    found: Imported = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                # `import a.b` binds a, and `import a.b as c` binds the module a.b.
                for each in names:
                    whole = each.name if each.asname else each.name.partition(".")[0]
                    found[each.asname or whole] = whole
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found |= {each.asname or each.name: f"{module}.{each.name}" for each in names}
            case _:
                pass
    return found


def _dropped(node: ast.AST, imported: Imported) -> Iterator[tuple[ast.Call, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # A parameter hides an import of its name.
        own = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        imported = {name: meant for name, meant in imported.items() if name not in own}
    if isinstance(node, ast.Expr):
        for value in _values(node.value):
            call = _first_call(value)
            if call and _meaning(call.func, imported) in QUERIES:
                yield call, ast.unparse(call.func)
    for child in ast.iter_child_nodes(node):
        yield from _dropped(child, imported)


def _values(value: ast.expr) -> Iterator[ast.expr]:
    """What a statement evaluates: both branches of a condition, each item of a list."""
    match value:
        case ast.IfExp(body=body, orelse=other):
            parts = [body, other]
        case ast.BoolOp(values=[*_, last]):
            parts = [last]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            pass
        case ast.ListComp(elt=each) | ast.SetComp(elt=each):
            parts = [each]
        case _:
            yield value
            return
    for part in parts:
        yield from _values(part)


def _first_call(value: ast.expr) -> ast.Call | None:
    """The call that a chain of methods begins with, as `update(…)` in `update(…).set(…)`."""
    match value:
        case ast.Call(func=ast.Attribute(value=before)):
            return _first_call(before) or value
        case ast.Call():
            return value
        case ast.Attribute(value=before):
            return _first_call(before)
        case _:
            return None


def _meaning(node: ast.expr, imported: Imported) -> str | None:
    """The full name of what was imported, or of an attribute of it."""
    match node:
        case ast.Name(id=name):
            return imported.get(name)
        case ast.Attribute(value=before, attr=attribute):
            module = _meaning(before, imported)
            return None if module is None else f"{module}.{attribute}"
        case _:
            return None
