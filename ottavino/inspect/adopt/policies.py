"""The policies of a class: by a helper that declares the same, otherwise by their SQL."""

import re

from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.source import call, sql, string
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
        return None
    column = draft.attributes[owns[using or check or ""]]
    given = () if command == "all" else (string(command),)
    draft.helper("Policy")
    return call(f"{draft.helper('Policy')}.owner", column, *given, indent=8)
