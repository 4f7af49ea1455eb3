"""The privileges of roles on a table or view."""

from collections.abc import Iterable, Iterator

from ottavino.identity import Role
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.found import FoundGrant
from ottavino.inspect.adopt.source import tuple_of
from ottavino.postgres.quoting import identifier

COMMANDS = ("select", "insert", "update", "delete")


def grants(draft: Draft) -> Iterator[str]:
    """The privileges of each role: `Grant` for those that it declares, the others by SQL."""
    by_role: dict[str, list[FoundGrant]] = {}
    for each in draft.table.privileges:
        by_role.setdefault(each.role, []).append(each)
    for role, given in by_role.items():
        plain = [each for each in given if not each.with_option]
        if role in {*Role}:
            yield from _role_grants(draft, Role(role), plain)
        else:
            yield from _other_grants(draft, role, plain)
        passed_on = [each for each in given if each.with_option]
        yield from _other_grants(draft, role, passed_on, " with grant option")


def _role_grants(draft: Draft, role: Role, given: list[FoundGrant]) -> Iterator[str]:
    whole = {each.privilege for each in given if each.column is None}
    if whole == {*draft.table.grantable}:
        yield draft.call("Grant", _to(draft, role), "all=True")
        yield from _other_grants(draft, role.value, [each for each in given if each.column])
        return
    written: dict[str, str] = {}
    rest: list[FoundGrant] = []
    for command in COMMANDS:
        columns = [g for g in given if g.privilege == command and g.column]
        if command in whole:
            written[command] = f"{command}=True"
            rest += columns
        elif columns:
            names = [draft.attributes[each.column or ""] for each in columns]
            written[command] = f"{command}={tuple_of(names)}"
    rest += [each for each in given if each.privilege not in COMMANDS]
    if written:
        yield draft.call("Grant", _to(draft, role), *written.values())
    yield from _other_grants(draft, role.value, rest)


def _to(draft: Draft, role: Role) -> str:
    return f"to={draft.helper('Role')}.{role.name}"


def _other_grants(
    draft: Draft, role: str, given: list[FoundGrant], option: str = ""
) -> Iterator[str]:
    """The privileges that `Grant` does not declare, as SQL."""
    if not given:
        return
    what = ", ".join(
        each.privilege + (f" ({identifier(each.column)})" if each.column else "")
        for each in given
    )
    on = f"on {draft.table.full_name}"
    yield draft.detail(
        f"grant{option} to {role}",
        f"grant {what} {on} to {role}{option}",
        f"revoke {what} {on} from {role}",
    )


def grants_on(what: str, privileges: Iterable[FoundGrant]) -> Iterator[str]:
    """The statements that give some privileges, one for each role."""
    given: dict[tuple[str, bool], list[str]] = {}
    for each in privileges:
        given.setdefault((each.role, each.with_option), []).append(each.privilege)
    for (role, with_option), names in given.items():
        option = " with grant option" if with_option else ""
        yield f"grant {', '.join(names)} on {what} to {role}{option}"
