"""The credentials of a request: a bearer token, a key, or both; and whom a function takes."""

from typing import Any

import pytest

from ottavino.declare.role import ApiRole
from ottavino.errors import SettingsError
from ottavino.http.auth.admission import Auth, DeclarationError
from ottavino.http.function import Function
from ottavino.identity import Identity
from ottavino.settings import settings
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import bearer, client, token

PUBLISHABLE = "sb_publishable_0123456789abcdefghijkl"
OTHER_PUBLISHABLE = "sb_publishable_for-the_mobile_app_1"
SECRET = "sb_secret_0123456789abcdefghijklmnop"  # noqa: S105  # it guards nothing

ANON = token(role="anon", sub=None, aud=None)
SERVICE = token(role="service_role", sub=None, aud=None)


@pytest.fixture(autouse=True)
def keys(settings_from: SettingsFrom) -> None:
    """A project with opaque keys."""
    settings_from(
        SUPABASE_PUBLISHABLE_KEYS=f"{PUBLISHABLE}, {OTHER_PUBLISHABLE}",
        SUPABASE_SECRET_KEYS=f'{{"default": "{SECRET}"}}',
    )


def who(auth: Auth = "key", **options: Any) -> Function:
    function = Function(auth=auth, **options)

    @function.get()
    async def who(caller: Identity) -> str:
        return caller.role

    return function


async def answer(headers: dict[str, str], function: Function | None = None) -> str:
    """The role of the caller with these headers, or the code of the refusal."""
    async with client(function or who()) as http:
        response = await http.get("/it", headers=headers)
    return response.headers.get("sb-error-code", response.text)


NO_HEADER = "UNAUTHORIZED_NO_AUTH_HEADER"
MALFORMED = "UNAUTHORIZED_INVALID_JWT_FORMAT"
INVALID = "UNAUTHORIZED_LEGACY_JWT"

KEY_BEARER = bearer(PUBLISHABLE)

SHOWN: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({}, NO_HEADER),
    "a user's token": (bearer(), "authenticated"),
    "a publishable key": ({"apikey": PUBLISHABLE}, "anon"),
    "another publishable key": ({"apikey": OTHER_PUBLISHABLE}, "anon"),
    "a secret key": ({"apikey": SECRET}, "service_role"),
    "a secret key, with spaces": ({"apikey": f"  {SECRET} "}, "service_role"),
    "a key as both": ({"apikey": PUBLISHABLE, **bearer(PUBLISHABLE)}, "anon"),
    "a key as a bearer alone": (bearer(SECRET), "service_role"),
    "a key as a bearer, and another": (
        {"apikey": SECRET, **bearer(PUBLISHABLE)},
        "service_role",
    ),
    "a key as a bearer, and a token": (
        {"apikey": token(), **bearer(PUBLISHABLE)},
        "authenticated",
    ),
    "a user's token and a key": ({"apikey": PUBLISHABLE, **bearer()}, "authenticated"),
    "a user's token and the secret key": ({"apikey": SECRET, **bearer()}, "authenticated"),
    "a token for a key": ({"apikey": token()}, "authenticated"),
    "the anon token for a key": ({"apikey": ANON}, "anon"),
    "the service token for a key": ({"apikey": SERVICE}, "service_role"),
    "the anon token as both": ({"apikey": ANON, **bearer(ANON)}, "anon"),
    "a bad token and a good key": ({"apikey": SECRET, **bearer("a.b.c")}, MALFORMED),
    "another scheme and a good key": (
        {"apikey": SECRET, "authorization": "Basic x"},
        MALFORMED,
    ),
    "an expired token and a good key": ({"apikey": SECRET, **bearer(token(exp=1))}, INVALID),
    "an unknown key": ({"apikey": "sb_secret_0123456789abcdefghijklmnoq"}, MALFORMED),
    "a key and a letter": ({"apikey": SECRET + "a"}, MALFORMED),
    "a key without its last letter": ({"apikey": SECRET[:-1]}, MALFORMED),
    "a key in capitals": ({"apikey": SECRET.upper()}, MALFORMED),
    "the beginning of a key": ({"apikey": "sb_secret_"}, MALFORMED),
    "an opaque key of no kind": ({"apikey": "sb_"}, MALFORMED),
    "an opaque key with a letter beyond ASCII": ({"apikey": "sb_secret_é"}, MALFORMED),
    "an empty key": ({"apikey": ""}, MALFORMED),
    "a word for a key": ({"apikey": "undefined"}, MALFORMED),
    "a key that looks like a token": ({"apikey": "sb_secret_a.b.c"}, MALFORMED),
    "a key that is very long": ({"apikey": "sb_secret_" + "x" * 30_000}, MALFORMED),
}


