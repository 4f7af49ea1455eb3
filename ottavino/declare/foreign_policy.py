"""Policies on tables of other services, such as `storage.objects`, the files of Supabase's
buckets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ottavino.declare.definition import Definition
from ottavino.declare.fitting import require_declared
from ottavino.declare.policy import Command, PolicyDefinition
from ottavino.declare.role import AnyRole, require_role
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.tokens import closed
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal, split_name

READ = """
select concat_ws(
    ' ', polcmd, case when polpermissive then 'permissive' else 'restrictive' end,
    (
        select string_agg(each::regrole::text, ', ' order by each::regrole::text)
        from unnest(polroles) as each
    ),
    'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)
)
from pg_policy where polrelid = {table}::regclass and polname = {name}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPolicy(SchemaObject):
    """A policy on a table that no class declares: `on="storage.objects"`.

    Its conditions are used without the check of signed claims: a service such as Supabase's
    Storage has already verified the caller, so `auth.uid()` is reliable.
    """

    on: str
    name: str
    command: Command = "all"
    to: AnyRole | tuple[AnyRole, ...] = Role.AUTHENTICATED
    using: str | None = None
    check: str | None = None
    restrictive: bool = False

    def __post_init__(self) -> None:
        for role in self.roles:
            require_role(f"policy {self.name!r}", role)
        require_declared(self)
        if not split_name(self.on)[1:]:
            raise ValueError(
                f"The policy {self.name!r} is on {self.on}: write the schema too, as in "
                "storage.objects."
            )
        if self.using is None and self.check is None:
            raise ValueError(
                f"The policy {self.name!r} on {self.on} has no condition: write using=… or "
                f"check=…, with 'true' for all of them."
            )

    @property
    def roles(self) -> tuple[AnyRole, ...]:
        return self.to if isinstance(self.to, tuple) else (self.to,)

    def definitions(self) -> Iterator[Definition]:
        name = identifier(self.name)
        lines = [f"create policy {name} on {self.on}"]
        if self.restrictive:
            lines.append("as restrictive")
        lines.append(f"for {self.command} to {', '.join(self.roles)}")
        if self.using is not None:
            lines.append(f"using ({closed(self.using)})")
        if self.check is not None:
            lines.append(f"with check ({closed(self.check)})")
        yield PolicyDefinition.on(
            self.on,
            self.name,
            "\n    ".join(lines),
            f"drop policy {name} on {self.on}",
            uses={},
            free=tuple(each for each in (self.using, self.check) if each is not None),
            read=READ.format(table=literal(self.on), name=literal(self.name)).strip(),
        )
