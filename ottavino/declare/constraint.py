"""Constraints on a table: primary key, unique, check, and foreign keys over several columns."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from ottavino.declare.as_found import DetailDefinition
from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.definition import (
    FACT,
    Claim,
    Columns,
    Definition,
    merged,
    qualified,
    unqualified,
)
from ottavino.declare.fitting import require_arguments, require_declared
from ottavino.declare.generated import Named, column_name, column_names, used
from ottavino.declare.rendered import Rendered, written_by_hand
from ottavino.declare.tokens import closed
from ottavino.postgres.quoting import identifier, schema_of, split_name

Action = Literal["cascade", "restrict", "no action", "set null", "set default"]
Deferrable = Literal["immediate", "deferred"]
ACTIONS, DEFERRABLE = get_args(Action), get_args(Deferrable)


@dataclass(frozen=True, slots=True)
class ConstraintDefinition(Definition):
    """The definition of a constraint for migrations; each kind of them is a class below."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a constraint of the table."""
        return (Claim("constraint", self.table, self.own_name),)

    @property
    def address(self) -> str:
        return f"constraint {identifier(self.own_name)} on {self.table}"

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if the names are the same."""
        names = f"{identifier(old)} to {identifier(new)}"
        return "" if old == new else f"alter table {self.table} rename constraint {names}"


@dataclass(frozen=True, slots=True)
class CheckDefinition(ConstraintDefinition):
    """The definition of a check for migrations."""

    kind: ClassVar[str] = "check"


@dataclass(frozen=True, slots=True)
class ExclusionDefinition(ConstraintDefinition):
    """The definition of an exclusion constraint for migrations."""

    kind: ClassVar[str] = "exclusion"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a constraint of the table, and of its index in the schema."""
        own = Claim("constraint", self.table, self.own_name)
        return own, Claim("relation", schema_of(self.table), self.own_name)


@dataclass(frozen=True, slots=True)
class UniqueDefinition(ConstraintDefinition):
    """The definition of a unique constraint for migrations."""

    kind: ClassVar[str] = "unique"
    is_key: ClassVar[bool] = True

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a constraint of the table, and of its index in the schema."""
        own = Claim("constraint", self.table, self.own_name)
        return own, Claim("relation", schema_of(self.table), self.own_name)


@dataclass(frozen=True, slots=True)
class PrimaryKeyDefinition(UniqueDefinition):
    """The definition of a primary key for migrations."""

    kind: ClassVar[str] = "primary-key"
    # Before views, because `group by` the key of a table includes its other columns.
    rank: ClassVar[int] = 13


@dataclass(frozen=True, slots=True)
class ForeignKeyDefinition(ConstraintDefinition):
    """The definition of a foreign key for migrations."""

    kind: ClassVar[str] = "foreign-key"
    rank: ClassVar[int] = 30
    references: Columns | None = field(default=None, compare=False, kw_only=True, metadata=FACT)
    """The table and the columns that it refers to; None if unknown."""

    @property
    def tables(self) -> frozenset[str] | None:
        """Its own table, and the one that it refers to."""
        if self.uses is None or self.references is None:
            return None
        return frozenset({self.table, *self.references})

    def is_over(self, table: str, column: str) -> bool:
        """Whether it contains a column, or refers to it."""
        return column in merged(self.uses or {}, self.references or {}).get(table, ())

    def needs(self, other: Definition) -> bool:
        """Whether it refers to a key. If that is unknown, it may."""
        if not other.is_key:
            return False
        if self.references is None or other.uses is None:
            return self.uses is None or other.table in self.uses
        columns = self.references.get(other.table, ())
        return {*columns} == {*other.uses.get(other.table, ())}


@dataclass(frozen=True, slots=True)
class Check:
    """Refuses a row for which the condition, written in SQL, is false."""

    name: str
    condition: str

    def __post_init__(self) -> None:
        # Piccolo's conditions have parameters, which PostgreSQL cannot store in a constraint.
        if not isinstance(self.condition, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
            raise TypeError(
                f"The condition of the check {self.name!r} is written in SQL, as text: "
                "\"status in ('pending', 'ready')\"."
            )
        require_declared(self)

    def definition(self, table: str) -> Definition:
        body = f"check ({closed(self.condition)})"
        return _constraint(
            CheckDefinition,
            table,
            self.name,
            body,
            uses=_named(self.condition, table),
            free=written_by_hand(self.condition),
        )


def _named(condition: str, table: str) -> Columns:
    """The columns that a condition names, as far as known."""
    return {table: condition.columns} if isinstance(condition, Rendered) else {}


class Unique:
    """Refuses a second row with the same values. A foreign key may refer to these columns.
    `storage` are PostgreSQL's storage parameters of its index: `("fillfactor = 70",)`.
    """

    def __init__(
        self,
        *columns: Named,
        name: str | None = None,
        nulls_distinct: bool = True,
        storage: tuple[str, ...] = (),
    ) -> None:
        require_arguments("Unique", Unique.__init__, locals())
        self.columns = columns
        self.name = name
        self.nulls_distinct = nulls_distinct
        self.storage = storage

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns, or by its own name."""
        if not self.columns:
            raise ValueError("A unique constraint needs columns: write Unique(column).")
        _require_apart("unique constraint", self.columns)
        nulls = "" if self.nulls_distinct else "nulls not distinct "
        suffix = self.name or f"{_joined(self.columns)}_key"
        body = f"unique {nulls}({column_names(self.columns)})"
        return _constraint(
            UniqueDefinition, table, suffix, body, uses=used(table, self.columns)
        )

    def definitions(self, table: str) -> Iterator[Definition]:
        """The constraint, and the parameters of its index, which change without it."""
        key = self.definition(table)
        yield key
        if self.storage:
            schema, _ = split_name(table)
            index = f"alter index {schema}.{identifier(key.own_name)}"
            names = ", ".join(each.partition("=")[0].strip() for each in self.storage)
            yield DetailDefinition.on(
                table,
                f"{key.own_name}.storage",
                f"{index} set ({', '.join(self.storage)})",
                f"{index} reset ({names})",
                uses=used(table, self.columns),
                calls=(key.name,),
            )


