"""Reads the privileges that SQL grants, and changes them without touching those of others.

The SQL that creates an object first revokes what default privileges may have granted on it. To
change an object that is there, only what is not declared any more is revoked, and only what is
new is granted: what others have granted on it stays.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from ottavino.declare.tokens import Token, closed, tokens
from ottavino.postgres.quoting import identifier, literal

NOUNS = {
    "domain",
    "foreign",
    "function",
    "language",
    "procedure",
    "routine",
    "schema",
    "sequence",
    "type",
}
"""The words before the names of what is neither a table nor a view."""

OF_COLUMNS = {"all", "select", "insert", "update", "references"}
"""The privileges on a table that PostgreSQL revokes together with those on its columns."""


class Target(NamedTuple):
    """The object and the role of a privilege, as SQL has them."""

    before: str
    """The words before `grant`: `alter default privileges in schema reports`."""
    on: str
    role: str

    @property
    def is_relation(self) -> bool:
        """Whether it is a table or a view."""
        first = next(tokens(self.on), None)
        is_noun = first is not None and first.kind == "word" and first.text in NOUNS
        return not self.before and not is_noun


@dataclass(frozen=True, slots=True)
class Privilege:
    """One privilege of a role, on an object or on a column of it."""

    target: Target
    name: str
    column: str | None = None
    with_option: bool = False

    def covers(self, other: "Privilege") -> bool:
        """Whether PostgreSQL revokes the other one with it."""
        return self.target == other.target and (
            self.name == "all" or (self.name == other.name and self.column is None)
        )

    def taken_with(self, other: "Privilege") -> "Privilege | None":
        """What PostgreSQL revokes of it with another one: it, or one of `all`."""
        if other.covers(self):
            return self
        is_part = (self.name, self.target, self.column) == ("all", other.target, other.column)
        return replace(self, name=other.name) if is_part else None


class Statement(NamedTuple):
    """A statement, with the privileges that it grants."""

    text: str
    privileges: tuple[Privilege, ...]
    closed_to: tuple[str, ...] = ()
    """The roles from which it revokes all."""
    on: tuple[str, ...] = ()
    """The objects on which it revokes all."""

    @property
    def is_revoke(self) -> bool:
        """Whether it revokes all."""
        return bool(self.closed_to)


def privileges_of(sql: str) -> list[Privilege]:
    """The privileges that some statements grant, each once."""
    granted = (each for statement in _statements(sql) for each in statement.privileges)
    return [*dict.fromkeys(granted)]


def grants_on_all(sql: str) -> bool:
    """Whether a statement grants something on all objects of a kind that a schema has."""
    targets = (each.target for each in privileges_of(sql) if not each.target.before)
    return any(_is(next(tokens(target.on)), "all") for target in targets)


def closings_of(sql: str) -> list[Target]:
    """What some statements revoke all on, with each role from which they do."""
    return [
        Target("", on, role)
        for statement in _statements(sql)
        for on in statement.on
        for role in statement.closed_to
    ]


def only(sql: str, is_kept: Callable[[Privilege], bool]) -> str:
    """The same statements, which grant nothing but the privileges that are kept."""
    texts: list[str] = []
    for text, privileges, *_ in _statements(sql):
        kept = [each for each in privileges if is_kept(each)]
        texts += [text] if len(kept) == len(privileges) else granting(kept)
    return _joined(texts)


def changing(old: str, new: str) -> str:
    """The SQL that makes an object of its old state, of which both are the statements that
    create it. Statements other than grants are left out if they are the same.
    """
    before, after = [*_statements(old)], [*_statements(new)]
    others = [each.text for each in after if not each.privileges and not each.is_revoke]
    if others == [each.text for each in before if not each.privileges and not each.is_revoke]:
        others = []
    shut = {role for each in before for role in each.closed_to}
    newly = {role for each in after for role in each.closed_to} - shut
    others += [_closing(each, newly) for each in after if newly.intersection(each.closed_to)]
    # What is revoked from these roles may have been granted before, and stays.
    again = [each for each in privileges_of(new) if each.target.role in newly]
    return _joined([*others, *_exchanged(privileges_of(old), privileges_of(new), again)])


def taking_back(create: str, drop: str) -> str:
    """The SQL that drops what stays without its class: only what the class has granted is
    revoked.
    """
    others = [each.text for each in _statements(drop) if not each.is_revoke]
    return _joined([*_revoking(privileges_of(create)), *others])


def are_alike(old: str, new: str) -> bool:
    """Whether two pieces of SQL differ in nothing but the privileges that they grant."""
    plain = [
        [each.text for each in _statements(sql) if not each.privileges and not each.is_revoke]
        for sql in (old, new)
    ]
    return plain[0] == plain[1]


def renamed(sql: str, table: str, columns: Mapping[str, str]) -> str:
    """The statements of a table's privileges after the table and some columns are renamed."""
    texts: list[str] = []
    for _, privileges, closed_to, _ in _statements(sql):
        if closed_to:
            texts.append(f"revoke all on {table} from {', '.join(closed_to)}")
        texts += granting(
            replace(
                each,
                target=Target(each.target.before, table, each.target.role),
                column=each.column and columns.get(each.column, each.column),
            )
            for each in privileges
        )
    return _joined(texts)


