"""Finds names that a run would create, but that objects of others already have.

`create or replace` would silently overwrite such an object, so they are looked up before
anything runs. Objects that applied files have created are ours. For a hand-written statement,
the object that it creates is known, but not its other effects. Names that are created after it
are therefore checked only after it has run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import asyncpg

from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Claim, Definition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.declare.with_triggers import created_triggers, has_triggers
from ottavino.migrate.statements import statements
from ottavino.migrate.steps import Execute, Step
from ottavino.migrate.table_steps import relation
from ottavino.postgres.connection import Connection

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

# Everything that would be dropped with a function, except one trigger.
FOLLOWERS = """
    select string_agg(distinct pg_describe_object(classid, objid, objsubid), ' and ')
    from pg_depend
    where refclassid = 'pg_proc'::regclass and refobjid = to_regprocedure($1)
        and deptype in ('n', 'a')
        and not (
            classid = 'pg_trigger'::regclass and objid in (
                select pg_trigger.oid
                from unnest($2::text[], $3::text[]) as ours (relation, name)
                join pg_trigger on tgrelid = to_regclass(relation) and tgname = name
            )
        )
"""


HEAD = 9
"""The most words before the name: `create unique index if not exists …`."""

PROBE = "0077a417 is looked for"
"""A comment that no object has; setting it is rolled back at once."""


@dataclass(slots=True)
class Ownership:
    """The names that are ours, after the applied steps and those of this run."""

    ours: set[Claim] = field(default_factory=set[Claim])
    _changed: set[Claim] = field(default_factory=set[Claim])
    """Names that this run has created or dropped: no other object can have them."""
    _by_hand: set[str] = field(default_factory=set[str])
    """The words after `create` in hand-written statements, among which is the created name."""

    def follow(self, steps: Iterable[Step]) -> None:
        """Record steps that have run."""
        for step in steps:
            self.step(step)
        self._changed.clear()

    def new(self, step: Step, *, backwards: bool) -> list[Claim]:
        """The names that a step creates, and that must be free before it."""
        taken = step.frees if backwards else step.takes
        return [each for each in taken if not self._is_known(each)]

    def step(self, step: Step, *, backwards: bool = False) -> None:
        """Record a step that runs now."""
        taken, freed = (step.frees, step.takes) if backwards else (step.takes, step.frees)
        self.ours.difference_update(freed)
        self.ours.update(taken)
        self._changed |= {*taken, *freed}
        if isinstance(step, Execute):
            for words in statements(step.undo if backwards else step.sql):
                self._by_hand.update(words[1:HEAD] if words[:1] == ["create"] else ())

    def copy(self) -> "Ownership":
        """A copy, whose records are separate."""
        return Ownership(set(self.ours), set(self._changed), set(self._by_hand))

    def known(self) -> set[Claim]:
        """The names that are ours, or were in this run."""
        return self.ours | self._changed

    def _is_known(self, claim: Claim) -> bool:
        if claim in self.known() or claim.name in self._by_hand:
            return True
        # No other session has seen a table that the same run creates.
        return claim.kind in PARTS and relation(claim.place) in self._changed


def ahead(steps: Iterable[Step], ownership: Ownership, *, backwards: bool) -> Iterator[Claim]:
    """The names that must be free before the first step, as far as they are known."""
    for step in steps:
        if isinstance(step, Execute):
            return
        yield from ownership.new(step, backwards=backwards)
        ownership.step(step, backwards=backwards)


async def occupied(
    connection: Connection, wanted: Sequence[Claim], ownership: Ownership
) -> list[str]:
    """The objects that already have one of some names, each with its kind."""
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
    """The objects that are not ours, and would be dropped with a function and its triggers."""
    match definition:
        case TriggerDefinition(function=function) if function:
            signature = function
            ours = [(definition.table, definition.own_name)]
        case FunctionDefinition() if has_triggers(definition.drop):
            signature = definition.full_name
            ours = created_triggers(definition.create)
        case _:
            return None
    tables, names = [table for table, _ in ours], [name for _, name in ours]
    return await connection.fetchval(FOLLOWERS, signature, tables, names)


async def _is_taken(connection: Connection, claim: Claim, ownership: Ownership) -> bool:
    """Whether a function with the same arguments exists that is not ours."""
    there = await _routine(connection, claim.signature)
    if there is None:
        return False
    # An argument of our function may have been renamed.
    ours = [each for each in ownership.known() if each[:3] == claim[:3]]
    return there not in [await _routine(connection, each.signature) for each in ours]


async def _routine(connection: Connection, signature: str) -> int | None:
    """The oid of a function, 0 if it belongs to a role that ours is no member of.

    Only PostgreSQL can parse the arguments, and only in a statement that names the function.
    """
    await connection.execute("savepoint probe")
    try:
        await connection.execute(f"comment on routine {signature} is '{PROBE}'")
        return await connection.fetchval(
            "select objoid from pg_description "
            "where classoid = 'pg_proc'::regclass and description = $1",
            PROBE,
        )
    except (
        asyncpg.UndefinedFunctionError,
        asyncpg.UndefinedObjectError,
        # The schema of a type that the same run creates.
        asyncpg.InvalidSchemaNameError,
    ):
        return None
    except asyncpg.InsufficientPrivilegeError:
        return 0
    finally:
        await connection.execute("rollback to savepoint probe; release savepoint probe")
