"""Partitions: tables that hold a part of another's rows."""

from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Claim, Definition, unqualified
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier


@dataclass(frozen=True, slots=True)
class PartitionDefinition(Definition):
    """A partition as migrations know it."""

    kind: ClassVar[str] = "partition"
    rank: ClassVar[int] = 28

    @property
    def claims(self) -> tuple[Claim, ...]:
        """A name among the relations of its schema."""
        schema = self.full_name.split(".", 1)[0]
        return (Claim("relation", schema, unqualified(self.full_name)),)

    def becomes(self, new: Definition) -> bool:
        """Refuse other bounds: to make it again would lose its rows."""
        if self != new:
            raise ValueError(
                f"The partition {self.full_name} has other bounds now, or another table. To "
                "make it again would lose its rows: declare another one, and move them with "
                "migration.execute."
            )
        return True


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of the table, which declares `partition_by`.

    `values` says which rows it holds, in SQL: `from ('2026-01-01') to ('2027-01-01')`, `in
    ('eu')`, or `default`. Its rows are reached through the table alone: no role is granted
    anything on the partition itself, whose row security hides every row.
    """

    name: str
    values: str

    @property
    def columns(self) -> tuple[()]:
        return ()

    def definition(self, table: str) -> Definition:
        name = f"{table.split('.', maxsplit=1)[0]}.{identifier(self.name)}"
        values = self.values if self.values == "default" else f"for values {self.values}"
        return PartitionDefinition(
            f"partition {table.split('.', maxsplit=1)[0]}.{self.name}",
            f"create table {name} partition of {table} {values};\n"
            f"alter table {name} enable row level security;\n"
            f"alter table {name} force row level security;\n"
            f"revoke all on {name} from public, {', '.join(Role)}",
            f"drop table {name}",
            uses={table: ()},
        )
