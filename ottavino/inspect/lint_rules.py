"""Additional rules for pgrls, in its own form."""

from typing import Any, Literal

from pgrls.model import ForeignKey, Schema, Table, policy_id
from pgrls.violations import Violation

from ottavino.inspect.exposure import believes, believing, caller_roles, unbounded


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


class UnboundedPrivilege:
    """Reports privileges of callers that policies do not restrict, such as `truncate`."""

    id = "OTT003"
    severity: Literal["error", "warning", "info"] = "error"
    title = "Privilege that no policy bounds"

    def check(self, schema: Schema, options: dict[str, Any]) -> list[Violation]:
        """The privileges of a schema's tables, one violation a role."""
        roles = _held(schema)
        return [
            Violation(
                rule_id=self.id,
                severity=self.severity,
                title=self.title,
                message=message,
                location=f"{table.qualified_name} {role}",
            )
            for table in schema.tables
            if table.qualified_name not in options.get("allowlist", ())
            for role, privileges in sorted(_granted(table).items())
            if role in roles
            for message in unbounded(table.qualified_name, [role], privileges)
        ]


def _granted(table: Table) -> dict[str, set[str]]:
    """The privileges on a table and on its columns, by role."""
    granted: dict[str, set[str]] = {}
    for each in [*table.grants, *table.column_grants]:
        role = "public" if each.role == "PUBLIC" else each.role
        granted.setdefault(role, set()).update(each.privileges)
    return granted


def _held(schema: Schema) -> set[str]:
    """The roles of callers, and those that they are members of."""
    held = {*caller_roles()}
    edges = schema.role_memberships or ()
    while more := {each.role for each in edges if each.member in held} - held:
        held |= more
    return held


class UnsignedClaims:
    """Reports a policy that reads the caller's claims without a check of their signature."""

    id = "OTT004"
    severity: Literal["error", "warning", "info"] = "warning"
    title = "Policy that believes unsigned claims"

    def check(self, schema: Schema, options: dict[str, Any]) -> list[Violation]:
        """The permissive policies of a schema that do."""
        return [
            Violation(
                rule_id=self.id,
                severity=self.severity,
                title=self.title,
                message=believing(where),
                location=where,
            )
            for table in schema.tables
            for policy in table.policies
            if policy.permissive and believes(policy.using_sql, policy.with_check_sql)
            for where in [policy_id(table, policy)]
            if where not in options.get("allowlist", ())
        ]


RULES = [ForeignKeyWithoutIndex(), UnboundedPrivilege(), UnsignedClaims()]
