"""The identity of a caller: role, claims, and the user whom these name."""

import json
from typing import Any
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


def test_an_identity_does_not_change() -> None:
    anyone: Any = Identity.anonymous()
    with pytest.raises(AttributeError, match="role cannot be set"):
        anyone.role = "service_role"
    with pytest.raises(AttributeError, match="role cannot be deleted"):
        del anyone.role
    assert anyone.role == Role.ANON


def test_an_identity_equals_only_one_with_the_same_role_and_claims() -> None:
    assert Identity("editor", {"a": 1}) == Identity("editor", {"a": 1})
    assert Identity("editor", {"a": 1}) != Identity("editor", {"a": 2})
    assert Identity("editor", {"a": 1}) != Identity("author", {"a": 1})
    assert Identity("editor") != "editor"


def test_a_user_of_another_service_has_a_subject_and_no_uuid() -> None:
    user = Identity.external_user("auth0|1", sub="another", role="service_role", name="Alice")
    assert user.role == Role.AUTHENTICATED
    assert user.claims == {"sub": "auth0|1", "role": "authenticated", "name": "Alice"}
    assert (user.subject, user.user_id) == ("auth0|1", None)


@pytest.mark.parametrize("claims", [{}, {"sub": None}, {"sub": ""}, {"sub": 7}])
def test_a_subject_is_a_text_that_is_not_empty(claims: dict[str, object]) -> None:
    assert Identity("editor", claims).subject is None


def test_a_copy_is_the_same_caller_with_claims_of_its_own() -> None:
    user = Identity.user(uuid4(), roles=["editor"])
    copy = user.copy()
    assert copy.user_id == user.user_id
    assert copy == user
    copy.claims["roles"].append("admin")
    assert user.claims["roles"] == ["editor"]
    # What PostgreSQL is told is what was true at the beginning.
    assert copy.claims_json == user.claims_json
