"""Full-text search in the rows of one user, whose speed depends on those rows alone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from piccolo.querystring import QueryString

from ottavino.declare.column import Col, name_of, piccolo
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Definition, unqualified
from ottavino.declare.generated import Named, used
from ottavino.declare.grant import Grant
from ottavino.declare.index import Index
from ottavino.declare.order import Descending
from ottavino.declare.own_search_body import BODY, MOST_ROWS
from ottavino.declare.ownership import OwnedBy
from ottavino.declare.policy import Policy
from ottavino.declare.rendered import Rendered
from ottavino.declare.search_vector import SearchVector
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, literal

PAGE = 20
"""How many rows the planner expects."""

EXECUTE = (Role.AUTHENTICATED, Role.SERVICE_ROLE)
"""Who may search."""

WRITERS = (Role.AUTHENTICATED, Role.SERVICE_ROLE)
"""Who may write rows with the index of words."""

# In an index over the words of all users, the time of a search would depend on the rows of
# others, and reveal how many of them have a word. Here each entry is a word together with its
# owner, and a search reads only the entries of one owner.
OWN_WORDS = DatabaseFunction(
    name="own_words",
    arguments=(Rendered("owner uuid"), Rendered("vector tsvector")),
    returns="bytea[]",
    language="sql",
    volatility="immutable",
    # An index over the words computes them with the rights of the role that writes a row.
    execute=WRITERS,
    body=Rendered("""
        select array(
            select uuid_send(owner) || convert_to(word, 'UTF8')
            from unnest(tsvector_to_array(vector)) as word
        )
    """),
)
"""The words of a search vector, each with the owner's id (16 bytes) as a prefix.

An index is not rebuilt when the function changes, so a new body needs a new name.
"""

ACCEPTED: dict[str, str] = dict.fromkeys(
    ("SEC014", "SEC015", "SEC042"),
    "It finds only the caller's own rows, and names every object with its schema.",
)
"""The reason to accept the linter's rules for functions with their owner's rights."""

ARGUMENTS = tuple(
    map(Rendered, ("query text", "most integer", "moment timestamptz", "key uuid"))
)

SETTINGS = (
    # A custom plan for a later page begins at that page; a generic plan would not.
    "plan_cache_mode = force_custom_plan",
    # These settings allow only one plan, so that it does not depend on statistics about others'
    # rows.
    "enable_seqscan = off",
    "enable_sort = off",
    "max_parallel_workers_per_gather = 0",
    # A disabled step that is used anyway has such a high cost that PostgreSQL would compile it.
    "jit = off",
    # A bitmap that exceeds this memory stores whole pages, and every row on them is rechecked.
    "work_mem = '64MB'",
)
"""The settings of the function."""


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a table that a search finds, as the source of a query."""

    table: Any
    columns: tuple[Col[Any], ...]
    """The sort keys, all descending."""
    part: Callable[[int, Sequence[Any] | None], QueryString]
    """Makes the call of the function for a number of rows after the given sort values."""
    source: QueryString

    @property
    def order(self) -> tuple[Descending, ...]:
        """Their order, as `order_by` takes it."""
        return tuple(map(Descending, self.columns))


