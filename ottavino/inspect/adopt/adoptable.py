"""Which tables can be adopted: those that a class can say, and whose columns miss nothing."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ottavino.inspect.adopt.column_source import sequences_of
from ottavino.inspect.adopt.found import FoundTable
from ottavino.inspect.catalog import CatalogObject
from ottavino.postgres.quoting import identifier, schema_of, unfit_schema


def unsayable(table: FoundTable) -> Iterator[str]:
    """The reason why no class can be written for a table."""
    if {*table.name} & {*'."'}:
        yield "its name has a dot or a quotation mark"
    for reason in unfit_schema(table.schema_):
        yield (
            f"the name of its schema {reason}: rename it by "
            f"`alter schema {identifier(table.schema_)} rename to …`"
        )
    for each in table.partitions:
        for reason in unfit_schema(schema_of(each.name)):
            yield f"its partition {each.name} is in a schema whose name {reason}"
    if table.parents:
        yield (
            f"it inherits from {table.parents}, and a class declares all of its columns "
            f"itself: `alter table {table.full_name} no inherit …` gives it these, and takes "
            "its rows from the parent"
        )
    if table.of_type:
        yield (
            f"it is a table of the type {table.of_type}, and a class declares its columns "
            f"itself: `alter table {table.full_name} not of` leaves it as it is without the "
            "type"
        )


def adoptable(
    found: Sequence[FoundTable],
    there: Mapping[str, CatalogObject | None],
    declared: Collection[str],
    refused: dict[str, str],
    identities: Collection[str],
) -> list[FoundTable]:
    """The tables that are not refused, after those are whose columns miss something."""
    while True:
        tables = [each for each in found if each.full_name not in refused]
        names = {*declared, *(each.full_name for each in tables)}
        lacking = {
            e.full_name: lack for e in tables for lack in _missing(e, there, names, identities)
        }
        if not lacking:
            return tables
        for name, lack in lacking.items():
            refused[name] = f"it needs {lack}"


def _missing(
    table: FoundTable,
    there: Mapping[str, CatalogObject | None],
    names: Collection[str],
    identities: Collection[str],
) -> Iterator[str]:
    """The domains and sequences that its columns need, and that no class declares, each with
    the reason.
    """
    for column in table.columns:
        if column.domain and not column.domain.of_extension:
            domain = f"domain {column.domain.name}"
            if domain not in there:
                yield f"{domain}, which is not adopted"
        for sequence in sequences_of(column):
            entry = there.get(f"sequence {sequence}")
            owner = entry.facets.get("owned by", "") if entry else ""
            owning = owner.rpartition(".")[0]
            if sequence in identities:
                yield (
                    f"sequence {sequence}, which numbers an identity column, so that no other "
                    "column can be declared with it: give the column a sequence of its own"
                )
            elif f"sequence {sequence}" not in there:
                yield f"sequence {sequence}, which is not adopted"
            elif owner and owning not in names:
                yield f"sequence {sequence} of {owning}, which is not adopted"
