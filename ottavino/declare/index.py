"""Indexes: what makes the questions that are asked cheap to answer."""

from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass, replace
from typing import Literal

from ottavino.declare.column import Descending
from ottavino.declare.definition import Definition, define, identifier
from ottavino.declare.generated import Named, column_name, column_names
from ottavino.declare.statistics import names_one

Method = Literal["btree", "gin", "gist", "hash", "brin"]


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A column or an expression, where more has to be said of it: `Key(due, nulls="last")`."""

    of: Named | str
    _: KW_ONLY
    descending: bool = False
    nulls: Literal["first", "last"] | None = None
    operators: str | None = None
    """The operator class, where it is not the one that the type has by default."""

    @property
    def name(self) -> str:
        """The column's name."""
        if isinstance(self.of, str):
            raise TypeError(
                f"An index over the expression {self.of!r} needs a name: write name=…"
            )
        return column_name(self.of)

    @property
    def sql(self) -> str:
        """The key as it stands in the index."""
        words = [f"({self.of})" if isinstance(self.of, str) else identifier(self.name)]
        if self.operators:
            words.append(self.operators)
        if self.descending:
            words.append("desc")
        if self.nulls:
            words.append(f"nulls {self.nulls}")
        return " ".join(words)


class Index:
    """An index over columns, columns in descending order, or expressions written in SQL.

    An index with an expression needs a `name`; the others are named after their columns.
    `concurrently` lets others write to a table that is there already while it is built: by
    a migration of its own, after the others. `storage` is what PostgreSQL calls storage
    parameters: `("fastupdate = off",)`. `statistics` is how much ANALYZE keeps of keys that
    are expressions: 0 for nothing, as where they are over columns of which nothing is kept.
    """

    def __init__(  # noqa: PLR0913  # an index is all of this
        self,
        *keys: Key | Named | Descending | str,
        name: str | None = None,
        unique: bool = False,
        method: Method = "btree",
        include: tuple[Named, ...] = (),
        where: str | None = None,
        storage: tuple[str, ...] = (),
        statistics: int | None = None,
        concurrently: bool = False,
    ) -> None:
        if not isinstance(where, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # who asks may not check types
            raise TypeError(
                "The condition of an index is written in SQL: where=\"status = 'pending'\"."
            )
        self.keys = tuple(map(_key, keys))
        self.name = name
        self.unique = unique
        self.method = method
        self.include = include
        self.where = where
        self.storage = storage
        self.statistics = statistics
        self.concurrently = concurrently

    @property
    def columns(self) -> tuple[Named, ...]:
        """The columns that it names."""
        return (*(key.of for key in self.keys if not isinstance(key.of, str)), *self.include)

    def orders(self, *columns: tuple[str, bool]) -> bool:
        """Whether all rows stand in it by these columns, each with whether it descends."""
        first = self.keys[: len(columns)]
        return (
            self.method == "btree"
            and self.where is None
            and all(not isinstance(key.of, str) and key.nulls is None for key in first)
            and [(key.name, key.descending) for key in first] == list(columns)
        )

    def definition(self, table: str, unsampled: Collection[str] = ()) -> Definition:
        """The index on its table, of whose columns some are not sampled."""
        if not self.keys:
            raise ValueError("An index needs something to be over: write Index(column).")
        schema, _, table_name = table.rpartition(".")
        name = self.name or "_".join([table_name, *(key.name for key in self.keys), "idx"])
        create = (
            f"create {'unique ' if self.unique else ''}index {identifier(name)}\n"
            f"    on {table} using {self.method} ({', '.join(key.sql for key in self.keys)})"
        )
        if self.include:
            create += f"\n    include ({column_names(self.include)})"
        if self.storage:
            create += f"\n    with ({', '.join(self.storage)})"
        if self.where is not None:
            create += f"\n    where {self.where}"
        for number, key in enumerate(self.keys, 1):
            if (target := self._target(key, unsampled)) is not None:
                create += (
                    f";\nalter index {schema}.{identifier(name)} "
                    f"alter column {number} set statistics {target}"
                )
        made = define(
            f"index {schema}.{name}", create, f"drop index {schema}.{identifier(name)}"
        )
        return replace(made, concurrently=self.concurrently)

    def _target(self, key: Key, unsampled: Collection[str]) -> int | None:
        """How much is kept of a key, where that is not PostgreSQL's to say."""
        if not isinstance(key.of, str):
            return None
        if not names_one(key.of, unsampled):
            return self.statistics
        if self.statistics:
            raise ValueError(
                f"Index keeps statistics of {key.of!r}, and nothing is kept of the columns in "
                "it: leave statistics=… out, or NoStatistics for these columns."
            )
        return 0


def _key(key: Key | Named | Descending | str) -> Key:
    match key:
        case Key():
            return key
        case Descending(column):
            return Key(column, descending=True)
        case _:
            return Key(key)
