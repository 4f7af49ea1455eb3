"""Every kind of object, by the word that its name begins with."""

from typing import Any, TypedDict, Unpack

from ottavino.declare.as_found import AsFound, DetailDefinition, plain
from ottavino.declare.comment import CommentDefinition
from ottavino.declare.constraint import (
    CheckDefinition,
    ForeignKeyDefinition,
    PrimaryKeyDefinition,
    UniqueDefinition,
)
from ottavino.declare.database_function import FunctionDefinition
from ottavino.declare.definition import Columns, Definition
from ottavino.declare.generated import GeneratedDefinition
from ottavino.declare.grant import PrivilegesDefinition
from ottavino.declare.index import IndexDefinition
from ottavino.declare.policy import PolicyDefinition, RowSecurityDefinition
from ottavino.declare.role import RoleDefinition
from ottavino.declare.sequence import SequencePrivilegesDefinition
from ottavino.declare.statistics import StatisticsDefinition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.declare.unstated import unstated

KINDS: dict[str, type[Definition]] = {
    each.kind: each
    for each in (
        CheckDefinition,
        CommentDefinition,
        DetailDefinition,
        ForeignKeyDefinition,
        FunctionDefinition,
        GeneratedDefinition,
        IndexDefinition,
        PolicyDefinition,
        PrimaryKeyDefinition,
        PrivilegesDefinition,
        RoleDefinition,
        RowSecurityDefinition,
        SequencePrivilegesDefinition,
        StatisticsDefinition,
        TriggerDefinition,
        UniqueDefinition,
    )
}


class Facts(TypedDict, total=False):
    """What a migration file says beside the SQL of an object, since nothing reads that."""

    uses: Columns
    """The columns that it uses, by their tables."""
    calls: tuple[str, ...]
    """The declared functions that it calls: `public.own_words`."""
    references: Columns
    """Of a foreign key: the table and the columns that it refers to."""
    over: str
    """Of an index: its table."""
    unique: bool
    """Of an index: whether it is unique."""
    interface: str
    """Of a function: its arguments and what it returns."""
    roles: tuple[str, ...]
    """Of privileges and a function: the project's own roles that are granted something."""
    function: str
    """Of a trigger: the signature of the function that is made and dropped with it."""


def define(name: str, create: str, drop: str, **facts: Unpack[Facts]) -> Definition:
    """An object by its name, which begins with its kind. Facts may be left out together."""
    kind = name.split(" ", 1)[0]
    if kind not in KINDS:
        raise ValueError(
            f"{name} begins with {kind}, which is no kind of object: the kinds are "
            f"{', '.join(KINDS)}."
        )
    make: Any = KINDS[kind]
    stated = facts or unstated(KINDS[kind], create, drop)
    return make(name, create.strip(), drop.strip(), **stated)


def found(each: AsFound) -> Definition:
    """What migrations know of an object that is as a database had it."""
    facts: Facts = {}
    if each.uses is not None:
        facts["uses"] = each.uses
    if each.references is not None:
        facts["references"] = each.references
    return define(each.name, plain(each.create), plain(each.drop), **facts)
