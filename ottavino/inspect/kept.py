"""Objects that the project ignores: patterns of names in `[tool.ottavino]` of pyproject.toml.

`keep = ["public.legacy_*", "view public.report_*"]` names tables and other objects that are in
the database and that no class declares. A pattern may begin with the kind of the object.
"""

import tomllib
from collections.abc import Collection
from fnmatch import fnmatchcase

from ottavino.errors import SettingsError
from ottavino.inspect.catalog import Catalog, CatalogObject
from ottavino.settings import ROOT

PROJECT = ROOT / "pyproject.toml"


def kept_patterns() -> list[str]:
    """The patterns of the project; none where it has no pyproject.toml."""
    if not PROJECT.exists():
        return []
    try:
        read = tomllib.loads(PROJECT.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{PROJECT.name} cannot be read: {error}.") from error
    patterns = read.get("tool", {}).get("ottavino", {}).get("keep", [])
    if not (isinstance(patterns, list) and all(isinstance(each, str) for each in patterns)):  # pyright: ignore[reportUnknownVariableType]  # it is checked here
        raise SettingsError(
            f"keep of [tool.ottavino] in {PROJECT.name} has to be a list of texts: "
            'keep = ["public.legacy_*"].'
        )
    return patterns  # pyright: ignore[reportUnknownVariableType]  # likewise


def without_kept(database: Catalog, kept: Collection[str], ours: Catalog) -> Catalog:
    """A database without the kept objects and their parts. Objects that are declared or created
    by a migration are always compared.
    """
    left = {name for name, each in database.items() if name not in ours and is_kept(each, kept)}
    return {
        name: each
        for name, each in database.items()
        if name not in left and (each.part_of not in left or name in ours)
    }


def is_kept(entry: CatalogObject, kept: Collection[str]) -> bool:
    """Whether a pattern names an object, with its kind or without."""
    return any(fnmatchcase(name, each) for each in kept for name in (entry.name, str(entry)))


def is_accepted(name: str, kept: Collection[str]) -> bool:
    """Whether a pattern that begins with a kind names an object by its kind and name. A pattern
    without a kind is about other tables, and accepts no access to ours.
    """
    kind = name.partition(" ")[0]
    return any(
        name == each or (each.startswith(f"{kind} ") and fnmatchcase(name, each))
        for each in kept
    )
