"""The tables of members that `Members` declares, and the conditions that ask for members."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ottavino.declare.definition import unqualified
from ottavino.declare.members import GROUPS, SCHEMA, function_name, groups_sql, members_of
from ottavino.declare.role import PUBLIC
from ottavino.identity import Role
from ottavino.inspect.adopt.found import FoundIndex, FoundTable
from ottavino.inspect.catalog import Catalog
from ottavino.postgres.quoting import identifier

ROLE = re.compile(r"'((?:[^']|'')*)'::text")
"""A role of members in a condition, as PostgreSQL writes it."""


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """A table of members."""

    table: str
    group_type: str
    has_role: bool
    values: frozenset[str] | None
    """The only roles that members may have, if they are limited."""
    to: tuple[str, ...]
    """The database roles that may ask."""
    columns: tuple[str, ...] = ()
    """The columns of the group, the user and the role; of a new table only."""

    @property
    def index(self) -> str:
        """The name of the index."""
        return f"{unqualified(self.table)}_members_idx"

    @property
    def called(self) -> str:
        """The function as PostgreSQL writes it in a call."""
        return f"{SCHEMA}.{identifier(function_name(self.table))}"

    @property
    def function(self) -> str:
        """The function as the catalog names it."""
        return f"function {self.called}({'text[]' if self.has_role else ''})"

    def answers(self, to: Collection[str], roles: Collection[str]) -> bool:
        """Whether a policy for some database roles may ask for members with some roles."""
        may_ask = PUBLIC in self.to or {*to} <= {*self.to}
        return may_ask and (self.values is None or {*roles} <= self.values)


class Asked(NamedTuple):
    """A condition: the column has the id of a group in which the caller is."""

    column: str
    members: FoundMembers
    roles: tuple[str, ...]


def declared_members(tables: Iterable[Any]) -> Iterator[FoundMembers]:
    """The tables of members among the declared ones."""
    for table in tables:
        if (members := members_of(table.database_objects)) is not None:
            role = members.role
            yield FoundMembers(
                table.qualified_name(),
                members.group.spec.type,
                role is not None,
                None if role is None else role.values,
                tuple(map(str, members.to)),
            )


def found_members(tables: Sequence[FoundTable], catalog: Catalog) -> Iterator[FoundMembers]:
    """The tables with exactly the function and the index that `Members` declares."""
    for table in tables:
        for index in table.indexes:
            columns = [name for name in index.columns if name is not None]
            if len(columns) not in {2, 3} or not _is_simple(index):
                continue
            user, group, *role = columns
            members = _of_columns(table, (group, user, *role), catalog)
            kind = next(each.type for each in table.columns if each.name == user)
            body = groups_sql(table.full_name, members.columns, kind)
            function = catalog.get(members.function)
            if (
                index.name == members.index
                and function is not None
                and _facets(members, body).items() <= function.facets.items()
                and {*members.to} <= {*Role}
            ):
                yield members


def also_asked(
    tables: Sequence[FoundTable], others: Iterable[FoundTable], catalog: Catalog
) -> dict[str, str]:
    """The other tables of members that policies of some tables ask for, each with the first
    table that asks.
    """
    left = [each for each in others if each not in tables]
    return {
        members.table: table.full_name
        for members in found_members(left, catalog)
        for table in reversed(tables)
        if any(f"{members.called}(" in text for text in _policies(table, catalog))
    }


def _policies(table: FoundTable, catalog: Catalog) -> Iterator[str]:
    whose = f"{table.noun} {table.full_name}"
    for each in catalog.values():
        if each.kind == "policy" and each.part_of == whose:
            yield each.creation or ""


def asked(
    condition: str, kinds: Mapping[str, str], members: Mapping[str, FoundMembers]
) -> Asked | None:
    """The groups that a condition asks for, where `kinds` are the types of the columns."""
    for each in members.values():
        end = f") AS {identifier(function_name(each.table))})))"
        for column in [name for name, kind in kinds.items() if kind == each.group_type]:
            begin = f"({identifier(column)} = ANY (ARRAY( SELECT {each.called}("
            if condition.startswith(begin) and condition.endswith(end):
                given = condition[len(begin) : -len(end)]
                roles = ROLE.findall(given)
                listed = ", ".join(f"'{role}'::text" for role in roles)
                if given == (f"ARRAY[{listed}]" if roles and each.has_role else ""):
                    return Asked(column, each, tuple(r.replace("''", "'") for r in roles))
    return None


def _of_columns(table: FoundTable, columns: tuple[str, ...], catalog: Catalog) -> FoundMembers:
    """The members that a table has if `Members` names these columns."""
    found = {each.name: each for each in table.columns}
    role = [found[name] for name in columns[2:]]
    values = [frozenset(each.labels) for each in role if each.labels]
    members = FoundMembers(
        table.full_name,
        found[columns[0]].type,
        bool(role),
        values[0] if values else None,
        (),
        columns,
    )
    return replace(members, to=_executing(members.function, catalog))


def _facets(members: FoundMembers, body: str) -> dict[str, str]:
    """What the catalog has of the function of `Members`."""
    return {
        "arguments": "roles text[] DEFAULT NULL::text[]" if members.has_role else "",
        "returns": f"SETOF {members.group_type}",
        "language": "sql",
        "body": f"\n{body}\n",
        "security": "definer",
        "volatility": "stable",
        "settings": "search_path=pg_temp",
        "rows": str(GROUPS),
    }


def _executing(function: str, catalog: Catalog) -> tuple[str, ...]:
    """The roles that may execute a function, without its owner."""
    privileges = (each for each in catalog.values() if each.part_of == function)
    roles = [each.name.rpartition(" to ")[2] for each in privileges if each.kind == "privilege"]
    return tuple(sorted(role for role in roles if role != "its owner"))


def _is_simple(index: FoundIndex) -> bool:
    plain = index.is_plain and index.method == "btree" and not index.unique
    return bool(plain) and index.where is None and not any(index.descending)
