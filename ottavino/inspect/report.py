"""The report of drift: text for a person, or JSON for a program."""

import dataclasses
import json
import textwrap
from collections.abc import Iterator

from ottavino.inspect.difference import Difference, Outlier
from ottavino.inspect.drift import Drift
from ottavino.inspect.finding import WIDTH, paragraph
from ottavino.inspect.grouping import grouped

CAUSES: dict[Outlier, str] = {
    "database": "the database differs from the classes and the migration files",
    "classes": "no migration file has this change of the classes yet: run "
    "`piccolo migrations new db --auto`",
    "files": "the migration files differ from the classes and the database: was one edited "
    "after it ran?",
    "all": "the classes, the migration files and the database all differ",
}


APPLY = "`piccolo migrations forwards all` applies them."


def as_text(drift: Drift) -> str:
    """The report for a person: each object, as declared and as it is, and the fix."""
    differences = drift.comparison.differences
    paragraphs = [
        *_awaited(drift),
        *(_difference(each) for each in differences if str(each.entry) not in drift.awaited),
        *map(paragraph, drift.findings),
    ]
    return "\n\n".join([*paragraphs, *_unknown(drift), *_fix(drift), _conclusion(drift)])


def as_json(drift: Drift) -> str:
    """The report for a program."""
    return json.dumps(
        {
            "differences": [_as_object(each) for each in drift.comparison.differences],
            "unknown": [str(each) for each in drift.unknown],
            "fix": drift.fix,
            "pending": drift.pending,
            "awaited": sorted(drift.awaited),
            "gone": drift.gone,
            "edited": drift.edited,
            "findings": [dataclasses.asdict(each) for each in drift.findings],
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
    lines = [f"{difference.entry}: {CAUSES[difference.outlier]}"]
    if difference.rename is not None:
        its = "columns" if difference.entry.kind == "table" else "properties"
        lines.append(f"    it has the {its} of {difference.rename.was}, which nothing declares")
    for facet in difference.facets:
        lines.append(f"    {facet}")
        for side, entry in sides.items():
            value = "missing" if entry is None else entry.facets.get(facet, "-")
            lines.append(_indented(f"{side + ':':<10}{value}", 8))
    if difference.lost is not None:
        lines.append(
            f"    It is made again without its {difference.lost}, which only a backup has."
        )
    if difference.undecided is not None:
        lines.append(f"    A person has to decide: {difference.undecided}.")
    return "\n".join(lines)


def _awaited(drift: Drift) -> Iterator[str]:
    """What the pending migrations explain."""
    if drift.is_awaited:
        yield (
            "The database is as the applied migrations have made it. Others are not applied. "
            f"{APPLY}"
        )
    elif drift.awaited:
        names = "\n".join(f"    {each}" for each in sorted(drift.awaited))
        yield (
            "As the applied migrations have made it, and changed by migrations that are not "
            f"applied:\n{names}\n{APPLY}"
        )


def _unknown(drift: Drift) -> Iterator[str]:
    if unknown := drift.unknown:
        names = "\n".join(map(_line, grouped(unknown)))
        yield (
            f"Not declared, and made by no migration. It is left alone:\n{names}\n"
            "List what is meant to stay in `keep` of [tool.ottavino] in pyproject.toml."
        )


def _line(text: str) -> str:
    """One object, or those of a schema, on as many lines as they need."""
    return textwrap.fill(text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8)


def _fix(drift: Drift) -> Iterator[str]:
    if drift.fix:
        yield f"This SQL fixes it, and loses no row:\n{_indented(drift.fix, 4)}"
    elif drift.comparison.fix and not drift.is_awaited:
        yield f"{_first(drift)} Then run this again for the SQL that fixes the rest."


def _first(drift: Drift) -> str:
    """What has to be done before there is a fix."""
    if drift.pending:
        return "Apply the pending migrations."
    return (
        "What is declared needs the schema ottavino: `piccolo migrations forwards all` "
        "installs it."
    )


def _conclusion(drift: Drift) -> str:
    count = len({str(each.entry) for each in drift.comparison.differences} - drift.awaited)
    return "\n".join(
        [
            *(f"Not applied yet: {name}" for name in drift.pending),
            *(f"Applied, and its file is gone: {each}" for each in drift.gone),
            *(f"Applied, and edited since: {name}" for name in drift.edited),
            f"{count} difference{'' if count == 1 else 's'}."
            if count
            else "No drift: the classes, the migration files and the database say the same."
            if drift.is_none
            else "No other difference.",
        ]
    )


def _as_object(difference: Difference) -> dict[str, object]:
    sides = (difference.classes, difference.files, difference.database)
    classes, files, database = (
        None if entry is None else dict(entry.facets) for entry in sides
    )
    return {
        "object": str(difference.entry),
        "outlier": difference.outlier,
        "differs": difference.facets,
        "classes": classes,
        "files": files,
        "database": database,
        "was": difference.rename and str(difference.rename.was),
        "undecided": difference.undecided,
    }


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())
