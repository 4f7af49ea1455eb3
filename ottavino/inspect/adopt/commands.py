"""The command `piccolo db adopt`."""

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from keyword import iskeyword
from pathlib import Path
from shlex import quote

from piccolo.conf.apps import AppConfig, Finder

from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.type_name import sql_name
from ottavino.errors import in_a_sentence
from ottavino.inspect import kept
from ottavino.inspect.adopt.adoption import (
    Adoption,
    adoption,
    tightened,
)
from ottavino.inspect.adopt.column_order import in_column_order
from ottavino.inspect.adopt.files import formatted, with_imports, with_kept, written
from ottavino.inspect.adopt.foreign import declared_name
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.adopt.needs import is_checked, needs, relations
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.published import published_elsewhere
from ottavino.inspect.adopt.rare import not_declared
from ottavino.inspect.adopt.routines import NOUNS
from ottavino.inspect.adopt.schemas import other_schemas
from ottavino.inspect.adopt.scope import Scope, read_scope
from ottavino.inspect.adopt.wanted import NothingToAdopt, wanted
from ottavino.inspect.catalog import Catalog
from ottavino.inspect.drift import reading
from ottavino.inspect.exposure import (
    believes,
    believing,
    caller_roles,
    unbounded,
    unbounded_on,
)
from ottavino.inspect.kept import without_kept
from ottavino.inspect.shadow import check_privileges, schemas
from ottavino.migrate import bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.app import App, objects_of
from ottavino.migrate.diff import changes
from ottavino.migrate.files import read_files, replayed
from ottavino.migrate.history import files_of
from ottavino.migrate.render import render
from ottavino.migrate.steps import Step
from ottavino.migrate.uses import informed
from ottavino.postgres.connection import Connection
from ottavino.postgres.quoting import schema_of, unquoted
from ottavino.settings import ROOT

REASONS = {
    "event trigger": ", since it belongs to the whole database, and most servers let only a "
    "superuser create one",
    "foreign table": ", since its server may hold a password",
}
"""Why no class declares an object, by its kind."""


def adopt(
    names: str = "all",
    folder: str = "db/tables",
    preview: bool = False,
    tighten: bool = False,
) -> None:
    """Write classes for the live database, and a migration that makes the same.

    The database is not changed: the migration is recorded as applied there. Row level security
    and privileges are declared unchanged. A part of a table that no class can declare is named
    in `keep` of pyproject.toml, and left alone.

    :param names:
        The tables and other objects, as `orders,billing.*,function app.total`; or all.
    :param folder:
        The folder for the classes.
    :param preview:
        Print the files instead of writing them.
    :param tighten:
        Also write a second migration, which is not applied: it forces row level security and
        revokes the privileges that no policy needs. The privileges that roles lose are printed.
    """
    with in_a_sentence():
        lines = adopted(names, folder, preview=preview, tighten=tighten)
        for line in asyncio.run(lines):
            print(line)


async def adopted(
    names: str, folder: str, *, preview: bool = False, tighten: bool = False
) -> list[str]:
    """Adopt what is named, and report what was written and what was not."""
    app, place, named = _app(), ROOT / folder, wanted(names)
    project = Project(
        _package(folder),
        app.table_classes,
        objects_of(app),
        kept.kept_patterns(),
        {path.stem for path in place.glob("*.py")},
    )
    async with reading() as connection:
        await check_privileges(connection)
        scope = await read_scope(connection, project, named)
        result = await adoption(connection, project, scope)
        others = await other_schemas(connection, {*scope.within, *schemas(result.state)})
        own = {*scope.within, *(each.name for each in others.values())}
        result = replace(result, relations=await relations(connection, own))
        elsewhere = [*_elsewhere(without_kept(others, project.kept, {}))]
        elsewhere += await _not_adopted(connection, scope, result, own)
    if tighten:
        result = tightened(result, project)
    if not result.sources:
        return [*_report(result), *elsewhere, "Nothing was adopted."]
    texts = formatted(_texts(result, place, app, project.module))
    if preview:
        return [f"--- {_shown(path)}\n{text}" for path, text in texts.items()]
    await _write(app, texts)
    asked = (
        f"Adopted too: {table}, since a policy of {asking} asks for its members"
        for table, asking in scope.asked.items()
    )
    return [
        *(f"Wrote {_shown(path)}" for path in texts),
        *_report(result),
        *_differing(result),
        *asked,
        *elsewhere,
        *_left(result),
        *_undoing(app),
        *_tightening(result, app),
    ]


