"""Tokens that are signed with private keys, and the address of the public ones."""

import asyncio
import base64 as base
import hmac
import json
import logging
import time
from collections.abc import Callable, Generator

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ottavino.errors import SettingsError
from ottavino.http.auth import jwks as keys
from ottavino.http.auth.verifier import Verifier
from ottavino.http.errors import ApiError
from ottavino.settings import settings
from ottavino.testing import SettingsFrom
from tests.ottavino.http.auth.issuer import Issuer, issuing, key, public_key
from tests.ottavino.http.auth.test_caller import ALGORITHM, MALFORMED, ROLE, request
from tests.ottavino.http.client import SECRET, claims, segment, token

INVALID = "UNAUTHORIZED_ASYMMETRIC_JWT"
LEGACY = "UNAUTHORIZED_LEGACY_JWT"


@pytest.fixture
def issuer(settings_from: SettingsFrom) -> Generator[Issuer]:
    """The project's keys, one of each kind."""
    with issuing(*(key(algorithm) for algorithm in keys.ALGORITHMS)) as issuer:
        settings_from(SUPABASE_JWKS_URL=issuer.url)
        yield issuer


@pytest.fixture
def verifier(issuer: Issuer) -> Verifier:
    return Verifier(settings())


async def role(verifier: Verifier, shown: str) -> str:
    """The role of a caller with a token, or the code of the refusal."""
    try:
        identity = await verifier.identity(request(f"Bearer {shown}"))
    except ApiError as error:
        return error.code
    assert identity is not None
    return identity.role


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
async def test_a_token_of_each_algorithm_is_a_caller(
    algorithm: str, verifier: Verifier
) -> None:
    assert await role(verifier, key(algorithm).token()) == "authenticated"


async def test_the_service_says_its_name_where_it_asks_for_keys(
    verifier: Verifier, issuer: Issuer
) -> None:
    assert await role(verifier, key("ES256").token()) == "authenticated"
    assert issuer.client == "ottavino"


async def test_tokens_signed_with_keys_and_with_the_secret_are_both_accepted(
    verifier: Verifier,
) -> None:
    assert await role(verifier, token()) == "authenticated"
    assert await role(verifier, key("ES256").token()) == "authenticated"


