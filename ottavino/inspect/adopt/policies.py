"""The policies of a class: by a helper that declares the same, otherwise by their SQL."""

import re

from ottavino.identity import Role
from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.memberships import asked
from ottavino.inspect.adopt.source import call, sql, string, tuple_of
from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import identifier

CALLER = "( SELECT ottavino.uid() AS uid)"
"""The caller in a policy of `Policy.owner`, as PostgreSQL writes it."""
PUBLIC_READ = ("public_read", "permissive", "select", "anon, authenticated")
"""The name of a policy of `Policy.public_read`, its mode, its command and its roles."""
VERIFIED = re.compile(r"\(\( SELECT ottavino\.verified\(\) AS verified\) AND (.*)\)", re.DOTALL)
"""Its condition, as PostgreSQL writes it."""


def policy(draft: Draft, each: CatalogObject) -> str | None:
    """A policy by its helper, if the helper makes the same."""
    facets, name = each.facets, draft.own_name(each)
    command = facets["command"]
    how = (name, facets["mode"], command, facets["roles"])
    if how == PUBLIC_READ and (read := VERIFIED.fullmatch(facets.get("using", ""))):
        given = () if read[1] == "true" else (sql(read[1]),)
        return call(f"{draft.helper('Policy')}.public_read", *given, indent=8)
    owns = {f"({identifier(c)} = {CALLER})": c for c in draft.attributes}
    using, check = facets.get("using"), facets.get("with check")
    expected = (command != "insert", command in {"all", "insert", "update"})
    is_owners = (
        name == ("owner" if command == "all" else f"owner_{command}")
        and (facets["mode"], facets["roles"]) == ("permissive", "authenticated")
        and (using is not None, check is not None) == expected
        and {using, check} - {None} <= {*owns}
        and len({using, check} - {None}) == 1
    )
    if not is_owners:
        return _of_members(draft, each)
    column = draft.attributes[owns[using or check or ""]]
    given = () if command == "all" else (string(command),)
    draft.helper("Policy")
    return call(f"{draft.helper('Policy')}.owner", column, *given, indent=8)


def _of_members(draft: Draft, each: CatalogObject) -> str | None:
    """A policy of the members of a group."""
    facets, name = each.facets, draft.own_name(each)
    command, to = facets["command"], facets["roles"].split(", ")
    using, check = facets.get("using"), facets.get("with check")
    expected = (command != "insert", command in {"insert", "update", "all"})
    conditions = {using, check} - {None}
    if (
        facets["mode"] != "permissive"
        or (using is not None, check is not None) != expected
        or len(conditions) != 1
        or not {*to} <= {*Role}
    ):
        return None
    (condition,) = conditions
    kinds = {c.name: (c.type, draft.attributes[c.name]) for c in draft.table.columns}
    found = asked(
        str(condition), {n: kind for n, (kind, _) in kinds.items()}, draft.known.members
    )
    if found is None or not found.members.answers(to, found.roles):
        return None
    arguments = [kinds[found.column][1], string(found.members.table.removeprefix("public."))]
    arguments.append(string(command))
    if found.roles:
        arguments.append(f"roles={tuple_of([string(role) for role in found.roles])}")
    if to != [Role.AUTHENTICATED]:
        arguments.append(f"to={draft.roles(to)}")
    if name != f"member_{command}":
        arguments.append(f"name={string(name)}")
    return call(f"{draft.helper('Policy')}.member", *arguments, indent=8)
