"""Rules that pgrls does not have, in the form in which it takes them."""

from typing import Any, Literal

from pgrls.model import ForeignKey, Schema, Table
from pgrls.violations import Violation


class ForeignKeyWithoutIndex:
    """Reports a foreign key whose columns no index begins with.

    To delete a row that such a key may refer to, PostgreSQL reads the whole table that has
    the key.
    """

    id = "OTT001"
    severity: Literal["error", "warning", "info"] = "error"
    title = "Foreign key without an index"

    def check(self, schema: Schema, options: dict[str, Any]) -> list[Violation]:
        """The foreign keys of a schema that have no index."""
        return [
            Violation(
                rule_id=self.id,
                severity=self.severity,
                title=self.title,
                message=(
                    f"No index of {table.qualified_name} begins with "
                    f"{' and '.join(key.columns)}, so to delete a row of {key.ref_schema}."
                    f"{key.ref_table} reads the whole table. Declare Index({key.columns[0]})."
                ),
                location=f"{table.qualified_name}.{key.name}",
            )
            for table in schema.tables
            for key in table.foreign_keys
            if not _is_indexed(table, key)
        ]


def _is_indexed(table: Table, key: ForeignKey) -> bool:
    """Whether an index finds the rows: by all columns of the key, or by the first. The second
    column of a key is the user, who has many rows.
    """
    return any(
        index.columns[:1] == key.columns[:1]
        or {*index.columns[: len(key.columns)]} == {*key.columns}
        for index in table.indexes
        if not index.is_partial
    )


RULES = [ForeignKeyWithoutIndex()]
