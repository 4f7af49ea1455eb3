"""The names that types have in PostgreSQL."""


def qualified_type(name: str, of_class: str) -> str:
    """A qualified name; derived from the name of a class if none is given."""
    if not name:
        name = "".join(
            f"_{sign.lower()}" if sign.isupper() and before.islower() else sign.lower()
            for before, sign in zip(f" {of_class}", of_class, strict=False)
        )
    return name if "." in name else f"public.{name}"