async def _not_adopted(
    connection: Connection, scope: Scope, result: Adoption, own: Collection[str]
) -> list[str]:
    """What nothing declares beside the tables, and what the adopted objects need of it. `own`
    are the schemas of the project.
    """
    left: list[str] = []
    if scope.wanted.is_all:
        left += _undeclared(scope.foreign, result)
        left += await published_elsewhere(connection, scope.within)
        left += await not_declared(connection, own, result.state)
    tables, needed = [each.table for each in result.classes], result.around.dependencies
    # What needs one that is refused is not declared.
    pairs = await needs(connection, tables, result.state, needed, own)
    return [*left, *_needed(pairs, result)]


async def _write(app: AppConfig, texts: Mapping[Path, str]) -> None:
    """Write the files, and record the first migration among them as applied."""
    with written(texts):
        file = next(each for each in files_of(app) if each.path in texts)
        async with apply.recording() as connection:
            await bookkeeping.note(
                connection, app.app_name, file.id, file.checksum, was_run=False
            )


def _app() -> AppConfig:
    apps = Finder().get_app_registry().app_configs.values()
    for each in apps:
        if isinstance(each, App):
            return each
    raise NothingToAdopt("piccolo_conf.py names no app of tables: write tables_app in one.")


def _package(folder: str) -> str:
    """The name by which Python imports a folder of the project."""
    parts = Path(folder).parts
    for each in parts:
        if not each.isidentifier() or iskeyword(each):
            raise NothingToAdopt(
                f"--folder={folder} has to be a folder of the project that Python can import, "
                f"and {each} is no name of a package. Nothing was written."
            )
    return ".".join(parts)


def _texts(result: Adoption, place: Path, app: AppConfig, package: str) -> dict[Path, str]:
    texts = {
        place / f"{module.rpartition('.')[2]}.py": source.text
        for module, source in result.sources.items()
    }
    init = place / "__init__.py"
    modules = {source.name: module for module, source in result.sources.items()}
    there = init.read_text("utf-8") if init.exists() else ""
    texts[init] = with_imports(package, there, modules)
    before = kept.PROJECT.read_text("utf-8") if kept.PROJECT.exists() else ""
    if result.kept:
        texts[kept.PROJECT] = with_kept(before, result.kept)
    return texts | _migrations(result, app)


def _migrations(result: Adoption, app: AppConfig) -> dict[Path, str]:
    """The baseline, and the migration that tightens the access, if one does."""
    now, folder = datetime.now(UTC), Path(app.resolved_migrations_folder_path)
    tables = [each.table for each in result.classes]
    names = ", ".join([*(each.full_name for each in tables), *result.alone])
    before, after = replayed(read_files(folder)), informed(result.state, result.relations)
    made = in_column_order(changes(before, after, _never_renamed), tables)
    texts = _migration(app, now, f"Adopt {names}", made)
    if result.tighter is not None:
        tighter = informed(result.tighter, result.relations)
        if steps := changes(after, tighter, _never_renamed):
            later = now + timedelta(microseconds=1)
            texts |= _migration(app, later, f"Tighten the access to {names}", steps)
    return texts


def _migration(
    app: AppConfig, at: datetime, description: str, steps: Sequence[Step]
) -> dict[Path, str]:
    name = f"{app.app_name}_{re.sub(r'[-:T]', '_', _id(at))}.py"
    folder = Path(app.resolved_migrations_folder_path)
    return {folder / name: render(_id(at), description, steps)}


def _id(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S:%f}"


def _report(result: Adoption) -> Iterator[str]:
    for source in result.classes:
        yield f"Adopted {source.table.full_name} as {source.name}"
        yield from _exposed(source.table, result.parts)
    yield from (f"Adopted {each}" for each in result.alone)
    # What is kept is written together with the classes.
    for each, reason in result.kept.items() if result.sources else ():
        yield f"Kept, since {reason}: {each}"
    for table, reason in result.refused.items():
        yield f"Not adopted: {table}, since {reason}"
    if result.refused:
        yield (
            "What is not adopted stays as it is. Change what the reason names and adopt again, "
            "or name it in `keep` of pyproject.toml."
        )
    for each in result.besides:
        reasons = (reason for kind, reason in REASONS.items() if each.startswith(f"{kind} "))
        yield f"Not declared: {each}{next(reasons, '')}"


