"""Partitions: tables that hold a part of another's rows."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from ottavino.declare.definition import Claim, Definition, renaming, unqualified
from ottavino.declare.fitting import require_declared
from ottavino.declare.moving import in_between, moving
from ottavino.declare.tokens import tokens
from ottavino.declare.type_name import sql_name
from ottavino.identity import Role
from ottavino.postgres.quoting import LONGEST_NAME, literal, schema_of, split_name


@dataclass(frozen=True, slots=True)
class PartitionDefinition(Definition):
    """The definition of a partition for migrations."""

    kind: ClassVar[str] = "partition"
    rank: ClassVar[int] = 28
    parent: str = field(default="", compare=False, kw_only=True)
    """The table whose rows it holds; empty if it is read from a file."""
    bounds: str = field(default="", compare=False, kw_only=True)
    """The SQL after that table's name; empty if it is read from a file."""

    @classmethod
    def of(cls, name: str, parent: str, bounds: str) -> Self:
        """The partition of a name, with its schema."""
        table = sql_name(name)
        return cls(
            f"partition {name}",
            f"create table {table} partition of {parent} {bounds};\n"
            f"alter table {table} enable row level security;\n"
            f"alter table {table} force row level security;\n"
            f"revoke all on {table} from public, {', '.join(Role)}",
            f"drop table {table}",
            uses={parent: ()},
            parent=parent,
            bounds=bounds,
        )

    @property
    def own_name(self) -> str:
        """Its name with its schema, because it moves to another schema with its table."""
        return self.full_name

    @property
    def called(self) -> str:
        """The table as a view names it, which reads this partition alone."""
        return sql_name(self.full_name)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a relation of its schema."""
        return (Claim("relation", schema_of(self.full_name), unqualified(self.full_name)),)

    def becomes(self, new: Definition) -> bool:
        """Refuse other SQL, because creating the partition again would lose its rows."""
        if self == new:
            return True
        if self.made == first_statement(new.create):
            raise ValueError(
                f"The SQL of the partition {self.full_name} beside its bounds has changed, and "
                "nothing says how its constraints, defaults and options are changed in place. "
                "Creating it again would lose its rows: leave its AsFound as it was. What is "
                "new on the partition can be an AsFound of its own: "
                f'AsFound("policy {self.full_name}.…", …).'
            )
        raise ValueError(
            f"The partition {self.full_name} has other bounds or another table now. "
            f"Creating it again would lose its rows: declare another partition, and move "
            f"the rows with migration.execute."
        )

    @property
    def made(self) -> str:
        """The statement that makes it, without those that follow."""
        return first_statement(self.create)

    def is_renamed(self, new: Self, parent: str) -> bool:
        """Whether another declaration is this one, under another name or of a renamed table.
        `parent` is the former name of its table.
        """
        return self.create == self.of(self.full_name, parent, new.bounds).create

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if the names are the same. In an older file, it may
        be in another schema too.
        """
        table = sql_name(new)
        return ";\n".join(
            [*renaming("table", sql_name(old), table), *_index_renames(table, old, new)]
        )

    def move_from(self, old: str) -> str:
        """The SQL that moves it here, and renames it."""
        table = sql_name(self.full_name)
        indexes = _index_renames(in_between(table), old, self.full_name)
        return moving("table", sql_name(old), table, indexes)

    def moving_rows(self, default: str) -> str:
        """A sentence that says how to move its rows out of the default partition, and back."""
        parent = sql_name(next(iter(self.uses or ()), self.parent))
        default = sql_name(default)
        detach = f"alter table {parent} detach partition {default}"
        attach = f"alter table {parent} attach partition {default} default"
        return (
            "To move these rows, add two steps to the file. Before this partition: "  # noqa: S608  # it is only shown
            f"migration.execute('{detach}', backwards='{attach}'). After it: "
            f"migration.execute('with moved as (delete from {default} where … returning *) "
            f"insert into {parent} select * from moved; {attach}', backwards='{detach}; "
            f"insert into {default} select * from {sql_name(self.full_name)}')."
        )


def first_statement(sql: str) -> str:
    """The first of some statements, in lower case and with single spaces between its words."""
    end = next((each.start for each in tokens(sql) if each.text == ";"), len(sql))
    return " ".join(sql[:end].lower().split())


def _index_renames(table: str, old: str, new: str) -> list[str]:
    names = (unqualified(old), unqualified(new))
    return [] if names[0] == names[1] else [_rename_indexes(table, *names)]


def _rename_indexes(table: str, old: str, new: str) -> str:
    """SQL that names the indexes of a renamed partition as PostgreSQL would name new ones."""
    becomes = f"{literal(new)} || substr(relname, {len(old) + 1})"
    return (
        "do $$\n"  # noqa: S608  # names of our own
        "declare\n"
        "    renaming text;\n"
        "begin\n"
        "    for renaming in\n"
        "        select format('alter index %s rename to %I', indexrelid::regclass, becomes)\n"
        "        from pg_index\n"
        "        join pg_class on pg_class.oid = indexrelid,\n"
        f"        lateral (select {becomes} as becomes) as named\n"
        f"        where indrelid = {literal(table)}::regclass\n"
        f"            and starts_with(relname, {literal(f'{old}_')})\n"
        # PostgreSQL shortens a longer name in the middle, and numbers one that is taken.
        f"            and octet_length(becomes) <= {LONGEST_NAME}\n"
        "            and not exists (\n"
        "                select from pg_class as other\n"
        "                where other.relnamespace = pg_class.relnamespace\n"
        "                    and other.relname = becomes\n"
        "            )\n"
        "    loop\n"
        "        execute renaming;\n"
        "    end loop;\n"
        "end\n"
        "$$"
    )


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of the table, which declares `partition_by`.

    `values` are its bounds in SQL: `from ('2026-01-01') to ('2027-01-01')`, `in ('eu')`, or
    `default`. Its rows can be reached only through the table: roles have no privilege on the
    partition itself, and its row level security hides all rows.
    """

    name: str
    values: str

    def __post_init__(self) -> None:
        require_declared(self)

    @property
    def columns(self) -> tuple[()]:
        return ()

    def definition(self, table: str) -> Definition:
        schema, _ = split_name(table)
        bounds = self.values if self.values == "default" else f"for values {self.values}"
        return PartitionDefinition.of(f"{schema}.{self.name}", table, bounds)
