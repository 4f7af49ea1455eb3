"""What is to be adopted: everything, or what some patterns name, of whatever kind."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ottavino.errors import OttavinoError
from ottavino.inspect.adopt.lacking import BESIDE
from ottavino.inspect.catalog import KINDS
from ottavino.inspect.strangers import PLATFORM
from ottavino.postgres.quoting import split_name, unquoted

LOOSE = {*BESIDE, "cron-job", "policy", "sequence"}
"""The kinds of objects that are declared without a table."""

COMMA = re.compile(r""",(?=(?:[^"]*"[^"]*")*[^"]*$)(?![^(]*\))""")
"""A comma between two patterns, which is in no quoted name and between no arguments."""


Named = tuple[str, str]
"""The kind of an object, and its name."""


class NothingToAdopt(OttavinoError):
    """Nothing undeclared has one of the names."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of names with their schemas, without quotation marks."""

    kind: str
    """The kind of the objects; empty for any."""
    name: str

    def fits(self, kind: str, name: str) -> bool:
        """Whether it names an object. A function may be named without its arguments."""
        names = {plain(name), plain(name.partition("(")[0])}
        is_named = self.name in names or any(fnmatchcase(each, self.name) for each in names)
        return self.kind in {"", kind} and is_named

    @property
    def schema(self) -> str:
        """The schema of what it names; empty for a kind without schemas."""
        return "" if self.kind == "cron-job" else self.name.partition(".")[0]

    @property
    def is_whole(self) -> bool:
        """Whether it names all that is in a schema, and the schema."""
        return not self.kind and self.name == f"{self.schema}.*"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The patterns of what is to be adopted; everything where there is none."""

    patterns: tuple[Pattern, ...] = ()

    @property
    def is_all(self) -> bool:
        return not self.patterns

    @property
    def schemas(self) -> set[str]:
        """The schemas of what is named."""
        return {each.schema for each in self.patterns} - {""}

    @property
    def wholes(self) -> set[str]:
        """The schemas that are named with all that is in them."""
        return {each.schema for each in self.patterns if each.is_whole}

    def has(self, kind: str, name: str) -> bool:
        """Whether something is to be adopted."""
        return self.is_all or any(each.fits(kind, name) for each in self.patterns)

    def require_some(
        self, left: Iterable[Named], empty: Iterable[str], declared: Iterable[Named]
    ) -> None:
        """Refuse a pattern that names nothing that is left to adopt, neither an object nor an
        empty schema. `declared` is what a class declares already.
        """
        there, ours, schemas = [*left], [*declared], {*empty}
        for each in self.patterns:
            is_there = any(each.fits(*name) for name in there)
            if not (is_there or (each.is_whole and each.schema in schemas)):
                is_declared = any(each.fits(*name) for name in ours)
                reason = _missing(each, is_declared=is_declared)
                raise NothingToAdopt(f"{reason} Nothing was written.")


def _missing(pattern: Pattern, *, is_declared: bool) -> str:
    if is_declared:
        return f"{pattern.name} is declared already."
    if pattern.schema in PLATFORM:
        return (
            f"{pattern.name} is of Supabase's services, and no class declares it. What a "
            "project has there is a policy on a table of storage or realtime, and "
            f"`piccolo db adopt 'policy {pattern.schema}.*'` adopts those."
        )
    of = f"{pattern.kind} " if pattern.kind else ""
    return (
        f"The database has no {of}{pattern.name} that is left to adopt: write the name of a "
        "table, a view, a function, a type or a sequence, with its schema, or a pattern of "
        "names such as 'billing.*'."
    )


def wanted(text: str) -> Wanted:
    """What the argument of the command names: `all`, or patterns with commas between them."""
    if text == "all":
        return Wanted()
    return Wanted(tuple(_pattern(each.strip()) for each in COMMA.split(text) if each.strip()))


def _pattern(text: str) -> Pattern:
    kind = max((k for k in KINDS if text.startswith(f"{k} ")), key=len, default="")
    name = plain(text.removeprefix(kind).strip())
    has_schema = kind == "cron-job" or "." in name.partition("(")[0]
    return Pattern(kind, name if has_schema else f"public.{name}")


def plain(name: str) -> str:
    """A name with its schema as PostgreSQL knows it, without quotation marks."""
    called, bracket, arguments = name.partition("(")
    return ".".join(map(unquoted, split_name(called, 3))) + bracket + arguments