def public_pem() -> bytes:
    """The public RSA key, as a secret to sign with."""
    return (
        key("RS256")
        .private.public_key()
        .public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def base64(value: bytes) -> str:
    return base.urlsafe_b64encode(value).rstrip(b"=").decode()


def confused(secret: bytes) -> str:
    """A token signed with a public key as if it were a secret, which no library does."""
    head = segment({"alg": "HS256", "typ": "JWT", "kid": "one"})
    unsigned = f"{head}.{segment(claims())}"
    return f"{unsigned}.{base64(hmac.digest(secret, unsigned.encode(), 'sha256'))}"


def weak() -> str:
    """A token that names the right key, and is signed with another."""
    return jwt.encode(claims(), key("RS256", "other").private, "RS256", {"kid": "one"})


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    # The algorithm
    "no algorithm": (lambda: f"{segment({'alg': 'none'})}.{segment(claims())}.", ALGORITHM),
    "no algorithm, and the name of a key": (
        lambda: f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims())}.",
        ALGORITHM,
    ),
    "HS256 with the RSA key in PEM": (lambda: confused(public_pem()), LEGACY),
    "HS256 with the RSA key as JSON": (
        lambda: confused(json.dumps(key("RS256").public).encode()),
        LEGACY,
    ),
    "HS256 with the modulus": (lambda: confused(key("RS256").public["n"].encode()), LEGACY),
    "HS256 with an empty secret": (lambda: confused(b""), LEGACY),
    "RS512": (
        lambda: jwt.encode(claims(), key("RS256").private, "RS512", {"kid": "one"}),
        ALGORITHM,
    ),
    "PS256": (
        lambda: jwt.encode(claims(), key("RS256").private, "PS256", {"kid": "one"}),
        ALGORITHM,
    ),
    # The key
    "another key under the name of ours": (weak, INVALID),
    "an unknown kid": (lambda: key("ES256", "unknown").token(), INVALID),
    "no kid": (lambda: jwt.encode(claims(), key("ES256").private, "ES256"), INVALID),
    "a kid that is a number": (
        lambda: f"{segment({'alg': 'ES256', 'kid': 1})}.{segment(claims())}.e30",
        MALFORMED,
    ),
    "a kid that is a path": (
        lambda: f"{segment({'alg': 'ES256', 'kid': '../../dev/null'})}.{segment(claims())}.e30",
        INVALID,
    ),
    "a kid with an apostrophe": (
        lambda: f"{segment({'alg': 'ES256', 'kid': chr(39) + ' or 1=1 --'})}.e30.e30",
        INVALID,
    ),
    "a key of its own in the header": (
        lambda: key("ES256", "mine").signed(claims(), jwk=key("ES256", "mine").public),
        INVALID,
    ),
    "an address of keys in the header": (
        lambda: key("ES256", "mine").signed(claims(), jku="http://127.0.0.1:9/jwks.json"),
        INVALID,
    ),
    "ES256 under the name of an RSA key alone": (
        lambda: key("ES256", "rsa-only").token(),
        INVALID,
    ),
    "no signature": (lambda: key("ES256").token().rpartition(".")[0] + ".", INVALID),
    "a signature of zeros": (
        lambda: key("ES256").token().rpartition(".")[0] + "." + "A" * 86,
        INVALID,
    ),
    "another's claims under the signature": (
        lambda: ".".join(
            [
                key("EdDSA").token().split(".")[0],
                segment(claims(role="service_role")),
                key("EdDSA").token().split(".")[2],
            ]
        ),
        INVALID,
    ),
    # The claims, as with HS256
    "expired by a second beyond the leeway": (
        lambda: key("ES256").token(exp=int(time.time()) - 11),
        INVALID,
    ),
    "without an expiry": (lambda: key("ES256").token(exp=None), INVALID),
    "not valid yet": (lambda: key("ES256").token(nbf=int(time.time()) + 60), INVALID),
    "another audience": (lambda: key("RS256").token(aud="other"), INVALID),
    "without an audience": (lambda: key("RS256").token(aud=None), INVALID),
    "a user without an id": (lambda: key("EdDSA").token(sub=None), MALFORMED),
    "the role postgres": (lambda: key("ES256").token(role="postgres"), ROLE),
    "the role none": (lambda: key("ES256").token(role="none"), ROLE),
    "a role with a quote": (lambda: key("ES256").token(role='anon"'), ROLE),
    "16 KB of claims": (lambda: key("ES256").token(name="x" * 16 * 1024), MALFORMED),
}


@pytest.mark.whole_but_first("verifies a signature for each case")
@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_of_another_project_is_refused(
    make: Callable[[], str], code: str, issuer: Issuer
) -> None:
    issuer.keys.append(key("RS256", "rsa-only").public)
    assert await role(Verifier(settings()), make()) == code


async def test_without_a_secret_no_token_signed_with_one_is_accepted(
    settings_from: SettingsFrom, issuer: Issuer
) -> None:
    settings_from(JWT_SECRET="")
    verifier = Verifier(settings())
    assert await role(verifier, token()) == ALGORITHM
    assert await role(verifier, confused(public_pem())) == ALGORITHM
    assert await role(verifier, key("ES256").token()) == "authenticated"


async def test_a_key_that_is_too_short_verifies_nothing(issuer: Issuer) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  # what is tested
    issuer.keys.append(public_key("RS256", short) | {"kid": "short"})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        signed = jwt.encode(claims(), short, "RS256", {"kid": "short"})
    assert await role(Verifier(settings()), signed) == INVALID


@pytest.mark.parametrize("use", ["enc", "wrap"])
async def test_a_key_for_something_else_verifies_nothing(use: str, issuer: Issuer) -> None:
    issuer.keys = [key("ES256").public | {"use": use}, key("RS256").public]
    assert await role(Verifier(settings()), key("ES256").token()) == INVALID


ODD_MEMBERS: list[object] = [
    1,
    None,
    [],
    {},
    {"kty": []},
    {"kty": "RSA", "n": "AA", "e": "AA", "kid": "odd"},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "odd"},
    key("RS256").public | {"alg": ["RS256"]},
    key("RS256").public | {"kid": ["one"]},
    key("RS256").public | {"use": ["sig"]},
]


