"""The database accepts the signatures of the service, and no others."""

import hashlib
import hmac
import time

import pytest

from ottavino.identity import Identity
from ottavino.postgres.claims import padded, signed
from ottavino.testing import SettingsFrom

ANONYMOUS = Identity.anonymous()


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_the_halves_of_a_key_give_its_hmac(length: int) -> None:
    key = "k" * length
    inner, outer = padded(key)
    by_halves = hashlib.sha256(outer + hashlib.sha256(inner + b"message").digest()).digest()
    assert by_halves == hmac.digest(key.encode(), b"message", "sha256")


def test_a_signature_is_of_role_claims_and_key(settings_from: SettingsFrom) -> None:
    signatures: set[str] = set()
    for key in ("a" * 32, "b" * 32):
        settings_from(CLAIMS_KEY=key)
        for identity in (ANONYMOUS, Identity("authenticated", ANONYMOUS.claims)):
            signatures.add(signed(identity)[1])
        signatures.add(signed(Identity("anon", {"role": "anon", "sub": "x"}))[1])
    assert len(signatures) == 6


def test_a_caller_is_signed_once_a_minute(
    settings_from: SettingsFrom, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_from(CLAIMS_KEY="a" * 32)
    found: list[str] = []
    for now in (1_800_000_000.0, 1_800_000_059.9, 1_800_000_060.0):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        found.append(signed(Identity.anonymous())[1])
    assert [each.partition(".")[0] for each in found] == ["1800000000"] * 2 + ["1800000060"]
    assert found[0] == found[1] != found[2]


def test_without_a_key_nothing_is_signed(settings_from: SettingsFrom) -> None:
    settings_from(CLAIMS_KEY="")
    assert signed(ANONYMOUS) == (ANONYMOUS.claims_json, "")
