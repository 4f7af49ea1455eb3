"""Drift told: as text for a person, or as JSON for a program."""

import json
from collections.abc import Iterator

from db.schema.difference import Difference, Odd
from db.schema.drift import Drift

CAUSES: dict[Odd, str] = {
    "database": "the database is not as the classes and the migration files say",
    "classes": "no migration file says yet what the classes say: run "
    "`piccolo migrations new db --auto`",
    "files": "the migration files are not as the classes and the database say: was one edited "
    "after it ran?",
    "all": "the classes, the migration files and the database say three different things",
}


def as_text(drift: Drift) -> str:
    """What a person reads: each object, what is declared, what is there, what mends it."""
    paragraphs = [_difference(each) for each in drift.differences]
    return "\n\n".join([*paragraphs, "\n".join(_conclusion(drift))])


def as_json(drift: Drift) -> str:
    """The same for a program."""
    return json.dumps(
        {
            "differences": [_as_object(each) for each in drift.differences],
            "pending": drift.pending,
            "gone": drift.gone,
        },
        indent=2,
    )


def _difference(difference: Difference) -> str:
    sides = {
        "classes": difference.classes,
        "files": difference.files,
        "database": difference.database,
    }
    if difference.files == difference.classes:
        del sides["files"]
    lines = [f"{difference.thing}: {CAUSES[difference.odd]}"]
    for facet in difference.facets:
        lines.append(f"    {facet}")
        for side, thing in sides.items():
            value = "not there" if thing is None else thing.facets.get(facet, "-")
            lines.append(_indented(f"{side + ':':<10}{value}", 8))
    mend = difference.mend
    if mend is None:
        lines.append("    mended by no statement that could be given: it holds rows")
    elif mend:
        lines += ["    mended by", _indented(mend, 8)]
    return "\n".join(lines)


def _conclusion(drift: Drift) -> Iterator[str]:
    for name in drift.pending:
        yield f"Not applied yet: {name}"
    for migration_id in drift.gone:
        yield f"Applied, and its file is gone: {migration_id}"
    match len(drift.differences):
        case 0:
            yield "No drift: the classes, the migration files and the database say the same."
        case 1:
            yield "1 difference."
        case count:
            yield f"{count} differences."


def _as_object(difference: Difference) -> dict[str, object]:
    sides = (difference.classes, difference.files, difference.database)
    classes, files, database = (
        None if thing is None else dict(thing.facets) for thing in sides
    )
    return {
        "object": str(difference.thing),
        "odd": difference.odd,
        "differs": difference.facets,
        "classes": classes,
        "files": files,
        "database": database,
        "mend": difference.mend,
    }


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())
