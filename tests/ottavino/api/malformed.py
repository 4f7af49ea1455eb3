"""Requests that no client would send, over real sockets. Each is answered or disconnected.

Each is a whole connection's bytes, made up from a seed: heads that break HTTP's rules, tokens
that are nearly right, bodies that are nearly JSON or nearly a form, and odd addresses.
"""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ADDRESSES = (
    "/functions/v1/documents",
    "/functions/v1/documents/00000000-0000-4000-8000-000000000000",
    "/functions/v1/hello",
    "/functions/v1/upload",
    "/functions/v1/word-count",
    "/functions/v1/plain/a/b",
    "/functions/v1/nowhere",
    "/_internal/health",
    "/_internal/openapi.json",
    "/",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get")
PART = b'--b\r\ncontent-disposition: form-data; name="file"'
TYPES = ("application/json", "text/plain", "multipart/form-data; boundary=b", "multipart/x", "")

Choice = random.Random


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of a request, and whether they are complete: if not, the client hangs up."""

    kind: str
    sent: bytes
    is_whole: bool = True


def requests(count: int, seed: int, token: str) -> Iterator[Request]:
    """So many requests, always the same for a seed."""
    choice = random.Random(seed)  # noqa: S311  # nothing is kept secret by it
    for _ in range(count):
        yield choice.choice(KINDS)(choice, token)


def _odd_head(choice: Choice, token: str) -> Request:
    """A head that breaks a rule of HTTP."""
    line = choice.choice(
        [
            b"GET /functions/v1/hello HTTP/1.1",
            b"GET  /functions/v1/hello HTTP/1.1",
            b"GET /functions/v1/hello HTTP/9.9",
            b"GET /functions/v1/hello",
            b"GET http://[::1/functions/v1/hello HTTP/1.1",
            b"GET * HTTP/1.1",
            b"CONNECT a:1 HTTP/1.1",
            b"PRI * HTTP/2.0",
            b"\x16\x03\x01\x02\x00\x01\x00",
            _noise(choice, 40),
            b"",
        ]
    )
    headers = choice.choices(
        [
            b"host: x",
            b"host: x\r\nhost: y",
            b"content-length: -1",
            b"content-length: 1\r\ncontent-length: 2",
            b"content-length: 99999999999999999999",
            b"content-length: 0x10",
            b"transfer-encoding: chunked",
            b"transfer-encoding: chunked\r\ncontent-length: 4",
            b"transfer-encoding: gzip",
            b"expect: 100-continue",
            b"upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: x",
            b"upgrade: h2c\r\nconnection: upgrade",
            b"no colon",
            b": nameless",
            b"sp ace: x",
            b" folded: x",
            b"x: a\x00b",
            b"x: \xff\xfe",
            b"x: " + b"a" * choice.choice([10, 5000, 70_000]),
            b"\r\n".join(b"x-%d: y" % number for number in range(choice.choice([1, 50, 500]))),
            _noise(choice, 30),
        ],
        k=choice.randint(0, 4),
    )
    end = choice.choice([b"\r\n\r\n", b"\n\n", b"\r\n", b""])
    body = choice.choice([b"", b"0\r\n\r\n", b"zz\r\n", b"5\r\nhello\r\n", _noise(choice, 20)])
    sent = b"\r\n".join([line, *headers]) + end + body
    return Request("head", sent, is_whole=False)


def _odd_token(choice: Choice, token: str) -> Request:
    """A token that is nearly right, in the header for tokens."""
    head, claims, signature = token.split(".")
    shown = choice.choice(
        [
            _changed(choice, token.encode()),
            f"{head}.{claims}.".encode(),
            f"{head}.{claims}".encode(),
            f"{_segment({'alg': choice.choice(ALGORITHMS)})}.{claims}.{signature}".encode(),
            f"{_segment({'alg': 'ES256', 'kid': choice.choice(ODD)})}.{claims}.x".encode(),
            f"{head}.{_segment(choice.choice(ODD))}.{signature}".encode(),
            b"sb_secret_" + _noise(choice, 20),
            b"sb_publishable_" + b"a" * choice.choice([1, 20_000]),
            b"." * choice.choice([1, 2, 3, 17_000]),
            b"a" * choice.choice([0, 1, 30_000]),
            _noise(choice, 60),
        ]
    ).translate(None, b"\r\n")
    scheme = choice.choice([b"Bearer ", b"bearer  ", b"Basic ", b"Bearer\t", b"", b"Bearer"])
    names = choice.choices([b"authorization", b"apikey"], k=choice.randint(1, 3))
    headers = [name + b": " + scheme + shown for name in names]
    return _request("token", choice, headers, b"")


def _odd_body(choice: Choice, token: str) -> Request:
    """A body that nearly fits its content type."""
    good = json.dumps({"filename": "a.txt", "content": "b", "file_size": 1, "text": "a b"})
    body = choice.choice(
        [
            _changed(choice, good.encode()),
            b"[" * choice.choice([10, 1000, 100_000]),
            b'{"a":' * choice.choice([10, 1000, 100_000]),
            b'{"filename": "\\ud800"}',
            b'{"filename": "\\u0000", "text": "\\u0000"}',
            b'{"filename": "\xff"}',
            b'{"filename": "a", "file_size": %b}' % choice.choice(NUMBERS),
            json.dumps(choice.choice(ODD)).encode(),
            PART + b'; filename="a"\r\n\r\nx\r\n--b--',
            PART + b'; filename="a"\r\n\r\nx',
            PART + b"\r\n\r\nx\r\n--b--",
            b"--b\r\n" + _noise(choice, 60),
            b"--b\r\n\r\n" * choice.choice([1, 2000]),
            _noise(choice, choice.choice([0, 1, 100, 10_000])),
        ]
    )
    headers = [b"authorization: Bearer " + token.encode()]
    if kind := choice.choice(TYPES):
        headers.append(b"content-type: " + kind.encode())
    headers.append(choice.choice([b"x: y", b"content-encoding: gzip", b"accept: \xff"]))
    return _request("body", choice, headers, body)


def _odd_address(choice: Choice, token: str) -> Request:
    """An address that is nearly one of ours."""
    address = choice.choice(ADDRESSES).encode()
    path = choice.choice(
        [
            _changed(choice, address),
            address + b"/../" * choice.randint(1, 5) + b"etc/passwd",
            address + b"/%" + choice.choice([b"00", b"zz", b"ff%fe", b"2e%2e", b"0d%0a", b""]),
            address.replace(b"/", b"//"),
            address + b"/" + b"a" * choice.choice([100, 60_000]),
            address + b"/" + b"a/" * 1000,
            address + "/é☃".encode(),
            address + b"?" + b"&".join([b"limit=%b" % each for each in NUMBERS[:3]]),
            address + b"?q=%00&cursor=" + choice.choice([b"x", b"1~x", b"%ff", b"9" * 400]),
            address + b"?" + b"a=b&" * choice.choice([1, 1000, 10_000]),
            address + b"?q=" + choice.choice([b"'", b'"', b"%27%3b--", b"!!&|:*", b"%e2%98"]),
            address + b"#x",
        ]
    ).translate(None, b" \r\n")
    headers = [b"authorization: Bearer " + token.encode()]
    return _request("address", choice, headers, b"", path)


KINDS: tuple[Callable[[Choice, str], Request], ...] = (
    _odd_head,
    _odd_token,
    _odd_body,
    _odd_address,
)
ALGORITHMS = ("none", "HS512", "hs256", "RS256", "", 1, None, ["HS256"])
NUMBERS = (
    b"1e400",
    b"-0",
    b"9" * 400,
    b"NaN",
    b"1e-400",
    b"0x1",
    b"9223372036854775808",
    b"-1",
)
ODD: tuple[object, ...] = (
    *(None, "", "\ud800", "a" * 20_000, "'\"};--"),
    *(1e308, -1, True),
    *({"a": {"b": [1]}}, {"a": None}, [1]),
)


def _request(
    kind: str, choice: Choice, headers: list[bytes], body: bytes, path: bytes | None = None
) -> Request:
    """A request with a correct frame, or with a length that is greater than its body."""
    address = path if path is not None else choice.choice(ADDRESSES).encode()
    method = choice.choice(METHODS).encode()
    is_whole = choice.random() < 0.9
    length = b"content-length: %d" % (len(body) + (0 if is_whole else 10))
    lines = [method + b" " + address + b" HTTP/1.1", b"host: x", b"connection: close"]
    sent = b"\r\n".join([*lines, length, *headers]) + b"\r\n\r\n" + body
    return Request(kind, sent, is_whole)


def _changed(choice: Choice, text: bytes) -> bytes:
    """A text with a few of its bytes exchanged, taken out, or doubled."""
    changed = bytearray(text)
    for _ in range(choice.randint(1, 4)):
        place = choice.randrange(len(changed) or 1)
        changed[place : place + 1] = choice.choice([b"", changed[place : place + 1] * 2])
        changed[place : place + 1] = bytes([choice.randrange(256)])
    return bytes(changed)


def _noise(choice: Choice, length: int) -> bytes:
    return choice.randbytes(length)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
