"""The class of tables: Piccolo's, with the database objects beside the columns."""

import warnings
from collections.abc import Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from piccolo.columns.base import Column
from piccolo.table import Table as PiccoloTable

from ottavino.declare import keys
from ottavino.declare.as_found import AsFound
from ottavino.declare.column import Col, ColumnSpec, name_of, piccolo
from ottavino.declare.column_types import (
    any_type,
    arrays,
    json_values,
    numbers,
    plain,
    texts,
    times,
)
from ottavino.declare.condition import stock
from ottavino.declare.constraint import PrimaryKey
from ottavino.declare.definition import Definition, qualified
from ottavino.declare.piccolo_name import as_in_piccolo, key_name, require_readable
from ottavino.declare.readable import encoded
from ottavino.declare.row_queries import Insert, Refresh, UpdateSelf
from ottavino.declare.statistics import NoStatistics
from ottavino.declare.table_object import (
    TableObject,
    computed,
    definitions,
    require_partitioned,
    require_sense,
    unstored,
)
from ottavino.errors import QueryRefused

Run = Coroutine[Any, Any, Any]
"""A statement that runs when it is awaited."""


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        arrays.array,
        numbers.bigint,
        plain.boolean,
        plain.bytea,
        texts.choice,
        plain.cidr,
        any_type.column,
        times.created_at,
        times.date,
        numbers.double,
        texts.enum,
        plain.inet,
        numbers.integer,
        times.interval,
        json_values.json_array,
        json_values.json_object,
        json_values.jsonb,
        numbers.money,
        numbers.numeric,
        numbers.real,
        numbers.smallint,
        texts.text,
        times.time,
        times.timestamp,
        times.timestamptz,
        times.updated_at,
        plain.uuid,
        arrays.vector,
        keys.generated,
        keys.identity,
        keys.nullable,
        keys.owned_reference,
        keys.owner,
        keys.primary_key,
        keys.reference,
        keys.serial,
    ),
)
class Table(PiccoloTable):
    """A table with row level security, whose access `database_objects` declares.

    Row level security is always enabled, and forced for the table's owner too. No role has
    privileges without a `Grant`. A row records which columns were assigned: an insert names
    only those, and `save` writes only those.
    """

    database_objects: ClassVar[tuple[TableObject, ...]] = ()
    _partition_by: ClassVar[str] = ""
    _attributes: ClassVar[dict[str, str]] = {}
    """The names of columns in Python by those in PostgreSQL, where these differ."""
    _given: set[str]

    def __init_subclass__(
        cls,
        tablename: str | None = None,
        schema: str | None = None,
        *,
        partition_by: str = "",
        has_key: bool = True,
        **arguments: Any,
    ) -> None:
        """Turn the class into a table, or raise an error at its line.

        One without a key says `has_key=False`. Its rows are inserted and queried; none of them
        can be saved, removed or refreshed by itself.
        """
        try:
            _require_free(cls)
            _require_apart(cls)
        except ValueError as error:
            raise ValueError(f"{cls.__name__}: {error}") from error
        _require_texts(
            cls.__name__, tablename=tablename, schema=schema, partition_by=partition_by
        )
        stock: Any = super()
        cls._partition_by = partition_by
        # Always qualified: an unqualified name would refer to a temporary table of the same
        # name first.
        with warnings.catch_warnings():
            # Of a name that SQL reserves: it is quoted wherever it stands.
            warnings.filterwarnings("ignore", "We recommend giving your table a different")
            stock.__init_subclass__(tablename, schema=schema or "public", **arguments)
        cls._name_columns()
        try:
            if not has_key:
                cls._drop_added_key()
            cls._complete()
        except (ValueError, TypeError) as error:
            raise type(error)(f"{cls.__name__}: {error}") from error

    @classmethod
    def _name_columns(cls) -> None:
        """Give Piccolo the names of columns in the form in which it writes them into SQL."""
        columns: list[Column] = cls._meta.columns
        names = {str(each._meta.db_column_name): each._meta.name for each in columns}
        cls._attributes = {n: name for n, name in names.items() if n != name}
        for column in columns:
            meta: Any = column._meta
            meta.db_column_name = as_in_piccolo(meta.db_column_name)
            if meta.primary_key and meta.name != meta.db_column_name:
                meta.name = key_name(meta.name, meta.db_column_name)

    @classmethod
    def _complete(cls) -> None:
        """Complete the columns that need their table, and refuse objects that make no sense."""
        for column in cls._own_columns():
            if column.completed is not None:
                column.completed(column, cls)
            _require_visible(cls, column)
        objects, is_view = cls._all_objects(), cls.is_view()
        require_sense(cls, cls.qualified_name(), objects, is_view=is_view)
        require_partitioned(objects, cls.partitioning())

    def __init__(
        self,
        _data: dict[Column, Any] | None = None,
        _ignore_missing: bool = False,
        _exists_in_db: bool = False,
        **values: Any,
    ) -> None:
        self._given = set()
        # Piccolo makes objects of rows, which have the names of the database.
        given = {self._attributes.get(name, name) for name in values}
        given |= {column._meta.name for column in _data or ()}
        if not (_exists_in_db or _ignore_missing):
            self._require(given)
        super().__init__(_data, True, _exists_in_db, **values)  # pyright: ignore[reportUnknownMemberType]  # Piccolo's
        self._given = set() if _exists_in_db else given

    if not TYPE_CHECKING:
        # Hidden from type checkers, which would otherwise accept any name as a column.
        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if not name.startswith("_"):
                self._given.add(name)
            elif name == "_exists_in_db" and value:
                # It was read, or has just been inserted: nothing differs from the database.
                self._given.clear()

        @classmethod
        def objects(cls, *prefetch: Any) -> Any:
            require_readable(prefetch)
            return super().objects(*prefetch)

    @classmethod
    def insert(cls, *rows: Any) -> Any:
        """Piccolo's insert, restricted to the columns that were assigned."""
        return Insert(cls).add(*rows)

    @classmethod
    def update(
        cls,
        values: dict[Any, Any] | None = None,
        force: bool = False,
        use_auto_update: bool = True,
        **named: Any,
    ) -> Any:
        """Piccolo's update, which also accepts values computed from columns."""
        given = {
            column: stock(value) for column, value in ({**(values or {}), **named}).items()
        }
        return super().update(given, force, use_auto_update)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Piccolo's

    # These are typed as coroutines, so that a checker reports a missing await.
    def save(self, columns: Sequence[Column | str] | None = None) -> Run:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """Insert a new row, or update the columns that were assigned since it was loaded."""
        if not self._exists_in_db:
            return self.insert(self).returning(self._meta.primary_key)
        if not self._keys():
            self._require_one_key("save")
        changed = [c for c in self._meta.columns if c._meta.name in self._given]
        values = {
            column: encoded(column, getattr(self, column._meta.name))
            for column in map(self._column, changed if columns is None else columns)
        }
        table: Any = type(self)
        query: Any = table.update(values)
        for key in self._keys():
            query = query.where(key == getattr(self, key._meta.name))
        return query

    def remove(self) -> Run:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """Delete the row."""
        self._require_one_key("remove")
        query: Any = super().remove()
        return query

    def refresh(self, columns: Any = None, load_json: bool = False) -> Run:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """Read the row's columns again."""
        self._require_one_key("refresh")
        query: Any = Refresh(self, columns, load_json)
        return query

    def update_self(self, values: dict[Any, Any]) -> Run:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """Change columns of the row, also by values computed from them, and read these."""
        self._require_one_key("update_self")
        query: Any = UpdateSelf(self, values)
        return query

    @classmethod
    def _drop_added_key(cls) -> None:
        """Take away the key that Piccolo gives a class without one."""
        meta: Any = cls._meta
        added, meta.default_columns = meta.default_columns, []
        meta.columns = [each for each in meta.columns if not any(each is one for one in added)]
        if not (added or cls.is_view()):
            raise ValueError("it says has_key=False, and primary_key=True of a column.")
        for key in added:
            # It has replaced an attribute of this name.
            delattr(cls, key._meta.name)
            # Piccolo looks for one in places where any column does.
            meta.primary_key = next(iter(meta.columns), key)
        for column in meta.columns:
            setattr(cls, column._meta.name, column)

    @classmethod
    def _keys(cls) -> list[Column]:
        return [column for column in cls._meta.columns if column._meta.primary_key]

    def _require_one_key(self, method: str) -> None:
        # Piccolo would use only the last column of the key, which many rows may share.
        keys = self._keys()
        if not keys:
            raise QueryRefused(
                f"{type(self).__name__} has no key, and {method}() needs one: write a query "
                "with a condition that is true of the row."
            )
        if len(keys) > 1:
            raise QueryRefused(
                f"{type(self).__name__} has a key of several columns, but {method}() uses "
                f"only one: write a query with a condition on each of them."
            )

    @classmethod
    def is_view(cls) -> bool:
        """Whether it is a view."""
        return False

    @classmethod
    def partitioning(cls) -> str:
        """The partitioning in SQL: `range (created_at)`, or empty."""
        return cls._partition_by

    @classmethod
    def qualified_name(cls) -> str:
        """The table's name with its schema, quoted where SQL needs that."""
        return qualified(cls)

    @classmethod
    def column_specs(cls) -> dict[str, ColumnSpec]:
        """The specification of each column for PostgreSQL, by name, in the order of the class.

        Columns that PostgreSQL computes are declared as objects, not here.
        """
        return {
            name_of(column): column.spec
            for column in cls._own_columns()
            if column.generated is None
        }

    @classmethod
    def owner_columns(cls) -> list[Col[Any]]:
        """The columns with the id of the row's owner."""
        return [column for column in cls._own_columns() if column.is_owner]

    @classmethod
    def definitions(cls) -> Iterator[Definition]:
        """The definitions of all objects of the table, without its columns."""
        return definitions(cls.qualified_name(), cls._all_objects())

    @classmethod
    def _own_columns(cls) -> list[Col[Any]]:
        columns: list[Any] = cls._meta.columns
        for column in columns:
            if column._meta.primary_key and not isinstance(column, Col):
                raise TypeError(
                    "a table needs a key: write id: Col[UUID] = primary_key(), or "
                    "has_key=False beside the name of a table that has none."
                )
            if not isinstance(column, Col):
                raise TypeError(
                    f"{column._meta.name!s} is not declared with one of the column helpers of "
                    "ottavino.declare, so its type in PostgreSQL is unknown: use one of them."
                )
        return columns

    @classmethod
    def _all_objects(cls) -> list[TableObject]:
        columns = cls._own_columns()
        key = tuple(str(each._meta.db_column_name) for each in cls._keys())
        of_columns = [rule(name_of(c)) for c in columns for rule in c.objects]
        types = [each for c in columns for each in c.declares]
        there = [*of_columns, *cls.database_objects]
        every = [*map(name_of, columns), *computed(cls.database_objects)]
        sampled = [each for each in every if each not in unstored(there)]
        own = [
            r.among(sampled) if isinstance(r, NoStatistics) else r for r in cls.database_objects
        ]
        is_found = any(isinstance(each, AsFound) and each.is_key for each in own)
        keys = [] if is_found or not key else [PrimaryKey(key)]
        return [*types, *keys, *of_columns, *own]

    def _column(self, column: Column | str) -> Column:
        return self._meta.get_column_by_name(column) if isinstance(column, str) else column

    def _require(self, given: set[str]) -> None:
        missing = [
            name
            for column in self._own_columns()
            if column.spec.is_required and column.generated is None
            if (name := piccolo(column)._meta.name) not in given
        ]
        if missing:
            raise ValueError(f"{type(self).__name__} needs a value for {', '.join(missing)}.")