def granting(privileges: Iterable[Privilege]) -> list[str]:
    """The statements that grant some privileges, one for each role."""
    granted = [*privileges]
    return [
        f"{target.before} grant {_names(each)}\n    on {target.on} to {target.role}".lstrip()
        + option
        for option in ("", " with grant option")
        for target, each in _by_target(p for p in granted if p.with_option == bool(option))
    ]


def _exchanged(
    old: Sequence[Privilege], new: Sequence[Privilege], revoked: Sequence[Privilege]
) -> list[str]:
    """The statements that revoke what is only in the old ones, and grant what is only in the
    new ones or was revoked already.
    """
    given = [each for each in new if each not in old or each in revoked]
    taken = [each for each in old if each not in new and not _is_widened(each, given)]
    # PostgreSQL revokes these too, and they stay.
    again = dict.fromkeys(
        part
        for each in new
        if each not in given
        for one in taken
        if (part := each.taken_with(one))
    )
    return [*_revoking(taken), *granting([*again, *given])]


def _is_widened(privilege: Privilege, given: Iterable[Privilege]) -> bool:
    """Whether the same privilege is granted with an option, or with all others."""
    return any(
        each == replace(privilege, with_option=True)
        or (
            each.covers(privilege)
            and each.name == "all"
            and privilege.column is None
            # PostgreSQL keeps an option until it is revoked.
            and (each.with_option or not privilege.with_option)
        )
        for each in given
    )


def _revoking(privileges: Sequence[Privilege]) -> Iterator[str]:
    for target, each in _by_target(privileges):
        wide = [p for p in each if p.column is None and p.name in OF_COLUMNS]
        narrow = [p for p in each if p not in wide or not target.is_relation]
        if narrow:
            yield _revoke(target, narrow)
        if wide and target.is_relation:
            yield BESIDE_COLUMNS.format(
                grant=literal(f"grant %s (%I) on %s to {_plain(target.role)}"),
                table=literal(target.on),
                grantee="0" if target.role == "public" else f"{literal(target.role)}::regrole",
                revoke=_revoke(target, wide).replace("\n", "\n    "),
            )


def _revoke(target: Target, privileges: Sequence[Privilege]) -> str:
    what = _names(privileges)
    return f"{target.before} revoke {what}\n    on {target.on} from {target.role}".lstrip()


def _plain(name: str) -> str:
    """A name in the template of PostgreSQL's `format`."""
    return name.replace("%", "%%")


BESIDE_COLUMNS = """\
do $beside_columns$
declare
    -- PostgreSQL also revokes the privileges on single columns, which others have granted.
    on_columns text;
begin
    select string_agg(
        format({grant}, privilege_type, attname, pg_class.oid::regclass)
            || case when is_grantable then ' with grant option' else '' end,
        '; '
    )
    into on_columns
    from pg_class
    join pg_attribute on attrelid = pg_class.oid, aclexplode(attacl)
    where pg_class.oid = {table}::regclass and grantor = relowner and grantee = {grantee};
    {revoke};
    execute coalesce(on_columns, '');
end
$beside_columns$"""


def _by_target(privileges: Iterable[Privilege]) -> list[tuple[Target, list[Privilege]]]:
    found: dict[Target, list[Privilege]] = {}
    for each in privileges:
        found.setdefault(each.target, []).append(each)
    return [*found.items()]


def _names(privileges: Iterable[Privilege]) -> str:
    """The privileges as SQL lists them: `select, update (title, body)`."""
    names: dict[tuple[str, bool], list[str]] = {}
    for each in privileges:
        columns = names.setdefault((each.name, each.column is None), [])
        columns += [identifier(each.column)] if each.column else []
    return ", ".join(
        f"{name} ({', '.join(columns)})" if columns else name
        for (name, _), columns in names.items()
    )


