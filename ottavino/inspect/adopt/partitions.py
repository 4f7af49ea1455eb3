"""The partitions of a table: `Partition` where it declares the same, otherwise their SQL."""

from collections.abc import Iterator

from ottavino.declare.definition import unqualified
from ottavino.identity import Role
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundPartition
from ottavino.inspect.adopt.grants import grants_on
from ottavino.inspect.adopt.source import string
from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import identifier, literal, schema_of, split_name, unquoted

OWN = {
    "check constraint",
    "foreign key",
    "index",
    "trigger",
    "unique constraint",
}
"""The kinds of objects that a partition may have beside those of its parent."""

WITH_OPTION = " with grant option"


def partitions(draft: Draft) -> Iterator[str]:
    """The partitions, each after the one that it is a part of."""
    for each in draft.table.partitions:
        written = _by_helper(draft, each)
        yield written or _as_found(draft, each)
        yield from _parts(draft, each)


def _as_found(draft: Draft, each: FoundPartition) -> str:
    """A partition by its SQL, with what only it has."""
    statements = [
        _created(each),
        f"revoke all on {each.name} from public, {', '.join(Role)}",
        *_details(each),
        *_defaults(draft, each),
        *(statement for entry in _within(draft, each) for statement in entry.made()),
    ]
    uses = f"uses={{{string(each.parent)}: ()}}"
    name = f"{identifier(schema_of(each.name))}.{unqualified(each.name)}"
    create = ";\n".join(statements)
    return draft.as_found("partition", name, create, f"drop table {each.name}", uses)


def _by_helper(draft: Draft, each: FoundPartition) -> str | None:
    is_plain = (
        each.parent == draft.table.full_name
        and schema_of(each.name) == draft.table.schema_
        and each.row_security
        and each.forced
        and not (each.partition_by or each.options)
        and each.persistence == draft.table.persistence
        and not [*_within(draft, each), *_defaults(draft, each)]
    )
    if not is_plain:
        return None
    name = unqualified(each.name)
    return draft.call("Partition", string(name), string(_values(each.values)))


def _values(bound: str) -> str:
    """The bounds of a partition, as a class has them."""
    return "default" if bound == "DEFAULT" else bound.removeprefix("FOR VALUES ")


def _created(each: FoundPartition) -> str:
    kind = "unlogged table" if each.persistence == "u" else "table"
    how = f" partition by {each.partition_by}" if each.partition_by else ""
    options = f" with ({', '.join(each.options)})" if each.options else ""
    return f"create {kind} {each.name} partition of {each.parent} {each.values}{how}{options}"


def _details(each: FoundPartition) -> Iterator[str]:
    alter = f"alter table {each.name}"
    if each.row_security:
        yield f"{alter} enable row level security"
    if each.forced:
        yield f"{alter} force row level security"


def _defaults(draft: Draft, each: FoundPartition) -> Iterator[str]:
    """The defaults of its columns that differ from those of the table."""
    of_table = {e.name: e.default for e in draft.table.columns if e.generated == ""}
    for entry in draft.of_partitions.get(each.name, ()):
        column = unquoted(entry.name.removeprefix(f"{each.name}."))
        default = entry.facets.get("default")
        if entry.kind == "column" and of_table.get(column, default) != default:
            how = "drop default" if default is None else f"set default {default}"
            yield f"alter table {each.name} alter column {identifier(column)} {how}"


def _own(draft: Draft, each: FoundPartition) -> Iterator[CatalogObject]:
    """The objects of a partition that do not follow from its parent's."""
    for entry in draft.of_partitions.get(each.name, ()):
        own = unquoted(entry.name.removeprefix(f"{each.name}."))
        if entry.kind in OWN and not {own, entry.name} & {*each.inherited}:
            yield entry


def _within(draft: Draft, each: FoundPartition) -> Iterator[CatalogObject]:
    """The objects that are made with it."""
    return (entry for entry in _own(draft, each) if not _is_apart(entry))


def _is_apart(entry: CatalogObject) -> bool:
    """Whether an object is declared by itself, so that it changes by itself."""
    is_one = len([*entry.made()]) == 1 and not [*entry.tied()]
    return entry.kind == "policy" or (entry.kind in {"index", "trigger"} and is_one)


def _parts(draft: Draft, each: FoundPartition) -> Iterator[str]:
    """What changes one by one: its comment, its privileges, its policies, and most of its
    indexes and triggers.
    """
    if each.comment:
        on = f"comment on table {each.name} is"
        yield draft.as_found(
            "comment", each.name, f"{on} {literal(each.comment)}", f"{on} null"
        )
    for grant in grants_on(each.name, each.privileges):
        what, _, to = grant.removeprefix("grant ").rpartition(" to ")
        role = to.removesuffix(WITH_OPTION)
        name = f"grant{to.removeprefix(role)} to {role}"
        undone = f"revoke {what} from {role}"
        yield draft.found(f"detail {each.name}.{name}", grant, undone)
    policies = [e for e in draft.of_partitions.get(each.name, ()) if e.kind == "policy"]
    for entry in [*policies, *filter(_is_apart, _own(draft, each))]:
        place = identifier(schema_of(each.name)) if entry.kind == "index" else each.name
        name = f"{place}.{_own_name(each, entry)}"
        create = ";\n".join(entry.made())
        yield draft.as_found(entry.kind, name, create, entry.removal)


def _own_name(each: FoundPartition, entry: CatalogObject) -> str:
    return unquoted(split_name(entry.name.removeprefix(f"{each.name}."))[-1])
