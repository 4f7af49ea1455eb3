import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from ottavino.http.errors import Invalid
from ottavino.http.validation import FEW_VALUES, JsonReader, check_size, invalid
from ottavino.testing import SettingsFrom

MANY = FEW_VALUES + 1


class Wide(BaseModel):
    a: int
    b: int
    c: int


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # Keywords of JSON Schema have these names too.
    type: Literal["x"] = "x"
    default: list[Wide] = []
    metadata: dict[str, Wide] = {}
    expected: tuple[Wide, ...] = ()


class Tree(BaseModel):
    children: list["Tree"] = []
    value: int


@dataclass
class Point:
    places: list[Wide]


class Typed(TypedDict):
    places: set[int]


def told(annotation: type[object], text: bytes) -> list[str]:
    """The fields of a body that the answer names as invalid."""
    with pytest.raises(ValidationError) as error:
        JsonReader(annotation).read(text)
    return [each["field"] for each in invalid(error.value, "body").details]


def values(value: JsonValue) -> int:
    """How many items and members there are, at every depth."""
    match value:
        case dict():
            return len(value) + sum(map(values, value.values()))
        case list():
            return len(value) + sum(map(values, value))
        case _:
            return 0


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@pytest.mark.whole
@given(JSON, st.text(alphabet=',[{"\\', min_size=MANY, max_size=MANY))
def test_commas_inside_of_strings_are_not_counted_as_values(
    value: JsonValue, text: str
) -> None:
    body = to_json([value, text])
    with pytest.MonkeyPatch.context() as patch:
        # An empty list or object counts twice: by its opening, and by the comma before it.
        most = 2 * values(value) + 8
        patch.setattr("ottavino.http.validation.settings", lambda: Most(most))
        check_size(body)


class Most:
    """Settings of a test."""

    def __init__(self, max_json_values: int) -> None:
        self.max_json_values = max_json_values


@pytest.mark.parametrize("item", ["1", '"x"', '"\\\\"', '",,,,"', '"\\",\\""'])
def test_as_many_values_are_read_as_the_settings_allow(
    item: str, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_JSON_VALUES="1500")
    fits, too_many = (f"[{','.join([item] * count)}]".encode() for count in (1500, 1501))
    assert JsonReader(list[object]).read(fits) == from_json(fits)
    with pytest.raises(Invalid, match="No more than 1500 values"):
        JsonReader(list[object]).read(too_many)


@pytest.mark.parametrize(("members", "fits"), [(750, True), (751, False)])
def test_members_of_objects_at_every_depth_are_values(
    members: int, fits: bool, settings_from: SettingsFrom
) -> None:
    settings_from(MAX_JSON_VALUES="1500")
    body = to_json({f"name {number}": {"a": number} for number in range(members)})
    if fits:
        assert JsonReader(dict[str, dict[str, int]]).read(body)
    else:
        with pytest.raises(Invalid, match="No more than 1500 values"):
            JsonReader(dict[str, dict[str, int]]).read(body)


@pytest.mark.parametrize("annotation", [list[Wide], tuple[Wide, ...], list[Wide | Point]])
def test_a_long_list_is_read_up_to_the_first_item_that_does_not_fit(
    annotation: type[object],
) -> None:
    few, many = (b"[" + b",".join([b"{}"] * count) + b"]" for count in (3, MANY))
    assert {each.split(".")[1] for each in told(annotation, few)} == {"0", "1", "2"}
    assert {each.split(".")[1] for each in told(annotation, many)} == {"0"}


@pytest.mark.parametrize("name", ["default", "metadata", "expected"])
def test_a_long_list_in_a_model_is_read_up_to_its_first_misfit(name: str) -> None:
    items: list[JsonValue] = [{}] * MANY
    named: dict[str, JsonValue] = {str(each): {} for each in range(MANY)}
    found = told(Closed, to_json({name: named if name == "metadata" else items}))
    assert found == [f"body.{name}.0.{each}" for each in "abc"]


def test_a_long_list_in_nested_types_is_read_up_to_its_first_misfit() -> None:
    tree = b'{"value": 1, "children": [{"value": 1, "children": [%b{}]}]}' % (b"{}," * MANY)
    assert told(Tree, tree) == ["body.children.0.children.0.value"]
    assert told(Point, to_json({"places": [{}] * MANY})) == [
        f"body.places.0.{each}" for each in "abc"
    ]
    assert told(Typed, to_json({"places": ["x"] * MANY})) == ["body.places.0"]


def test_long_json_is_read_like_short_json() -> None:
    for count in (1, MANY):
        body = to_json({"places": [{"a": 1, "b": 2.0, "c": 3}] * count})
        assert JsonReader(Point).read(body) == Point([Wide(a=1, b=2, c=3)] * count)
        assert (
            JsonReader(list[Decimal]).read(to_json(["1.5"] * count)) == [Decimal("1.5")] * count
        )


@pytest.mark.parametrize(
    ("number", "fits"), [(b"9e18", True), (b"1e19", False), (b"-1e300", False)]
)
def test_a_float_is_an_integer_if_it_fits_64_bits(number: bytes, fits: bool) -> None:
    if fits:
        assert JsonReader(int).read(number) == int(float(number))
    else:
        assert told(int, number) == ["body"]


def test_only_a_part_of_a_sent_name_is_repeated() -> None:
    (field,) = told(Closed, to_json({"x" * 1000: 1}))
    assert field == f"body.{'x' * 100}"


ENDLESS = [
    "NaN",
    "Infinity",
    "-Infinity",
    '{"a": [1, {"b": NaN}]}',
    "1e999",
    "[-1e309]",
    "1E+0000400",
    "[" + "9" * 400 + ".5]",
    "[" + "9" * 220 + "e99]",
]


@pytest.mark.parametrize("text", ENDLESS)
@pytest.mark.parametrize(
    "annotation", [float, list[float], dict[str, object], JsonValue, object]
)
def test_a_number_that_is_not_finite_is_no_json(text: str, annotation: type[object]) -> None:
    with pytest.raises(Invalid, match="finite"):
        JsonReader(annotation).read(text.encode())


@pytest.mark.parametrize(
    "text",
    ['"NaN"', '{"Infinity": "-Infinity"}', "[1e308]", "[1e-999]", "9" * 400, '"1e999"'],
)
def test_text_that_only_looks_like_such_a_number_is_read(text: str) -> None:
    reader: JsonReader[object] = JsonReader(object)
    assert reader.read(text.encode()) == json.loads(text)
