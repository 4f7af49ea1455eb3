"""Who may call a function: what it declares, and whether one caller may."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, Self, get_args

from ottavino.errors import OttavinoError
from ottavino.http.errors import NoCredentials, NotAUser, RoleNotAllowed
from ottavino.identity import Identity, Role

Auth = Literal["user", "key", "optional"]
"""What a caller has to show: a signed-in user's token, any key or token of the project, or
nothing."""

Roles = tuple[str, ...] | list[str] | AbstractSet[str]
"""Not any collection: a string is one of its letters, and would test for a part of itself."""

WITHOUT_A_USER = {Role.ANON, Role.SERVICE_ROLE}
"""Roles that stand for no user, whatever their token says: those of the project's keys."""


class DeclarationError(OttavinoError):
    """A function says of itself what cannot be meant."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Which callers a function takes."""

    auth: Auth
    roles: frozenset[str] | None
    """Their roles; None for every role that `auth` takes."""

    @classmethod
    def declared(cls, auth: Auth, roles: Roles | None) -> Self:
        """What a function declares; raises `DeclarationError` for what cannot be meant."""
        if auth not in get_args(Auth):
            raise DeclarationError(
                f'auth={auth!r} is not understood: use "user", "key" or "optional".'
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
            raise DeclarationError("roles names no role, so nobody could call the function.")
        if self.auth == "user" and Role.ANON in roles:
            raise DeclarationError(
                'roles names anon, which is never a user: add auth="key" to take the keys of '
                'the project, or auth="optional" to take anybody.'
            )
        if self.auth == "optional" and Role.ANON not in roles:
            raise DeclarationError(
                'auth="optional" takes anybody, as anon, and roles does not name anon: take '
                "one of the two out."
            )

    @property
    def is_for_services(self) -> bool:
        """Whether `service_role` alone may call."""
        return self.roles == frozenset[str]({Role.SERVICE_ROLE})

    def admit(self, identity: Identity | None) -> Identity:
        """The caller, anonymous where nothing was shown; raises what refuses them.

        Under `auth="user"` a role is taken without a user only where `roles` names it: so
        does a function take `service_role`.
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
    return identity.role not in WITHOUT_A_USER and identity.user_id is not None
