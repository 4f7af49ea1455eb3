"""Which mistakes can be made in a piece of Python, and in the SQL that it holds."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from tests.ottavino.mutants.source import Source, Span

Edit = tuple[Span, str]
"""A span of the module, and the text that replaces it."""

COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}

SQL = re.compile(
    r"[rf]*[\"']+(\s*--[^\n]*\n)*\s*"
    r"(pg_catalog|case|select|with|begin|commit|rollback|savepoint|release|create|alter|drop|grant|revoke"
    r"|insert|update|delete|set|using|check|where|for|on|and|from|comment|join|\(+select)\b"
)
"""How a string begins that is a piece of SQL: a sentence begins with a capital letter."""
SQL_WORDS = {
    "true": "false",
    "false": "true",
    "and": "or",
    "or": "and",
    "not": "",
    "distinct": "",
    "asc": "desc",
    "desc": "asc",
    "cascade": "restrict",
    "restrict": "cascade",
    "grant": "revoke",
    "all": "select",
    "commit": "rollback",
    "rollback": "commit",
    "using": "with check",
    "exists": "",
    "only": "",
}
SQL_WORD = re.compile(r"\b[a-z]+\b")


def edits(source: Source, node: ast.AST) -> Iterator[Edit]:
    """The mistakes that can be made in a node itself, apart from its children."""
    for kind, mistakes in MISTAKES.items():
        if isinstance(node, kind):
            yield from mistakes(source, node)


def _compare(source: Source, node: ast.Compare) -> Iterator[Edit]:
    for (left, right), operator in zip(
        pairwise([node.left, *node.comparators]), node.ops, strict=True
    ):
        yield from _between(source, left, right, *COMPARISONS[type(operator)])


def _boolean(source: Source, node: ast.BoolOp) -> Iterator[Edit]:
    words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in pairwise(node.values):
        yield from _between(source, left, right, *words)


def _arithmetic(source: Source, node: ast.BinOp) -> Iterator[Edit]:
    if type(node.op) in ARITHMETIC:
        yield from _between(source, node.left, node.right, *ARITHMETIC[type(node.op)])


def _between(
    source: Source, left: ast.expr, right: ast.expr, operator: str, other: str
) -> Iterator[Edit]:
    begin, end = source.span(left)[1], source.span(right)[0]
    offset = source.read((begin, end)).find(operator)
    if offset >= 0:
        yield (begin + offset, begin + offset + len(operator)), other


def _not(source: Source, node: ast.UnaryOp) -> Iterator[Edit]:
    if isinstance(node.op, ast.Not):
        begin, _ = source.span(node)
        yield (begin, begin + len("not ")), ""


def _condition(source: Source, node: ast.If | ast.IfExp | ast.While) -> Iterator[Edit]:
    # A comparison, or a `not`, is turned round by itself.
    if not isinstance(node.test, ast.Compare | ast.UnaryOp):
        span = source.span(node.test)
        yield span, f"not ({source.read(span)})"


def _filter(source: Source, node: ast.comprehension) -> Iterator[Edit]:
    for condition in node.ifs:
        yield source.span(condition), "True"


def _constant(source: Source, node: ast.Constant) -> Iterator[Edit]:
    match node.value:
        case bool():
            yield source.span(node), str(not node.value)
        # A duration is written with a point: one that is a little longer is not another.
        case int():
            yield source.span(node), str(node.value + 1)
        case str():
            yield from _string(source, node)
            yield source.span(node), '""' if node.value else '"x"'
        case _:
            pass


def _string(source: Source, node: ast.Constant | ast.JoinedStr) -> Iterator[Edit]:
    begin, end = source.span(node)
    text = source.read((begin, end))
    if not SQL.match(text):
        return
    for word in SQL_WORD.finditer(text):
        is_comment = "--" in text[: word.start()].rpartition("\n")[2]
        if not is_comment and (other := SQL_WORDS.get(word[0])) is not None:
            # The module is addressed in bytes.
            offset = begin + len(text[: word.start()].encode())
            yield (offset, offset + len(word[0])), other


def _call(source: Source, node: ast.Call) -> Iterator[Edit]:
    """Leave out a named argument, so that its default is taken."""
    previous: ast.expr = node.func if not node.args else node.args[-1]
    end = source.span(previous)[1]
    for keyword in node.keywords:
        begin = end if node.args or keyword is not node.keywords[0] else source.span(keyword)[0]
        end = source.span(keyword)[1]
        # More callers may then leave out the name, and each of ours writes it.
        if keyword.arg != "kw_only":
            yield (begin, end), ""


def _name(source: Source, node: ast.Name) -> Iterator[Edit]:
    if node.id in NAMES:
        yield source.span(node), NAMES[node.id]


def _statement(source: Source, node: ast.Expr | ast.Raise | ast.AugAssign) -> Iterator[Edit]:
    """Leave a statement out."""
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Await):
        return
    yield source.span(node), "pass"


def _assign(source: Source, node: ast.Assign) -> Iterator[Edit]:
    if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield source.span(node), "pass"


def _return(source: Source, node: ast.Return) -> Iterator[Edit]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield source.span(node.value), "None"


def _jump(source: Source, node: ast.Break | ast.Continue) -> Iterator[Edit]:
    yield source.span(node), "continue" if isinstance(node, ast.Break) else "break"


def _with(source: Source, node: ast.With | ast.AsyncWith) -> Iterator[Edit]:
    """Run a block without what is to hold around it."""
    if not any(item.optional_vars for item in node.items):
        begin, _ = source.span(node)
        _, end = source.span(node.items[-1].context_expr)
        yield (begin, end), "if True"


def _handler(source: Source, node: ast.ExceptHandler) -> Iterator[Edit]:
    if not isinstance(node.body[0], ast.Raise):
        yield _body(source, node.body), "raise"


def _finally(source: Source, node: ast.Try) -> Iterator[Edit]:
    if node.finalbody:
        yield _body(source, node.finalbody), "pass"


def _body(source: Source, statements: Sequence[ast.stmt]) -> Span:
    return source.span(statements[0])[0], source.span(statements[-1])[1]


def _case(source: Source, node: ast.match_case) -> Iterator[Edit]:
    if node.guard is not None:
        yield source.span(node.guard), "True"


Mistakes = Callable[[Source, ast.AST], Iterator[Edit]]


def _of(
    *kinds: type[ast.AST], by: Callable[..., Iterator[Edit]]
) -> dict[type[ast.AST], Mistakes]:
    return dict.fromkeys(kinds, by)


MISTAKES: dict[type[ast.AST], Mistakes] = {
    **_of(ast.Compare, by=_compare),
    **_of(ast.BoolOp, by=_boolean),
    **_of(ast.BinOp, by=_arithmetic),
    **_of(ast.UnaryOp, by=_not),
    **_of(ast.If, ast.IfExp, ast.While, by=_condition),
    **_of(ast.comprehension, by=_filter),
    **_of(ast.Constant, by=_constant),
    **_of(ast.JoinedStr, by=_string),
    **_of(ast.Call, by=_call),
    **_of(ast.Name, by=_name),
    **_of(ast.Expr, ast.Raise, ast.AugAssign, by=_statement),
    **_of(ast.Assign, by=_assign),
    **_of(ast.Return, by=_return),
    **_of(ast.Break, ast.Continue, by=_jump),
    **_of(ast.With, ast.AsyncWith, by=_with),
    **_of(ast.ExceptHandler, by=_handler),
    **_of(ast.Try, by=_finally),
    **_of(ast.match_case, by=_case),
}