@pytest.mark.parametrize("member", ODD_MEMBERS)
async def test_an_invalid_key_does_not_affect_the_others(
    member: object, issuer: Issuer
) -> None:
    issuer.body = json.dumps({"keys": [member, key("ES256").public]}).encode()
    assert await role(Verifier(settings()), key("ES256").token()) == "authenticated"
    assert await role(Verifier(settings()), key("RS256").token()) == INVALID


OTHER_ALGORITHMS: list[dict[str, str]] = [
    key("RS256").public | {"alg": "RS512", "kid": "one"},
    key("RS256").public | {"alg": "PS256", "kid": "one"},
    {"kty": "oct", "k": base64(SECRET.encode()), "alg": "HS256", "kid": "one"},
]


async def test_an_address_with_keys_of_other_algorithms_only_verifies_nothing(
    verifier: Verifier, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    issuer.keys = OTHER_ALGORITHMS
    for algorithm in keys.ALGORITHMS:
        assert await role(verifier, key(algorithm).token()) == INVALID
    (record,) = caplog.records
    assert record.getMessage() == f"At {issuer.url} there is no key to verify tokens with."


async def test_keys_of_other_algorithms_do_not_replace_known_keys(
    verifier: Verifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    assert await role(verifier, key("ES256").token()) == "authenticated"
    issuer.keys = OTHER_ALGORITHMS
    assert await role(verifier, key("ES256", "unknown").token()) == INVALID
    assert await role(verifier, key("ES256").token(email="new")) == "authenticated"


async def test_a_secret_among_the_public_keys_verifies_nothing(issuer: Issuer) -> None:
    octets = base64(SECRET.encode())
    issuer.keys.append({"kty": "oct", "k": octets, "kid": "oct", "alg": "HS256"})
    issuer.keys.append({"kty": "oct", "k": octets, "kid": "oct", "alg": "ES256"})
    verifier = Verifier(settings())
    assert await role(verifier, key("ES256").token()) == "authenticated"
    assert await role(verifier, key("ES256", "oct").token()) == INVALID


# Keys that change


async def test_the_keys_are_fetched_once(verifier: Verifier, issuer: Issuer) -> None:
    for algorithm in keys.ALGORITHMS * 3:
        assert await role(verifier, key(algorithm).token()) == "authenticated"
    assert issuer.asked == 1


async def test_many_first_callers_share_one_fetch(verifier: Verifier, issuer: Issuer) -> None:
    issuer.delay = 0.1
    shown = key("ES256").token()
    roles = await asyncio.gather(*(role(verifier, shown) for _ in range(50)))
    assert set(roles) == {"authenticated"}
    assert issuer.asked == 1


async def test_a_caller_who_disconnects_does_not_cancel_the_fetch_of_others(
    verifier: Verifier, issuer: Issuer
) -> None:
    issuer.delay = 0.2
    first = asyncio.create_task(role(verifier, key("ES256").token()))
    second = asyncio.create_task(role(verifier, key("RS256").token()))
    async with asyncio.timeout(5):
        while not issuer.asked:  # noqa: ASYNC110  # another thread
            await asyncio.sleep(0.01)
    first.cancel()
    assert await second == "authenticated"
    assert issuer.asked == 1


async def test_a_key_that_was_rotated_in_between_is_fetched(
    verifier: Verifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    old, new = key("ES256"), key("ES256", "two")
    assert await role(verifier, old.token()) == "authenticated"
    issuer.show(new)
    assert await role(verifier, new.token()) == "authenticated"
    # A token that was verified before is refused too once its key is withdrawn.
    assert await role(verifier, old.token()) == INVALID


async def test_a_key_replaced_under_the_same_name_is_not_served_from_the_cache(
    verifier: Verifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    shown = key("ES256").token()
    assert await role(verifier, shown) == "authenticated"
    issuer.keys = [key("ES256", "two").public | {"kid": "one"}]
    assert await role(verifier, key("ES256", "unknown").token()) == INVALID
    assert await role(verifier, shown) == INVALID


async def test_unknown_key_names_cannot_cause_a_fetch_for_each_request(
    verifier: Verifier, issuer: Issuer
) -> None:
    for number in range(20):
        shown = f"{segment({'alg': 'ES256', 'kid': f'k{number}'})}.{segment(claims())}.e30"
        assert await role(verifier, shown) == INVALID
    assert issuer.asked == 1


async def test_old_keys_are_refreshed_while_requests_go_on(
    verifier: Verifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await role(verifier, key("ES256").token()) == "authenticated"
    monkeypatch.setattr(keys, "LIFETIME_SECONDS", 0.0)
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    issuer.delay = 0.3
    begun = time.perf_counter()
    assert await role(verifier, key("ES256").token()) == "authenticated"
    assert time.perf_counter() - begun < 0.2
    async with asyncio.timeout(5):
        while issuer.asked < 2:  # noqa: ASYNC110  # the server of the keys is a thread
            await asyncio.sleep(0.01)


BROKEN: dict[str, dict[str, object]] = {
    "an error": {"status": 500},
    "a redirect": {"status": 302},
    "no JSON": {"body": b"<html>"},
    "a list": {"body": b"[]"},
    "a word": {"body": b'"keys"'},
    "no keys": {"body": b"{}"},
    "keys that are none": {"body": b'{"keys": null}'},
    "an empty list of keys": {"body": b'{"keys": []}'},
    "keys of no kind": {"body": b'{"keys": [1, null, {}, {"kty": []}, {"kty": "EC"}]}'},
    "endless brackets": {"body": b"[" * 100_000},
    "not UTF-8": {"body": b"\xff\xfe"},
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_a_failing_refresh_keeps_the_keys_that_are_known(
    broken: dict[str, object],
    verifier: Verifier,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    assert await role(verifier, key("ES256").token()) == "authenticated"
    for name, value in broken.items():
        setattr(issuer, name, value)
    assert await role(verifier, key("ES256", "unknown").token()) == INVALID
    assert issuer.asked == 2
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert await role(verifier, key("ES256").token(email="new")) == "authenticated"


class Clock:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keys, "monotonic", clock)
    return clock


async def test_keys_that_could_not_be_refreshed_for_long_verify_nothing(
    verifier: Verifier, issuer: Issuer, clock: Clock
) -> None:
    shown = key("ES256").token()
    assert await role(verifier, shown) == "authenticated"
    issuer.status = 500
    clock.now += keys.LONGEST_SECONDS
    assert await role(verifier, shown) == "authenticated"
    clock.now += 1
    # A token that was verified before is refused as well.
    assert await role(verifier, shown) == INVALID
    assert await role(verifier, key("RS256").token()) == INVALID
    # The shared secret does not expire. The keys are taken again once their address answers.
    assert await role(verifier, token()) == "authenticated"
    issuer.status = 200
    clock.now += keys.INTERVAL_SECONDS
    assert await role(verifier, shown) == "authenticated"


async def test_each_refresh_that_succeeds_renews_the_keys(
    verifier: Verifier, issuer: Issuer, clock: Clock
) -> None:
    for asked in range(1, 4):
        assert await role(verifier, key("ES256").token()) == "authenticated"
        refresh = verifier._keys._refresh  # noqa: SLF001  # nobody waits for it but this
        assert refresh is not None
        await refresh
        assert issuer.asked == asked
        clock.now += keys.LONGEST_SECONDS - 1


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9/jwks.json"])
async def test_keys_of_the_settings_do_not_age_until_their_address_has_answered(
    address: str, settings_from: SettingsFrom, clock: Clock
) -> None:
    document = json.dumps([key("ES256").public])
    settings_from(SUPABASE_JWKS=document, SUPABASE_JWKS_URL=address)
    verifier = Verifier(settings())
    for _ in range(3):
        assert await role(verifier, key("ES256").token()) == "authenticated"
        clock.now += 10 * keys.LONGEST_SECONDS


async def test_keys_of_the_settings_that_an_address_has_replaced_do_not_come_back(
    issuer: Issuer, settings_from: SettingsFrom, clock: Clock
) -> None:
    settings_from(SUPABASE_JWKS=json.dumps([key("ES256", "old").public]))
    verifier = Verifier(settings())
    assert await role(verifier, key("ES256").token()) == "authenticated"
    assert await role(verifier, key("ES256", "old").token()) == INVALID
    issuer.status = 500
    clock.now += 2 * keys.LONGEST_SECONDS
    assert await role(verifier, key("ES256", "old").token()) == INVALID


async def test_without_any_fetched_key_the_shared_secret_still_works(
    settings_from: SettingsFrom,
) -> None:
    settings_from(SUPABASE_JWKS_URL="http://127.0.0.1:9/jwks.json")
    verifier = Verifier(settings())
    assert await role(verifier, key("ES256").token()) == INVALID
    assert await role(verifier, token()) == "authenticated"


async def test_a_slow_refresh_delays_no_request_for_long(
    verifier: Verifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(keys, "PATIENCE_SECONDS", 0.1)
    assert await role(verifier, key("ES256").token()) == "authenticated"
    issuer.delay = 0.5
    begun = time.perf_counter()
    assert await role(verifier, key("ES256", "unknown").token()) == INVALID
    assert time.perf_counter() - begun < 0.4
    # Meanwhile a caller whose key is known does not wait.
    assert await role(verifier, key("ES256").token(email="new")) == "authenticated"
    assert time.perf_counter() - begun < 0.4
    assert issuer.asked == 2


# Keys in the settings


@pytest.mark.parametrize("shape", ["an object", "a list"])
async def test_the_settings_may_hold_the_keys(shape: str, settings_from: SettingsFrom) -> None:
    members = [key("ES256").public]
    document = {"keys": members} if shape == "an object" else members
    settings_from(SUPABASE_JWKS=json.dumps(document), JWT_SECRET="")
    verifier = Verifier(settings())
    assert await role(verifier, key("ES256").token()) == "authenticated"
    assert await role(verifier, key("ES256", "unknown").token()) == INVALID


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("{", "is not a JSON Web Key Set"),
        ("1", "is not a JSON Web Key Set"),
        ("{}", "is not a JSON Web Key Set"),
        ('{"keys": 1}', "is not a JSON Web Key Set"),
        ('{"keys": []}', "verifies nothing"),
        ('[{"kty": "oct", "k": "AAAA", "kid": "a"}]', "verifies nothing"),
        (json.dumps(OTHER_ALGORITHMS), "has no key with a kid for ES256, RS256, EdDSA"),
    ],
)
def test_keys_in_the_settings_that_verify_nothing_are_refused(
    value: str, sentence: str, settings_from: SettingsFrom
) -> None:
    settings_from(SUPABASE_JWKS=value)
    with pytest.raises(SettingsError, match=sentence):
        Verifier(settings())


def test_a_supabase_project_has_its_keys_below_its_address(settings_from: SettingsFrom) -> None:
    settings_from(SUPABASE_URL="https://abc.supabase.co/")
    assert settings().jwks_url == "https://abc.supabase.co/auth/v1/.well-known/jwks.json"
    settings_from(SUPABASE_JWKS_URL="https://keys.example.com/jwks")
    assert settings().jwks_url == "https://keys.example.com/jwks"


# Tokens that were verified


async def test_a_cached_token_is_refused_after_its_expiry(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = key("ES256").token()
    assert await role(verifier, shown) == "authenticated"
    assert await role(verifier, shown) == "authenticated"
    monkeypatch.setattr("ottavino.http.auth.token_claims.LEEWAY_SECONDS", -4000)
    # The token cache still has it,
    assert await role(verifier, shown) == "authenticated"
    # but not once its time is over.
    monkeypatch.setattr(
        "ottavino.http.auth.token_cache.time.time", lambda: time.monotonic() + 1e10
    )
    assert await role(verifier, shown) == INVALID


async def test_a_cached_token_does_not_verify_another_signature(
    verifier: Verifier,
) -> None:
    for make, code in ((token, LEGACY), (key("ES256").token, INVALID)):
        shown, other = make(), make(name="another")
        assert await role(verifier, shown) == "authenticated"
        said, signature = shown.rpartition(".")[0], other.rpartition(".")[2]
        assert await role(verifier, f"{said}.{signature}") == code


async def test_a_change_that_a_handler_makes_to_claims_is_not_cached(
    verifier: Verifier,
) -> None:
    shown = key("ES256").token(app_metadata={"team": "one"})
    for _ in range(3):
        identity = await verifier.identity(request(f"Bearer {shown}"))
        assert identity is not None
        assert identity.claims["app_metadata"] == {"team": "one"}
        identity.claims["app_metadata"]["team"] = "two"


async def test_the_number_of_cached_tokens_is_bounded(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ottavino.http.auth.token_cache.TOKENS", 3)
    for number in range(10):
        assert await role(verifier, key("EdDSA").token(number=number)) == "authenticated"
    assert len(verifier._verified._tokens) == 3  # noqa: SLF001  # nothing else shows it