@pytest.mark.parametrize(("headers", "expected"), SHOWN.values(), ids=SHOWN.keys())
async def test_the_credentials_decide_who_calls(headers: dict[str, str], expected: str) -> None:
    latin = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}
    async with client(who()) as http:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in latin.items()]
        response = await http.get("/it", headers=raw)
    assert response.headers.get("sb-error-code", response.text) == expected


@pytest.mark.parametrize(("key", "role"), [(PUBLISHABLE, "anon"), (SECRET, "service_role")])
async def test_a_key_claims_its_role_and_nothing_else(key: str, role: str) -> None:
    function = Function(auth="key")

    @function.get()
    async def claims(caller: Identity) -> dict[str, Any]:
        return dict(caller.claims)

    async with client(function) as http:
        assert (await http.get("/it", headers={"apikey": key})).json() == {"role": role}


async def test_two_keys_at_once_are_refused() -> None:
    async with client(who()) as http:
        response = await http.get("/it", headers=[("apikey", SECRET), ("apikey", SECRET)])
    assert response.headers["sb-error-code"] == MALFORMED


async def test_a_key_is_never_parsed_as_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("jwt.get_unverified_header", refuse)
    for shown in (SECRET, PUBLISHABLE, "sb_secret_a.b.c", "sb_x.y.z"):
        assert await answer({"apikey": shown}) in {"anon", "service_role", MALFORMED}
        assert await answer(bearer(shown)) in {"anon", "service_role", MALFORMED}


async def test_a_key_that_is_refused_is_not_repeated() -> None:
    async with client(who()) as http:
        response = await http.get("/it", headers={"apikey": SECRET + "x"})
    assert response.status_code == 401
    assert SECRET not in response.text


async def test_without_keys_in_the_settings_no_key_is_accepted(
    settings_from: SettingsFrom,
) -> None:
    settings_from(SUPABASE_PUBLISHABLE_KEYS="", SUPABASE_SECRET_KEYS="")
    assert await answer({"apikey": SECRET}) == MALFORMED
    assert await answer({"apikey": "sb_"}) == MALFORMED


# Who may call


async def test_a_bad_credential_is_refused_even_if_none_is_required() -> None:
    assert await answer({}, who(auth="optional")) == "anon"
    assert await answer({"apikey": "sb_secret_x"}, who(auth="optional")) == MALFORMED


EDITOR = token(role="editor", sub=None)
"""The token of a machine: it names no user."""

CALLERS = {
    "nobody": {},
    "a publishable key": {"apikey": PUBLISHABLE},
    "an anon token": bearer(ANON),
    "an anon token that names a user": bearer(token(role="anon")),
    "a user": bearer(),
    "a user with a key": {"apikey": PUBLISHABLE, **bearer()},
    "a user of the project's own role": bearer(token(role="editor")),
    "a machine": bearer(EDITOR),
    "a secret key": {"apikey": SECRET},
    "a service token": bearer(SERVICE),
    "a service token that names a user": bearer(token(role="service_role")),
}

NOBODYS = {"nobody"}
KEYS = {"a publishable key", "an anon token", "an anon token that names a user"}
SERVICES = {"a secret key", "a service token", "a service token that names a user"}
EDITORS = {"a user of the project's own role", "a machine"}
USERS = {"a user", "a user with a key", "a user of the project's own role"}
MACHINES = {"a machine"}
ALL = NOBODYS | KEYS | SERVICES | USERS | MACHINES

LEVELS: dict[str, tuple[Function, set[str]]] = {
    "nothing said": (who(auth="user"), USERS),
    "users": (who(auth="user", roles=("authenticated",)), {"a user", "a user with a key"}),
    "servers": (who(auth="user", roles=("service_role",)), SERVICES),
    "users and servers": (
        who(auth="user", roles=("authenticated", "service_role")),
        {"a user", "a user with a key"} | SERVICES,
    ),
    "editors": (who(auth="user", roles={"editor"}), EDITORS),
    "keys": (who(auth="key"), ALL - NOBODYS),
    "publishable keys": (who(auth="key", roles=["anon"]), KEYS),
    "keys of servers": (who(auth="key", roles=["service_role"]), SERVICES),
    "anybody": (who(auth="optional"), ALL),
    "anybody but servers": (
        who(auth="optional", roles=("anon", "authenticated", ApiRole("editor"))),
        ALL - SERVICES,
    ),
}


