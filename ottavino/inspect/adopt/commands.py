"""The command `piccolo db adopt`."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from keyword import iskeyword
from pathlib import Path
from shlex import quote

from piccolo.conf.apps import AppConfig, Finder

from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.type_name import sql_name
from ottavino.declare.view_definition import ViewDefinition
from ottavino.errors import in_a_sentence
from ottavino.inspect import kept
from ottavino.inspect.adopt.adoption import (
    Adoption,
    NothingToAdopt,
    adoption,
    tightened,
    unsayable,
)
from ottavino.inspect.adopt.column_order import in_column_order
from ottavino.inspect.adopt.files import formatted, with_imports, with_kept, written
from ottavino.inspect.adopt.foreign import declared_name, policies_elsewhere
from ottavino.inspect.adopt.found import FoundTable, found_tables
from ottavino.inspect.adopt.jobs import jobs
from ottavino.inspect.adopt.memberships import also_asked
from ottavino.inspect.adopt.needs import is_checked, needs, relations
from ottavino.inspect.adopt.project import Project
from ottavino.inspect.adopt.published import published_elsewhere
from ottavino.inspect.adopt.rare import not_declared
from ottavino.inspect.adopt.routines import NOUNS
from ottavino.inspect.adopt.schemas import other_schemas, with_helpers, with_types
from ottavino.inspect.catalog import Catalog, read
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
from ottavino.inspect.strangers import PLATFORM
from ottavino.migrate import bookkeeping
from ottavino.migrate import transaction as apply
from ottavino.migrate.app import App, objects_of
from ottavino.migrate.diff import changes
from ottavino.migrate.files import read_files, replayed
from ottavino.migrate.history import files_of
from ottavino.migrate.render import render
from ottavino.migrate.steps import Step
from ottavino.migrate.uses import informed
from ottavino.postgres.quoting import identifier, schema_of, unquoted
from ottavino.settings import ROOT

REASONS = {
    "event trigger": ", since it belongs to the whole database, and most servers let only a "
    "superuser create one",
    "foreign table": ", since its server may hold a password",
}
"""Why no class declares an object, by its kind."""


def adopt(
    tables: str = "all",
    folder: str = "db/tables",
    preview: bool = False,
    tighten: bool = False,
) -> None:
    """Write classes for tables of the live database, and a migration that makes the same.

    The database is not changed: the migration is recorded as applied there. Row level security
    and privileges are declared unchanged. A part of a table that no class can declare is named
    in `keep` of pyproject.toml, and left alone.

    :param tables:
        Their names, as `orders,billing.invoices`; or all.
    :param folder:
        The folder for the classes.
    :param preview:
        Print the files instead of writing them.
    :param tighten:
        Also write a second migration, which is not applied: it forces row level security and
        revokes the privileges that no policy needs. The privileges that roles lose are printed.
    """
    with in_a_sentence():
        lines = adopted(tables, folder, preview=preview, tighten=tighten)
        for line in asyncio.run(lines):
            print(line)


async def adopted(
    tables: str, folder: str, *, preview: bool = False, tighten: bool = False
) -> list[str]:
    """Adopt some tables, and report what was written and what was not."""
    app, place = _app(), ROOT / folder
    project = Project(
        _package(folder), app.table_classes, objects_of(app), kept.kept_patterns()
    )
    async with reading() as connection:
        await check_privileges(connection)
        names = [] if tables == "all" else [_qualified(each) for each in tables.split(",")]
        within = {*schemas(project.state()), *map(schema_of, names)}
        every = await found_tables(connection, within)
        found = _chosen(every, names, project)
        undeclared = _chosen(every, [], project)
        asked: dict[str, str] = {}
        while True:
            within = {*within, *(s for e in found if not any(unsayable(e)) for s in e.schemas)}
            within = await with_helpers(connection, within, found)
            there = await with_types(connection, within, await read(connection, within))
            catalog = without_kept(there, project.kept, {})
            more = also_asked(found, undeclared, catalog)
            found = [*found, *(each for each in undeclared if each.full_name in more)]
            asked |= more
            if not more:
                break
        left_alone = [each for name, each in there.items() if name not in catalog]
        here = {str(each) for each in catalog.values()}
        foreign = without_kept(await policies_elsewhere(connection, within), project.kept, {})
        catalog |= foreign
        found = [each for each in found if f"{each.noun} {_quoted(each)}" in here or names]
        result = await adoption(
            connection,
            project,
            catalog,
            found,
            whole=not names,
            others=undeclared,
            kept=left_alone,
        )
        others = await other_schemas(connection, {*within, *schemas(result.state)})
        own = {*within, *(each.name for each in others.values())}
        adopted = [each.table for each in result.sources.values()]
        needed = await needs(connection, adopted, result.state, result.dependencies, own)
        result = replace(result, relations=await relations(connection, own))
        left = [] if names else [*_undeclared(foreign, result)]
        left += await published_elsewhere(connection, within) if not names else []
        left += await not_declared(connection, own, result.state) if not names else []
        left += await jobs(connection, result.state) if not names else []
        elsewhere = [*_elsewhere(without_kept(others, project.kept, {})), *left]
        elsewhere += [
            f"Not adopted: schema {each}, since the database has no table in it"
            for each in _without_tables(every, names)
        ]
        # What needs one that is refused is not declared.
        elsewhere += _needed(needed, result)
    if tighten:
        result = tightened(result, project, whole=not names)
    if not result.sources:
        return [*_report(result), *elsewhere, "Nothing was adopted."]
    now = datetime.now(UTC)
    migration_id = _id(now)
    texts = formatted(_texts(result, place, app, now, project.module))
    if preview:
        return [f"--- {_shown(path)}\n{text}" for path, text in texts.items()]
    with written(texts):
        (file,) = [each for each in files_of(app) if each.id == migration_id]
        async with apply.recording() as connection:
            await bookkeeping.note(
                connection, app.app_name, file.id, file.checksum, was_run=False
            )
    return [
        *(f"Wrote {_shown(path)}" for path in texts),
        *_report(result),
        *_differing(result),
        *(
            f"Adopted too: {table}, since a policy of {asking} asks for its members"
            for table, asking in asked.items()
        ),
        *elsewhere,
        *_left(result),
        *_undoing(app),
        *_tightening(result, app),
    ]


def _quoted(table: FoundTable) -> str:
    return table.full_name


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


def _qualified(name: str) -> str:
    """A name as SQL has it, which may be given without quotation marks, or without a schema."""
    name = name.strip()
    if name.endswith(".*"):
        return f"{identifier(unquoted(name.removesuffix('.*')))}.*"
    return sql_name(name if "." in name else f"public.{name}")


def _chosen(
    found: Sequence[FoundTable], names: Sequence[str], project: Project
) -> list[FoundTable]:
    state = project.state()
    views = {e.full_name for e in state.objects.values() if isinstance(e, ViewDefinition)}
    ours = {*state.tables, *views}
    there, is_all = {each.full_name: each for each in found}, not names
    for schema in _wholes(names):
        inside = [each.full_name for each in found if each.schema_ == schema]
        # Others that are named are adopted.
        if not inside and len(_without_tables(found, names)) == len(names):
            raise NothingToAdopt(f"The database has no table in {schema}. Nothing was written.")
        names = [*names, *(each for each in inside if each not in ours)]
    names = [name for name in names if not name.endswith(".*")]
    for name in names:
        if schema_of(name) in PLATFORM:
            raise NothingToAdopt(
                f"{name} is a table of Supabase's services, and no class declares it. Policies "
                "on it are declared by `ForeignPolicy`, which `piccolo db adopt` writes for "
                "those of storage and realtime. Nothing was written."
            )
        if name not in there:
            raise NothingToAdopt(
                f"The database has no table {name}. A function, a type or a sequence is "
                "adopted with a table that uses it; beside tables that are declared already, "
                "`DatabaseFunction` or `Raw` declares it. Nothing was written."
            )
        if name in ours:
            raise NothingToAdopt(f"{name} is declared already. Nothing was written.")
    return [
        each
        for each in found
        if each.full_name not in ours and (is_all or each.full_name in names)
    ]


def _wholes(names: Sequence[str]) -> list[str]:
    """The schemas of which all tables are named."""
    return [schema_of(name) for name in names if name.endswith(".*")]


def _without_tables(found: Sequence[FoundTable], names: Sequence[str]) -> list[str]:
    """Those of them that have no table."""
    there = {each.schema_ for each in found}
    return [schema for schema in _wholes(names) if schema not in there]


def _texts(
    result: Adoption, place: Path, app: AppConfig, now: datetime, package: str
) -> dict[Path, str]:
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
    folder = Path(app.resolved_migrations_folder_path)
    names = ", ".join(source.table.full_name for source in result.sources.values())
    before, after = replayed(read_files(folder)), informed(result.state, result.relations)
    tables = [source.table for source in result.sources.values()]
    made = in_column_order(changes(before, after, _never_renamed), tables)
    texts |= _migration(app, now, f"Adopt {names}", made)
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
    for source in result.sources.values():
        yield f"Adopted {source.table.full_name} as {source.name}"
        yield from _exposed(source.table, result.parts)
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
        tables = each.facets.get("tables")
        how = f": `piccolo db adopt {_every(each.name)}` adopts what is in it" if tables else ""
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
    columns = [c for source in result.sources.values() for c in source.table.columns]
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
