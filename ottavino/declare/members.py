"""Tables of memberships, and policies that let members share rows.

A policy with a sub-select on the table of members would apply that table's policies, which read
the same table: PostgreSQL refuses such a recursion. So a security definer function reads the
table, and returns only the groups of the caller. A caller's statement cannot call the function
by name, because no role may use its schema. A policy refers to it without a lookup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Never, cast, overload

from typing_extensions import TypeVar

from ottavino.declare.column import Col, name_of
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Columns, Definition, unqualified
from ottavino.declare.index import Index
from ottavino.declare.ownership import caller_of_type
from ottavino.declare.rendered import Rendered
from ottavino.declare.role import PUBLIC, AnyRole
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal, schema_of, split_name, unquoted

SCHEMA = "ottavino_members"
"""The schema of the functions. Migrations create it, and grant USAGE to no role."""

GROUPS = 10
"""The number of groups of a user that the planner expects."""

ACCEPTED: dict[str, str] = dict.fromkeys(
    ("SEC014", "SEC015", "SEC042"),
    "It returns only the caller's own groups, names every object with its schema, and cannot "
    "be called by name.",
)
"""The reason to accept the linter's rules for functions with their owner's rights."""

Group = TypeVar("Group")
Key = TypeVar("Key")
MemberRole = TypeVar("MemberRole", default=Never)


class Members(Generic[Group, MemberRole]):
    """Declares that each row of this table makes a user a member of a group, optionally with a
    role.

    `Policy.member` then lets the members of a group reach what has the group's id. It declares
    a function that returns the caller's groups, and an index for it. `to` are the database
    roles whose policies call the function.
    """

    @overload
    def __init__(
        self: "Members[Key]",
        *,
        group: Col[Key],
        user: Col[Any],
        to: AnyRole | tuple[AnyRole, ...] = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        group: Col[Group],
        user: Col[Any],
        role: Col[MemberRole],
        to: AnyRole | tuple[AnyRole, ...] = ...,
    ) -> None: ...
    def __init__(
        self,
        *,
        group: Col[Any],
        user: Col[Any],
        role: Col[Any] | None = None,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
    ) -> None:
        self.group = group
        self.user = user
        self.role = role
        self.to = to if isinstance(to, tuple) else (to,)
        self._table: Any = None

    def __set_name__(self, table: type, name: str) -> None:
        """Remember the table of members."""
        self._table = table

    @property
    def columns(self) -> tuple[Col[Any], ...]:
        """The columns that it names."""
        return tuple(each for each in (self.group, self.user, self.role) if each is not None)

    @property
    def table(self) -> str:
        """The table of members."""
        if self._table is None:
            raise ValueError(
                "Members has no table yet: assign it in the class, as in members = Members(…)."
            )
        return self._table.qualified_name()

    def definitions(self, table: str) -> tuple[Definition, ...]:
        """The function, and the covering index that it reads."""
        columns = [self.user, self.group, *([] if self.role is None else [self.role])]
        index = Index(*columns, name=f"{unqualified(table)}_members_idx")
        function = self._function(table).definition()
        return function.with_uses({table: ()}, ()), index.definition(table)

    def _function(self, table: str) -> DatabaseFunction:
        body = groups_sql(table, [name_of(each) for each in self.columns], self.user.spec.type)
        return DatabaseFunction(
            schema=SCHEMA,
            name=function_name(table),
            arguments=() if self.role is None else ("roles text[] default null",),
            returns=f"setof {self.group.spec.type}",
            language="sql",
            volatility="stable",
            security_definer=True,
            rows=GROUPS,
            execute=self.to,
            body=Rendered(body),
            accepted=ACCEPTED,
        )


@dataclass(frozen=True, slots=True)
class MemberOf:
    """The condition that a column is the id of a group in which the caller has one of some
    roles.
    """

    column: Col[Any]
    members: Members[Any, Any] | type[Any] | str
    """The `Members`, the class of their table, or its name if it is declared later."""
    roles: tuple[str, ...] | None

    def __post_init__(self) -> None:
        if self.roles == ():
            raise ValueError("A policy of members names no role: leave `roles` out for all.")
        if not isinstance(self.members, str | Members) and not _is_table(self.members):
            raise TypeError(
                f"A policy of members takes the Members of a table, its class or its name, and "
                f"not {self.members!r}."
            )
        if isinstance(self.roles, str):
            raise TypeError(f"The roles of members are a tuple: roles=({self.roles!r},).")

    @property
    def table(self) -> str:
        """The table of members."""
        match self.members:
            case str() as name:
                return _with_schema(name)
            case Members() as members:
                return members.table
            case table:
                return table.qualified_name()

    def sql(self, table: str) -> str:
        """The condition for the rows of a table. The groups are looked up once for each
        statement.
        """
        roles = ", ".join(map(literal, self.roles or ()))
        function = f"{SCHEMA}.{identifier(function_name(self.table))}"
        call = f"{function}({f'array[{roles}]' if self.roles else ''})"
        return f"{identifier(name_of(self.column))} = any (array(select {call}))"

    def uses(self, table: str) -> Columns:
        """The column that it is over."""
        return {table: (name_of(self.column),)}

    @property
    def calls(self) -> tuple[str, ...]:
        """The function that it calls."""
        return (f"{SCHEMA}.{function_name(self.table)}",)

    def require_sense(
        self, policy: str, to: Iterable[AnyRole], members: "Members[Any, Any]"
    ) -> None:
        """Refuse a policy with groups or roles that the table of members does not have."""
        where = f"The policy {policy!r} uses the members in {self.table}"
        group, column = members.group.spec.type, self.column.spec.type
        if group != column:
            raise ValueError(
                f"{where}, whose groups are {group}, and {name_of(self.column)} is {column}."
            )
        if self.roles and members.role is None:
            raise ValueError(
                f"{where} by their role, which its Members does not name: add role=…."
            )
        known = None if members.role is None else members.role.values
        for role in (each for each in self.roles or () if known and each not in known):
            raise ValueError(
                f"{where} with the role {role!r}; the roles there are "
                f"{', '.join(sorted(known or ()))}."
            )
        if PUBLIC not in members.to and (missing := [r for r in to if r not in members.to]):
            raise ValueError(
                f"{where} for {missing[0]}, which may not call its function: add it to `to` "
                f"of Members."
            )


def groups_sql(table: str, columns: Sequence[str], user_type: str) -> str:
    """The body of the function: the columns are those of the group, the user, and any role."""
    group, user, *role = map(identifier, columns)
    body = f"select {group}\nfrom {table}\nwhere {user} = {caller_of_type(user_type)}"
    return "\n    and ".join([body, *(f"($1 is null or {r}::text = any ($1))" for r in role)])


def function_name(table: str) -> str:
    """The name of the table's function, which returns the groups of the caller."""
    schema, name = schema_of(table), unqualified(table)
    return name if schema == "public" else f"{schema}_{name}"


def _with_schema(table: str) -> str:
    """The name of a table in SQL, of its name with or without a schema or quotation marks."""
    *schema, name = map(unquoted, split_name(table))
    return f"{identifier(''.join(schema) or 'public')}.{identifier(name)}"


def _is_table(value: object) -> bool:
    return isinstance(value, type) and hasattr(value, "qualified_name")


def members_of(objects: Iterable[object]) -> "Members[Any, Any] | None":
    """The `Members` of a table, if it has one."""
    return next((cast("Members[Any, Any]", o) for o in objects if isinstance(o, Members)), None)
