import enum
import uuid
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

import pytest
from asyncpg.pgproto import pgproto
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, computed_field, field_serializer

from ottavino.http import json_writer as module
from ottavino.http.json_writer import json_writer


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "grün"


class Size(enum.IntEnum):
    SMALL = 1


@dataclass
class Part:
    id: uuid.UUID
    colour: Colour
    note: str | None = None
    price: Decimal = Decimal(1)


@dataclass
class Whole:
    part: Part
    parts: list[Part]
    at: datetime
    on: date | None
    size: Size
    named: dict[str, int]
    weight: float
    is_done: bool
    nothing: None = None
    rest: list[list[str]] = field(default_factory=list[list[str]])


ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-3, minutes=-30)), timezone.min])
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    uuid.UUID: st.uuids() | st.uuids().map(lambda value: pgproto.UUID(str(value))),
    datetime: st.datetimes(timezones=ZONES),
    date: st.dates(),
    str: st.text(),
    int: st.integers(),
    float: st.floats(),
    bool: st.booleans(),
    Decimal: st.decimals(),
    Colour: st.sampled_from(Colour),
    Size: st.sampled_from(Size),
    None: st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type."""
    if kind in VALUES:
        return VALUES[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        return st.builds(kind, **{each.name: values(each.type) for each in fields(kind)})
    inner = get_args(kind)
    if get_origin(kind) is list:
        return st.lists(values(inner[0]), max_size=3)
    if get_origin(kind) is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=3)
    return st.one_of(*map(values, inner))


def checked(kind: Any, value: object) -> bytes:
    """What pydantic writes."""
    return TypeAdapter[Any](kind).serializer.to_json(value, by_alias=True, warnings="error")


FAST: list[Any] = [Whole, list[Part], Part | None, dict[str, list[Part]], *VALUES]


@pytest.mark.whole
@pytest.mark.parametrize("kind", FAST, ids=str)
@given(data=st.data())
def test_msgspec_writes_what_pydantic_writes(kind: Any, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    # Only the exponents of numbers differ: 1e16 and 1e+16.
    found, expected = json_writer(kind)(value), checked(kind, value)
    assert found.replace(b"e+", b"e") == expected.replace(b"e+", b"e")


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The results that msgspec has written."""
    results: list[object] = []
    encode: Any = vars(module)["_encode"]

    def encode_and_tell(result: object) -> bytes:
        written = encode(result)
        results.append(result)
        return written

    monkeypatch.setattr(module, "_encode", encode_and_tell)
    return results


PART = Part(pgproto.UUID(str(uuid.uuid4())), Colour.RED)
NOW = datetime.now(UTC)
WHOLE = Whole(PART, [PART], NOW, None, Size.SMALL, {"a": 1}, 1.5, is_done=True)
WRITTEN: list[tuple[Any, object]] = [
    (Whole, WHOLE),
    (list[Part], [PART, PART]),
    (Part | None, None),
    (dict[str, list[Part]], {"a": [PART]}),
    (Annotated[str, "shown"], "text"),
]


@pytest.mark.parametrize(("kind", "value"), WRITTEN)
def test_rows_and_parts_are_written_by_msgspec(
    encoded: list[object], kind: Any, value: object
) -> None:
    assert json_writer(kind)(value) == checked(kind, value)
    assert encoded == [value]


class Text(str):
    """Another class than the declared one."""

    __slots__ = ()


@dataclass
class More(Part):
    other: str = "of a subclass"


@dataclass
class Serialized:
    id: int

    @field_serializer("id")
    def written(self, value: int) -> str:
        return f"number {value}"


@dataclass
class Computed:
    id: int

    @computed_field
    @property
    def double(self) -> int:
        return 2 * self.id


@dataclass
class Named:
    id: Annotated[int, Field(serialization_alias="ID")]
    hidden: Annotated[int, Field(exclude=True)] = 2


@dataclass
class Configured:
    __pydantic_config__ = ConfigDict(ser_json_inf_nan="strings")

    weight: float


@dataclass
class Tree:
    children: "list[Tree]"


class Model(BaseModel):
    id: int


class Mixed(enum.Enum):
    NAME = "name"
    NUMBER = 1


LEFT: list[tuple[Any, object]] = [
    (str, Text("text")),
    (Part, More(uuid.uuid4(), Colour.RED)),
    (list[Part], [PART, More(uuid.uuid4(), Colour.RED)]),
    (datetime, datetime.now(timezone(timedelta(seconds=30)))),
    (Serialized, Serialized(1)),
    (Computed, Computed(1)),
    (Named, Named(1)),
    (Configured, Configured(float("inf"))),
    (Tree, Tree([Tree([])])),
    (list[Tree], [Tree([])]),
    (Model, Model(id=1)),
    (Mixed, Mixed.NUMBER),
    (dict[int, str], {1: "a"}),
    (Any, {"a": NOW}),
]


@pytest.mark.parametrize(("kind", "value"), LEFT)
def test_pydantic_writes_what_could_differ(
    encoded: list[object], kind: Any, value: object
) -> None:
    assert json_writer(kind)(value) == checked(kind, value)
    assert not encoded


def without_a_name() -> Part:
    """A part that lacks an attribute."""
    part = Part(uuid.uuid4(), Colour.RED)
    del part.id
    return part


REFUSED: list[tuple[Any, object]] = [
    (Part, Part("no id", Colour.RED)),  # type: ignore[arg-type]  # what is refused
    (Part, Part(uuid.uuid4(), "red")),  # type: ignore[arg-type]  # what is refused
    (Part, Part(uuid.uuid4(), Colour.RED, price=1.5)),  # type: ignore[arg-type]  # what is refused
    (Part, without_a_name()),
    (Part, None),
    (list[Part], [PART, None]),
    (list[Part], (PART,)),
    (dict[str, int], {"a": "1"}),
    (dict[str, int], {1: 1}),
    (int, True),
    (str, "half a pair: \ud800"),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_a_result_of_another_type_is_refused_as_before(
    encoded: list[object], kind: Any, value: object
) -> None:
    try:
        expected = checked(kind, value)
    except Exception as error:  # noqa: BLE001  # any, which has to be the same
        with pytest.raises(type(error)):
            json_writer(kind)(value)
    else:
        # pydantic writes some, such as true for an int.
        assert json_writer(kind)(value) == expected
    assert not encoded
