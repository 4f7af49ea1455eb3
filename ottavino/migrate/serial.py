"""The sequences of serial columns, and their names."""

from ottavino.declare.definition import unqualified
from ottavino.postgres.quoting import LONGEST_NAME, identifier, literal

NUMBERED = 3
"""The most digits that are appended to a name that is taken."""


def rename_sequence(table: str, column: str) -> str:
    """SQL that names the sequence of a serial column as PostgreSQL would name a new one.

    The table and the column have their new names already.
    """
    return _named(RENAMING, table, column)


# Long names may differ only in the truncated part. An identity column keeps the name of its
# sequence when its table is renamed, so the name may be taken. No program uses it for that
# sequence, which therefore gets another one.
FREE = """\
do $$
declare
    sequence regclass := pg_get_serial_sequence({of});
    schema oid := (select relnamespace from pg_class where oid = {table}::regclass);
    taken regclass;
    number int := 1;
begin
    if (select relname from pg_class where oid = sequence) = {name} then
        return;
    end if;
    select oid into taken from pg_class
    where relnamespace = schema and relname = {name} and relkind = 'S';
    if taken is not null then
        while exists (
            select from pg_class
            where relnamespace = schema and relname = {shorter} || number
        ) loop
            number := number + 1;
        end loop;
        execute format('alter sequence %s rename to %I', taken, {shorter} || number);
    end if;
"""
FREEING = f"{FREE}end\n$$"
RENAMING = f"""\
{FREE}\
    execute format('alter sequence %s rename to %I', sequence, {{name}});
end
$$"""


def free_sequence_name(table: str, column: str) -> str:
    """SQL that gives another name to a sequence with the name that PostgreSQL would give a new
    one of a column.
    """
    return _named(FREEING, table, column)


def _named(statements: str, table: str, column: str) -> str:
    return statements.format(
        # Due to the cast, a shadow database recognises the table's name.
        of=f"{literal(table)}::regclass::text, {literal(column)}",
        table=literal(table),
        name=literal(sequence_name(table, column)),
        shorter=literal(sequence_name(table, column, NUMBERED)),
    )


def rename_own_sequence(table: str, column: str, old: str) -> str:
    """SQL that renames the sequence of an identity column, if it has the old name and the new
    one is free: a sequence with a name of its own keeps it.

    The table and the column have their new names already.
    """
    return RENAMING_OWN.format(
        of=f"{literal(table)}::regclass::text, {literal(column)}",
        old=literal(old),
        name=literal(sequence_name(table, column)),
    )


RENAMING_OWN = """\
do $$
declare
    sequence regclass := pg_get_serial_sequence({of});
    schema oid := (select relnamespace from pg_class where oid = sequence);
begin
    if (select relname from pg_class where oid = sequence) = {old} and not exists (
        select from pg_class where relnamespace = schema and relname = {name}
    ) then
        execute format('alter sequence %s rename to %I', sequence, {name});
    end if;
end
$$"""


def go_on(table: str, column: str) -> str:
    """SQL that lets the new sequence of a column go on after the greatest number that a row
    has.
    """
    return (
        "select setval(\n"
        f"    pg_get_serial_sequence({literal(table)}::regclass::text, {literal(column)}),\n"
        f"    max({identifier(column)})\n"
        ")\n"
        f"from {table}\n"
        # The first number that it would give by itself.
        f"having max({identifier(column)}) >= 1"
    )


def with_privileges(table: str, column: str, sql: str) -> str:
    """SQL that gives a column another sequence, with the privileges that there were on the old
    one, and no others.
    """
    of = f"pg_get_serial_sequence({literal(table)}::regclass::text, {literal(column)})"
    return f"{READING.format(of=of)};\n{sql};\n{GRANTING.format(of=of)}"


READING = """\
select set_config('ottavino.on_sequence', coalesce(string_agg(
    format(
        'grant %s on sequence %%s to %s', privilege_type,
        case grantee when 0 then 'public' else grantee::regrole::text end
    ) || case when is_grantable then ' with grant option' else '' end,
    '; '
), ''), true)
from pg_class, aclexplode(relacl)
where oid = {of}::regclass and grantee <> relowner"""
GRANTING = """\
do $$
declare
    sequence text := {of};
    granted text;
begin
    -- What default privileges have granted.
    for granted in
        select distinct case grantee when 0 then 'public' else grantee::regrole::text end
        from pg_class, aclexplode(relacl)
        where oid = sequence::regclass and grantee <> relowner
    loop
        execute format('revoke all on sequence %s from %s', sequence, granted);
    end loop;
    execute replace(current_setting('ottavino.on_sequence'), '%s', sequence);
end
$$"""


def recorded_renaming(table: str, column: str) -> str:
    """The SQL in whose place `rename_sequence` runs now: it failed if the name was taken."""
    of = f"{literal(table)}::regclass::text, {literal(column)}"
    new = literal(sequence_name(table, column))
    return (
        "do $$\n"  # noqa: S608  # names of our own
        "declare\n"
        f"    sequence regclass := pg_get_serial_sequence({of});\n"
        "begin\n"
        # Long names may differ only in the truncated part.
        f"    if (select relname from pg_class where oid = sequence) <> {new} then\n"
        f"        execute format('alter sequence %s rename to %I', sequence, {new});\n"
        "    end if;\n"
        "end\n"
        "$$"
    )


def sequence_name(table: str, column: str, spare: int = 0) -> str:
    """The name that PostgreSQL gives the sequence of a serial column; `spare` bytes of the
    longest name are left.
    """
    parts = [unqualified(table).encode(), column.encode()]
    while len(b"_".join(parts)) + len("_seq") + spare > LONGEST_NAME:
        longer = int(len(parts[0]) <= len(parts[1]))
        parts[longer] = parts[longer][:-1]
    return "_".join([*(part.decode(errors="ignore") for part in parts), "seq"])
