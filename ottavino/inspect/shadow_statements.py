"""The statements of migrations that build a shadow database, and the names that they take."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ottavino.declare.raw import RawDefinition
from ottavino.declare.view_definition import MaterializedViewDefinition
from ottavino.migrate import bookkeeping
from ottavino.migrate.statements import statement_texts, statements
from ottavino.migrate.steps import Create, CreateConcurrently, Execute, Step, Undo
from ottavino.sql import mentions

IN_SCHEMAS = {"function", "relation"}
"""The kinds of names that are in a schema: types are among the relations."""

MAKING = {"create", "alter", "drop", "comment"}
GRANTING = {"grant", "revoke"}
FILLERS = {
    "or",
    "replace",
    "unique",
    "materialized",
    "recursive",
    "unlogged",
    "constraint",
    "on",
}
MADE = {
    "aggregate",
    "collation",
    "domain",
    "function",
    "index",
    "policy",
    "procedure",
    "routine",
    "rule",
    "sequence",
    "statistics",
    "table",
    "text",
    "trigger",
    "type",
    "view",
}
"""The kinds of objects that are in a schema, such as a `text search configuration`."""
ON_TABLES = {"index", "policy", "rule", "statistics", "trigger"}
"""The kinds whose statements also name a table."""


class Statements(NamedTuple):
    """SQL that makes something, and the names that it takes, each with its schema."""

    sql: str
    made: frozenset[tuple[str, str]]
    is_by_hand: bool = False


BOOKKEEPING = Statements(bookkeeping.TABLE, frozenset({("public", "migration")}))


def of_step(step: Step) -> Statements:
    """The SQL of a step in a transaction, with the names that hand-written SQL creates."""
    inside = step.inside if isinstance(step, CreateConcurrently) else step
    sql = inside.forwards()
    if isinstance(inside, Create) and isinstance(inside.definition, MaterializedViewDefinition):
        # Its query may name tables in a literal, and they have other names here.
        sql += "\nwith no data"
    claimed = {(each.place, each.name) for each in inside.takes if each.kind in IN_SCHEMAS}
    by_hand = statement_texts(sql) if step.is_by_hand else []
    read = {name for text in by_hand for name in _made(text)}
    return Statements(sql, frozenset(claimed | read))


def is_raw(step: Step) -> bool:
    """Whether a step makes what `Raw` declares, or removes it."""
    match step:
        case Create(RawDefinition()) | Undo(Create(RawDefinition())):
            return True
        case _:
            return False


def unless_there(sql: str) -> str:
    """Hand-written SQL that may create objects without a schema, which this database already
    has.
    """
    return (
        f"do $shadow$ begin execute $by_hand${sql}$by_hand$;\n"
        "exception when duplicate_object or duplicate_function or duplicate_table "
        "or duplicate_schema then null; end $shadow$"
    )


def texts_of(steps: Sequence[Step], others: Collection[str]) -> Iterator[Statements]:
    """The statements of some steps; of `migration.execute`, those that make something. What
    `Raw` makes may have no schema, and be there already.
    """
    for step in steps:
        if not isinstance(step, Execute):
            yield Statements(*of_step(step)[:2], is_by_hand=is_raw(step))
            continue
        for text in _making(step.sql, others):
            yield Statements(text, frozenset(_made(text)), is_by_hand=True)


def _making(sql: str, others: Collection[str]) -> Iterator[str]:
    """The statements that make, change or drop objects, and name none of another schema.

    Objects in `auth` and `extensions` may be named, because bodies call them.
    """
    strangers = {*others} - {"auth", "extensions", "ottavino", "pg_catalog"}
    for text in statement_texts(sql):
        verb, *words = next(statements(text))
        kind = next((word for word in words if word not in FILLERS), "")
        is_of_object = kind in MADE or (verb in GRANTING and "schema" not in words)
        if (
            verb in {*MAKING, *GRANTING}
            and is_of_object
            and not any(each.path[1:] and each.path[0] in strangers for each in mentions(text))
        ):
            yield text


def _made(text: str) -> Iterator[tuple[str, str]]:
    """The name that a statement by hand creates, if it creates one."""
    verb, *words = next(statements(text))
    kind = next((word for word in words if word not in FILLERS), "")
    if verb == "create" and kind in MADE - ON_TABLES:
        yield from [(m.path[0], m.path[1]) for m in mentions(text) if m.path[1:]][:1]
