"""Piccolo's engine, bound to the session: no query without an identity, and no second
connection.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from piccolo.engine.postgres import PostgresEngine
from piccolo.query.base import Query
from piccolo.querystring import QueryString

from ottavino.errors import QueryRefused
from ottavino.postgres.savepoint import Savepoint
from ottavino.postgres.scope import current_scope


class Engine(PostgresEngine):
    """Runs every query of Piccolo on the connection of the current session."""

    def __init__(self) -> None:
        super().__init__(config={}, extra_nodes=_NoNodes())

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse Piccolo's logging of queries, which would leave out those of
        ottavino.query.
        """
        if name in {"log_queries", "log_responses"} and value:
            raise QueryRefused(
                f"{name} would show only a part of the statements. PostgreSQL shows all of "
                "them: set log_statement to 'all' for the role that logs in."
            )
        super().__setattr__(name, value)

    async def check_version(self) -> None:
        """Do nothing: Piccolo's own opens a connection when the engine is imported."""

    async def prep_database(self) -> None:
        """Do nothing: Piccolo's own would connect."""

    async def run_querystring(
        self, querystring: QueryString, in_pool: bool = True
    ) -> Any:  # Piccolo's signature
        """Run a query as the session's caller."""
        sql, arguments = querystring.compile_string(engine_type=self.engine_type)
        return await current_scope().fetch(sql, arguments)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # Piccolo's signature
        """Run a statement without arguments as the session's caller."""
        return await current_scope().fetch(ddl, ())

    def transaction(
        self, allow_nested: bool = True
    ) -> Any:  # Piccolo's signature; its base class is not ours
        """Open a savepoint: the session itself is the outer transaction."""
        return _Transaction()

    def transaction_exists(self) -> bool:
        """Every query runs in a transaction, so one exists wherever a query can run."""
        current_scope()
        return True

    async def batch(
        self, query: Query[Any, Any], batch_size: int = 100, node: str | None = None
    ) -> NoReturn:
        """Refuse: Piccolo would read the batch on a connection without a caller."""
        raise QueryRefused(
            "batch() would read on a second connection without a caller. Read pages with "
            "where(), order_by() and limit() instead."
        )

    async def get_new_connection(self) -> NoReturn:
        """Refuse: a session opens its one connection by itself."""
        raise QueryRefused(
            "A connection of its own would have no caller. Open another session instead: "
            "async with session(identity)."
        )

    async def start_connection_pool(self, **settings: object) -> NoReturn:
        """Refuse: a pooled connection could carry one caller's role to the next."""
        raise QueryRefused(
            "A connection pool in the process could hand one caller's connection to the "
            "next. Put PgBouncer or Supavisor in front of the database instead."
        )


class _Transaction(Savepoint):
    """Piccolo's handle of a transaction, whose methods are refused: the end of the block
    commits or rolls back.
    """

    async def begin(self) -> NoReturn:
        """Refuse: the transaction has begun."""
        raise QueryRefused(BLOCK.format("begin()"))

    async def commit(self) -> NoReturn:
        """Refuse: the rows are committed with the session."""
        raise QueryRefused(BLOCK.format("commit()"))

    async def rollback(self) -> NoReturn:
        """Refuse: the rest of the block would run without the transaction."""
        raise QueryRefused(BLOCK.format("rollback()"))

    async def rollback_to(self, savepoint_name: str) -> NoReturn:
        """Refuse: the rest of the block would run without the savepoint."""
        raise QueryRefused(BLOCK.format("rollback_to()"))

    async def savepoint(self, name: str | None = None) -> NoReturn:
        """Refuse: a nested block is a savepoint."""
        raise QueryRefused(
            "savepoint() is not supported: open another `async with DB.transaction()` inside "
            "this "
            "one, which is a savepoint of its own."
        )


BLOCK = (
    "{} is not there: `async with DB.transaction()` keeps its rows where the block is left "
    "normally, and takes them back where it is left by an exception."
)


class _NoNodes(Mapping[str, PostgresEngine]):
    """Piccolo's extra nodes, which do not exist: the error names the alternative."""

    def __getitem__(self, node: str) -> NoReturn:
        raise QueryRefused(
            f"run(node={node!r}) would query another database without a caller. "
            "Run the query without node=, inside a session."
        )

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
