"""A grid of the access matrix: its cells, and grids that are refused."""

import pytest

from ottavino.testing.access_grid import Cell, GridError, cells

HEADING = "owner stranger anonymous service"
EVERYONE = ("owner", "stranger", "anonymous", "service")


def grid(*rows: str, heading: str = HEADING) -> str:
    return "\n".join((heading, *rows))


def read(*rows: str, is_view: bool = False) -> dict[tuple[str, str | None], str]:
    """The texts in each row of cells, from the owner to the service."""
    found: dict[tuple[str, str | None], str] = {}
    for cell in cells("notes", grid(*rows), ["id", "title"], is_view=is_view):
        assert cell.table == "notes"
        key = (cell.command, cell.column)
        found[key] = f"{found.get(key, '')} {cell.outcome}".strip()
    return found


def test_a_command_that_no_row_names_is_denied_to_every_caller() -> None:
    denied = " ".join(["denied"] * len(EVERYONE))
    found = read("select  yes  none  denied  yes", "update title  yes  none  denied  yes")
    assert (
        found.pop(("select", None)) == found.pop(("update", "title")) == "yes none denied yes"
    )
    assert found == {
        **{
            (each, None): denied
            for each in ("delete", "truncate", "references", "trigger", "maintain")
        },
        ("insert", "id"): denied,
        ("insert", "title"): denied,
        ("update", "id"): denied,
    }


def test_only_the_named_commands_of_a_view_are_tried() -> None:
    found = read("select  yes  none  denied  yes", is_view=True)
    assert found == {("select", None): "yes none denied yes"}


def test_the_rest_is_the_columns_that_no_other_row_of_the_command_names() -> None:
    for rows in (
        ("update *  none  none  none  none", "update title  yes  yes  yes  yes"),
        ("update title  yes  yes  yes  yes", "update *  none  none  none  none"),
    ):
        found = read(*rows)
        assert found["update", "title"] == "yes yes yes yes"
        assert found["update", "id"] == "none none none none"
        assert found["insert", "id"] == "denied denied denied denied"


def test_columns_are_named_in_one_row_or_several() -> None:
    found = read("insert id, title  yes  refused  denied  yes")
    assert found["insert", "id"] == found["insert", "title"] == "yes refused denied yes"


def test_a_cell_is_printed_as_its_caller_and_command() -> None:
    assert str(Cell("notes", "update", "title", "owner", "yes")) == "owner, update notes.title"
    assert str(Cell("notes", "delete", None, "owner", "yes")) == "owner, delete notes"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The first line of the grid of notes lacks: owner, stranger, anonymous, service."),
        (grid(heading="owner stranger service"), "of the grid of notes lacks: anonymous."),
        (grid("select  yes  none  yes"), "The row 'select' has 3 outcomes under 4 headings"),
        (grid("select yes  none  denied  yes"), "The row 'select yes' has 3 outcomes"),
        (grid("selct  yes  yes  yes  yes"), "names 'selct', which is no command."),
        (grid("select  yes  ok  yes  yes"), "says 'ok' of 'select'; an outcome is one of yes"),
        (grid("insert  yes  yes  yes  yes"), "has to say which columns insert is about"),
        (grid("update  yes  yes  yes  yes"), "has to say which columns update is about"),
        (grid("update body  yes  yes  yes  yes"), "names a column body, which is not there."),
        (
            grid("delete  yes  yes  yes  yes", "delete  none  none  none  none"),
            "The grid of notes says twice: owner, delete notes.",
        ),
        (
            grid("insert id  yes  yes  yes  yes", "insert id, title  yes  yes  yes  yes"),
            "The grid of notes says twice: owner, insert notes.id.",
        ),
    ],
)
def test_the_error_of_an_unreadable_grid_says_what_has_to_be_there(
    text: str, told: str
) -> None:
    with pytest.raises(GridError) as refusal:
        cells("notes", text, ["id", "title"], is_view=False)
    assert told in str(refusal.value)
