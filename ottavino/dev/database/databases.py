"""Whether the databases that the settings name are local ones: what only these may be given."""

from ottavino.dev.database.mark import is_marked
from ottavino.errors import SettingsError
from ottavino.postgres.address import Address, Connection, caller_address, migration_address
from ottavino.settings import settings


class NotLocal(SettingsError):
    """A database that is not marked as a local one was to be treated as one."""

    def __init__(self, address: Address) -> None:
        where = (
            address.host if address.host.startswith("/") else f"{address.host}:{address.port}"
        )
        super().__init__(
            f"The database {address.database} at {where} is not marked as a local one, so it "
            "may be anybody's: users and tokens are not made for it, and nothing in it is "
            "changed. If it is for development alone, mark it once, with DIRECT_URL as a "
            "superuser: piccolo db mark_local."
        )


async def is_local() -> bool:
    """Whether both databases, that of DATABASE_URL and that of DIRECT_URL, are marked."""
    return await _first_not_local() is None


async def require_local() -> None:
    """Raise `NotLocal` unless both databases are marked."""
    if address := await _first_not_local():
        raise NotLocal(address)


async def require_marked(connection: Connection, address: Address) -> None:
    """Raise `NotLocal` unless the database that a connection has reached is marked."""
    if not await is_marked(connection):
        raise NotLocal(address)


async def _first_not_local() -> Address | None:
    for address in (caller_address(), migration_address()):
        connection = await address.connect("local", settings().connect_timeout)
        try:
            if not await is_marked(connection):
                return address
        finally:
            await connection.close()
    return None
