"""Tables that a random schema has besides: of shapes that only adopting has to know."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from ottavino import (
    Col,
    ForeignKey,
    Grant,
    Published,
    Role,
    bigint,
    created_at,
    identity,
    integer,
    owner,
    primary_key,
    text,
    timestamptz,
)
from ottavino.declare.table import Table
from tests.ottavino.migrate.random_objects import PUBLICATION


def _keyless(variant: int) -> type[Table]:
    """Rows without a key, as join tables have them."""
    a, b = bigint(), text(default=None)
    sent = Published(PUBLICATION, where="a > 0" if variant % 2 else None)
    return _made("pairs", sent, has_key=False, a=a, b=b)


def _of_a_month(variant: int) -> type[Table]:
    """Notes that refer to a partitioned table."""
    event, at = bigint(default=None), timestamptz(default=None)
    key = ForeignKey(
        (event, at),
        "public.events",
        ("id", "at"),
        on_delete=("cascade", "no action")[variant % 2],
        name=(None, "of event")[variant // 2 % 2],
    )
    return _made("event_notes", key, id=primary_key(), event_id=event, event_at=at)


def _tree(variant: int) -> type[Table]:
    """Rows whose parent has a key of another integer type, and whose key is not named so."""
    parent = integer(default=None)
    key: Col[Any] = identity(bigint(primary_key=True), always=variant % 2 == 0)
    to_itself = ForeignKey((parent,), "public.tree", ("Node",), on_delete="no action")
    return _made("tree", to_itself, Node=key, parent_id=parent, user_id=owner())


def _mixed_case(variant: int) -> type[Table]:
    """A name that SQL has to quote, in a schema of its own where `variant` is odd."""
    granted = Grant(to=Role.ANON, select=True)
    return _made("Mixed Case", granted, id=primary_key(), createdAt=created_at())


SHAPES: dict[str, Callable[[int], type[Table]]] = {
    "keyless": _keyless,
    "of a month": _of_a_month,
    "tree": _tree,
    "mixed case": _mixed_case,
}
shapes: st.SearchStrategy[dict[str, int]] = st.dictionaries(
    st.sampled_from([*SHAPES]), st.integers(0, 3), max_size=3
)


def made(shapes: dict[str, int], groups: set[str]) -> list[type[Table]]:
    """The tables of these shapes; without groups that they refer to, fewer."""
    return [
        SHAPES[name](variant)
        for name, variant in shapes.items()
        if name != "of a month" or "events" in groups
    ]


def _made(name: str, *objects: Any, has_key: bool = True, **columns: Any) -> type[Table]:
    make: Any = type(Table)
    members = {**columns, "database_objects": objects}
    return make(
        name.title().replace(" ", ""), (Table,), members, tablename=name, has_key=has_key
    )
