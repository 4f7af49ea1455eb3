"""What a run would make, and what is there already though no migration made it.

`create or replace` would overwrite it without a word, so it is looked for before anything
runs. The files that have run say what is ours. Of statements written by hand one knows what
they create, and not what else they do: what comes after them is looked for when they have run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from ottavino.declare.definition import Definition
from ottavino.migrate.statements import statements
from ottavino.migrate.steps import (
    AddColumn,
    Create,
    CreateConcurrently,
    CreateTable,
    Execute,
    RenameColumn,
    RenameTable,
    Step,
    Undo,
)
from ottavino.postgres.connection import Connection

# What is not in this list changes a table of ours, and makes nothing.
CONSTRAINTS = {"check", "unique", "primary-key", "foreign-key"}
PARTS = {"column", "policy", "trigger", "constraint"}

THERE = """
    select coalesce(
        case
            when kind = 'relation' then (
                select format('%s %s.%s', noun, nspname, taken.name)
                from pg_namespace, lateral (
                    select 'type' as noun, typname as name from pg_type
                    where typnamespace = pg_namespace.oid
                    union all
                    select
                        case relkind
                            when 'r' then 'table'
                            when 'p' then 'table'
                            when 'v' then 'view'
                            when 'm' then 'materialized view'
                            when 'i' then 'index'
                            when 'I' then 'index'
                            when 'S' then 'sequence'
                            else 'relation'
                        end,
                        relname
                    from pg_class where relnamespace = pg_namespace.oid
                ) as taken
                where nspname = place and taken.name = wanted.name
                order by noun = 'type'
                limit 1
            )
            when kind = 'function' then (
                select format('function %s.%s', nspname, proname)
                from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
                where nspname = place and proname = wanted.name
                limit 1
            )
            when kind = 'column' and exists (
                select from pg_attribute
                where attrelid = to_regclass(place) and attname = wanted.name
                    and not attisdropped
            ) or kind = 'policy' and exists (
                select from pg_policy
                where polrelid = to_regclass(place) and polname = wanted.name
            ) or kind = 'trigger' and exists (
                select from pg_trigger
                where tgrelid = to_regclass(place) and tgname = wanted.name
                    and not tgisinternal
            ) or kind = 'constraint' and exists (
                select from pg_constraint
                where conrelid = to_regclass(place) and conname = wanted.name
            ) then format('%s %s.%s', kind, place, wanted.name)
        end
    , '') as found
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality
        as wanted (kind, place, name, position)
    order by position
"""

# Everything that goes along with a function, but for one trigger.
FOLLOWERS = """
    select string_agg(distinct pg_describe_object(classid, objid, objsubid), ' and ')
    from pg_depend
    where refclassid = 'pg_proc'::regclass and refobjid = to_regprocedure($1)
        and deptype in ('n', 'a')
        and not (
            classid = 'pg_trigger'::regclass and objid in (
                select oid from pg_trigger
                where tgrelid = to_regclass($2) and tgname = $3
            )
        )
