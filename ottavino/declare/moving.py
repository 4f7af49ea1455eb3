"""Moves a table, a partition or a sequence to another schema, whatever names are taken there.

Its indexes and sequences move with it, and each needs a name that is free in its new schema. If
it is renamed too, neither its old name has to be free in the new schema, nor its new name in
the old one. So it gets its new names in an empty schema.
"""

from collections.abc import Sequence

from ottavino.postgres.quoting import identifier, literal, unquoted

BETWEEN = "ottavino_moving"
"""The empty schema, which is dropped at once."""


def moving(kind: str, old: str, new: str, renames: Sequence[str] = ()) -> str:
    """The statements that move a relation. Both names are qualified, as SQL has them.

    `renames` are statements for the indexes and sequences that get other names with it. They
    name the relation as `in_between` does.
    """
    (_, name), (schema, new_name) = old.split(".", 1), new.split(".", 1)
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
    return f"{BETWEEN}.{name.split('.', 1)[1]}"


def renamed_index(old: str, new: str) -> str:
    """The statement for an index of a relation that moves."""
    return f"alter index {BETWEEN}.{identifier(old)} rename to {identifier(new)}"


def _numbered(name: str, schema: str) -> str:
    """SQL that numbers the names of indexes and sequences of a relation that are taken in a
    schema. They are those that PostgreSQL made, because others are known to be free.
    """
    # A name in other letters than ASCII has more bytes than letters.
    base = "left(moved.relname, 60 - octet_length(moved.relname) + length(moved.relname))"
    return (
        "do $$\n"  # noqa: S608  # names of our own
        "declare\n"
        "    numbering text;\n"
        "begin\n"
        "    for numbering in\n"
        "        select format(\n"
        "            'alter %s %s rename to %I',\n"
        "            case moved.relkind when 'S' then 'sequence' else 'index' end,\n"
        "            moved.oid::regclass,\n"
        "            free\n"
        "        )\n"
        "        from pg_class as moved\n"
        "        join pg_class as taken on taken.relname = moved.relname\n"
        "        join pg_namespace on pg_namespace.oid = taken.relnamespace,\n"
        "        lateral (\n"
        f"            select {base} || number as free\n"
        "            from generate_series(1, 1000) as number\n"
        "            where not exists (\n"
        "                select from pg_class\n"
        f"                where relname = {base} || number\n"
        "                    and relnamespace in (moved.relnamespace, taken.relnamespace)\n"
        "            )\n"
        "            order by number\n"
        "            limit 1\n"
        "        ) as numbered\n"
        f"        where nspname = {literal(unquoted(schema))}\n"
        "            and moved.relkind in ('i', 'I', 'S')\n"
        "            and (\n"
        "                moved.oid in (\n"
        "                    select indexrelid from pg_index\n"
        f"                    where indrelid = {literal(name)}::regclass\n"
        "                )\n"
        "                or moved.oid in (\n"
        "                    select objid from pg_depend\n"
        "                    where classid = 'pg_class'::regclass\n"
        "                        and refclassid = 'pg_class'::regclass\n"
        f"                        and refobjid = {literal(name)}::regclass\n"
        "                        and deptype in ('a', 'i')\n"
        "                )\n"
        "            )\n"
        "    loop\n"
        "        execute numbering;\n"
        "    end loop;\n"
        "end\n"
        "$$"
    )
