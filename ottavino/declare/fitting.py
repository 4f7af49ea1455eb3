"""Refuses what a declaration cannot have, at its line: a value of another type than the type of
the argument, an empty text, a word that is none of those which are known.

Type checkers refuse most of it too. Without one, the mistake would be found by PostgreSQL, in
the middle of a migration, or by nobody.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from types import GenericAlias, UnionType
from typing import (
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)


class Taken(NamedTuple):
    """What an argument takes."""

    hint: Any
    may_be_empty: bool
    """Whether it may be an empty text."""


def require_declared(declared: Any, *may_be_empty: str) -> None:
    """Refuse a value that a field of a dataclass cannot have."""
    kind = cast("type[object]", type(declared))
    for name, taken in _of_fields(kind).items():
        _require(kind.__name__, name, getattr(declared, name), taken, may_be_empty)


def require_arguments(kind: str, made: Callable[..., Any], given: Mapping[str, object]) -> None:
    """Refuse a value that an argument of a function cannot have."""
    for name, taken in _of_arguments(made).items():
        _require(kind, name, given[name], taken, ())


def _require(
    kind: str, name: str, value: object, taken: Taken, may_be_empty: tuple[str, ...]
) -> None:
    if not _fits(value, taken.hint, may_be_empty=taken.may_be_empty or name in may_be_empty):
        words = " or ".join(dict.fromkeys(_words(taken.hint)))
        raise TypeError(f"{kind} has {name}={shown(value)}: write {words}.")


def shown(value: object) -> str:
    """A value in a message. A column has no name before its class has one."""
    try:
        return repr(value)
    except ValueError:
        return f"a {type(value).__name__}"


@cache
def _of_fields(kind: type[Any]) -> dict[str, Taken]:
    hints = get_type_hints(kind)
    return {
        each.name: Taken(hints[each.name], each.default == "")
        for each in fields(kind)
        if each.init
    }


@cache
def _of_arguments(made: Callable[..., Any]) -> dict[str, Taken]:
    hints = get_type_hints(made)
    return {
        name: Taken(
            tuple[hints[name], ...] if each.kind is each.VAR_POSITIONAL else hints[name],
            each.default == "",
        )
        for name, each in inspect.signature(made).parameters.items()
        if name in hints
    }


def _fits(value: object, hint: Any, *, may_be_empty: bool = False) -> bool:
    origin, of = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return True
    if origin in {Union, UnionType}:
        return any(_fits(value, each, may_be_empty=may_be_empty) for each in of)
    if origin is Literal:
        return any(value == each and type(value) is type(each) for each in of)
    if origin is type:
        return _is_class(value, of[0])
    is_of = _is_of(value, origin or hint, may_be_empty=may_be_empty)
    return is_of and _has_items(value, of, may_be_empty=may_be_empty)


def _is_class(value: object, of: Any) -> bool:
    if isinstance(of, TypeVar):
        of = of.__bound__
    if not isinstance(of, type):
        return isinstance(value, type | GenericAlias) or get_origin(value) is not None
    return isinstance(value, type) and issubclass(value, of)


def _has_items(value: object, of: tuple[Any, ...], *, may_be_empty: bool) -> bool:
    """Whether the items of a tuple or a mapping are what it takes."""
    match value:
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return all(
                _fits(key, of[0]) and _fits(each, of[1], may_be_empty=may_be_empty)
                for key, each in items
            )
        case tuple() if of[1:] == (...,):
            return all(_fits(each, of[0]) for each in cast("tuple[object, ...]", value))
        case tuple():
            each = cast("tuple[object, ...]", value)
            return len(each) == len(of) and all(map(_fits, each, of))
        case _:
            return True


def _is_of(value: object, kind: Any, *, may_be_empty: bool) -> bool:
    if kind is type(None):
        return value is None
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is str:
        return isinstance(value, str) and (may_be_empty or value.strip() != "")
    return isinstance(value, kind) if isinstance(kind, type) else callable(value)


NOUNS = {"Col": "column", "Computed": "generated column", "Mapping": "dictionary"}

WORDS: Mapping[object, str] = {
    Any: "a value",
    type: "a class",
    str: "a text that is not empty",
    bool: "True or False",
    int: "a whole number",
    type(None): "None",
}


def _words(hint: Any) -> list[str]:
    origin, of = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return [word for each in of for word in _words(each)]
    if origin is Literal:
        return [repr(each) for each in of]
    if origin is tuple:
        item = " or ".join(dict.fromkeys(_words(of[0]))) if of else "nothing"
        return [f"a tuple, as in (a,) and (a, b), of {item}"]
    kind = origin or hint
    name = getattr(kind, "__name__", "value")
    return [WORDS.get(kind) or f"a {NOUNS.get(name, name)}"]