def _joined(texts: Iterable[str]) -> str:
    return ";\n".join(map(closed, texts))


def _statements(sql: str) -> Iterator[Statement]:
    """The statements. Those in the body of a function stay together with it, since a body that
    is not quoted grants nothing.
    """
    ends = [each.start for each in tokens(sql) if (each.kind, each.text) == ("sign", ";")]
    texts = [sql[a + 1 : b].strip() for a, b in pairwise([-1, *ends, len(sql)])]
    others: list[str] = []
    # A comment alone is no statement.
    for text in (each for each in texts if next(tokens(each), None)):
        read = _read(text)
        if not read.privileges and not read.is_revoke:
            others.append(text)
            continue
        if others:
            yield Statement(_joined(others), ())
            others = []
        yield read
    if others:
        yield Statement(_joined(others), ())


def _closing(statement: Statement, roles: Collection[str]) -> str:
    """The statement that revokes all from some of its roles."""
    words = [*tokens(statement.text)]
    before = statement.text[: words[_last("from", words)].end]
    return f"{before} {', '.join(each for each in statement.closed_to if each in roles)}"


def _read(text: str) -> Statement:
    words = [*tokens(text)]
    verbs = [index for index, word in enumerate(words) if _is(word, "grant", "revoke")]
    is_default = [word.text for word in words[:3]] == ["alter", "default", "privileges"]
    start = verbs[0] if verbs else -1
    if start < 0 or (start and not is_default):
        return Statement(text, ())
    if _is(words[start], "revoke"):
        if not _is(words[start + 1], "all"):
            return Statement(text, ())
        end = _last("from", words)
        return Statement(text, (), (*_roles(words[end + 1 :]),), (*_objects(text, words, end),))
    return Statement(text, tuple(_granted(text, words, start)))


def _granted(text: str, words: Sequence[Token], start: int) -> Iterator[Privilege]:
    """The privileges of a statement whose word `grant` is at a place."""
    ons = [index for index, word in enumerate(words) if _is(word, "on")]
    to = _last("to", words)
    if not ons or to < ons[0]:
        return  # It grants a role.
    tail = words[to + 1 :]
    with_option = any(_is(word, "with") for word in tail)
    # A comment before the statement is no part of it.
    before = text[words[0].start : words[start - 1].end] if start else ""
    for on in _objects(text, words, to):
        for role in _roles(tail):
            for name, column in _commands(words[start + 1 : ons[0]]):
                yield Privilege(Target(before, on, role), name, column, with_option)


def _roles(words: Iterable[Token]) -> Iterator[str]:
    """The roles at the beginning of the end of a statement."""
    for word in words:
        if _is(word, "with", "granted", "cascade", "restrict"):
            return
        if not _is(word, "group"):
            yield _name(word)


def _objects(text: str, words: Sequence[Token], end: int) -> Iterator[str]:
    """What a statement is about, between its words `on` and `to`, or `from`: each object."""
    on = next(index for index, word in enumerate(words) if _is(word, "on"))
    first = on + (2 if _is(words[on + 1], "table") else 1)
    named = words[first + (1 if _is(words[first], *NOUNS) else 0)]
    noun = text[words[first].start : named.start]
    depth, start, last = 0, named.start, named
    for word in words[words.index(named) : end]:
        if not depth and "," in text[last.end : word.start]:
            yield noun + text[start : last.end]
            start = word.start
        depth += (word.text == "(") - (word.text == ")")
        last = word
    # A comment after the name is no part of it.
    yield noun + text[start : last.end]


def _commands(words: Sequence[Token]) -> Iterator[tuple[str, str | None]]:
    """The privileges before `on`, with their columns."""
    command, columns = "", None
    for word in words:
        match word.kind, word.text:
            case "sign", "(":
                columns = list[str]()
            case "sign", ")":
                yield from ((command, column) for column in columns or ())
                command, columns = "", None
            case _ if columns is not None:
                columns.append(word.text)
            case "word", "privileges":
                pass
            case _:
                if command:
                    yield command, None
                command = word.text
    if command:
        yield command, None


def _is(word: Token, *texts: str) -> bool:
    return word.kind == "word" and word.text in texts


def _last(text: str, words: Sequence[Token]) -> int:
    """The place of the last word with a text; -1 if there is none."""
    return max((index for index, word in enumerate(words) if _is(word, text)), default=-1)


def _name(word: Token) -> str:
    return word.text if word.kind == "word" else identifier(word.text)
