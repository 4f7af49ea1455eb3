"""Row level security: the rows that each role may see and change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, TypeVar, overload

from ottavino.declare.column import Col
from ottavino.declare.definition import Claim, Definition, merged, require_reasons
from ottavino.declare.fitting import require_declared
from ottavino.declare.members import MemberOf, Members
from ottavino.declare.ownership import ClaimedBy, OwnedBy, OwnedThrough
from ottavino.declare.role import PUBLIC, AnyRole, require_role
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier

Command = Literal["all", "select", "insert", "update", "delete"]
Typed = OwnedBy | OwnedThrough | MemberOf | ClaimedBy
Condition = str | Typed

Group = TypeVar("Group")
MemberRole = TypeVar("MemberRole")

READ_BY_ALL = ("SEC005", "SEC038")
"""The reason to accept the linter's rule about policies that show rows to everyone."""


@dataclass(frozen=True, slots=True)
class PolicyDefinition(Definition):
    """The definition of a policy for migrations."""

    kind: ClassVar[str] = "policy"
    command: Command = field(default="all", compare=False, kw_only=True)
    roles: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    reads: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    """The other tables that it reads without naming them in its SQL."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a policy of the table."""
        return (Claim("policy", self.table, self.own_name),)

    @property
    def address(self) -> str:
        return f"policy {identifier(self.own_name)} on {self.table}"


