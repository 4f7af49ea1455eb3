"""The identity of a caller: role, claims, and the user whom these name."""

import json
from uuid import UUID, uuid4

import pytest

from ottavino.identity import Identity, Role


def test_a_user_is_who_the_claims_name_whatever_else_they_say() -> None:
    user_id = uuid4()
    user = Identity.user(user_id, sub="another", role="service_role", name="Alice")
    assert user.role == Role.AUTHENTICATED
    assert user.claims == {"sub": str(user_id), "role": "authenticated", "name": "Alice"}
    assert user.user_id == user_id


@pytest.mark.parametrize(
    ("identity", "role"), [(Identity.anonymous(), "anon"), (Identity.service(), "service_role")]
)
def test_who_is_no_user_has_a_role_and_claims_that_say_the_same(
    identity: Identity, role: str
) -> None:
    assert identity == Identity(role, {"role": role})
    assert identity.user_id is None


@pytest.mark.parametrize("claims", [{}, {"sub": None}, {"sub": ""}, {"sub": "a@example.com"}])
def test_a_subject_that_is_no_uuid_is_no_user(claims: dict[str, object]) -> None:
    assert Identity("editor", claims).user_id is None


def test_a_role_alone_has_no_claims() -> None:
    assert Identity("editor").claims == {}


def test_claims_travel_in_ascii_and_without_blanks() -> None:
    identity = Identity("editor", {"name": "é", "roles": [1, UUID(int=0).hex]})
    assert json.loads(identity.claims_json) == identity.claims
    assert identity.claims_json.isascii()
    assert " " not in identity.claims_json