class Exclude:
    """Refuses a row that conflicts with another, such as a second booking of a room at the same
    time. Each pair is a column or an SQL expression, and the operator that is true for
    conflicting rows: `Exclude((during, "&&"), name="one_at_a_time")`. Equality of types other
    than ranges needs the extension `btree_gist`.
    """

    def __init__(
        self,
        *pairs: tuple[Named | str, str],
        name: str,
        method: str = "gist",
        where: str | None = None,
        deferrable: Deferrable | None = None,
    ) -> None:
        require_arguments("Exclude", Exclude.__init__, locals())
        if not pairs:
            raise ValueError(
                f'The exclusion {name!r} needs a column and an operator: write (during, "&&").'
            )
        self.pairs = pairs
        self.name = name
        self.method = method
        self.where = where
        self.deferrable = deferrable

    @property
    def columns(self) -> tuple[Named, ...]:
        return tuple(of for of, _ in self.pairs if not isinstance(of, str))

    def definition(self, table: str) -> Definition:
        """The constraint on its table."""
        pairs = [f"{_key(of)} with {operator}" for of, operator in self.pairs]
        body = f"exclude using {self.method} ({', '.join(pairs)})"
        if self.where is not None:
            body += f"\n        where ({closed(self.where)})"
        if self.deferrable is not None:
            body += f"\n        deferrable initially {self.deferrable}"
        expressions = [of for of, _ in self.pairs if isinstance(of, str)]
        return _constraint(
            ExclusionDefinition,
            table,
            self.name,
            body,
            uses=used(table, self.columns),
            free=(*expressions, *([] if self.where is None else [self.where])),
        )


