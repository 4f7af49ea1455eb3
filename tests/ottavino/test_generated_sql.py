"""Nothing is searched in SQL that the framework has generated: objects and steps know it.

The first test reads the source, and the second runs everything that is done with such SQL.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from piccolo.apps.migrations.commands.backwards import backwards

import ottavino
from ottavino import Check, Index, Key, Publication, Role, Sequence, integer, text
from ottavino.declare import tokens
from ottavino.inspect.drift import find_drift
from ottavino.migrate.steps import CreateConcurrently, Step
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_app import APP_CONFIG
from tests.ottavino.migrate.project import Project, table

PACKAGE = Path(ottavino.__file__).parent
PARTS = ("declare", "migrate", "inspect", "query", "postgres", "sql")

BY_HAND = "It reads SQL that a person has written."
EARLIER = "It reads SQL of an older migration file, which states no facts and may be edited."
GRANTED = "It reads what a migration file has granted, and a person may have edited there."
CATALOG = "It reads SQL that PostgreSQL has written, which the catalog has in no other form."
QUOTING = "It quotes a text, or formats it as Python, and searches for nothing in it."
MESSAGE = "It shortens a text that is shown to people."
NO_SQL = "The text is not SQL."
GATE = (
    "It checks the statements of handlers before a session sends them, and refuses those that "
    "may reach beyond the caller: it trusts no statement, not even a generated one."
)
CONSTANT = "It removes the comments from a constant of the source, once."
LISTED = (
    "It reads a list of roles and privileges, which a query of the catalogs has put together, "
    "and puts the names of a role and of a shadow schema into constants of the source."
)
STAND_IN = "It replaces the name of a shadow schema. It is random, so nothing else has it."
ADDRESS = "It replaces the address with which the definition has written all of its statements."
REFUSED = "It finds the word that PostgreSQL has refused, at the place which its error names."
PARSER = "It reads the tokens of sqlglot."

ALLOWED = {
    "declare.as_found._named": BY_HAND,
    "declare.as_found.plain": QUOTING,
    "declare.column.default_sql": BY_HAND,
    "declare.constraint.Check.definition": BY_HAND,
    "declare.constraint.Exclude.definition": BY_HAND,
    "declare.database_function.FunctionDefinition.becomes": BY_HAND,
    "declare.database_function.FunctionDefinition.is_parsed": EARLIER,
    "declare.database_function.without_default": BY_HAND,
    "declare.definition.unindented": BY_HAND,
    "declare.domain.Domain.definitions": BY_HAND,
    "declare.foreign_policy.ForeignPolicy.definitions": BY_HAND,
    "declare.generated.only_newer": REFUSED,
    "declare.grant.PrivilegesDefinition.after": GRANTED,
    "declare.index.Index._clauses": BY_HAND,
    "declare.index.Key.sql": BY_HAND,
    "declare.partition.first_statement": BY_HAND,
    "declare.privilege": GRANTED,
    "declare.publication.Published.definition": BY_HAND,
    "declare.sequence.SequenceDefinition.named": ADDRESS,
    "declare.statistics.names_one": BY_HAND,
    "declare.taken_back": BY_HAND,
    "declare.tokens": BY_HAND,
    "declare.trigger.Trigger.definitions": BY_HAND,
    "declare.unstated": EARLIER,
    "declare.view._named": BY_HAND,
    "declare.with_triggers": BY_HAND,
    "inspect.adopt": CATALOG,
    "inspect.catalog.queried": LISTED,
    "inspect.catalog.__init__._renamed": STAND_IN,
    "inspect.dependents._with_names": CATALOG,
    "inspect.lint._renamed": STAND_IN,
    "inspect.matrix._policies": MESSAGE,
    "inspect.own_schema._statements": BY_HAND,
    "inspect.properties": CATALOG,
    "inspect.report._indented": MESSAGE,
    "inspect.shadow._execute": MESSAGE,
    "inspect.shadow_statements._made": BY_HAND,
    "inspect.shadow_statements._making": BY_HAND,
    "inspect.shadow_statements.of_step": BY_HAND,
    "inspect.strangers._creates": BY_HAND,
    "inspect.strangers.hand_written": BY_HAND,
    "migrate.earlier": EARLIER,
    "migrate.execution.Execution._take": BY_HAND,
    "migrate.execution._require_whole": BY_HAND,
    "migrate.hazards.default_partitions": BY_HAND,
    "migrate.hazards._is_open": BY_HAND,
    "migrate.hazards._restarted": BY_HAND,
    "migrate.migration": QUOTING,
    "migrate.occupied.Ownership.step": BY_HAND,
    "migrate.moves._arguments": BY_HAND,
    "migrate.platform.install": NO_SQL,
    "migrate.reading": BY_HAND,
    "migrate.render": QUOTING,
    "migrate.said._arguments": BY_HAND,
    "migrate.statements": BY_HAND,
    "migrate.transaction.execute": MESSAGE,
    "postgres.positions": NO_SQL,
    "postgres.quoting": QUOTING,
    "postgres.replica": NO_SQL,
    "postgres.statement": GATE,
    "postgres.transaction._without_comments": CONSTANT,
    "query.database_call": BY_HAND,
    "query.hand_written": BY_HAND,
    "sql": PARSER,
}
"""The places that search SQL, or cut it into pieces, each with its reason."""

READERS = {"ottavino.declare.tokens", "ottavino.migrate.statements"}
"""The modules that cut SQL into tokens by a regular expression."""

SURGERY = {
    *("endswith", "find", "partition", "removeprefix", "removesuffix", "replace", "rfind"),
    *("rpartition", "rsplit", "split", "splitlines", "startswith", "translate"),
}
"""The methods of a text that find something in it."""

SQL = {
    *("backwards", "body", "condition", "create", "creation", "drop", "expression", "forwards"),
    *("found", "interface", "removal", "snapshot", "sql", "statement", "text", "undo"),
}
"""How variables, attributes and methods are called that hold SQL; so are constants."""


class Place(NamedTuple):
    """A place in the source that reads a text."""

    where: str
    what: str

    def is_in(self, allowed: str) -> bool:
        return f"{self.where}.".startswith(f"{allowed}.")


def places(path: Path) -> Iterator[Place]:
    """The places of a module that may search SQL."""
    tree = ast.parse(path.read_text("utf-8"))
    readers = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {*READERS, "re"}
        for alias in node.names
    }
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for where, node in within(tree, module):
        if (isinstance(node, ast.Name) and node.id in readers) or is_search(node):
            yield Place(where, ast.unparse(node))


def within(node: ast.AST, where: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node under another, with the function or class that it is in."""
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        inside = f"{where}.{child.name}" if named else where
        yield inside, child
        yield from within(child, inside)


