"""The outstanding work on migrations, with the commands for it."""

from piccolo.conf.apps import AppConfig, Finder

from ottavino.errors import OttavinoError
from ottavino.migrate.app import is_migrated, objects_of
from ottavino.migrate.diff import changes
from ottavino.migrate.files import replayed
from ottavino.migrate.history import files_of, histories
from ottavino.migrate.state import declared
from ottavino.migrate.transaction import reading


async def outstanding() -> list[str]:
    """A sentence for each outstanding step; none if the database has the declared schema."""
    try:
        return [*_changed(), *await _pending()]
    except (OttavinoError, ValueError, TypeError) as error:
        return [f"The migrations cannot be compared with the tables: {error}"]


def _changed() -> list[str]:
    return [
        f"The tables of {app.app_name} have changed since the last migration: "
        f'piccolo migrations new {app.app_name} --auto --desc="…" writes one.'
        for app in Finder().get_app_registry().app_configs.values()
        if is_migrated(app) and _has_changed(app)
    ]


def _has_changed(app: AppConfig) -> bool:
    wanted = declared(app.table_classes, objects_of(app))
    return bool(changes(replayed(files_of(app)), wanted, _is_new))


def _is_new(_of: str, _old: str, _new: str) -> bool:
    """Treat a renamed column as a new one, because both are changes."""
    return False


async def _pending() -> list[str]:
    async with reading() as connection:
        names = [
            file.path.name
            for history in await histories(connection, "all")
            for file in history.pending
        ]
    if not names:
        return []
    what = f"{names[0]} is" if len(names) == 1 else f"{len(names)} migrations are"
    return [f"{what} not applied: run piccolo migrations forwards all."]
