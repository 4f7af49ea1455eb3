"""The database accepts the signatures of the service, and no others."""

import hashlib
import hmac

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


def test_without_a_key_nothing_is_signed(settings_from: SettingsFrom) -> None:
    settings_from(CLAIMS_KEY="")
    assert signed(ANONYMOUS) == (ANONYMOUS.claims_json, "")