def _elsewhere(schemas: Catalog) -> Iterator[str]:
    """The schemas of which nothing is declared, with what is in them."""
    for each in schemas.values():
        how = f": `piccolo db adopt {_every(each.name)}` adopts what is in it"
        holding = ", ".join(
            f"{number} {what.removesuffix('s') if number == '1' else what}"
            for what, number in each.facets.items()
        )
        yield f"Not declared: {each}, which {f'has {holding}' if holding else 'is empty'}{how}"


def _left(result: Adoption) -> Iterator[str]:
    """How to adopt the other tables and views of the declared schemas."""
    left = {
        schema_of(each.removeprefix(f"{noun} "))
        for each in result.besides
        for noun in NOUNS
        if each.startswith(f"{noun} ") and each.removeprefix(f"{noun} ") not in result.refused
    }
    for schema in sorted(left):
        yield f"`piccolo db adopt {_every(unquoted(schema))}` adopts the rest of {schema}."


def _every(schema: str) -> str:
    """The pattern for all that is in a schema, as a shell takes it."""
    return quote(f"{schema}.*")


def _undeclared(policies: Catalog, result: Adoption) -> Iterator[str]:
    """The policies on tables of others that no class declares."""
    for each in policies.values():
        if declared_name(each) not in result.state.objects:
            yield f"Not declared: {each}"


def _differing(result: Adoption) -> Iterator[str]:
    """The declared types and domains of adopted columns that were changed since."""
    enums = [e for e in result.state.objects.values() if isinstance(e, EnumDefinition)]
    values = {sql_name(each.full_name): each.values for each in enums}
    columns = [c for source in result.classes for c in source.table.columns]
    found = {c.type.removesuffix("[]"): tuple(c.labels) for c in columns if c.labels}
    for name, labels in found.items():
        if name in values and labels != values[name]:
            yield (
                f"Differs: the type {name} has the values {', '.join(labels)}, and its class "
                f"{', '.join(values[name])}. `piccolo db drift` shows this too."
            )
    types = {each.type.removesuffix("[]") for each in columns}
    for each in result.differing:
        if each.entry.kind == "domain" and each.entry.name in types:
            yield (
                f"Differs: the {each.entry} is not as its class declares it "
                f"({', '.join(each.facets)}). `piccolo db drift` shows this too."
            )


def _needed(pairs: Sequence[tuple[str, str]], result: Adoption) -> Iterator[str]:
    """What an empty database has to have before the migration runs there, or before a function
    that it makes is called.
    """
    for user, other in pairs:
        if not is_checked(result.state.objects.get(user)):
            yield (
                f"Needed: {other} by {user}. No class declares it, so that the function fails "
                "in a database that migrations make."
            )
        elif other not in result.refused:
            yield (
                f"Needed: {other} by {user}. No class declares it, so that the migration "
                "cannot run in an empty database."
            )


def _exposed(table: FoundTable, parts: Catalog) -> Iterator[str]:
    """What `piccolo db lint` reports about a table's privileges and policies."""
    granted: dict[str, set[str]] = {}
    for each in table.privileges:
        if each.privilege in unbounded_on(table.noun):
            granted.setdefault(each.role, set()).add(each.privilege)
    roles_by: dict[frozenset[str], list[str]] = {}
    for role in sorted(caller_roles() & granted.keys()):
        roles_by.setdefault(frozenset(granted[role]), []).append(role)
    for privileges, roles in roles_by.items():
        for sentence in unbounded(table.full_name, roles, privileges, table.noun):
            yield f"Error: {sentence}"
    for each in parts.values():
        if each.kind == "policy" and each.part_of == f"{table.noun} {table.full_name}":
            conditions = each.facets.get("using"), each.facets.get("with check")
            if each.facets["mode"] == "permissive" and believes(*conditions):
                yield f"Warning: {believing(each.name)}"


def _undoing(app: AppConfig) -> Iterator[str]:
    yield (
        "Nothing in the database was changed but public.migration, which has the migration as "
        "applied. To undo it, delete the files and run `piccolo migrations clean "
        f"{app.app_name}`. `piccolo migrations backwards` refuses to undo it, since that would "
        "drop the tables with their rows."
    )


def _tightening(result: Adoption, app: AppConfig) -> Iterator[str]:
    if result.tighter is None:
        return
    if not result.losses:
        yield "The second migration was not written: no role has more than its policies need."
        return
    yield (
        "The second migration takes access away, and was not applied. `piccolo migrations "
        f"forwards {app.app_name}` applies it. Then:"
    )
    yield from (f"  {each}." for each in result.losses)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _never_renamed(table: str, old: str, new: str) -> bool:  # noqa: ARG001  # what `changes` calls
    return False
