"""Who may call a function: reads the declaration, and checks a caller against it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, Self, get_args

from ottavino.declare.role import ApiRole
from ottavino.errors import OttavinoError
from ottavino.http.errors import NoCredentials, NotAUser, RoleNotAllowed
from ottavino.identity import Identity, Role

Auth = Literal["user", "key", "optional"]
"""What a caller has to send: a signed-in user's token, any key or token of the project, or
nothing."""

RoleName = Literal["anon", "authenticated", "service_role"] | Role | ApiRole
"""One of the project's own is an `ApiRole`, so that a checker reports a misspelt name."""

Roles = tuple[RoleName, ...] | list[RoleName] | AbstractSet[RoleName]
"""Not `Collection`: a string is one too, and `in` would look for a part of it."""

WITHOUT_A_USER = {Role.ANON, Role.SERVICE_ROLE}
"""The roles of the project's keys. They stand for no user, whatever the token says."""


class DeclarationError(OttavinoError):
    """A function's declaration makes no sense."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The callers that a function accepts."""

    auth: Auth
    roles: frozenset[str] | None
    """The accepted roles; None for every role that `auth` accepts."""

    @classmethod
    def declared(cls, auth: Auth, roles: Roles | None) -> Self:
        """Read a declaration; raise `DeclarationError` if it makes no sense."""
        if auth not in get_args(Auth):
            raise DeclarationError(
                f'auth={auth!r} is unknown: use "user", "key" or "optional".'
            )
        if roles is None:
            return cls(auth, None)
        if isinstance(roles, str):
            raise DeclarationError(
                f"roles={roles!r} is a string: write a tuple, roles=({roles!r},)."
            )
        admission = cls(auth, frozenset(roles))
        admission._check_roles(admission.roles or frozenset())
        return admission

    def _check_roles(self, roles: AbstractSet[str]) -> None:
        if not roles:
            raise DeclarationError("roles names no role, so no caller could call the function.")
        if self.auth == "user" and Role.ANON in roles:
            raise DeclarationError(
                'roles names anon, which is never a user: add auth="key" to accept the keys of '
                'the project, or auth="optional" to accept anybody.'
            )
        if self.auth == "optional" and Role.ANON not in roles:
            raise DeclarationError(
                'auth="optional" accepts anybody, as anon, but roles does not name anon: '
                "remove one of the two."
            )

    @property
    def is_for_services(self) -> bool:
        """Whether `service_role` alone may call."""
        return self.roles == frozenset[str]({Role.SERVICE_ROLE})

    def admit(self, identity: Identity | None) -> Identity:
        """The caller, anonymous if no credentials were sent; raises the error that refuses
        them.

        Under `auth="user"`, a role without a user is accepted only if `roles` names it. That is
        how a function accepts `service_role`.
        """
        if identity is None:
            if self.auth != "optional":
                raise NoCredentials
            identity = Identity.anonymous()
        if self.auth == "user" and not (_is_user(identity) or self._names(identity.role)):
            raise NotAUser
        if self.roles is not None and not self._names(identity.role):
            raise RoleNotAllowed
        return identity

    def _names(self, role: str) -> bool:
        return self.roles is not None and role in self.roles


def _is_user(identity: Identity) -> bool:
    return identity.role not in WITHOUT_A_USER and (
        # A caller with a uuid is a user, so the claims need not be read.
        identity.user_id is not None or identity.subject is not None
    )
