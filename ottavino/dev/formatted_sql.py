"""Finds SQL that is put together as text, where a value may become a part of the statement."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TAKES_SQL = {
    "Comparison",
    "Expression",
    "QueryString",
    "WhereRaw",
    "execute",
    "executemany",
    "fetch",
    "fetchrow",
    "fetchval",
    "raw",
    "sql",
}
"""The functions that take SQL: of this package, of Piccolo, and of a driver's connection."""

FORMATS = {"format", "format_map", "join", "replace"}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A place where text is formatted into SQL."""

    path: Path
    line: int
    called: str
    how: str

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.called}() is given SQL that is put together by "
            f"{self.how}: write a template with braces, and give it the values."
        )


def formatted_sql(paths: Iterable[Path]) -> Iterator[Formatted]:
    """Every such place in some files."""
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"), str(path))
        assigned = _assigned(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and (found := _formatting(call, assigned)):
                yield Formatted(path, call.lineno, *found)


Assigned = dict[str, list[ast.expr]]


def _assigned(tree: ast.AST) -> Assigned:
    """All values that a file assigns to each name, without regard to scopes."""
    found: Assigned = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [each.id for each in targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names = [name]
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                names = [name]
            case ast.AugAssign(target=ast.Name(id=name) as target, value=added):
                value = ast.BinOp(target, ast.Add(), added)
                names = [name]
            case _:
                continue
        for name in names:
            found.setdefault(name, []).append(value)
    return found


def _formatting(call: ast.Call, assigned: Assigned) -> tuple[str, str] | None:
    """The called function and the way in which its SQL is formatted, if it is."""
    match call.func:
        case ast.Name(id=called) | ast.Attribute(attr=called) if called in TAKES_SQL:
            pass
        case _:
            return None
    given = [*call.args[:1], *(each.value for each in call.keywords if each.arg == "template")]
    for each in given:
        if how := _how(each, assigned, frozenset()):
            return called, how
    return None


def _how(value: ast.expr, assigned: Assigned, seen: frozenset[str]) -> str | None:
    """How the text is formatted, or None for a plain literal."""
    match value:
        case ast.IfExp(body=body, orelse=other):
            return _how(body, assigned, seen) or _how(other, assigned, seen)
        case ast.Name(id=name) if name not in seen:
            ways = (_how(each, assigned, seen | {name}) for each in assigned.get(name, []))
            return next(filter(None, ways), None)
        case _:
            return _operation(value)


def _operation(value: ast.expr) -> str | None:
    match value:
        case ast.JoinedStr(values=parts) if any(map(_is_replaced, parts)):
            return "an f-string"
        case ast.BinOp(op=ast.Mod()):
            return "%"
        case ast.BinOp(op=ast.Add()) if not _is_written(value):
            return "+"
        case ast.Call(func=ast.Attribute(attr=name)) if name in FORMATS:
            return f".{name}"
        case _:
            return None


def _is_replaced(part: ast.expr) -> bool:
    return isinstance(part, ast.FormattedValue)


def _is_written(value: ast.expr) -> bool:
    """Whether text is a literal, in one piece or several."""
    match value:
        case ast.Constant():
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_written(left) and _is_written(right)
        case _:
            return False
