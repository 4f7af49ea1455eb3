"""Countries, which everyone may read."""

from ottavino import Col, Grant, Policy, Role, Table, text


class Country(Table, tablename="countries"):
    """A country, by its two letters."""

    code: Col[str] = text(min_length=2, max_length=2, primary_key=True)
    name: Col[str] = text(max_length=100)

    database_objects = (
        Policy.public_read(),
        Grant(to=Role.ANON, select=True),
        Grant(to=Role.AUTHENTICATED, select=True),
        Grant.everything(to=Role.SERVICE_ROLE),
    )
