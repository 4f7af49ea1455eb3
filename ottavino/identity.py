"""The caller of a query: a role that PostgreSQL knows, and the claims of a verified token."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn, Self, cast
from uuid import UUID


class Role(StrEnum):
    """The API roles of a Supabase database. `API_ROLES` may add some of the project's own."""

    ANON = "anon"
    AUTHENTICATED = "authenticated"
    SERVICE_ROLE = "service_role"


class Identity:
    """A caller. `role` decides which policies and grants apply, and policies compare `claims`.
    The JSON of the claims for PostgreSQL is written once, at its first use. Later changes of
    `claims` by a handler do not change the caller.
    """

    __slots__ = ("_claims", "_claims_json", "_user_id", "role")

    role: str
    _claims: Mapping[str, Any] | None
    """The claims; None in a copy, until they are read."""
    _claims_json: str | None
    _user_id: UUID | None

    def __init__(self, role: str, claims: Mapping[str, Any] | None = None) -> None:
        self._set(role, {} if claims is None else claims, None, None)

    def _set(
        self,
        role: str,
        claims: Mapping[str, Any] | None,
        claims_json: str | None,
        user_id: UUID | None,
    ) -> None:
        set_once = object.__setattr__
        set_once(self, "role", role)
        set_once(self, "_claims", claims)
        set_once(self, "_claims_json", claims_json)
        set_once(self, "_user_id", user_id)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"An identity does not change: {name} cannot be set.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"An identity does not change: {name} cannot be deleted.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Identity):
            return NotImplemented
        return (self.role, self.claims) == (other.role, other.claims)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # claims are a dictionary

    def __repr__(self) -> str:
        return f"Identity(role={self.role!r}, claims={self.claims!r})"

    @classmethod
    def anonymous(cls) -> Self:
        """A caller without a token."""
        return cls(Role.ANON, {"role": Role.ANON})

    @classmethod
    def user(cls, user_id: UUID, **claims: object) -> Self:
        """A signed-in user."""
        role = Role.AUTHENTICATED
        return cls(role, {**claims, "sub": str(user_id), "role": role})

    @classmethod
    def external_user(cls, subject: str, **claims: object) -> Self:
        """A user of another auth service, whose id is not a uuid (`USER_ID_TYPE=text`)."""
        role = Role.AUTHENTICATED
        return cls(role, {**claims, "sub": subject, "role": role})

    @classmethod
    def service(cls) -> Self:
        """The service itself, to which no policy applies. No function uses it by default."""
        return cls(Role.SERVICE_ROLE, {"role": Role.SERVICE_ROLE})

    def copy(self) -> Self:
        """The same caller, whose claims are read again from their JSON when they are used."""
        copied = object.__new__(type(self))
        copied._set(self.role, None, self.claims_json, self.user_id)
        return copied

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims, by name."""
        if self._claims is None:
            object.__setattr__(self, "_claims", json.loads(cast("str", self._claims_json)))
        return cast("Mapping[str, Any]", self._claims)

    @property
    def user_id(self) -> UUID | None:
        """The `auth.users` row of the caller, if the claims name one."""
        if self._user_id is None and self._claims is not None:
            try:
                object.__setattr__(self, "_user_id", UUID(str(self._claims["sub"])))
            except (KeyError, ValueError):
                return None
        return self._user_id

    @property
    def subject(self) -> str | None:
        """The id of the caller as text, where it may be no uuid (`USER_ID_TYPE`)."""
        subject = self.claims.get("sub")
        return subject if isinstance(subject, str) and subject else None

    @property
    def claims_json(self) -> str:
        """The claims as PostgreSQL reads them, in ASCII."""
        if self._claims_json is None:
            text = json.dumps(dict(self.claims), separators=(",", ":"))
            object.__setattr__(self, "_claims_json", text)
        return cast("str", self._claims_json)
