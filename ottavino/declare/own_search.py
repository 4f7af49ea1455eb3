"""Full-text search in the rows of one user, as fast as those rows alone make it."""

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

# If one entry of an index stood for a word of all users, reading it would take longer the more
# rows have the word, and that time would show how many rows have the word. Here an entry is a
# word of one owner, and no search reads the entries of another.
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
"""The words of a search vector, each after the sixteen bytes of its owner's id.

An index is not built again when the function changes: another body needs another name.
"""

ACCEPTED: dict[str, str] = dict.fromkeys(
    ("SEC014", "SEC015", "SEC042"),
    "It finds the caller's own rows alone, and names everything with its schema.",
)
"""The reason to accept the linter's rules for functions with their owner's rights."""

ARGUMENTS = tuple(
    map(Rendered, ("query text", "most integer", "moment timestamptz", "key uuid"))
)

SETTINGS = (
    # The plan for a later page begins at that page; a generic plan would not.
    "plan_cache_mode = force_custom_plan",
    # These leave one plan for each query, whatever the planner knows of the rows of others.
    "enable_seqscan = off",
    "enable_sort = off",
    "max_parallel_workers_per_gather = 0",
    # A step that is switched off and used all the same looks costly enough to be compiled.
    "jit = off",
    # A bitmap that does not fit keeps whole pages, and every row on them is checked again.
    "work_mem = '64MB'",
)
"""The settings of the function."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a table that a search finds, for a query to read instead of all of them."""

    table: Any
    columns: tuple[Col[Any], ...]
    """The sort keys, each from the greatest value to the least."""
    part: Callable[[int, Sequence[Any] | None], QueryString]
    """Calls the function for so many of the rows: those after one with such values."""
    source: QueryString

    @property
    def order(self) -> tuple[Descending, ...]:
        """Their order, as `order_by` takes it."""
        return tuple(map(Descending, self.columns))


class OwnSearch:
    """Finds the newest of the caller's rows through an index of words that carry their owner.

    Under a policy, PostgreSQL reads no index of words: it does not look into a row before it
    knows whose the row is, so it goes through all rows of the user. A function with
    its owner's rights looks for the caller's rows by itself. It returns whole
    rows, and no policy is checked again. So the table has to let a user read every column of
    the rows that are theirs.

    What it reads is the caller's: entries of both indexes that begin with the caller's id,
    and the rows that these lead to. So the time that it takes tells nothing of other rows.
    It declares the index of words, in place of the search vector's own and as `concurrently`
    as any `Index`; the one by which it goes through the newest rows stands beside it.
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
        """The `most` newest of the caller's rows that the query finds, the newest first.

        At most a thousand are given, and more cannot be asked for. Only those count that
        are older than `before`; `page` asks for those of its page. The query is as people write
        them in a search box. A caller who owns no row finds none; `service_role` finds the rows
        of everyone.
        """
        if self._table is None:
            raise ValueError(
                "The search needs to know its table: write search = OwnSearch(…) in the class."
            )
        if not 0 <= most <= MOST_ROWS:
            raise ValueError(
                f"A search gives at most {MOST_ROWS} rows, and {most} were asked for: ask for "
                "a page of them, and for the next with `before`."
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
        """Refuse a table whose users may see less, or something else, than it would find.

        Refuse one too whose newest rows it could not find without reading those of others.
        """
        self._require_policies([p for p in policies if p.lets_read(Role.AUTHENTICATED)])
        self._require_grants(list(grants))
        self._require_index(indexes)

    def _require_policies(self, reading: Sequence[Policy]) -> None:
        narrower = [each.name for each in reading if each.restrictive]
        if narrower:
            raise ValueError(
                f"OwnSearch would find rows that the policy {narrower[0]!r} hides: leave one "
                "of them out, or search with SearchVector.matches, which asks the policies."
            )
        owner = name_of(self.owner)
        mine = [p.using for p in reading if isinstance(p.using, OwnedBy)]
        if owner not in {name_of(each.column) for each in mine}:
            raise ValueError(
                f"OwnSearch would find rows that no policy shows: add Policy.owner({owner})."
            )

    def _require_grants(self, grants: Sequence[Grant]) -> None:
        writing = {grant.to for grant in grants if grant.insert or grant.update}
        for role in writing.difference(WRITERS):
            raise ValueError(
                f"OwnSearch looks for rows of users, and {role} could not add any to its "
                "index: leave one of them out, or search with SearchVector.matches."
            )
        whole = {grant.to for grant in grants if grant.select is True}
        for role in EXECUTE:
            if role not in whole:
                raise ValueError(
                    f"OwnSearch gives whole rows, and {role} may not read every column: add "
                    f"Grant(to=Role.{role.name}, select=True), or search with "
                    "SearchVector.matches, which asks the grants."
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
        """The words that carry their owner, the index over them, and the search."""
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