def is_search(node: ast.AST) -> bool:
    """Whether a node uses `re`, a method that finds something in SQL, or a slice of SQL."""
    match node:
        case ast.Attribute(value=ast.Name(id="re")):
            return True
        case ast.Call(func=ast.Attribute(value=of, attr=method)):
            return method in SURGERY and is_sql(of)
        case ast.Subscript(value=of, slice=ast.Slice()):
            return is_sql(of)
        case _:
            return False


def is_sql(node: ast.AST) -> bool:
    """Whether a value holds SQL, as its name says: `step.forwards()`, `(each.create or "")`."""
    match node:
        case ast.Name(id=name):
            return name in SQL or name.isupper()
        case ast.Attribute(attr=name):
            return name in SQL
        case ast.Call(func=of) | ast.Subscript(value=of):
            return is_sql(of)
        case ast.BoolOp(values=values):
            return any(map(is_sql, values))
        case _:
            return False


@pytest.mark.whole("parses all modules")
def test_each_place_that_searches_sql_has_a_reason() -> None:
    found = [
        place
        for part in PARTS
        for path in sorted((PACKAGE / part).rglob("*.py"))
        for place in places(path)
    ]
    assert [each for each in found if not any(map(each.is_in, ALLOWED))] == []
    # What a query of the catalogs puts together, it gives in parts too.
    assert [each for each in found if "creation" in each.what] == []
    # A reason for nothing would let something through later.
    assert [each for each in ALLOWED if not any(place.is_in(each) for place in found)] == []


class Recorded:
    """A regular expression that records the texts in which it searches."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.texts: set[str] = set()
        self.rendered: list[str] = []

    def match(self, sql: str, position: int = 0) -> re.Match[str] | None:
        self.texts.add(sql)
        # A piece of SQL that says of itself that it was rendered.
        self.rendered += [sql] if type(sql) is not str else []
        return self.pattern.match(sql, position)


def generated(step: Step) -> Iterator[str]:
    """The SQL of a step, and of the object that it makes."""
    yield from (step.forwards(), step.backwards())
    definition: Any = getattr(step, "definition", None) or getattr(step, "new", None)
    if definition is not None and not isinstance(definition, str):
        yield from (definition.create, definition.drop, definition.read)
    if isinstance(step, CreateConcurrently):
        yield from (*step.build.statements, step.inside.forwards())


@pytest.mark.whole("migrates there and back, and compares the whole catalog")
async def test_no_text_that_was_generated_is_cut_into_tokens(
    empty_database: Database, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the house and objects of other kinds are generated, applied, inspected, undone."""
    recorded = Recorded(tokens.TOKEN)
    monkeypatch.setattr(tokens, "TOKEN", recorded)
    house: Any = APP_CONFIG.table_classes
    title, size = text(max_length=9), integer()
    await project.migrate()
    shelves = table("shelves", title=title, size=size)
    project.declare(
        [*house, shelves],
        [Sequence("numbers"), Publication("changes", (shelves,))],
    )
    await project.migrate()
    objects = (
        Check("positive", "size > 0"),
        Index(title, Key("lower(title)"), name="titles", statistics=0, concurrently=True),
    )
    shelves = table("shelves", *objects, title=title, size=size)
    project.declare(
        [*house, shelves],
        [
            Sequence("numbers", increment=2, usage=(Role.SERVICE_ROLE,)),
            Publication("changes", (shelves,), operations=("insert",)),
        ],
    )
    await project.migrate()
    async with connected(empty_database.direct_url) as connection, connection.transaction():
        found = await find_drift(connection, project.declared, project.replayed)
    assert found.differences == []
    steps = [step for file in project.files for step in file.migration.steps]
    assert any(isinstance(step, CreateConcurrently) for step in steps)
    await backwards("db", "all", auto_agree=True)
    # What is granted is read, see above.
    made = {
        sql for step in steps for sql in generated(step) if sql and "revoke all on " not in sql
    }
    assert recorded.texts != set()
    assert [text for text in recorded.texts if any(sql in text for sql in made)] == []
    assert recorded.rendered == []
