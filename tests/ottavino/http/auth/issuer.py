"""A project that signs with private keys, and serves its public ones at an address."""

import functools
import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.ottavino.http.client import claims

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Key:
    """A private key, and its public half as the address serves it."""

    name: str
    algorithm: str
    private: Private
    public: dict[str, Any]

    def token(self, **changes: object) -> str:
        """Alice's token, signed with this key."""
        return self.signed(claims(**changes))

    def signed(self, payload: dict[str, Any], **header: object) -> str:
        """A token of any claims, with a header that can be changed."""
        headers = {"kid": self.name} | header
        return jwt.encode(payload, self.private, self.algorithm, headers=headers)


@functools.cache
def key(algorithm: str, name: str = "one") -> Key:
    """The key for an algorithm and a name: another one for each, made once."""
    private: Private
    match algorithm:
        case "RS256":
            private = rsa.generate_private_key(65537, 2048)
        case "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
        case _:
            private = ec.generate_private_key(ec.SECP256R1())
    public = public_key(algorithm, private)
    return Key(name, algorithm, private, public | {"kid": name, "alg": algorithm, "use": "sig"})


def public_key(algorithm: str, private: Private) -> dict[str, Any]:
    """The public half of a key, as JSON."""
    made: Any = jwt.get_algorithm_by_name(algorithm)
    shown: dict[str, Any] = json.loads(made.to_jwk(private.public_key()))
    return shown


@dataclass(slots=True)
class Issuer:
    """The server of the public keys: what it answers, and when."""

    url: str
    keys: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    body: bytes | None = None
    status: int = 200
    delay: float = 0.0
    asked: int = 0
    client: str = ""
    """What the last who asked called itself."""

    def show(self, *keys: Key) -> None:
        """Serve these keys instead of those before."""
        self.keys = [each.public for each in keys]


@contextmanager
def issuing(*keys: Key) -> Generator[Issuer]:
    """A server of public keys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            issuer.client = self.headers["user-agent"]
            body = issuer.body or json.dumps({"keys": issuer.keys}).encode()
            time.sleep(issuer.delay)
            self.send_response(issuer.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}/jwks.json")
    issuer.show(*keys)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