"""


HEAD = 9
"""By which word a statement has said what it creates: `create unique index if not exists …`."""

PROBE = "0077a417 is looked for"
"""A comment that nothing has, and that is rolled back at once."""


class Claim(NamedTuple):
    """A name that a step takes."""

    kind: str
    place: str
    """The schema, or the table with its schema."""
    name: str
    signature: str = ""
    """Of a function, with its schema and its arguments."""


@dataclass(slots=True)
class Ownership:
    """Which names are ours, followed through the steps that have run and those that run."""

    ours: set[Claim] = field(default_factory=set[Claim])
    _changed: set[Claim] = field(default_factory=set[Claim])
    """What a run has made, or given back: nobody else can have taken it."""
    _by_hand: set[str] = field(default_factory=set[str])
    """Words that stand where a statement of a migration says what it creates."""

    def follow(self, steps: Iterable[Step]) -> None:
        """Take in steps that have run."""
        for step in steps:
            self.step(step)
        self._changed.clear()

    def new(self, step: Step, *, backwards: bool = False) -> list[Claim]:
        """What has to be nowhere in the database before a step."""
        made, _ = claims(step)[::-1] if backwards else claims(step)
        return [each for each in made if not self._is_known(each)]

    def step(self, step: Step, *, backwards: bool = False) -> None:
        """Take in a step that runs."""
        made, unmade = claims(step)[::-1] if backwards else claims(step)
        self.ours.difference_update(unmade)
        self.ours.update(made)
        self._changed |= {*made, *unmade}
        if isinstance(step, Execute):
            for words in statements(step.undo if backwards else step.sql):
                self._by_hand.update(words[1:HEAD] if words[:1] == ["create"] else ())

    def copy(self) -> "Ownership":
        """The same, to be followed apart."""
        return Ownership(set(self.ours), set(self._changed), set(self._by_hand))

    def known(self) -> set[Claim]:
        """The names that are ours, or have been in this run."""
        return self.ours | self._changed

    def _is_known(self, claim: Claim) -> bool:
        if claim in self.known() or claim.name in self._by_hand:
            return True
        # Nobody else has seen a table that the same run makes.
        schema, _, table = claim.place.rpartition(".")
        return claim.kind in PARTS and Claim("relation", schema, table) in self._changed


def claims(step: Step) -> tuple[list[Claim], list[Claim]]:
    """The names that a step takes, and those that it gives back."""
    match step:
        case Undo(undone):
            return [], [*_made(undone)]
        case RenameTable(table):
            return [*_made(step)], [_table(table)]
        case RenameColumn(table, old):
            return [*_made(step)], [Claim("column", table, old)]
        case _:
            return [*_made(step)], []


def ahead(
    steps: Iterable[Step], ownership: Ownership, *, backwards: bool = False
) -> Iterator[Claim]:
    """What has to be absent before the first step, as far as that can be known."""
    for step in steps:
        if isinstance(step, Execute):
            return
        yield from ownership.new(step, backwards=backwards)
        ownership.step(step, backwards=backwards)


async def occupied(
    connection: Connection, wanted: Sequence[Claim], ownership: Ownership
) -> list[str]:
    """What is there already of some names, each with its kind."""
    if not wanted:
        return []
    columns = [[each[number] for each in wanted] for number in range(3)]
    rows = await connection.fetch(THERE, *columns)
    return [
        f"function {claim.signature}" if claim.kind == "function" else row["found"]
        for claim, row in zip(wanted, rows, strict=True)
        if row["found"]
        and (claim.kind != "function" or await _is_taken(connection, claim, ownership))
    ]


async def followers(connection: Connection, definition: Definition) -> str | None:
    """What is not ours and would be dropped along with an object of ours."""
    match [*_claims(definition)]:
        case [function, trigger] if function.kind == "function":
            return await connection.fetchval(
                FOLLOWERS, function.signature, trigger.place, trigger.name
            )
        case _:
            return None


async def _is_taken(connection: Connection, claim: Claim, ownership: Ownership) -> bool:
    """Whether there is a function with the same arguments, which is not ours."""
    there = await _routine(connection, claim.signature)
    if there is None:
        return False
    # An argument of ours may have got another name.
    ours = [each for each in ownership.known() if each[:3] == claim[:3]]
    return there not in [await _routine(connection, each.signature) for each in ours]


async def _routine(connection: Connection, signature: str) -> int | None:
    """The oid of a function, 0 if it belongs to a role that ours is no member of.

    PostgreSQL alone reads arguments as it does, and only of a statement that is about them.
    """
    await connection.execute("savepoint probe")
    try:
        await connection.execute(f"comment on routine {signature} is '{PROBE}'")
        return await connection.fetchval(
            "select objoid from pg_description "
            "where classoid = 'pg_proc'::regclass and description = $1",
            PROBE,
        )
    except (asyncpg.UndefinedFunctionError, asyncpg.UndefinedObjectError):
        return None
    except asyncpg.InsufficientPrivilegeError:
        return 0
    finally:
        await connection.execute("rollback to savepoint probe; release savepoint probe")


def _made(step: Step) -> Iterator[Claim]:
    match step:
        case CreateTable(table):
            yield _table(table)
        case RenameTable():
            yield _table(step.new)
        case AddColumn(table, column):
            yield Claim("column", table, column)
        case RenameColumn(table):
            yield Claim("column", table, step.new)
        case Create(definition) | CreateConcurrently(definition):
            yield from _claims(definition)
        case _:
            pass


def _claims(definition: Definition) -> Iterator[Claim]:
    kind, _, name = definition.name.partition(" ")
    match kind:
        case "function":
            yield _function(name)
        case "index":
            schema, _, own = name.partition(".")
            yield Claim("relation", schema, own)
        case "generated" | "policy" | "trigger":
            if kind == "trigger" and definition.drop.startswith("drop function "):
                function = definition.drop.removeprefix("drop function ")
                yield _function(function.removesuffix(" cascade"))
            yield _part("column" if kind == "generated" else kind, name)
        case _ if kind in CONSTRAINTS:
            yield (part := _part("constraint", name))
            if kind in {"unique", "primary-key"}:
                yield Claim("relation", part.place.partition(".")[0], part.name)
        case _:
            pass


def _table(name: str) -> Claim:
    schema, _, table = name.rpartition(".")
    return Claim("relation", schema, table)


def _part(kind: str, name: str) -> Claim:
    schema, table, own = name.split(".", 2)
    return Claim(kind, f"{schema}.{table}", own)


def _function(signature: str) -> Claim:
    schema, _, name = signature.partition("(")[0].rpartition(".")
    return Claim("function", schema, name.strip('"').replace('""', '"'), signature)
