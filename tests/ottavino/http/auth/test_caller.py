import json
import time
from collections.abc import Callable

import jwt
import pytest
from starlette.requests import Request

from ottavino.errors import SettingsError
from ottavino.http.auth.token_claims import CLAIMS_DEPTH, LEEWAY_SECONDS
from ottavino.http.auth.verifier import TOKEN_CHARACTERS, Verifier, has_published_secret
from ottavino.http.errors import ApiError
from ottavino.identity import Identity, Role
from ottavino.settings import settings
from ottavino.testing import SettingsFrom
from tests.ottavino.http.client import ALICE, SECRET, claims, segment, signed, token

NO_HEADER = "UNAUTHORIZED_NO_AUTH_HEADER"
MALFORMED = "UNAUTHORIZED_INVALID_JWT_FORMAT"
INVALID = "UNAUTHORIZED_LEGACY_JWT"
ALGORITHM = "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM"
ROLE = "FORBIDDEN_ROLE"

ANON_KEY = {"aud": None, "sub": None, "role": "anon"}
"""A key as Supabase issues it: it names neither an audience nor a subject."""
OTHER_SECRET = SECRET[::-1]


def request(*authorization: str) -> Request:
    headers = [(b"authorization", each.encode("latin-1")) for each in authorization]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


async def identity(*authorization: str) -> Identity | None:
    return await Verifier(settings()).identity(request(*authorization))


async def refused(*authorization: str) -> ApiError:
    with pytest.raises(ApiError) as error:
        await identity(*authorization)
    return error.value


def now(seconds: int) -> int:
    return int(time.time()) + seconds


def raw(**changes: object) -> str:
    """Alice's claims as JSON, for a test to change."""
    return json.dumps(claims(**changes))


def unsigned() -> str:
    return f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(claims())}."


def swapped(name: str, value: object) -> str:
    """Alice's token with another claim, and the signature of the one that was issued."""
    header, _, signature = token().split(".")
    return f"{header}.{segment(claims(**{name: value}))}.{signature}"


def spoiled(old: str, new: str) -> str:
    """A signed token whose claims were changed as text."""
    return signed(raw(name="#").replace(old, new))


ACCEPTED: dict[str, tuple[Callable[[], str], Role]] = {
    "a user": (token, Role.AUTHENTICATED),
    "a user, the time of expiry being a fraction": (
        lambda: token(exp=time.time() + 60.5),
        Role.AUTHENTICATED,
    ),
    "a user, expired within the leeway": (lambda: token(exp=now(-5)), Role.AUTHENTICATED),
    "a user, not valid yet within the leeway": (lambda: token(nbf=now(5)), Role.AUTHENTICATED),
    "one audience of several": (lambda: token(aud=["b", "authenticated"]), Role.AUTHENTICATED),
    "a user's id in capitals": (lambda: token(sub=str(ALICE).upper()), Role.AUTHENTICATED),
    "names of every script": (lambda: token(name="Žofie 😀 \\u0000"), Role.AUTHENTICATED),
    "claims in claims": (lambda: token(app_metadata={"a": [{"b": 1}]}), Role.AUTHENTICATED),
    "the project's anon key": (lambda: token(**ANON_KEY), Role.ANON),
    "the project's service key": (
        lambda: token(**ANON_KEY | {"role": "service_role"}),
        Role.SERVICE_ROLE,
    ),
}


