"""The properties of a table that no helper declares, by their SQL."""

from collections.abc import Iterator

from ottavino.identity import Role
from ottavino.inspect.adopt.column_source import is_serial
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundColumn
from ottavino.inspect.adopt.grants import grants_on
from ottavino.inspect.catalog import AFTERWARDS, TIED, WITHOUT, CatalogObject
from ottavino.migrate.table_steps import sequence_name
from ottavino.postgres.quoting import identifier, literal

REPLICA_IDENTITIES = {"n": "nothing", "f": "full"}
COMMENTED = {
    "check constraint": "check",
    "exclusion constraint": "exclusion",
    "foreign key": "foreign-key",
    "primary key": "primary-key",
    "unique constraint": "unique",
}
"""The kinds of constraints in migrations, which make a comment after all of them."""
DECLARED_OPTIONS = ("security_invoker", "security_barrier")
"""The options of views that a class declares, in its order."""
SET_LATER = AFTERWARDS | TIED
"""The properties of parts that their creation does not set."""
TRUE = ("true", "on", "yes", "1")
"""How such an option may be spelled."""


def details(draft: Draft) -> Iterator[str]:
    """Options, persistence, the replica identity, and what is set on parts afterwards."""
    yield from _afterwards(draft)
    yield from _options(draft)
    table = draft.table.full_name
    if draft.table.persistence == "u":
        yield draft.detail(
            "persistence",
            f"alter table {table} set unlogged",
            f"alter table {table} set logged",
        )
    how = REPLICA_IDENTITIES.get(draft.table.replica_identity)
    if draft.table.replica_index is not None:
        yield draft.detail(
            "replica identity",
            f"alter table {table} replica identity using index "
            f"{identifier(draft.table.replica_index)}",
            f"alter table {table} replica identity default",
        )
    elif how is not None and draft.table.noun == "table":
        yield draft.detail(
            "replica identity",
            f"alter table {table} replica identity {how}",
            f"alter table {table} replica identity default",
        )
    for column in draft.table.columns:
        if draft.table.kind == "v" and column.default is not None:
            alter = f"alter view {table} alter column {identifier(column.name)}"
            yield draft.detail(
                f"default of {column.name}",
                f"{alter} set default {column.default}",
                f"{alter} drop default",
            )
        if column.identity or is_serial(column, draft.table.name, draft.table.schema_):
            yield from _sequence(draft, column)
        elif column.sequence is not None:
            yield _ownership(draft, column)


def declared_options(options: list[str] | None) -> set[str]:
    """The options of a view that its class declares."""
    given = {*(options or ())}
    return {name for name in DECLARED_OPTIONS if given & {f"{name}={value}" for value in TRUE}}


def _options(draft: Draft) -> Iterator[str]:
    """Storage parameters, or the options of a view as they are spelled."""
    options = draft.table.options or []
    of_class = declared_options(options) if draft.table.kind == "v" else set[str]()
    made = [f"{name}=true" for name in DECLARED_OPTIONS if name in of_class]
    if options == made:
        return
    alter = f"alter {draft.table.noun} {draft.table.full_name}"
    names = ", ".join(each.partition("=")[0] for each in options)
    # PostgreSQL keeps the order in which they are set.
    before = [f"{alter} reset ({', '.join(of_class)})"] if of_class else []
    again = [f"{alter} set ({', '.join(made)})"] if made else []
    yield draft.detail(
        "options",
        ";\n".join([*before, f"{alter} set ({', '.join(options)})"]),
        ";\n".join([f"{alter} reset ({names})", *again]),
    )


