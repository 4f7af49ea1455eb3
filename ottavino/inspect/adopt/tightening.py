"""Tightens access to adopted tables: forces row level security, and revokes privileges that no
policy needs.

Adopting declares access as it is. On request, a second migration revokes privileges that a new
table would not have. It is not applied, and its effect is reported role by role.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.inspect.adopt.column_source import takes_own_numbers
from ottavino.inspect.adopt.found import FoundColumn, FoundGrant, FoundTable
from ottavino.inspect.adopt.grants import COMMANDS
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.sql import mentions

CALLERS = {*map(str, Role), str(PUBLIC)}
"""The roles whose privileges are tightened. Those of other roles stay as they are."""


@dataclass(frozen=True, slots=True)
class Tightening:
    """The privileges that each role needs, according to the catalogs."""

    catalog: Catalog

    def of(self, table: FoundTable) -> FoundTable:
        """A table as its class declares it after the second migration; a view stays."""
        if table.noun != "table":
            return table
        privileges = [each for each in table.privileges if self._is_needed(table, each)]
        writers = {each.role for each in privileges if each.privilege == "insert"}
        columns = [
            each.model_copy(
                update={
                    "sequence_privileges": [
                        grant
                        for grant in each.sequence_privileges or ()
                        if self._counts(table, each, grant, writers)
                    ]
                }
            )
            for each in table.columns
        ]
        return table.model_copy(
            update={
                "row_security": True,
                "forced": True,
                "privileges": privileges,
                "columns": columns,
            }
        )

    def _is_needed(self, table: FoundTable, grant: FoundGrant) -> bool:
        if grant.role not in CALLERS:
            return True
        if grant.privilege not in COMMANDS or grant.with_option:
            return False
        if grant.role == Role.SERVICE_ROLE:
            return True  # No policy applies to it.
        commands = {grant.privilege, "all"}
        is_let_through = any(
            each.facets["mode"] == "permissive"
            and each.facets["command"] in commands
            and _is_for(grant.role, each)
            for each in self._policies(table)
        )
        return is_let_through or (grant.privilege == "select" and self._is_read(table))

    def _policies(self, table: FoundTable) -> Iterator[CatalogObject]:
        whose = f"table {table.full_name}"
        return (e for e in self.catalog.values() if e.kind == "policy" and e.part_of == whose)

    def _is_read(self, table: FoundTable) -> bool:
        """Whether a policy of another table, a view or a function reads the table.

        It may read with the rights of its caller, for whom a missing privilege is an error.
        """
        return any(
            table.name in (each.creation or "") and _names(each.creation or "", table)
            for each in self.catalog.values()
            if each.kind in {"policy", "view", "function"}
            and each.part_of != f"table {table.full_name}"
        )

    def _counts(
        self, table: FoundTable, column: FoundColumn, grant: FoundGrant, writers: set[str]
    ) -> bool:
        """Whether a role needs a privilege on the sequence of a column: to insert a serial."""
        if grant.role not in CALLERS:
            return True
        serial = takes_own_numbers(column)
        return serial and grant.privilege == "usage" and bool({grant.role, PUBLIC} & writers)


def losses(before: FoundTable, after: FoundTable) -> Iterator[str]:
    """A sentence for each privilege that a role loses."""
    if before == after:
        return
    name = before.full_name
    if not before.row_security:
        lost = f"the rows of {name} that no policy lets it reach"
        yield f"Every role without bypassrls loses {lost}"
    if not before.forced:
        yield (
            f"The owner of {name} loses the rows that no policy lets it reach, unless it has "
            "bypassrls"
        )
    gone = [each for each in before.privileges if each not in after.privileges]
    for role, grants in groupby(gone, lambda each: each.role):
        yield f"{role} loses {', '.join(map(_privilege, grants))} on {name}"
    for old, new in zip(before.columns, after.columns, strict=True):
        there, left = old.sequence_privileges or [], new.sequence_privileges or []
        lost = [each for each in there if each not in left]
        for role, grants in groupby(lost, lambda each: each.role):
            what = ", ".join(each.privilege for each in grants)
            yield f"{role} loses {what} on the sequence of {name}.{old.name}"


def _privilege(grant: FoundGrant) -> str:
    column = f" ({grant.column})" if grant.column else ""
    return f"{grant.privilege}{column}{' with grant option' if grant.with_option else ''}"


def _is_for(role: str, policy: CatalogObject) -> bool:
    """Whether a policy is for a role. A privilege of `public` belongs to every role."""
    roles = {each.strip() for each in policy.facets["roles"].split(",")}
    return role == PUBLIC or bool({role, PUBLIC} & roles)


def _names(sql: str, table: FoundTable) -> bool:
    paths: Sequence[tuple[str, ...]] = [tuple(each.path) for each in mentions(sql)]
    return any(
        path[:2] == (table.schema_, table.name) or path[:1] == (table.name,) for path in paths
    )