@pytest.mark.parametrize(("function", "taken"), LEVELS.values(), ids=LEVELS.keys())
async def test_a_function_says_who_may_call_it(
    function: Function, taken: set[str], settings_from: SettingsFrom
) -> None:
    settings_from(API_ROLES="editor")
    answers = {name: await answer(headers, function) for name, headers in CALLERS.items()}
    refusals = {NO_HEADER, "FORBIDDEN_ROLE"}
    assert {name for name, code in answers.items() if code not in refusals} == taken


def test_a_function_is_for_users_by_default() -> None:
    assert Function().admission == who(auth="user").admission


@pytest.mark.parametrize("roles", [None, ("authenticated",), ("service_role",)])
@pytest.mark.parametrize("name", sorted(KEYS))
async def test_a_key_alone_is_told_that_it_is_not_a_user(
    name: str, roles: tuple[str, ...] | None
) -> None:
    async with client(who(auth="user", roles=roles)) as http:
        response = await http.get("/it", headers=CALLERS[name])
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["error"] == (
        "This function needs a signed-in user: send a user's token. A key alone is not a user."
    )


# What a function may declare


MEANINGLESS: dict[str, tuple[dict[str, Any], str]] = {
    "a level that is none": ({"auth": "users"}, 'use "user", "key" or "optional"'),
    "a level that is true": ({"auth": True}, 'use "user", "key" or "optional"'),
    "a role that is not in a tuple": (
        {"roles": "service_role"},
        r"write a tuple, roles=\('service_role',\)",
    ),
    "no role": ({"roles": ()}, "so no caller could call"),
    "users who are anon": ({"roles": ("anon", "authenticated")}, "anon, which is never a user"),
    "anybody, and not anon": (
        {"auth": "optional", "roles": ("authenticated",)},
        "roles does not name anon",
    ),
    "transactions of nobody": ({"transactions": "own"}, 'use "platform" or "manual"'),
    "no time": ({"timeout": 0}, "timeout must be a number above 0, not 0"),
    "time without an end": ({"timeout": float("inf")}, "timeout must be a number above 0"),
    "time that is no number": ({"timeout": float("nan")}, "timeout must be a number above 0"),
    "a body of nothing": ({"max_body_bytes": 0}, "max_body_bytes must be a number above 0"),
}


@pytest.mark.parametrize(("options", "sentence"), MEANINGLESS.values(), ids=MEANINGLESS.keys())
def test_a_contradictory_declaration_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DeclarationError, match=sentence):
        Function(**options)


async def test_a_role_that_may_not_call_is_refused_before_anything_else() -> None:
    async with client(who(roles=("service_role",))) as http:
        response = await http.delete("/it/nowhere", headers=bearer())
    assert response.status_code == 403
    assert response.json()["error"] == "This function does not accept your role."


async def test_a_project_may_add_roles(settings_from: SettingsFrom) -> None:
    shown = bearer(token(role="editor", sub=None))
    assert await answer(shown) == "FORBIDDEN_ROLE"
    settings_from(API_ROLES="editor, auditor")
    assert await answer(shown) == "editor"
    assert await answer(bearer(token(role="editor", aud=None))) == INVALID
    assert await answer(bearer(token(role="editor", sub="x"))) == MALFORMED
    assert await answer(bearer(token(role="postgres"))) == "FORBIDDEN_ROLE"


@pytest.mark.parametrize(
    "role",
    [
        "none",
        "postgres",
        "public",
        "pg_read_all_data",
        "supabase_admin",
        "authenticator",
        "Editor",
        "editor'--",
        "a b",
        "1st",
        "x" * 64,
    ],
)
def test_no_project_can_add_a_role_that_is_not_for_callers(
    role: str, settings_from: SettingsFrom
) -> None:
    settings_from(API_ROLES=f"editor,{role}")
    with pytest.raises(SettingsError, match="callers cannot become"):
        settings()
