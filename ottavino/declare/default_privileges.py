"""Default privileges, which roles are granted on objects that are created later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ottavino.declare.definition import FACT, Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.privilege import changing
from ottavino.declare.role import AnyRole, require_role
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal, require_schema

Later = Literal["tables", "sequences", "functions", "types"]
PRIVILEGES: Mapping[Later, tuple[str, ...]] = {
    "tables": (
        *("select", "insert", "update", "delete", "truncate"),
        *("references", "trigger", "maintain", "all"),
    ),
    "sequences": ("usage", "select", "update", "all"),
    "functions": ("execute", "all"),
    "types": ("usage", "all"),
}
"""The privileges that PostgreSQL knows for each kind of objects."""
LETTERS: Mapping[Later, str] = {"tables": "r", "sequences": "S", "functions": "f", "types": "T"}

READ = """
select coalesce(
    string_agg(
        concat_ws(' ', grantee::regrole, lower(privilege_type)), ', '
        order by grantee::regrole::text, privilege_type
    ),
    'nothing'
)
from pg_default_acl, aclexplode(defaclacl)
where defaclnamespace = {schema}::regnamespace and defaclobjtype = '{letter}'
    and grantee <> defaclrole and defaclrole = current_user::regrole
"""


@dataclass(frozen=True, slots=True)
class DefaultPrivilegesDefinition(SchemaObjectDefinition):
    """The definition of default privileges for migrations."""

    kind: ClassVar[str] = "default-privileges"
    rank: ClassVar[int] = 1
    precedes_tables: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True
    roles: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The roles beside Supabase's that are granted something."""

    def altered(self, new: Definition) -> tuple[str, str] | None:
        """What is revoked and granted. The privileges that others have granted stay."""
        if self == new:
            return None
        return changing(self.create, new.create), changing(new.create, self.create)


@dataclass(frozen=True, slots=True)
class DefaultPrivileges(SchemaObject):
    """The privileges on each new object of a kind that the migrating role creates in a schema.
    The API roles get no others: earlier default privileges are revoked.

    A declared table, sequence or function has exactly the privileges of its own grants. So an
    `ApiRole` can only get default ones in a schema without declared objects of the kind.
    """

    on: Later
    schema: str = "public"
    to: Mapping[AnyRole, tuple[str, ...]] = field(
        default_factory=dict[AnyRole, tuple[str, ...]]
    )
    """The privileges that each role has: `{Role.SERVICE_ROLE: ("select",)}`."""

    def __post_init__(self) -> None:
        # The name of a role is refused with the class to write.
        if isinstance(self.to, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # a caller may not check types
            for role in self.to:
                require_role(f"default privilege on {self.on}", role)
        require_declared(self)
        require_schema(self.schema)
        for role, privileges in self.to.items():
            self._require_known(role, privileges)

    def _require_known(self, role: AnyRole, privileges: tuple[str, ...]) -> None:
        known = PRIVILEGES[self.on]
        for each in privileges:
            if each.lower() not in known:
                raise ValueError(
                    f"DefaultPrivileges grants {each!r} on {self.on}, which is none of their "
                    f"privileges: write {', '.join(known[:-1])} or {known[-1]}."
                )
        if not privileges:
            raise ValueError(
                f"DefaultPrivileges grants {role} no privilege on {self.on}: name one, or "
                "leave the role out."
            )

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        return tuple(self.to)

    def definitions(self) -> Iterator[Definition]:
        others = tuple(str(each) for each in self.to if not isinstance(each, Role))
        schema = identifier(self.schema)
        default = f"alter default privileges in schema {schema}"
        revoke = f"{default} revoke all on {self.on} from {', '.join([*Role, *others])}"
        grants = [
            f"{default} grant {', '.join(privileges)} on {self.on} to {role}"
            for role, privileges in self.to.items()
        ]
        yield DefaultPrivilegesDefinition(
            f"default-privileges {self.schema} {self.on}",
            ";\n".join([revoke, *grants]),
            revoke,
            uses={},
            roles=others,
            read=READ.format(schema=literal(schema), letter=LETTERS[self.on]).strip(),
        )
