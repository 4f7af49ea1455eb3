"""All kinds of objects, by the first word of their names."""

from typing import Any, TypedDict, Unpack

from ottavino.declare.as_found import AsFound, DetailDefinition, plain
from ottavino.declare.comment import CommentDefinition
from ottavino.declare.constraint import (
    CheckDefinition,
    ExclusionDefinition,
    ForeignKeyDefinition,
    PrimaryKeyDefinition,
    UniqueDefinition,
)
from ottavino.declare.cron_job import CronJobDefinition
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.default_privileges import DefaultPrivilegesDefinition
from ottavino.declare.definition import Columns, Definition
from ottavino.declare.domain import (
    DomainCheckDefinition,
    DomainDefaultDefinition,
    DomainDefinition,
    DomainRequiredDefinition,
)
from ottavino.declare.enum_type import EnumDefinition
from ottavino.declare.extension import ExtensionDefinition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.index import IndexDefinition, IndexStatements
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.policy import PolicyDefinition, RowSecurityDefinition
from ottavino.declare.procedure import ProcedureDefinition
from ottavino.declare.publication import PublicationDefinition, PublishedDefinition
from ottavino.declare.raw import RawDefinition
from ottavino.declare.role import RoleDefinition
from ottavino.declare.schema import SchemaDefinition
from ottavino.declare.sequence import SequenceDefinition, SequencePrivilegesDefinition
from ottavino.declare.statistics import StatisticsDefinition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.declare.unstated import earlier, unstated
from ottavino.declare.view_definition import MaterializedViewDefinition, ViewDefinition

KINDS: dict[str, type[Definition]] = {
    each.kind: each
    for each in (
        CheckDefinition,
        CommentDefinition,
        CronJobDefinition,
        DefaultPrivilegesDefinition,
        DetailDefinition,
        DomainCheckDefinition,
        DomainDefaultDefinition,
        DomainDefinition,
        DomainRequiredDefinition,
        EnumDefinition,
        ExclusionDefinition,
        ExtensionDefinition,
        ForeignKeyDefinition,
        FunctionDefinition,
        GeneratedDefinition,
        IndexDefinition,
        MaterializedViewDefinition,
        PartitionDefinition,
        PolicyDefinition,
        PrimaryKeyDefinition,
        PrivilegesDefinition,
        ProcedureDefinition,
        PublicationDefinition,
        PublishedDefinition,
        RawDefinition,
        RoleDefinition,
        RowSecurityDefinition,
        SchemaDefinition,
        SequenceDefinition,
        SequencePrivilegesDefinition,
        StatisticsDefinition,
        TriggerDefinition,
        UniqueDefinition,
        ViewDefinition,
    )
}


class Facts(TypedDict, total=False):
    """The facts about an object that a migration file states beside its SQL, so that the SQL is
    not parsed.
    """

    uses: Columns
    """The columns that it uses, by their tables."""
    calls: tuple[str, ...]
    """The declared functions, types, views … that it needs: `public.own_words`."""
    read: str
    """A query for its state in the database, if no catalog query reads it."""
    values: tuple[str, ...]
    """Of an enumerated type: its values."""
    early: bool
    """Of hand-written SQL: whether it runs before the tables are created."""
    references: Columns
    """Of a foreign key: the table and the columns that it refers to."""
    over: str
    """Of an index: its table."""
    unique: bool
    """Of an index: whether it is unique."""
    interface: str
    """Of a function: its arguments and what it returns."""
    into: str
    """Of an extension: the schema of its objects."""
    options: str
    """Of a sequence: its type and its options."""
    usage: tuple[str, ...]
    """Of a sequence: the roles that may take its next number."""
    roles: tuple[str, ...]
    """Of privileges and a function: the project's own roles that have a privilege."""
    function: str
    """Of a trigger: the signature of the function that is made and dropped with it."""


def define(name: str, create: str, drop: str, **facts: Unpack[Facts]) -> Definition:
    """An object by its name, which begins with its kind. All facts may be left out."""
    kind = name.split(" ", 1)[0]
    if kind not in KINDS:
        raise ValueError(
            f"{name} begins with {kind}, which is not a kind of object: use one of "
            f"{', '.join(KINDS)}."
        )
    make: Any = KINDS[kind]
    stated = facts or unstated(KINDS[kind], create, drop)
    return make(name, create.strip(), drop.strip(), **earlier(KINDS[kind], create, stated))


def index_of(
    name: str, on: str, settings: tuple[str, ...], **facts: Unpack[Facts]
) -> IndexDefinition:
    """An index by its name, and what it is over."""
    kind, own_name = name.split(" ", 1)
    if KINDS.get(kind) is not IndexDefinition:
        raise TypeError(f"{name} is not an index: only an index can be created concurrently.")
    stated: Any = facts
    unique = stated.pop("unique", False)
    return IndexDefinition.over_rows(
        IndexStatements(own_name, on, settings, unique=unique), **stated
    )


def found(each: AsFound) -> Definition:
    """The definition of an object, with its SQL as read from a database."""
    facts: Facts = {}
    if each.uses is not None:
        facts["uses"] = each.uses
    if each.references is not None:
        facts["references"] = each.references
    return define(each.name, plain(each.create), plain(each.drop), **facts)