def _sequence(draft: Draft, column: FoundColumn) -> Iterator[str]:
    """The sequence of a column: how it counts, its name, and who may use it."""
    table = draft.table
    own = identifier(sequence_name(table.full_name, column.name))
    made = f"{identifier(table.schema_)}.{own}"
    # The sequence of an identity may have been renamed, that of a serial has its own name.
    sequence = column.sequence or made
    statements: list[str] = []
    if sequence != made:
        statements.append(f"alter sequence {made} rename to {sequence.rpartition('.')[2]}")
    if column.counts:
        statements.append(_counting(draft, column, sequence, column.counts))
    if column.sequence_comment:
        comment = literal(column.sequence_comment)
        statements.append(f"comment on sequence {sequence} is {comment}")
    granted = column.sequence_privileges or ()
    revoke = f"revoke all on sequence {sequence} from"
    if granted or column.identity == "":
        statements.append(f"{revoke} public, {', '.join(Role)}")
    statements += grants_on(f"sequence {sequence}", granted)
    if statements:
        roles = ", ".join(dict.fromkeys(["public", *Role, *(e.role for e in granted)]))
        undone = [f"{revoke} {roles}"]
        if column.sequence_comment:
            undone.append(f"comment on sequence {sequence} is null")
        if column.counts:
            plain = "set start 1 set increment 1 set no minvalue set no maxvalue set cache 1"
            kind = f"as {column.type} " if column.counts.startswith("as ") else ""
            plain = f"{kind}{plain} set no cycle"
            undone.append(_counting(draft, column, sequence, plain))
        if sequence != made:
            undone.append(f"alter sequence {sequence} rename to {own}")
        yield draft.detail(
            f"sequence of {column.name}", ";\n".join(statements), ";\n".join(undone)
        )


def _counting(draft: Draft, column: FoundColumn, sequence: str, counts: str) -> str:
    """The statement that gives the sequence of a column other options. Its numbers go on, or
    begin with the first that no row has if none was taken, as in a database that migrations
    build, or if the last one is none of the new numbers.
    """
    alter = f"alter sequence {sequence} {counts.replace('set ', '')}"
    if column.identity:
        place = f"{draft.table.full_name} alter column {identifier(column.name)}"
        alter = f"alter table {place} {counts}"
    return COUNTING.format(
        sequence=sequence,
        of=literal(sequence),
        alter=alter,
        column=identifier(column.name),
        table=draft.table.full_name,
    )


COUNTING = """\
do $$
begin
    if (
        select is_called or last_value <> seqstart
        from {sequence}
        join pg_sequence on seqrelid = {of}::regclass
    ) then
        begin
            {alter};
            return;
        exception when invalid_parameter_value then
            null;
        end;
    end if;
    {alter} restart;
    perform setval(seqrelid::regclass, number)
    from pg_sequence, lateral (
        select case when seqincrement > 0 then max({column}) else min({column}) end as number
        from {table}
    ) as there
    where seqrelid = {of}::regclass
        and number between case when seqincrement > 0 then seqstart else seqmin end
            and case when seqincrement > 0 then seqmax else seqstart end;
end
$$"""


def _ownership(draft: Draft, column: FoundColumn) -> str:
    """The tie between a column and a sequence that is declared by itself."""
    owned = f"alter sequence {column.sequence} owned by"
    of = f"{draft.table.full_name}.{identifier(column.name)}"
    return draft.detail(f"sequence of {column.name}", f"{owned} {of}", f"{owned} none")


def _afterwards(draft: Draft) -> Iterator[str]:
    """The properties of parts that are set by a statement after their creation."""
    for kind, entries in draft.parts.items():
        for each in entries:
            for facet in sorted(SET_LATER & each.facets.keys() & each.changes.keys()):
                if (kind, facet) == ("column", "comment"):
                    continue
                undone = each.changes.get(f"{WITHOUT}{facet}") or _undone(draft, each, facet)
                if kind in COMMENTED and facet == "comment":
                    on = f"on {COMMENTED[kind]} {draft.table.full_name}.{draft.own_name(each)}"
                    yield draft.as_found("comment", on, each.changes[facet], undone)
                else:
                    yield draft.detail(f"{facet} of {each}", each.changes[facet], undone)


def _undone(draft: Draft, part: CatalogObject, facet: str) -> str:
    """The statement that gives a part PostgreSQL's default again."""
    table = draft.table.full_name
    own = part.name.removeprefix(f"{table}.")
    match part.kind, facet:
        case "column", "statistics":
            return f"alter table {table} alter column {own} set statistics -1"
        case "index", "statistics":
            keys = [each.split()[1].rstrip(":") for each in part.facets[facet].split(", ")]
            alter = f"alter index {part.name} alter column"
            return ";\n".join(f"{alter} {key} set statistics -1" for key in keys)
        case _, "fires":
            return f"alter table {table} enable {part.kind} {own}"
        case "index" | "statistics" as kind, "comment":
            return f"comment on {kind} {part.name} is null"
        case kind, "comment":
            noun = "constraint" if kind in COMMENTED else kind
            return f"comment on {noun} {own} on {table} is null"
        case _:
            return ""
