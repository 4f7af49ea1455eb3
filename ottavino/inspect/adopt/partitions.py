"""The partitions of a table: `Partition` where it declares the same, otherwise their SQL."""

from collections.abc import Iterator

from ottavino.declare.definition import unqualified
from ottavino.identity import Role
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundPartition
from ottavino.inspect.adopt.grants import grants_on
from ottavino.inspect.adopt.source import string
from ottavino.postgres.quoting import identifier, literal, schema_of, unquoted

OWN = {
    "check constraint",
    "foreign key",
    "index",
    "trigger",
    "unique constraint",
}
"""The kinds of objects that a partition may have beside those of its parent, and that are made
with it.
"""


def partitions(draft: Draft) -> Iterator[str]:
    """The partitions, each after the one that it is a part of."""
    for each in draft.table.partitions:
        written = _by_helper(draft, each)
        yield written or _as_found(draft, each)
        yield from _policies(draft, each)


def _as_found(draft: Draft, each: FoundPartition) -> str:
    """A partition by its SQL, with what only it has."""
    statements = [
        _created(each),
        f"revoke all on {each.name} from public, {', '.join(Role)}",
        *_details(each),
        *grants_on(each.name, each.privileges),
        *_defaults(draft, each),
        *_own(draft, each),
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
        and not (each.partition_by or each.options or each.comment or each.privileges)
        and each.persistence == draft.table.persistence
        and not [*_own(draft, each), *_defaults(draft, each)]
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
    if each.comment:
        yield f"comment on table {each.name} is {literal(each.comment)}"


def _defaults(draft: Draft, each: FoundPartition) -> Iterator[str]:
    """The defaults of its columns that differ from those of the table."""
    of_table = {e.name: e.default for e in draft.table.columns if e.generated == ""}
    for entry in draft.of_partitions.get(each.name, ()):
        column = unquoted(entry.name.removeprefix(f"{each.name}."))
        default = entry.facets.get("default")
        if entry.kind == "column" and of_table.get(column, default) != default:
            how = "drop default" if default is None else f"set default {default}"
            yield f"alter table {each.name} alter column {identifier(column)} {how}"


def _own(draft: Draft, each: FoundPartition) -> Iterator[str]:
    """The objects of a partition that do not follow from its parent's."""
    for entry in draft.of_partitions.get(each.name, ()):
        own = unquoted(entry.name.removeprefix(f"{each.name}."))
        if entry.kind in OWN and not {own, entry.name} & {*each.inherited}:
            yield from entry.made()


def _policies(draft: Draft, each: FoundPartition) -> Iterator[str]:
    """Its policies, each by itself, so that they change one by one."""
    for entry in draft.of_partitions.get(each.name, ()):
        if entry.kind == "policy":
            own = unquoted(entry.name.removeprefix(f"{each.name}."))
            create = ";\n".join(entry.made())
            yield draft.as_found("policy", f"{each.name}.{own}", create, entry.removal)
