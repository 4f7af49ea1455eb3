"""Partitions: tables that hold a part of another's rows."""

from dataclasses import dataclass
from typing import ClassVar

from ottavino.declare.definition import Claim, Definition, unqualified
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier


@dataclass(frozen=True, slots=True)
class PartitionDefinition(Definition):
    """The definition of a partition for migrations."""

    kind: ClassVar[str] = "partition"
    rank: ClassVar[int] = 28

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a relation of its schema."""
        schema = self.full_name.split(".", 1)[0]
        return (Claim("relation", schema, unqualified(self.full_name)),)

    def becomes(self, new: Definition) -> bool:
        """Refuse other bounds, because creating the partition again would lose its rows."""
        if self != new:
            raise ValueError(
                f"The partition {self.full_name} has other bounds or another table now. "
                f"Creating it again would lose its rows: declare another partition, and move "
                f"the rows with migration.execute."
            )
        return True


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of the table, which declares `partition_by`.

    `values` are its bounds in SQL: `from ('2026-01-01') to ('2027-01-01')`, `in ('eu')`, or
    `default`. Its rows can be reached only through the table: roles have no privilege on the
    partition itself, and its row level security hides all rows.
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