class OwnSearch:
    """Finds the newest matching rows of the caller, through an index of words prefixed with
    their owner.

    With a policy, PostgreSQL does not use a full-text index, because it has to check the policy
    before the search condition: it reads all rows of the user. So a security definer function
    searches, with a condition on the owner of its own. It returns whole rows without a further
    check of policies. Therefore users must be allowed to read every column of their own rows.

    The function reads only the entries of two indexes that begin with the caller's id, and
    their rows. So its duration reveals nothing about other rows. It declares the index of
    words, which replaces the search vector's own, with the option `concurrently` of `Index`.
    The table has to declare the index for the newest rows.
    """

    def __init__(
        self,
        search: SearchVector,
        *,
        owner: Col[UUID],
        newest: tuple[Col[datetime], Col[UUID]],
        concurrently: bool = False,
    ) -> None:
        self.search = search
        self.owner = owner
        self.newest = newest
        self.concurrently = concurrently
        self._table: Any = None

    def __set_name__(self, table: type, name: str) -> None:
        """Remember the table that it searches."""
        self._table = table

    @property
    def columns(self) -> tuple[Named, ...]:
        return (self.search, self.owner, *self.newest)

    def finds(
        self,
        query: str,
        *,
        most: int = MOST_ROWS,
        before: tuple[datetime, UUID] | None = None,
    ) -> Found:
        """The `most` newest of the caller's rows that match the query, the newest first; `most`
        is a thousand at most. With `before`, only older rows; `page` sets it for each page. The
        query has the syntax of a search box. A caller without rows finds none; `service_role`
        searches the rows of all users.
        """
        if self._table is None:
            raise ValueError(
                "The search has no table yet: assign it in the class, as in search = "
                "OwnSearch(…)."
            )
        if not 0 <= most <= MOST_ROWS:
            raise ValueError(
                f"A search returns at most {MOST_ROWS} rows, not {most}: read a page, and "
                f"the next one with `before`."
            )
        meta = self._table._meta
        columns = tuple(
            meta.get_column_by_name(piccolo(each)._meta.name) for each in self.newest
        )
        part = partial(self._call, query)
        return Found(self._table, columns, part, part(most, before))

    def _call(self, query: str, most: int, before: Sequence[Any] | None) -> QueryString:
        function = identifier(self._function(self._table.qualified_name()).name)
        moment, row_id = before or (None, None)
        return QueryString(
            f'public.{function}({{}}, {{}}, {{}}, {{}}) AS "{self._table._meta.tablename}"',
            query,
            most,
            moment,
            row_id,
        )

    def require_sense(
        self, policies: Iterable[Policy], grants: Iterable[Grant], indexes: Iterable[Index]
    ) -> None:
        """Refuse a table whose policies or grants show users less than the search would return.
        Also refuse a table without the index for the newest rows of one user.
        """
        self._require_policies([p for p in policies if p.lets_read(Role.AUTHENTICATED)])
        self._require_grants(list(grants))
        self._require_index(indexes)

    def _require_policies(self, reading: Sequence[Policy]) -> None:
        narrower = [each.name for each in reading if each.restrictive]
        if narrower:
            raise ValueError(
                f"OwnSearch would find rows that the policy {narrower[0]!r} hides: remove "
                f"one of them, or search with SearchVector.matches, to which policies apply."
            )
        owner = name_of(self.owner)
        mine = [p.using for p in reading if isinstance(p.using, OwnedBy)]
        if owner not in {name_of(each.column) for each in mine}:
            raise ValueError(
                f"OwnSearch would find rows that policies hide: add Policy.owner({owner})."
            )

    def _require_grants(self, grants: Sequence[Grant]) -> None:
        writing = {grant.to for grant in grants if grant.insert or grant.update}
        for role in writing.difference(WRITERS):
            raise ValueError(
                f"OwnSearch searches rows of users, but {role} cannot add rows to its index: "
                f"remove one of them, or search with SearchVector.matches."
            )
        whole = {grant.to for grant in grants if grant.select is True}
        for role in EXECUTE:
            if role not in whole:
                raise ValueError(
                    f"OwnSearch returns whole rows, but {role} may not read every column: add "
                    f"Grant(to=Role.{role.name}, select=True), or search with "
                    f"SearchVector.matches, to which grants apply."
                )

    def _require_index(self, indexes: Iterable[Index]) -> None:
        owner, moment, key = map(name_of, (self.owner, *self.newest))
        order = ((owner, False), (moment, True), (key, True))
        if not any(each.orders(*order) for each in indexes):
            raise ValueError(
                f"OwnSearch would read the rows of others to find a user's newest: add "
                f"Index({owner}, {moment}.desc(), {key}.desc())."
            )

    def definitions(self, table: str) -> tuple[Definition, ...]:
        """The function for prefixed words, the index over them, and the search function."""
        index = self._index(table).definition(table)
        function = self._function(table).definition()
        return (
            OWN_WORDS.definition().with_uses({}, ()),
            index.with_uses(used(table, (self.owner, self.search)), (OWN_WORDS.called,)),
            function.with_uses({table: ()}, ()),
        )

    def _index(self, table: str) -> Index:
        owner, vector = identifier(name_of(self.owner)), identifier(self.search.name)
        return Index(
            Rendered(
                f"public.{OWN_WORDS.name}({owner}, {vector})",
                [name_of(self.owner), self.search.name],
            ),
            name=f"{unqualified(table)}_own_{self.search.name}_idx",
            method="gin",
            # With fastupdate, every search would also read the list of entries not yet
            # sorted in.
            storage=("fastupdate = off",),
            # The planner would sample the words of all users, and its plans would show them.
            statistics=0,
            concurrently=self.concurrently,
        )

    def _function(self, table: str) -> DatabaseFunction:
        moment, key = (f"searched.{identifier(name_of(column))}" for column in self.newest)
        owner = f"searched.{identifier(name_of(self.owner))}"
        vector = f"searched.{identifier(self.search.name)}"
        older = f"(moment is null or ({moment}, {key}) < (moment, key))"
        newest = f"order by {moment} desc, {key} desc"
        return DatabaseFunction(
            name=f"search_{unqualified(table)}",
            arguments=ARGUMENTS,
            returns=f"setof {table}",
            rows=PAGE,
            volatility="stable",
            security_definer=True,
            settings=SETTINGS,
            execute=EXECUTE,
            accepted=ACCEPTED,
            body=Rendered(
                BODY.format(
                    table=table,
                    owner=owner,
                    vector=vector,
                    older=older,
                    newest=newest,
                    language=literal(self.search.language),
                )
            ),
        )