@dataclass(frozen=True, slots=True)
class RowSecurityDefinition(Definition):
    """The definition of row level security of a table for migrations."""

    kind: ClassVar[str] = "row-security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Lets roles read and change rows for which `using` is true, and write rows for which
    `check` is true. Both are SQL. A restrictive policy has to be true in addition to the
    others.
    """

    name: str
    command: Command = "all"
    to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED
    using: Condition | None = None
    check: Condition | None = None
    restrictive: bool = False
    accepted: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    """Rules of `piccolo db lint` that it breaks on purpose, each with the reason."""

    def __post_init__(self) -> None:
        for role in self.roles:
            require_role(f"policy {self.name!r}", role)
        require_declared(self, "using", "check", "accepted")
        require_reasons(f"policy {self.name!r}", self.accepted)
        for nonsense in self._nonsense():
            raise ValueError(f"The policy {self.name!r} {nonsense}.")

    @classmethod
    def owner(cls, column: Col[Any], command: Command = "all") -> Self:
        """The user in the column may use all commands, or the given one."""
        return cls._owned("owner", OwnedBy(column), command)

    @classmethod
    def owner_through(
        cls, column: Col[Any], parent_owner: Col[Any], command: Command = "all"
    ) -> Self:
        """The owner of the row's parent may use the commands. `column` is the parent's id, and
        the second argument is the parent's owner column: `owner_through(album_id,
        Album.user_id)`. The user needs a grant and a policy that let them read the parent.
        """
        condition = OwnedThrough(column, parent_owner)
        return cls._owned(f"owner_through_{condition.parent.tablename}", condition, command)

    @classmethod
    def read_only(cls, column: Col[Any]) -> Self:
        """The user in the column may read the row, but not change it."""
        return cls.owner(column, "select")

    @classmethod
    def public_read(cls, where: str = "true") -> Self:
        """All callers, signed in or not, may read the rows for which a condition is true."""
        return cls(
            name="public_read",
            command="select",
            to=(Role.ANON, Role.AUTHENTICATED),
            using=where,
            accepted=dict.fromkeys(READ_BY_ALL, "Everyone may read it, as its name says."),
        )

    @classmethod
    def claim(
        cls,
        column: Col[Any],
        *path: str,
        command: Command = "all",
        restrictive: bool = False,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
    ) -> Self:
        """Callers may use the commands if a claim of their token, such as an organisation's id,
        equals the column. `path` are the keys that lead to the claim. A restrictive policy
        gives no access by itself, but restricts every other policy to such rows.
        """
        name = "_".join([*path, *([] if command == "all" else [command])])
        made = cls._of(name, ClaimedBy(column, path), command, to=to)
        return replace(made, restrictive=restrictive)

    @overload
    @classmethod
    def member(
        cls,
        column: Col[Group] | Col[Group | None],
        members: Members[Group, MemberRole],
        command: Command,
        *,
        roles: tuple[MemberRole, ...] | None = None,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
        name: str | None = None,
    ) -> Self: ...
    @overload
    @classmethod
    def member(
        cls,
        column: Col[Any],
        members: type[Any] | str,
        command: Command,
        *,
        roles: tuple[str, ...] | None = None,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
        name: str | None = None,
    ) -> Self: ...
    @classmethod
    def member(  # noqa: PLR0913  # such a policy has all of these options
        cls,
        column: Col[Any],
        members: Any,
        command: Command,
        *,
        roles: tuple[Any, ...] | None = None,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
        name: str | None = None,
    ) -> Self:
        """The members of the group in the column may use the commands, or only those with some
        roles. `members` is the `Members` of the table of memberships, its class, or the name of
        that table if its class is defined later.
        """
        condition = MemberOf(column, members, roles)
        return cls._of(name or f"member_{command}", condition, command, to=to)

    @property
    def columns(self) -> tuple[Col[Any], ...]:
        """The columns that it names; PostgreSQL checks those in its SQL."""
        return tuple(each.column for each in self._typed)

    @property
    def memberships(self) -> tuple[MemberOf, ...]:
        """The conditions on memberships in it, each once."""
        return tuple(dict.fromkeys(each for each in self._typed if isinstance(each, MemberOf)))

    @property
    def owners(self) -> tuple[Col[Any], ...]:
        """The columns that it compares with the caller's id."""
        return tuple(each.column for each in self._typed if isinstance(each, OwnedBy))

    def lets_read(self, role: AnyRole) -> bool:
        """Whether it applies to reading rows."""
        return self.command in {"all", "select"} and bool({role, PUBLIC} & {*self.roles})

    def definition(self, table: str) -> Definition:
        lines = [f"create policy {identifier(self.name)} on {table}"]
        if self.restrictive:
            lines.append("as restrictive")
        lines.append(f"for {self.command} to {', '.join(self.roles)}")
        if self.using is not None:
            lines.append(f"using ({_sql(self.using, table)})")
        if self.check is not None:
            lines.append(f"with check ({_sql(self.check, table)})")
        conditions = [each for each in (self.using, self.check) if each is not None]
        groups = [each.calls for each in self.memberships]
        return PolicyDefinition.on(
            table,
            self.name,
            "\n    ".join(lines),
            f"drop policy {identifier(self.name)} on {table}",
            uses=merged(*(each.uses(table) for each in self._typed)),
            calls=tuple(dict.fromkeys(call for calls in groups for call in calls)),
            free=tuple(c for c in conditions if isinstance(c, str)),
            accepted=frozenset(self.accepted),
            command=self.command,
            roles=self.roles,
            reads=tuple(name for each in self._typed for name in each.uses(table)),
        )

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        """The roles that it applies to."""
        return self.to if isinstance(self.to, tuple) else (self.to,)

    @property
    def _typed(self) -> tuple[Typed, ...]:
        conditions = (self.using, self.check)
        return tuple(c for c in conditions if c is not None and not isinstance(c, str))

    @classmethod
    def _owned(cls, name: str, condition: Typed, command: Command) -> Self:
        return cls._of(name if command == "all" else f"{name}_{command}", condition, command)

    @classmethod
    def _of(
        cls,
        name: str,
        condition: Typed,
        command: Command,
        to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED,
    ) -> Self:
        return cls(
            name=name,
            command=command,
            to=to,
            using=None if command == "insert" else condition,
            check=condition if command in {"all", "insert", "update"} else None,
        )

    def _nonsense(self) -> Iterator[str]:
        """A mistake that PostgreSQL refuses, or accepts as a policy that allows no row."""
        if not self.to:
            yield "has no role: write to=Role.AUTHENTICATED"
        if self.command == "insert" and self.using is not None:
            yield "is for insert, which reads no existing row: write check=…, not using=…"
        if self.command in {"select", "delete"} and self.check is not None:
            yield f"is for {self.command}, which writes no new row: write using=…, not check=…"
        if self.using is None and self.check is None:
            what = "check" if self.command == "insert" else "using"
            yield f"has no condition: write {what}=…, with 'true' for all of them"
        if any(isinstance(c, str) and not c.strip() for c in (self.using, self.check)):
            yield "has an empty condition: write 'true' for all rows, or leave it out"
        if self.command in {"all", "update"} and self.using is None and not self.restrictive:
            yield "has check=… but no using=…, so it applies to no row: write using=… too"


def row_security(table: str) -> Definition:
    """Row level security on a table of ours: enabled, and forced for its owner too."""
    return RowSecurityDefinition.on(
        table,
        None,
        f"alter table {table} enable row level security;\n"
        f"alter table {table} force row level security",
        f"alter table {table} no force row level security;\n"
        f"alter table {table} disable row level security",
        uses={},
    )


def _sql(rows: Condition, table: str) -> str:
    if not isinstance(rows, str):
        return rows.sql(table)
    # Every policy also requires that the service has signed the claims. This is not a policy of
    # its own, because PostgreSQL may evaluate conditions of a query between two policies.
    return f"(select ottavino.verified()) and (\n        {rows}\n    )"