# Piccolo has added a key of its own to it, which every table would inherit.
del Table.id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

TAKEN = {*dir(Table), *dir(keys.Reference), "default", "spec"}
"""Names that queries use on a table, or on a reference, which has its parent's columns."""


def _require_texts(of: str, **given: object) -> None:
    for name, value in given.items():
        if not isinstance(value, str | None):
            raise TypeError(f"{of} has {name}={value!r}: write a text.")


def _require_free(table: type[Table]) -> None:
    """Refuse columns that have the name of a method that queries call."""
    for name in dir(table):
        if not isinstance(getattr(table, name), Column):
            continue
        if name in TAKEN or name.startswith("_"):
            raise ValueError(
                f"{name} cannot be the name of a column in Python, since every table has an "
                f"attribute of that name: write {name.strip('_')}_, and "
                f'db_column_name="{name}" for its name in PostgreSQL.'
            )


def _require_apart(table: type[Table]) -> None:
    """Refuse one column under two names: the objects that it declares would know only one."""
    names: dict[int, str] = {}
    for name, column in vars(table).items():
        if not isinstance(column, Column):
            continue
        other = names.setdefault(id(column), column._meta._name or name)  # noqa: SLF001  # it raises an error before it is set
        if other != name:
            raise ValueError(
                f"{other} and {name} are one column: call the helper of each, or write a "
                "function that makes such columns, and call it twice."
            )


def _require_visible(table: type[Table], column: Col[Any]) -> None:
    """Refuse a column that new rows need a value for, if type checkers take it for optional."""
    name = piccolo(column)._meta.name
    is_required = column.spec.is_required and column.generated is None
    if is_required and not column.is_visible and name in vars(table).get("__annotations__", ()):
        raise TypeError(
            f"{name} is made by a function of the project, so type checkers do not see that "
            f"new rows need a value for it: write column(…) around the call of the function, "
            f"as in {name}: Col[…] = column(money())."
        )
