"""Indexes: what makes frequent queries cheap to answer."""

from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

from ottavino.declare.definition import FACT, Claim, Definition, unqualified
from ottavino.declare.generated import Named, column_name, column_names, used
from ottavino.declare.order import Descending
from ottavino.declare.statistics import names_one
from ottavino.declare.tokens import closed, tokens
from ottavino.postgres.quoting import identifier

Method = Literal["btree", "gin", "gist", "spgist", "hash", "brin", "hnsw", "ivfflat"]
"""PostgreSQL's own, and those of the extension `vector`."""


@dataclass(frozen=True, slots=True)
class IndexDefinition(Definition):
    """An index as migrations know it: `index public.documents_status_idx`."""

    kind: ClassVar[str] = "index"
    over: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """The table that it is over; nothing where that is unknown."""
    unique: bool = field(default=False, compare=False, kw_only=True, metadata=FACT)
    concurrently: bool = field(default=False, compare=False, kw_only=True)
    """Whether it is built while others write. Indexes that differ only in this are equal."""

    @property
    def table(self) -> str:
        """The table that it is over."""
        return self.over

    @property
    def own_name(self) -> str:
        """Its name in the schema."""
        return unqualified(self.full_name)

    @property
    def is_known(self) -> bool:
        """Whether its table is known, and all that it uses."""
        return self.uses is not None and not self.free and self.over != ""

    @property
    def address(self) -> str:
        schema = self.full_name.split(".", 1)[0]
        return f"index {schema}.{identifier(self.own_name)}"

    @property
    def beside_writers(self) -> tuple[str, str]:
        """The SQL that makes it while others write, and that drops it like this."""
        return _concurrently(self.create), _concurrently(self.drop)

    @property
    def is_key(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  # only an index computes it
        """Whether a foreign key may refer to its columns: no two rows have the same."""
        return self.unique

    @property
    def claims(self) -> tuple[Claim, ...]:
        """A name among the relations of the schema."""
        schema, _ = self.full_name.split(".", 1)
        return (Claim("relation", schema, self.own_name),)

    def rename(self, old: str, new: str) -> str:
        """SQL that gives it another name of its own; none if the names are the same."""
        schema, _ = self.full_name.split(".", 1)
        names = f"{schema}.{identifier(old)} rename to {identifier(new)}"
        return "" if old == new else f"alter index {names}"


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A column or an expression with its order or operator class: `Key(due, nulls="last")`."""

    of: Named | str
    _: KW_ONLY
    descending: bool = False
    nulls: Literal["first", "last"] | None = None
    operators: str | None = None
    """The operator class, where it is not the one that the type has by default."""

    @property
    def name(self) -> str:
        if isinstance(self.of, str):
            raise TypeError(
                f"An index over the expression {self.of!r} needs a name: write name=…"
            )
        return column_name(self.of)

    @property
    def sql(self) -> str:
        """The key, as the index has it."""
        words = [f"({closed(self.of)})" if isinstance(self.of, str) else identifier(self.name)]
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
        nulls_distinct: bool = True,
        method: Method = "btree",
        include: tuple[Named, ...] = (),
        where: str | None = None,
        storage: tuple[str, ...] = (),
        statistics: int | None = None,
        concurrently: bool = False,
    ) -> None:
        if not isinstance(where, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
            raise TypeError(
                "The condition of an index is written in SQL: where=\"status = 'pending'\"."
            )
        self.keys = tuple(map(_key, keys))
        self.name = name
        self.unique = unique
        self.nulls_distinct = nulls_distinct
        self.method = method
        self.include = include
        self.where = where
        self.storage = storage
        self.statistics = statistics
        self.concurrently = concurrently

    @property
    def columns(self) -> tuple[Named, ...]:
        return (*(key.of for key in self.keys if not isinstance(key.of, str)), *self.include)

    def orders(self, *columns: tuple[str, bool]) -> bool:
        """Whether it orders all rows by these columns, each with whether it descends."""
        first = self.keys[: len(columns)]
        return (
            self.method == "btree"
            and self.where is None
            and all(not isinstance(key.of, str) and key.nulls is None for key in first)
            and [(key.name, key.descending) for key in first] == list(columns)
        )

    def definition(self, table: str, unsampled: Collection[str] = ()) -> IndexDefinition:
        """The index on a table; `unsampled` are the columns that have no statistics."""
        if not self.keys:
            raise ValueError("An index needs something to be over: write Index(column).")
        schema = table.split(".", maxsplit=1)[0]
        name = self.name or "_".join(
            [unqualified(table), *(key.name for key in self.keys), "idx"]
        )
        expressions = [key.of for key in self.keys if isinstance(key.of, str)]
        return IndexDefinition(
            f"index {schema}.{name}",
            self._create(table, name, unsampled).strip(),
            f"drop index {schema}.{identifier(name)}",
            uses=used(table, self.columns),
            free=(*expressions, *([] if self.where is None else [self.where])),
            over=table,
            unique=self.unique,
            concurrently=self.concurrently,
        )

    def _create(self, table: str, name: str, unsampled: Collection[str]) -> str:
        create = (
            f"create {'unique ' if self.unique else ''}index {identifier(name)}\n"
            f"    on {table} using {self.method} ({', '.join(key.sql for key in self.keys)})"
        )
        if self.include:
            create += f"\n    include ({column_names(self.include)})"
        if not self.nulls_distinct:
            create += "\n    nulls not distinct"
        if self.storage:
            create += f"\n    with ({', '.join(self.storage)})"
        if self.where is not None:
            create += f"\n    where {closed(self.where)}"
        for number, key in enumerate(self.keys, 1):
            if (target := self._target(key, unsampled)) is not None:
                create += (
                    f";\nalter index {table.split('.', maxsplit=1)[0]}.{identifier(name)} "
                    f"alter column {number} set statistics {target}"
                )
        return create

    def _target(self, key: Key, unsampled: Collection[str]) -> int | None:
        """The statistics target of a key, unless it is PostgreSQL's default."""
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


def _concurrently(sql: str) -> str:
    # The definition is of the plain index: how it is built is no property of it.
    word = next(each for each in tokens(sql) if each == ("word", "index", *each[2:]))
    return f"{sql[: word.end]} concurrently{sql[word.end :]}"


def _key(key: Key | Named | Descending | str) -> Key:
    match key:
        case Key():
            return key
        case Descending(column):
            return Key(column, descending=True)
        case _:
            return Key(key)
