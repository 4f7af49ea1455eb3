"""The source of the file with the objects that belong to no table."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ottavino.inspect.adopt.beside import Beside
from ottavino.inspect.adopt.class_source import head, helpers
from ottavino.inspect.adopt.known import Enumeration, Known
from ottavino.inspect.adopt.source import call, class_name, docstring, members
from ottavino.inspect.catalog import CatalogObject
from ottavino.sql import literals

ABOUT = "Objects that belong to no table"


@dataclass(frozen=True, slots=True)
class ObjectsSource:
    """A tuple of objects in its file."""

    module: str
    enumerations: Sequence[Enumeration]
    """The types that the file declares by classes."""
    objects: Sequence[str]

    @property
    def name(self) -> str:
        """The name of the tuple."""
        return self.module.rpartition(".")[2].upper()

    @property
    def text(self) -> str:
        """The file."""
        lines = [line for each in self.enumerations for line in each.lines]
        objects = "".join(f"{textwrap.indent(each, '    ')},\n" for each in self.objects)
        body = "\n".join([*lines, f"{self.name} = (\n{objects})\n"])
        return f"{docstring(ABOUT)}\n\n{head(body, helpers(self.objects), {})}{body}"


def objects_source(
    beside: Beside, known: Known, module: str, taken: set[str]
) -> ObjectsSource | None:
    """The file with what is picked and no table has taken, if there is any."""
    enumerations = [*_enumerations(beside, known, module, taken)]
    objects: list[str] = []
    for each in enumerations:
        source = call("EnumType", *each.arguments)
        objects += beside.types.enumeration(each.type, source)
    objects += beside.alone()
    return ObjectsSource(module, enumerations, objects) if objects else None


def _enumerations(
    beside: Beside, known: Known, module: str, taken: set[str]
) -> Iterator[Enumeration]:
    """The enumerated types that are picked and not declared yet."""
    for name in beside.picked:
        entry = beside.catalog.get(name)
        if entry is None or name in beside.types.declared or entry.name in known.enumerations:
            continue
        labels = values(entry)
        if labels and all(labels):
            yield enumeration(entry.name, labels, module, taken)


def values(entry: CatalogObject) -> list[str]:
    """The values of an enumerated type; none of another object."""
    return [*literals(entry.facets["labels"])] if "labels" in entry.facets else []


def enumeration(name: str, labels: Sequence[str], module: str, taken: set[str]) -> Enumeration:
    """The class for an enumerated type, under a name that is not taken."""
    own = class_name(name.rpartition(".")[2].strip('"'), taken)
    taken.add(own)
    return Enumeration(name, module, own, members(labels))
