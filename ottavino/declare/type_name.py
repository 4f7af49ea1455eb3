"""The names that types have in PostgreSQL."""

from ottavino.postgres.quoting import identifier, require_schema, split_name, unquoted


def qualified_type(name: str, of_class: str) -> str:
    """A qualified name; derived from the name of a class if none is given."""
    if not name:
        name = "".join(
            f"_{sign.lower()}" if sign.isupper() and before.islower() else sign.lower()
            for before, sign in zip(f" {of_class}", of_class, strict=False)
        )
    return with_schema(name)


def with_schema(name: str) -> str:
    """A name with its schema, which is `public` if none is given, without quotation marks."""
    *schema, own = map(unquoted, split_name(name))
    require_schema(*schema)
    return f"{''.join(schema) or 'public'}.{own}"


def sql_name(name: str) -> str:
    """A name with its schema, quoted where that is needed; it may be quoted already."""
    return ".".join(identifier(unquoted(each)) for each in split_name(name))
