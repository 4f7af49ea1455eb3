"""Starlette and asyncpg by hand, with no more than the invocation needs."""

# ruff: noqa: INP001  # a program of its own, and no part of a package

import json
import os
import ssl
from typing import Any

import asyncpg
import jwt
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

SECRET = os.environ["JWT_SECRET"]
AUTHORITY = os.environ.get("PGSSLROOTCERT")
DATABASE: dict[str, Any] = {
    "host": os.environ["PGHOST"],
    "port": int(os.environ["PGPORT"]),
    "user": os.environ["PGUSER"],
    "password": os.environ.get("PGPASSWORD"),
    "database": os.environ["PGDATABASE"],
    "ssl": ssl.create_default_context(cafile=AUTHORITY) if AUTHORITY else False,
    "statement_cache_size": 0,
}

BECOME = "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)"
NEWEST = """
select id, filename, file_type, file_size, status, created_at, updated_at
from documents
order by created_at desc, id desc
limit 20
"""


def caller(request: Request) -> dict[str, Any]:
    """The claims of a verified token."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        return jwt.decode(token, SECRET, algorithms=["HS256"], audience="authenticated")  # pyright: ignore[reportUnknownMemberType]  # its key types come from cryptography, which HS256 does without
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error


async def newest(request: Request) -> JSONResponse:
    """The caller's newest documents."""
    claims = caller(request)
    connection = await asyncpg.connect(**DATABASE)
    try:
        async with connection.transaction():
            await connection.execute(BECOME, claims["role"], json.dumps(claims))
            rows = await connection.fetch(NEWEST)
    finally:
        await connection.close()
    return JSONResponse([_written(dict(row)) for row in rows])


async def ping(request: Request) -> JSONResponse:
    """Nothing of the database's."""
    caller(request)
    return JSONResponse({"message": "pong"})


def _written(row: dict[str, Any]) -> dict[str, Any]:
    row["id"] = str(row["id"])
    row["created_at"] = row["created_at"].isoformat()
    row["updated_at"] = row["updated_at"].isoformat()
    return row


app = Starlette(routes=[Route("/newest", newest), Route("/ping", ping)])
