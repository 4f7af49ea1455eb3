"""The extensions that tables and their functions use, beside the first of these tables."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ottavino.inspect.adopt.dependencies import Dependencies, FoundExtension
from ottavino.inspect.adopt.source import call, string
from ottavino.inspect.strangers import PLATFORM

FIXED = "pg_catalog"
"""The schema in which no migration can create an extension by name."""


@dataclass(slots=True)
class ExtensionsBeside:
    """The extensions already declared: each is declared once."""

    dependencies: Dependencies
    declared: set[str] = field(default_factory=set[str])

    def new(self, objects: Collection[str], texts: Collection[str]) -> list[FoundExtension]:
        """Those that some objects and some SQL need first."""
        found = [
            each
            for each in self.dependencies.needed(objects, texts)
            if can_be_declared(each) and f"extension {each.name}" not in self.declared
        ]
        self.declared.update(f"extension {each.name}" for each in found)
        return found


def can_be_declared(extension: FoundExtension) -> bool:
    """Whether `Extension` creates it where it is."""
    return extension.schema != FIXED


def own_schemas(dependencies: Dependencies) -> set[str]:
    """The schemas of extensions that the project has made, and not the platform."""
    return {
        each.schema
        for each in dependencies.extensions.values()
        if each.has_own_schema and each.schema not in {"public", *PLATFORM}
    }


def extension_source(extension: FoundExtension) -> str:
    """An extension, which stays where it is installed already."""
    schema = extension.schema
    where = [] if schema == "extensions" else [f"schema={string(schema)}"]
    return call("Extension", string(extension.name), *where, indent=8)
