"""Default privileges, which roles are granted on objects that are created later."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ottavino.declare.definition import Definition
from ottavino.declare.schema_object import SchemaObject, SchemaObjectDefinition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal

Later = Literal["tables", "sequences", "functions", "types"]
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
    """Default privileges as migrations know them."""

    kind: ClassVar[str] = "default-privileges"
    rank: ClassVar[int] = 1
    precedes_tables: ClassVar[bool] = True
    is_replaced: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DefaultPrivileges(SchemaObject):
    """The privileges on each new object of a kind that the migrating role creates in a schema.
    The API roles get no others: earlier default privileges are revoked.
    """

    on: Later
    schema: str = "public"
    to: Mapping[Role, tuple[str, ...]] = field(default_factory=dict[Role, tuple[str, ...]])
    """The privileges that each role has: `{Role.SERVICE_ROLE: ("select",)}`."""

    def definitions(self) -> Iterator[Definition]:
        default = f"alter default privileges in schema {identifier(self.schema)}"
        revoke = f"{default} revoke all on {self.on} from {', '.join(Role)}"
        grants = [
            f"{default} grant {', '.join(privileges)} on {self.on} to {role}"
            for role, privileges in self.to.items()
        ]
        yield DefaultPrivilegesDefinition(
            f"default-privileges {self.schema} {self.on}",
            ";\n".join([revoke, *grants]),
            revoke,
            uses={},
            read=READ.format(schema=literal(self.schema), letter=LETTERS[self.on]).strip(),
        )