@pytest.mark.parametrize(("make", "role"), ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_a_token_of_this_project_is_a_caller(make: Callable[[], str], role: Role) -> None:
    caller = await identity(f"Bearer {make()}")
    assert caller is not None
    assert caller.role is role


async def test_the_caller_has_the_claims_of_the_token() -> None:
    caller = await identity(f"Bearer {token(email='a@example.org')}")
    assert caller is not None
    assert caller.user_id == ALICE
    assert caller.claims == claims(email="a@example.org", exp=caller.claims["exp"])


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer ", " Bearer"])
async def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert await identity(f"{scheme} {token()}") is not None


async def test_a_request_without_credentials_has_no_caller() -> None:
    assert await identity() is None


# Characters that end a string, a name or an object, in every place where a claim could end one.
HOSTILE = ("'", '"', "}", "'; drop table users; --", '","role":"service_role', "\\", "$$")
CLAIMS = {
    "sub": MALFORMED,
    "role": "FORBIDDEN_ROLE",
    "aud": INVALID,
    "exp": MALFORMED,
    "nbf": MALFORMED,
    "email": "authenticated",
    "iss": "authenticated",
    "session_id": "authenticated",
}


@pytest.mark.parametrize(("claim", "expected"), CLAIMS.items())
async def test_claims_are_data_and_never_sql(claim: str, expected: str) -> None:
    for text in HOSTILE:
        value = f"{ALICE}{text}" if claim == "sub" else f"authenticated{text}"
        shown = token(**{claim: value})
        if expected == Role.AUTHENTICATED:
            caller = await identity(f"Bearer {shown}")
            assert caller is not None
            assert (caller.role, caller.claims[claim]) == (expected, value)
        else:
            assert (await refused(f"Bearer {shown}")).code == expected, text


def as_long_as(characters: int) -> str:
    """A token of exactly this length, found by trying names of several lengths."""
    shortest = len(token(name="", exp=2**31))
    # Base64 makes four characters of three.
    about = (characters - shortest) * 3 // 4
    made = (token(name="x" * length, exp=2**31) for length in range(about - 3, about + 4))
    return next(each for each in made if len(each) == characters)


async def test_a_token_may_have_sixteen_kilobytes_and_no_character_more() -> None:
    assert await identity(f"Bearer {as_long_as(16 * 1024)}") is not None
    assert (await refused(f"Bearer {as_long_as(16 * 1024 + 1)}")).code == MALFORMED


@pytest.mark.parametrize("form", ["[{}]", '{{"a": {}}}'])
async def test_claims_may_be_nested_up_to_a_depth(form: str) -> None:
    def nested(depth: int) -> str:
        value = "1"
        for _ in range(depth):
            value = form.format(value)
        # The claims are one level themselves.
        return "Bearer " + spoiled('"#"', value)

    # The innermost value is on a level of its own.
    assert await identity(nested(CLAIMS_DEPTH - 2)) is not None
    assert (await refused(nested(CLAIMS_DEPTH - 1))).code == MALFORMED


async def test_the_last_second_of_the_year_9999_is_a_date() -> None:
    last = 253_402_300_799
    assert await identity(f"Bearer {token(exp=last)}") is not None
    assert (await refused(f"Bearer {token(exp=last + 1)}")).code == MALFORMED


async def test_a_token_expires_to_the_second() -> None:
    assert await identity(f"Bearer {token(exp=now(-LEEWAY_SECONDS + 2))}") is not None
    assert (await refused(f"Bearer {token(exp=now(-LEEWAY_SECONDS - 1))}")).code == INVALID


HEADERS: dict[str, Callable[[], list[str]]] = {
    "an empty header": lambda: [""],
    "a scheme alone": lambda: ["Bearer"],
    "a scheme and nothing": lambda: ["Bearer "],
    "a token alone": lambda: [token()],
    "another scheme": lambda: [f"Basic {token()}"],
    "two headers": lambda: [f"Bearer {token()}", f"Bearer {token()}"],
    "two tokens": lambda: [f"Bearer {token()} {token()}"],
    "two tokens in a list": lambda: [f"Bearer {token()}, Bearer {token()}"],
    "a word": lambda: ["Bearer swordfish"],
    "the word that JavaScript sends for nothing": lambda: ["Bearer undefined"],
    "two parts": lambda: ["Bearer " + ".".join(token().split(".")[:2])],
    "four parts": lambda: [f"Bearer {token()}.e30"],
    "five parts, as an encrypted token has": lambda: ["Bearer a.b.c.d.e"],
    "empty parts": lambda: ["Bearer .."],
    "letters outside of base64": lambda: ["Bearer é.é.é"],
    "padding": lambda: [f"Bearer {token()}="],
    "a header that is not base64": lambda: ["Bearer a.e30.e30"],
    "a header that is not JSON": lambda: ["Bearer e30x.e30.e30"],
    "a header that is a list": lambda: [f"Bearer {segment([])}.e30.e30"],
    "a header that is too long": lambda: [f"Bearer {token(name='x' * TOKEN_CHARACTERS)}"],
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
async def test_a_malformed_bearer_token_is_refused(headers: Callable[[], list[str]]) -> None:
    error = await refused(*headers())
    assert (error.status, error.code) == (401, MALFORMED)


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    # The algorithm
    "no algorithm": (unsigned, ALGORITHM),
    "no algorithm, and a signature": (lambda: unsigned() + "e30", ALGORITHM),
    "nOnE": (lambda: f"{segment({'alg': 'nOnE'})}.{segment(claims())}.", ALGORITHM),
    "an algorithm that is not named": (lambda: f"{segment({})}.e30.e30", ALGORITHM),
    "an algorithm that is a list": (
        lambda: f"{segment({'alg': ['HS256']})}.e30.e30",
        ALGORITHM,
    ),
    "HS512": (lambda: jwt.encode(claims(), SECRET * 2, "HS512"), ALGORITHM),
    "HS384": (lambda: jwt.encode(claims(), SECRET * 2, "HS384"), ALGORITHM),
    "RS256": (lambda: f"{segment({'alg': 'RS256'})}.{segment(claims())}.e30", ALGORITHM),
    "ES256": (lambda: f"{segment({'alg': 'ES256'})}.{segment(claims())}.e30", ALGORITHM),
    # The signature
    "another secret": (lambda: jwt.encode(claims(), OTHER_SECRET), INVALID),
    "no signature": (lambda: token().rpartition(".")[0] + ".", INVALID),
    "another user under the signature": (lambda: swapped("sub", str(ALICE)[::-1]), INVALID),
    "another role under the signature": (lambda: swapped("role", "service_role"), INVALID),
    "a critical extension": (lambda: signed(raw(), crit=["own"], own=1), MALFORMED),
    "claims outside of the token": (lambda: signed(raw(), b64=False), MALFORMED),
    # Times
    "expired": (lambda: token(exp=now(-60)), INVALID),
    "without an expiry": (lambda: token(exp=None), INVALID),
    "an expiry of null": (lambda: signed(raw(exp=None)[:-1] + ', "exp": null}'), INVALID),
    "an expiry that is a word": (lambda: token(exp="never"), MALFORMED),
    "an expiry that is a list": (lambda: token(exp=[now(60)]), MALFORMED),
    "not valid yet": (lambda: token(nbf=now(60)), INVALID),
    "a beginning that is a word": (lambda: token(nbf="soon"), MALFORMED),
    "issued in the future": (lambda: token(iat=now(60)), INVALID),
    # The audience
    "without an audience": (lambda: token(aud=None), INVALID),
    "another audience": (lambda: token(aud="other"), INVALID),
    "other audiences": (lambda: token(aud=["other", "another"]), INVALID),
    "no audience in a list": (lambda: token(aud=[]), INVALID),
    "an audience that is an object": (lambda: token(aud={"authenticated": 1}), INVALID),
    "a key for another audience": (lambda: token(**ANON_KEY | {"aud": "other"}), INVALID),
    # The role
    "without a role": (lambda: token(role=None), ROLE),
    "a role that is none of ours": (lambda: token(role="postgres"), ROLE),
    "a role that begins like ours": (lambda: token(role="authenticated' --"), ROLE),
    "a role in capitals": (lambda: token(role="AUTHENTICATED"), ROLE),
    "a role in a list": (lambda: token(role=["authenticated"]), ROLE),
    "a role that is a number": (lambda: token(role=1), ROLE),
    # The subject
    "a user without an id": (lambda: token(sub=None), MALFORMED),
    "a user whose id is empty": (lambda: token(sub=""), MALFORMED),
    "a user whose id is a word": (lambda: token(sub="alice"), MALFORMED),
    "a user whose id is a number": (lambda: signed(raw(sub=7)), MALFORMED),
    "a user whose id is in braces": (lambda: token(sub=f"{{{ALICE}}}"), MALFORMED),
    "a user whose id is a URN": (lambda: token(sub=ALICE.urn), MALFORMED),
    "a user whose id has no hyphens": (lambda: token(sub=ALICE.hex), MALFORMED),
    "a user whose id ends in a line": (lambda: token(sub=f"{ALICE}\n"), MALFORMED),
    # Claims that PostgreSQL would refuse, or read in another way
    "claims that are a list": (lambda: signed("[]"), MALFORMED),
    "claims that are a word": (lambda: signed('"claims"'), MALFORMED),
    "claims that are no JSON": (lambda: signed("{"), MALFORMED),
    "claims in UTF-16": (lambda: signed(raw().encode("utf-16")), MALFORMED),
    "claims that are not UTF-8": (lambda: signed(b'{"a": "\xff"}'), MALFORMED),
    "the zero character": (lambda: spoiled("#", "\\u0000"), MALFORMED),
    "the zero character in a name": (lambda: spoiled('"name"', '"\\u0000"'), MALFORMED),
    "the zero character deep inside": (lambda: token(a=[{"b": ["\0"]}]), MALFORMED),
    "half of a surrogate pair": (lambda: spoiled("#", "\\ud800"), MALFORMED),
    "a surrogate pair the wrong way round": (lambda: spoiled("#", "\\ude00\\ud83d"), MALFORMED),
    "NaN": (lambda: spoiled('"#"', "NaN"), MALFORMED),
    "Infinity": (lambda: spoiled('"#"', "Infinity"), MALFORMED),
    "minus Infinity": (lambda: spoiled('"#"', "-Infinity"), MALFORMED),
    "a number as large": (lambda: spoiled('"#"', "1e999"), MALFORMED),
    "a number of ten thousand digits": (lambda: spoiled('"#"', "9" * 10_000), MALFORMED),
    "a name that stands twice": (lambda: spoiled('"name"', '"role"'), MALFORMED),
    "a name that stands twice inside": (lambda: spoiled('"#"', '{"a": 1, "a": 2}'), MALFORMED),
    "a list in a list, and so on": (lambda: spoiled('"#"', "[" * 50 + "]" * 50), MALFORMED),
    "and so on without an end": (lambda: spoiled('"#"', "[" * 5000 + "]" * 5000), MALFORMED),
}


@pytest.mark.whole_but_first("verifies each of many tokens")
@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_of_another_project_is_refused_and_nothing_of_it_repeated(
    make: Callable[[], str], code: str
) -> None:
    value = make()
    error = await refused(f"Bearer {value}")
    assert error.code == code
    assert error.status == (403 if code == ROLE else 401)
    sentence = str(error)
    assert not [part for part in value.split(".") if len(part) > 5 and part in sentence]


async def test_another_claim_may_name_the_user(settings_from: SettingsFrom) -> None:
    settings_from(USER_ID_CLAIM="id")
    caller = await identity(f"Bearer {token(sub='auth0|6512', id=str(ALICE))}")
    assert caller is not None
    assert caller.user_id == ALICE
    # The subject is then the id of something else, even if it is a user's here.
    assert (await refused(f"Bearer {token(sub=str(ALICE))}")).code == MALFORMED
    without = await identity(f"Bearer {token(role='anon', sub=str(ALICE))}")
    assert without is not None
    assert "sub" not in without.claims


async def test_the_id_of_a_user_elsewhere_has_up_to_255_characters(
    settings_from: SettingsFrom,
) -> None:
    settings_from(USER_ID_TYPE="text")
    for name in ("a", "auth0|6512", "x" * 255):
        caller = await identity(f"Bearer {token(sub=name)}")
        assert caller is not None
        assert caller.subject == name
    for name in ("", "x" * 256):
        assert (await refused(f"Bearer {token(sub=name)}")).code == MALFORMED


async def test_the_audience_is_a_setting(settings_from: SettingsFrom) -> None:
    settings_from(JWT_AUDIENCE="mobile")
    assert await identity(f"Bearer {token(aud='mobile')}") is not None
    assert (await refused(f"Bearer {token()}")).code == INVALID


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("", "JWT_SECRET is not set."),
        ("x" * 31, "JWT_SECRET is shorter than 32 bytes."),
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----",
            "a public key",
        ),
    ],
)
def test_a_secret_that_protects_nothing_is_refused(
    secret: str, sentence: str, settings_from: SettingsFrom
) -> None:
    settings_from(JWT_SECRET=secret)
    with pytest.raises(SettingsError, match=sentence):
        Verifier(settings())


@pytest.mark.parametrize(
    "secret",
    [
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
    ],
)
def test_a_published_secret_is_recognised(secret: str, settings_from: SettingsFrom) -> None:
    settings_from(JWT_SECRET=secret)
    assert has_published_secret(settings())
    settings_from(JWT_SECRET=f"{secret}, or nearly so")
    assert not has_published_secret(settings())


async def test_a_secret_of_32_bytes_protects(settings_from: SettingsFrom) -> None:
    secret = "é" * 16
    settings_from(JWT_SECRET=secret)
    shown = jwt.encode(claims(), secret)
    assert await identity(f"Bearer {shown}") is not None
