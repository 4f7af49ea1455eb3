"""The indexes of a class."""

from collections.abc import Iterator

from ottavino.inspect.adopt.draft import Draft
from ottavino.inspect.adopt.source import sql, string
from ottavino.postgres.quoting import identifier

METHODS = {"btree", "gin", "gist", "hash", "brin"}


def indexes(draft: Draft) -> Iterator[str]:
    """The indexes that belong to no constraint: `Index` where it declares the same."""
    found = {each.name: each for each in draft.parts.get("index", ())}
    schema = identifier(draft.table.schema_)
    for each in draft.table.indexes:
        if draft.members is not None and each.name == draft.members.index:
            continue
        full = f"{schema}.{identifier(each.name)}"
        entry = found.get(full)
        keys = [name for name in each.columns if name is not None]
        if each.is_plain and len(keys) == len(each.columns) and each.method in METHODS:
            arguments = [
                f"{draft.attributes[name]}{'.desc()' if down else ''}"
                for name, down in zip(keys, each.descending, strict=True)
            ]
            if each.name != "_".join([draft.table.name, *keys, "idx"]):
                arguments.append(f"name={string(each.name)}")
            if each.unique:
                arguments.append("unique=True")
            if each.method != "btree":
                arguments.append(f"method={string(each.method)}")
            if each.where:
                arguments.append(f"where={sql(each.where)}")
            yield draft.call("Index", *arguments)
        elif entry is not None:
            create = entry.changes["whole"]
            name = f"index {schema}.{each.name}"
            yield draft.found(name, create, entry.removal)
