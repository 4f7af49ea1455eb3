"""Moves a table, a partition or a sequence to another schema, whatever names are taken there.

Its indexes and sequences move with it, and each needs a name that is free in its new schema. If
it is renamed too, neither its old name has to be free in the new schema, nor its new name in
the old one. So it gets its new names in an empty schema.
"""

from collections.abc import Sequence

from ottavino.postgres.quoting import identifier, literal, split_name

BETWEEN = "ottavino_moving"
"""The empty schema, which is dropped at once."""


def moving(kind: str, old: str, new: str, renames: Sequence[str] = ()) -> str:
    """The statements that move a relation. Both names are qualified, as SQL has them.

    `renames` are statements for the indexes and sequences that get other names with it. They
    name the relation as `in_between` does.
    """
    (_, name), (schema, new_name) = split_name(old), split_name(new)
    if name == new_name and not renames:
        return ";\n".join([_numbered(old, schema), f"alter {kind} {old} set schema {schema}"])
    between = in_between(new)
    renamed = [f"alter {kind} {in_between(old)} rename to {new_name}"]
    return ";\n".join(
        [
            f"create schema {BETWEEN}",
            f"alter {kind} {old} set schema {BETWEEN}",
            *(renamed if name != new_name else []),
            *renames,
            _numbered(between, schema),
            f"alter {kind} {between} set schema {schema}",
            f"drop schema {BETWEEN}",
        ]
    )


def in_between(name: str) -> str:
    """The name of a relation in the empty schema."""
    return f"{BETWEEN}.{split_name(name)[-1]}"


def renamed_index(old: str, new: str) -> str:
    """The statement for an index of a relation that moves."""
    return f"alter index {BETWEEN}.{identifier(old)} rename to {identifier(new)}"


def _numbered(name: str, schema: str) -> str:
    """SQL that frees the names of the indexes and sequences of a relation in a schema: it
    appends a number to the name of one of the two that have it.
    """
    return NUMBERING.format(
        of=f"{literal(name)}::regclass", schema=literal(schema), shortened=SHORTENED
    )


# A name in other letters than ASCII has more bytes than letters.
SHORTENED = "left(moved.relname, 60 - octet_length(moved.relname) + length(moved.relname))"
"""The SQL for a name to which three digits can be appended."""

# No program names an index or a sequence that PostgreSQL has made. Drift compares the name of a
# serial column's sequence, so then the other one is renamed.
NUMBERING = """\
do $$
declare
    renaming text;
begin
    for renaming in
        select format('alter %s %s rename to %I', kind, one, free)
        from pg_class as moved
        join pg_class as there on there.relname = moved.relname,
        lateral (
            select
                case moved.relkind when 'S' then 'sequence' else 'index' end as kind,
                case when moved.relkind = 'S' and exists (
                    select from pg_depend where objid = moved.oid and deptype = 'a'
                ) then there.oid else moved.oid end::regclass as one
        ) as chosen,
        lateral (
            select {shortened} || number as free
            from generate_series(1, 999) as number
            where not exists (
                select from pg_class
                where relname = {shortened} || number
                    and relnamespace in (moved.relnamespace, there.relnamespace)
            )
            order by number
            limit 1
        ) as numbered
        where there.relnamespace = {schema}::regnamespace
            and moved.oid in (
                select indexrelid from pg_index where indrelid = {of}
                union all
                select objid from pg_depend
                where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
                    and refobjid = {of} and refobjsubid > 0
            )
    loop
        execute renaming;
    end loop;
end
$$"""
