"""A mutant: the project with one mistake in it, named so that it is the same tomorrow."""

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ottavino.settings import ROOT
from tests.ottavino.mutants.mutations import Edit, edits
from tests.ottavino.mutants.source import Source

Scoped = tuple[str, ast.AST]
"""A node, and the function or class that it stands in."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module, where in it the mistake is, and the lines before and after it."""

    module: str
    where: str
    """The function or class, as in `Session._commit`; empty for the module itself."""
    before: str
    after: str
    number: int = 1
    """Which one it is of several places in `where` that read alike."""
    text: bytes = field(default=b"", compare=False, repr=False)
    """The whole module, with the mistake."""

    def order(self, seed: str) -> bytes:
        """Its place among all, drawn for each seed, and kept when other code changes."""
        name = (self.module, self.where, self.before, self.after, self.number)
        return hashlib.sha256(f"{seed}{name}".encode()).digest()

    def __str__(self) -> str:
        place = f"{self.module} {self.where}".rstrip()
        number = f" ({self.number})" if self.number > 1 else ""
        return f"{place}{number}\n  - {self.before}\n  + {self.after}"


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module. Of one in SQL there are those that were chosen by hand."""
    return [each for each in mistakes(module) if compiles(each)]


def mistakes(module: str) -> list[Mutant]:
    """The same, with those that Python cannot read, which are quick to list."""
    if not module.endswith(".py"):
        return []
    source = Source(ROOT / module)
    made = [
        mutant(module, where, source, edit)
        for where, node in _nodes("", source.tree)
        for edit in edits(source, node)
    ]
    # Two ways may lead to the same mistake.
    different = {each.text: each for each in made if each.before != each.after}
    return [*_numbered(different.values())]


def mutant(module: str, where: str, source: Source, edit: Edit) -> Mutant:
    """The mutant of one edit."""
    span, replacement = edit
    begin, end = source.lines(span)
    head, tail = source.read((begin, span[0])), source.read((span[1], end))
    before, after = source.read((begin, end)), head + replacement + tail
    text = source.replaced(span, replacement)
    return Mutant(module, where, _on_one_line(before), _on_one_line(after), text=text)


def _numbered(all_: Iterable[Mutant]) -> Iterator[Mutant]:
    seen: Counter[Mutant] = Counter()
    for each in all_:
        seen[each] += 1
        yield replace(each, number=seen[each])


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def compiles(each: Mutant) -> bool:
    """Whether Python can read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(each.text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _nodes(where: str, node: ast.AST) -> Iterator[Scoped]:
    """The nodes of a piece of code that decide what it does, each with where it stands."""
    for child in _children(node):
        if isinstance(child, Definition):
            yield from _nodes(f"{where}.{child.name}".lstrip("."), child)
        else:
            yield where, child
            # Positions inside of an f-string are known from Python 3.12 on.
            if not isinstance(child, ast.JoinedStr):
                yield from _nodes(where, child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list):
                return
            yield from [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
            yield from node.body
        case ast.ClassDef():
            yield from node.body
        case ast.AnnAssign():
            yield from [node.value] if node.value else []
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield from node.orelse
        case (
            # Of an error, only the sentence could be another.
            ast.Raise()
            | ast.Import()
            | ast.ImportFrom()
            | ast.Assign(targets=[ast.Name(id="__all__")])
            # Of a type variable, only type checkers see more than the name.
            | ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "TypeVarTuple")))
            | ast.Expr(value=ast.Constant())
        ):
            return
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Constant(value=int() | float()) | ast.BinOp(),
        ) if name.isupper():
            # A limit: a test could only repeat the number.
            return
        case ast.Call():
            yield from _of_call(node)
        case ast.Subscript(value=ast.Name(id="Literal")):
            return
        case _:
            yield from ast.iter_child_nodes(node)


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    match node:
        case ast.Call(func=ast.Name(id="ContextVar")):
            # Its name is not visible.
            yield from (keyword.value for keyword in node.keywords)
        case ast.Call(func=ast.Name(id="cast"), args=[_, value]):
            # Only type checkers see the type.
            yield value
        case _:
            for each in ast.iter_child_nodes(node):
                if not (isinstance(each, ast.keyword) and each.arg == "kw_only"):
                    yield each