def _key(of: Named | str) -> str:
    return f"({of})" if isinstance(of, str) else identifier(column_name(of))


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The columns that identify a row."""

    columns: tuple[Named | str, ...]

    def definition(self, table: str) -> Definition:
        body = f"primary key ({column_names(self.columns)})"
        return _constraint(
            PrimaryKeyDefinition, table, "pkey", body, uses=used(table, self.columns)
        )


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Makes rows refer to rows of another table by several columns. `clear` names the columns
    that `on_delete="set null"` clears; other columns of the key, such as a user's id, keep
    their values.
    """

    columns: tuple[Named | str, ...]
    references: str
    referenced: tuple[Col[Any] | str, ...]
    on_delete: Action = "cascade"
    clear: tuple[Named | str, ...] = ()
    name: str | None = None
    on_update: Action = "no action"
    deferrable: Deferrable | None = None
    """Whether it can be checked at the end of a transaction: always, or after `set
    constraints`.
    """

    def __post_init__(self) -> None:
        _require_one_of(ACTIONS, "on_delete", self.on_delete)
        _require_one_of(ACTIONS, "on_update", self.on_update)
        _require_one_of((None, *DEFERRABLE), "deferrable", self.deferrable)
        require_declared(self)

    def definition(self, table: str) -> Definition:
        """The constraint on its table, named after its columns, or by its own name."""
        suffix = self.name or f"{_joined(self.columns)}_fkey"
        self._require_sense(suffix, table)
        cleared = column_names(self.clear)
        action = f"{self.on_delete} ({cleared})" if cleared else self.on_delete
        body = (
            f"foreign key ({column_names(self.columns)})\n"
            f"        references {self.references} ({column_names(self.referenced)})\n"
            f"        on delete {action}"
        )
        if self.on_update != "no action":
            body += f"\n        on update {self.on_update}"
        if self.deferrable is not None:
            body += f"\n        deferrable initially {self.deferrable}"
        return _constraint(
            ForeignKeyDefinition,
            table,
            suffix,
            body,
            uses=used(table, self.columns),
            references=used(self.references, self.referenced),
        )

    def _require_sense(self, name: str, table: str) -> None:
        if not len(self.columns) == len(self.referenced) > 0:
            raise ValueError(
                f"The foreign key {name!r} has different numbers of columns: name as many of "
                f"its own table as of "
                f"{self.references}."
            )
        if self.clear and self.on_delete not in {"set null", "set default"}:
            raise ValueError(
                f"The foreign key {name!r} clears columns only with on_delete='set null' or "
                "'set default': write one of them, or leave `clear` out."
            )
        for column in self.clear:
            if column_name(column) not in map(column_name, self.columns):
                raise ValueError(
                    f"The foreign key {name!r} can clear only its own columns, but "
                    f"{column_name(column)} is not one: remove it from `clear`."
                )
        _require_apart(f"foreign key {name!r}", self.columns)
        if not split_name(self.references)[1:]:
            raise ValueError(
                f"The foreign key {name!r} refers to {self.references}: write the schema too, "
                f"as in public.{self.references}."
            )
        for column in self.referenced:
            if isinstance(column, Col) and (of := _table(column, table)) != self.references:
                raise ValueError(
                    f"The foreign key {name!r} refers to {self.references}, and "
                    f"{name_of(column)} is a column of {of}: name one of {self.references}, or "
                    f"write references={of!r}."
                )


def _require_apart(of: str, columns: tuple[Named | str, ...]) -> None:
    names = [*map(column_name, columns)]
    for each in names:
        if names.count(each) > 1:
            raise ValueError(f"The {of} names {each} twice: remove one.")


def _table(column: Col[Any], own: str) -> str:
    """The table of a column, which has none yet while its own class is being defined."""
    meta = piccolo(column)._meta
    if meta._name is None:  # noqa: SLF001  # `name` would raise an error of Piccolo
        raise ValueError(
            "A foreign key refers to a column that is not assigned in a class: name a column "
            "of the class of the table that it refers to."
        )
    return own if meta._table is None else qualified(meta.table)  # noqa: SLF001  # likewise


def _joined(columns: tuple[Named | str, ...]) -> str:
    return "_".join(map(column_name, columns))


def _constraint(
    kind: type[ConstraintDefinition], table: str, suffix: str, body: str, **facts: Any
) -> Definition:
    name = f"{unqualified(table)}_{suffix}"
    return kind.on(
        table,
        name,
        f"alter table {table}\n    add constraint {identifier(name)} {body}",
        f"alter table {table} drop constraint {identifier(name)}",
        **facts,
    )


def _require_one_of(known: Collection[object], option: str, value: object) -> None:
    if value not in known:
        raise ValueError(
            f"A foreign key has no {option}={value!r}: write one of "
            f"{', '.join(map(repr, known))}."
        )
