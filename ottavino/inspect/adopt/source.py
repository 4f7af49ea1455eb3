"""Python source: calls, texts and names, wrapped as in a file."""

import keyword
import re
import textwrap
import unicodedata
from collections.abc import Collection

from ottavino.sql import stable

WIDTH = 96


def call(name: str, *arguments: str, indent: int = 4) -> str:
    """A call on one line if it fits after so many columns, otherwise one argument a line."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) + indent < WIDTH and "\n" not in line:
        return line
    lines = "".join(f"{textwrap.indent(each, '    ')},\n" for each in arguments)
    return f"{name}(\n{lines})"


def string(value: str) -> str:
    """A string literal of Python."""
    if '"' in value or not value.isprintable():
        return repr(value)
    escaped = value.replace("\\", "\\\\")
    return f'"{escaped}"'


def exact(value: str) -> str:
    """A literal that Python reads as exactly this text, on lines of its own if it has
    several.
    """
    lines = value.splitlines(keepends=True)
    if len(lines) == 1:
        return string(value)
    written = "".join(f"    {string(line)}\n" for line in lines)
    return f"(\n{written})"


def sql(value: str) -> str:
    """A literal of SQL of PostgreSQL's, on lines of its own where it has several or is long."""
    value = stable(value)
    lines = value.split("\n")
    if len(lines) == 1 and len(value) < WIDTH - 24:
        return string(value)
    if all(line.isprintable() and line == line.rstrip() for line in lines):
        escaped = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""\n{escaped}\n"""'
    return exact(value)


def tuple_of(items: Collection[str]) -> str:
    """A tuple of some expressions."""
    comma = "," if len(items) == 1 else ""
    return f"({', '.join(items)}{comma})"


def docstring(text: str) -> str:
    """A docstring of one sentence."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}."""'


def plain_name(name: str) -> str:
    """A name with an underscore for what no name in Python has, in the form in which Python
    reads it: `nº` is `no` there.
    """
    form = unicodedata.normalize("NFKC", name)
    fit = "".join(each if f"_{each}".isidentifier() else " " for each in form)
    return re.sub(" +", "_", fit).strip("_")


def attribute(name: str, taken: Collection[str]) -> str:
    """The name of a column in Python: the same, unless Python or a table uses it."""
    plain = plain_name(name) or "column"
    plain = plain if plain.isidentifier() else f"column_{plain}"
    while plain in taken or keyword.iskeyword(plain):
        plain += "_"
    return plain


def class_name(table: str, taken: Collection[str]) -> str:
    """The name of a class for a table: `UserProfile` for `user_profiles`."""
    words = [word for word in plain_name(table).split("_") if word] or ["table"]
    many = plain_name("".join(word[:1].upper() + word[1:] for word in words))
    many = many if many.isidentifier() else f"Table{many}"
    for name in (_singular(many), many, f"{many}Table", f"{many}Row"):
        if name not in taken and not keyword.iskeyword(name):
            return name
    return f"{many}{len(taken)}"


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


def members(values: Collection[str]) -> dict[str, str]:
    """The names of an enumeration's members, by their values."""
    named: dict[str, str] = {}
    for value in values:
        plain = plain_name(value.upper()) or "EMPTY"
        name = plain if plain.isidentifier() else f"VALUE_{plain}"
        while name in named.values() or name == "MRO":
            name += "_"
        named[value] = name
    return named
