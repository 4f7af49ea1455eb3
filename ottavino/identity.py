"""The caller of a query: a role that PostgreSQL knows, and the claims of a verified token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class Role(StrEnum):
    """The API roles of a Supabase database. `API_ROLES` may add some of the project's own."""

    ANON = "anon"
    AUTHENTICATED = "authenticated"
    SERVICE_ROLE = "service_role"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `role` decides which policies and grants bind, `claims` what they compare."""

    role: str
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def anonymous(cls) -> Self:
        """A caller who showed no token."""
        return cls(Role.ANON, {"role": Role.ANON})

    @classmethod
    def user(cls, user_id: UUID, **claims: object) -> Self:
        """A signed-in user."""
        role = Role.AUTHENTICATED
        return cls(role, {**claims, "sub": str(user_id), "role": role})

    @classmethod
    def service(cls) -> Self:
        """The service itself, whom no policy binds. Asked for by name, never by default."""
        return cls(Role.SERVICE_ROLE, {"role": Role.SERVICE_ROLE})

    @property
    def user_id(self) -> UUID | None:
        """The `auth.users` row of the caller, if the claims name one."""
        try:
            return UUID(str(self.claims["sub"]))
        except (KeyError, ValueError):
            return None

    @property
    def claims_json(self) -> str:
        """The claims as PostgreSQL reads them, in ASCII."""
        return json.dumps(dict(self.claims), separators=(",", ":"))
