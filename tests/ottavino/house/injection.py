"""What an SQL injection can say of its caller, each in one query."""

import json

from tests.ottavino.house.access import OWNER

CLAIMS = json.dumps({"sub": str(OWNER), "role": "authenticated"})

INJECTIONS = {
    "other claims": f"select set_config('request.jwt.claims', '{CLAIMS}', true)",
    "other claims, for longer": f"select set_config('request.jwt.claims', '{CLAIMS}', false)",
    "the subject that auth.uid() asks first": (
        f"select set_config('request.jwt.claim.sub', '{OWNER}', true)"
    ),
    "the claims that auth.jwt() asks first": (
        f"select set_config('request.jwt.claim', '{CLAIMS}', true)"
    ),
    "no signature": (
        f"select set_config('request.jwt.claims', '{CLAIMS}', true), "
        "set_config('ottavino.signature', '', true)"
    ),
    "a signature of its own": (
        f"select set_config('request.jwt.claims', '{CLAIMS}', true), "
        "set_config('ottavino.signature', encode(sha256('authenticated'), 'hex'), true)"
    ),
    "everything at once": (
        f"select set_config('request.jwt.claims', '{CLAIMS}', true), "
        f"set_config('request.jwt.claim.sub', '{OWNER}', true), "
        f"set_config('request.jwt.claim', '{CLAIMS}', true)"
    ),
}
