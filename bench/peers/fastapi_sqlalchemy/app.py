"""FastAPI with SQLAlchemy's asyncio extension, in the form that their documentations show."""

# ruff: noqa: INP001  # a program of its own, and no part of a package
# pyright: basic, reportMissingImports=false
# Its packages are its own, so they are not beside the service's.

import json
import os
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, NullPool, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = os.environ["JWT_SECRET"]
AUTHORITY = os.environ.get("PGSSLROOTCERT")

engine = create_async_engine(
    "postgresql+asyncpg://?prepared_statement_cache_size=0",
    poolclass=NullPool,
    connect_args={
        "host": os.environ["PGHOST"],
        "port": int(os.environ["PGPORT"]),
        "user": os.environ["PGUSER"],
        "password": os.environ.get("PGPASSWORD"),
        "database": os.environ["PGDATABASE"],
        "ssl": ssl.create_default_context(cafile=AUTHORITY) if AUTHORITY else False,
        # As its documentation asks for behind PgBouncer.
        "statement_cache_size": 0,
        "prepared_statement_name_func": lambda: f"__asyncpg_{uuid4()}__",
    },
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """The tables."""


class Document(Base):
    """A user's file."""

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    filename: Mapped[str]
    file_type: Mapped[str]
    file_size: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DocumentRow(BaseModel):
    """A document as it is answered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    file_type: str
    file_size: int
    status: str
    created_at: datetime
    updated_at: datetime


bearer = HTTPBearer()


def caller(token: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict[str, Any]:
    """The claims of a verified token."""
    try:
        return jwt.decode(
            token.credentials, SECRET, algorithms=["HS256"], audience="authenticated"
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error


Caller = Annotated[dict[str, Any], Depends(caller)]


async def as_caller(claims: Caller) -> AsyncIterator[AsyncSession]:
    """A transaction of the caller's."""
    async with sessions.begin() as session:
        await session.execute(
            text(
                "select set_config('role', :role, true), "
                "set_config('request.jwt.claims', :claims, true)"
            ),
            {"role": claims["role"], "claims": json.dumps(claims)},
        )
        yield session


app = FastAPI()


@app.get("/newest")
async def newest(
    session: Annotated[AsyncSession, Depends(as_caller, scope="function")],
) -> list[DocumentRow]:
    """The caller's newest documents."""
    newest_first = select(Document).order_by(Document.created_at.desc(), Document.id.desc())
    documents = await session.scalars(newest_first.limit(20))
    return [DocumentRow.model_validate(document) for document in documents]


@app.get("/ping")
async def ping(_: Caller) -> dict[str, str]:
    """Nothing of the database's."""
    return {"message": "pong"}
