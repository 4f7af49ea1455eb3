"""Tokens whose claims and headers are of every kind that JSON has, each properly signed.

Every user has a token signed with claims that are partly their own. Whatever stands
in one, its caller is verified or refused: no token makes the server fail.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ottavino.http.function import Function
from ottavino.identity import Identity
from ottavino.testing import SettingsFrom
from tests.ottavino.http.auth.issuer import key
from tests.ottavino.http.client import SECRET, bearer, claims, client
from tests.ottavino.http.conftest import no_database

pytestmark = pytest.mark.whole

__all__ = ["no_database"]

CLAIMS = ("exp", "nbf", "iat", "aud", "sub", "role", "iss", "jti", "email", "app_metadata")
DATES = ("exp", "nbf", "iat")

NUMBERS = {
    "a float that is infinite": "1e400",
    "a negative float that is infinite": "-1e400",
    "the largest float": "1.7976931348623157e308",
    "a float below every other": "1e-400",
    "a whole number that no float holds": "9" * 400,
    "a negative one": "-" + "9" * 400,
    "a whole number that Python does not read": "9" * 5000,
    "a whole number beyond 64 bits": str(2**64),
    "a date beyond every calendar": str(10**15),
    "nought": "0",
    "minus nought": "-0.0",
    "minus one": "-1",
    "a fraction": "0.5",
    "no number of JSON's": "NaN",
    "another one": "-Infinity",
}
OTHERS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "an empty string": '""',
    "a number in a string": '"99999999999"',
    "an infinite one": '"1e400"',
    "many digits in a string": f'"{"9" * 400}"',
    "spaces around a number": '" 99999999999 "',
    "digits with an underscore": '"99_999_999_999"',
    "digits of another script": '"\\u0669\\u0669\\u0669\\u0669\\u0669\\u0669\\u0669\\u0669"',
    "an empty list": "[]",
    "a list of a number": "[99999999999]",
    "a list of a list": '[["authenticated"]]',
    "a list of objects": '[{"authenticated": 1}, null]',
    "an empty object": "{}",
    "an object": '{"authenticated": true}',
    "a list a hundred deep": "[" * 100 + "]" * 100,
    "a list ten thousand deep": "[" * 5000 + "]" * 5000,
    "half of a surrogate pair": '"\\ud800"',
    "the zero character": '"\\u0000"',
}
KINDS = NUMBERS | OTHERS
PAST_DATES = {
    "a float below every other",
    "nought",
    "minus nought",
    "minus one",
    "a fraction",
}
"""Those that say when a token began, and not when it ends."""
UNREADABLE = {
    "a float that is infinite",
    "a negative float that is infinite",
    "a whole number that Python does not read",
    "no number of JSON's",
    "another one",
    "a list a hundred deep",
    "a list ten thousand deep",
    "half of a surrogate pair",
    "the zero character",
}
"""What PostgreSQL would not read, or read as something else."""


HEADERS = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "a list ten thousand deep": "[" * 5000 + "]" * 5000,
    "a word": '"HS256"',
    "a number": "1e400",
    "null": "null",
    "an object of nothing": "{}",
    "UTF-16": '{"alg":"HS256"}'.encode("utf-16").decode("latin-1"),
    "a name twice": '{"alg": "none", "alg": "HS256"}',
}
ODD_HEADERS = ("alg", "kid", "typ", "cty", "crit", "b64", "jwk", "x5c", "zip")


@pytest.fixture(autouse=True)
def keys(no_database: None, settings_from: SettingsFrom) -> None:
    """A project that signs with a secret and with a private key."""
    settings_from(SUPABASE_JWKS=json.dumps({"keys": [key("ES256").public]}))


def it() -> Function:
    function = Function(auth="key")

    @function.get()
    async def get(caller: Identity) -> str:
        return caller.role

    return function


def payload(**changes: str) -> str:
    """Alice's claims, some of them as another text of JSON."""
    return written({name: json.dumps(value) for name, value in claims().items()} | changes)


def header(algorithm: str, **changes: str) -> str:
    """A header of the project's tokens, some of it as another text of JSON."""
    return written({"alg": f'"{algorithm}"', "kid": '"one"'} | changes)


def written(members: Mapping[str, str]) -> str:
    """An object whose values are any text."""
    pairs = (f"{json.dumps(name)}: {text}" for name, text in members.items())
    return f"{{{', '.join(pairs)}}}"


def signed(head: str, body: str, algorithm: str) -> str:
    """A token of any header and any claims, signed as its algorithm says."""
    private = key("ES256").private if algorithm == "ES256" else SECRET
    algorithms: Any = jwt.get_algorithm_by_name(algorithm)
    unsigned = f"{base64url(head.encode('latin-1'))}.{base64url(body.encode())}"
    signature = algorithms.sign(unsigned.encode(), algorithms.prepare_key(private))
    return f"{unsigned}.{base64url(signature)}"


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


async def statuses(tokens: Mapping[str, str]) -> dict[str, int]:
    """How a function that takes any token answers each of these."""
    async with client(it()) as http:
        return {
            name: (await http.get("/it", headers=bearer(shown))).status_code
            for name, shown in tokens.items()
        }


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
@pytest.mark.parametrize("claim", CLAIMS)
async def test_any_claim_is_accepted_or_refused(claim: str, algorithm: str) -> None:
    tokens = {
        name: signed(header(algorithm), payload(**{claim: text}), algorithm)
        for name, text in KINDS.items()
    }
    found = await statuses(tokens)
    taken = {name for name, status in found.items() if status == 200}
    assert set(found.values()) <= {200, 401, 403}
    assert not taken & UNREADABLE
    if claim in DATES:
        assert taken == (set() if claim == "exp" else PAST_DATES)


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
@pytest.mark.parametrize("absent", ["aud", "sub"])
async def test_any_role_is_accepted_or_refused_without_another_claim(
    absent: str, algorithm: str
) -> None:
    whole = {name: json.dumps(value) for name, value in claims().items() if name != absent}
    tokens = {
        name: signed(header(algorithm), written(whole | {"role": text}), algorithm)
        for name, text in KINDS.items()
    }
    assert set((await statuses(tokens)).values()) <= {401, 403}


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_any_header_is_accepted_or_refused(algorithm: str) -> None:
    whole = {name: signed(text, payload(), algorithm) for name, text in HEADERS.items()}
    members = {
        f"{name}: {kind}": signed(header(algorithm, **{name: text}), payload(), algorithm)
        for name in ODD_HEADERS
        for kind, text in KINDS.items()
    }
    assert set((await statuses(whole | members)).values()) <= {200, 401}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**310)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["authenticated", "anon", "service_role", "HS256", "ES256", "one"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    changes=st.dictionaries(st.sampled_from(CLAIMS), JSON),
    head=st.dictionaries(st.sampled_from(ODD_HEADERS), JSON),
    algorithm=st.sampled_from(["HS256", "ES256"]),
)
async def test_a_token_of_random_parts_is_accepted_or_refused(
    changes: dict[str, object], head: dict[str, object], algorithm: str
) -> None:
    body = payload(**{name: json.dumps(value) for name, value in changes.items()})
    odd = header(algorithm, **{name: json.dumps(value) for name, value in head.items()})
    tokens = {"odd claims": signed(header(algorithm), body, algorithm)}
    tokens["an odd header"] = signed(odd, payload(), algorithm)
    assert set((await statuses(tokens)).values()) <= {200, 401, 403}
