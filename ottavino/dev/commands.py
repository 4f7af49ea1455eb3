"""The commands `piccolo functions list|lint|new|token|serve|openapi|types`."""

import asyncio
import json
import sys
from pathlib import Path

from ottavino.dev import server, tokens
from ottavino.dev.dropped_query import dropped_queries
from ottavino.dev.formatted_sql import formatted_sql
from ottavino.dev.log import in_lines
from ottavino.dev.new import function
from ottavino.errors import OttavinoError, in_a_sentence
from ottavino.http.auth.verifier import verifier
from ottavino.http.discovery import Functions, discover, importable
from ottavino.http.openapi.document import document
from ottavino.http.openapi.typescript import typescript
from ottavino.identity import Identity, Role
from ottavino.postgres.local import require_local
from ottavino.settings import ROOT, settings


def list_functions() -> None:
    """List the functions, with the methods and paths that each of them answers."""
    functions = _discover()
    for name, found in functions.items():
        address = f"/functions/v1/{name.replace('_', '-')}"
        if isinstance(found, BaseException):
            print(f"{address}  cannot be imported")
            continue
        for route in found.routes:
            print(f"{route.method:<6} {address}{route.path.rstrip('/')}")
    if len(importable(functions)) < len(functions):
        sys.exit(1)


def lint(folders: str = "functions,db") -> None:
    """Report text that is formatted into SQL, and queries that are not awaited.

    Exits with 1 if there are any.

    :param folders:
        Where to look, with commas between them.

    """
    paths = sorted(path for folder in folders.split(",") for path in Path(folder).rglob("*.py"))
    found = [*formatted_sql(paths), *dropped_queries(paths)]
    for each in found:
        print(each)
    if found:
        sys.exit(1)
    print("No text is formatted into SQL, and no query is a statement that is not awaited.")


def new(name: str) -> None:
    """Write a new function, and its test.

    :param name:
        The function's name in addresses, for example summarize-document.

    """
    with in_a_sentence():
        for path, description in function.write(name).items():
            print(f"Wrote {path.relative_to(ROOT)}: {description}")


def token(email: str = "", role: str = Role.AUTHENTICATED, expires: str = "1h") -> None:
    """Print a token for the local database.

    :param email:
        The user's e-mail address. A new user is made if there is none with it.
    :param role:
        authenticated, or anon or service_role, which need no email.
    :param expires:
        How long the token is valid: 90s, 15m, 1h, 7d.

    """
    with in_a_sentence():
        verifier(settings())
        lifetime = tokens.lifetime(expires)
        identity = asyncio.run(_identity(email, tokens.role_named(role)))
        print(tokens.sign(identity, lifetime))


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve for development. A local database is started, migrated, and given two users.

    :param host:
        The address to listen at, instead of HOST.
    :param port:
        The port to listen at, instead of PORT.

    """
    with in_a_sentence():
        server.serve(host, port)


def openapi(output: str = "") -> None:
    """Print what all functions declare, as an OpenAPI 3.1 document.

    :param output:
        A file to write to instead.

    """
    with in_a_sentence():
        _write(json.dumps(document(_discover()), indent=2) + "\n", output)


def types(output: str = "") -> None:
    """Print what all functions declare, as TypeScript types. Needs Node.

    :param output:
        A file to write to instead, for example ../web/src/functions.d.ts.

    """
    with in_a_sentence():
        _write(typescript(document(_discover())), output)


def _discover() -> Functions:
    """The functions. If one cannot be imported, its error is printed as a sentence."""
    with in_lines():
        return discover("functions")


def _write(text: str, output: str) -> None:
    if not output:
        print(text, end="")
        return
    try:
        Path(output).write_text(text, "utf-8")
    except OSError as error:
        raise OttavinoError(f"{output} cannot be written: {error.strerror}.") from error
    print(f"Wrote {output}")


async def _identity(email: str, role: Role) -> Identity:
    await require_local()
    if role is not Role.AUTHENTICATED:
        return Identity(role, {"role": role})
    if not email:
        raise OttavinoError("A user's token needs --email=somebody@example.com.")
    return await tokens.sign_up(email)
